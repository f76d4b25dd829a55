"""Fine-tuning steps by transformers, or by peft's LoRA: what FineTuning.java does.   finetune.py DIR THREADS STEPS [RANK [SAVE]] [batch=8] [length=256]

Batches of 8 x 256 tokens, unless said otherwise, of java.util.Random(step), AdamW (fused, decay 0.01) at 1e-4. With SAVE the first adapter is written there, for
FineTuning.java to begin with. Prints tokens/s of the median step after the first, resident peak in MiB and the losses.
"""
import resource, statistics, sys, time
import torch
import torch.nn.functional as F
from transformers import AutoModelForCausalLM

shape = dict(argument.split("=") for argument in sys.argv[1:] if "=" in argument)
rows, length = int(shape.get("batch", 8)), int(shape.get("length", 256))
arguments = [argument for argument in sys.argv[1:] if "=" not in argument]
folder, threads, steps = arguments[0], int(arguments[1]), int(arguments[2])
rank = int(arguments[3]) if len(arguments) > 3 else 0
torch.set_num_threads(threads)
torch.manual_seed(1234)


def numbers(seed, count, bound):
    """nextInt(bound) of java.util.Random, for a bound that is no power of two."""
    state, mask = (seed ^ 0x5DEECE66D) & (1 << 48) - 1, (1 << 48) - 1
    while count:
        state = state * 0x5DEECE66D + 0xB & mask
        drawn = state >> 17
        if drawn - drawn % bound + bound - 1 < 1 << 31:
            count -= 1
            yield drawn % bound


model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).train()
model.config.use_cache = False
if rank:
    from peft import LoraConfig, get_peft_model
    projections = [name + "_proj" for name in ("q", "k", "v", "o", "gate", "up", "down")]
    model = get_peft_model(model, LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=projections, task_type="CAUSAL_LM"))
    if len(arguments) > 4:
        model.save_pretrained(arguments[4])
optimizer = torch.optim.AdamW([weight for weight in model.parameters() if weight.requires_grad], lr=1e-4, weight_decay=0.01, fused=True)
losses, seconds = [], []
for step in range(steps + 1):
    ids = torch.tensor(list(numbers(step, rows * length, model.config.vocab_size))).view(rows, length)
    start = time.perf_counter()
    logits = model(input_ids=ids).logits
    loss = F.cross_entropy(logits[:, :-1].reshape(-1, logits.shape[-1]), ids[:, 1:].reshape(-1))
    loss.backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    losses.append(loss.item())
    seconds.append(time.perf_counter() - start)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"{rows * length / statistics.median(seconds[1:]):.0f} tokens/s, {peak:.0f} MiB, losses {losses}")
