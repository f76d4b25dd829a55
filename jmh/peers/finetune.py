"""Fine-tuning steps by transformers, or by peft's LoRA: what FineTuning.java does.   finetune.py DIR THREADS STEPS [RANK [SAVE]]

Batches of 8 x 256 tokens of java.util.Random(step), AdamW (fused, decay 0.01) at 1e-4. With SAVE the first adapter is written there, for
FineTuning.java to begin with. Prints tokens/s of the median step after the first, resident peak in MiB and the losses.
"""
import resource, statistics, sys, time
import torch
import torch.nn.functional as F
from transformers import AutoModelForCausalLM

folder, threads, steps = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rank = int(sys.argv[4]) if len(sys.argv) > 4 else 0
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
    if len(sys.argv) > 5:
        model.save_pretrained(sys.argv[5])
optimizer = torch.optim.AdamW([weight for weight in model.parameters() if weight.requires_grad], lr=1e-4, weight_decay=0.01, fused=True)
losses, seconds = [], []
for step in range(steps + 1):
    ids = torch.tensor(list(numbers(step, 8 * 256, model.config.vocab_size))).view(8, 256)
    start = time.perf_counter()
    logits = model(input_ids=ids).logits
    loss = F.cross_entropy(logits[:, :-1].reshape(-1, logits.shape[-1]), ids[:, 1:].reshape(-1))
    loss.backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    losses.append(loss.item())
    seconds.append(time.perf_counter() - start)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"{8 * 256 / statistics.median(seconds[1:]):.0f} tokens/s, {peak:.0f} MiB, losses {losses}")
