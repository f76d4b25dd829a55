"""Writes qwen2-tiny/, mistral-tiny/ and qwen3-tiny/: a random float32 checkpoint each, and what transformers makes of it in
float64. `python families.py` writes them; `python families.py --check` recomputes and compares.

A model that was cast by double() is not float64 throughout: RMS norms and rotary embeddings go through float32 inside. Both
are replaced here by their formulas. Attention is `sdpa`: `eager` has its softmax in float32.
"""

import json
import math
import sys
from pathlib import Path

import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, MistralConfig, Qwen2Config, Qwen3Config

HERE = Path(__file__).parent
ROWS, LENGTH, PROMPT, GREEDY, STEPS = 2, 17, 7, 20, 3
LEAST_MARGIN = 5e-3  # between the best and the second logit of a greedy token: more than float32 can be off
SIZES = dict(hidden_size=24, intermediate_size=40, num_hidden_layers=3, max_position_embeddings=64, bos_token_id=None, eos_token_id=None)

# Every window is shorter than the 17 tokens of a row and the 27 of a continued prompt.
CONFIGS = {
    "qwen2-tiny": Qwen2Config(**SIZES, vocab_size=101, num_attention_heads=6, num_key_value_heads=2, tie_word_embeddings=True,
                              use_sliding_window=True, sliding_window=5, max_window_layers=1),
    "mistral-tiny": MistralConfig(**SIZES, vocab_size=103, num_attention_heads=4, num_key_value_heads=2, head_dim=8, sliding_window=4),
    "qwen3-tiny": Qwen3Config(**SIZES, vocab_size=107, num_attention_heads=4, num_key_value_heads=2, head_dim=10,
                              rope_parameters=dict(rope_type="default", rope_theta=1e6)),
}


def open_model(folder, dtype):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="sdpa").eval()
    if dtype == torch.float32:
        return model
    theta, width = model.config.rope_parameters["rope_theta"], model.model.layers[0].self_attn.head_dim
    turn = theta ** (torch.arange(0, width, 2).double() / -width)

    def norm(module):
        return lambda x: x / (x.square().mean(-1, keepdim=True) + module.variance_epsilon).sqrt() * module.weight

    def rotary(x, position_ids):
        angles = (position_ids.double()[..., None] * turn).repeat(1, 1, 2)
        return torch.cos(angles), torch.sin(angles)

    model = model.double()
    model.model.rotary_emb.forward = rotary
    norms = [m for m in model.modules() if type(m).__name__.endswith("RMSNorm")]
    heads = 2 if hasattr(model.model.layers[0].self_attn, "q_norm") else 0
    assert len(norms) == (2 + heads) * model.config.num_hidden_layers + 1
    for module in norms:
        module.forward = norm(module)
    return model


def token_loss(logits, ids, weights):
    losses = torch.nn.functional.cross_entropy(logits[:, :-1].transpose(1, 2), ids[:, 1:], reduction="none")
    return (losses * weights[:, 1:]).sum() / weights[:, 1:].sum()


def continued(model, prompt):
    """Greedy tokens and their least margin; fewer where a margin is too small."""
    ids, margins = list(prompt), [math.inf]
    with torch.no_grad():
        while len(ids) < len(prompt) + GREEDY and min(margins) > LEAST_MARGIN:
            (best, second), (token, _) = (part.tolist() for part in model(torch.tensor([ids]), use_cache=False).logits[0, -1].topk(2))
            margins.append(best - second)
            ids.append(token)
    return ids[len(prompt):], min(margins)


def trained(model, ids, weights):
    tensors, losses = {}, []
    adamw = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)
    for step in range(STEPS):
        adamw.zero_grad()
        logits = model(ids, use_cache=False).logits
        loss = token_loss(logits, ids, weights.to(logits.dtype))
        loss.backward()
        losses.append(loss.item())
        if step == 0:
            tensors["logits"] = logits.detach()
            tensors |= {"grad." + name: p.grad.clone() for name, p in model.named_parameters()}
        adamw.step()
    return tensors | {"after." + name: p.detach().clone() for name, p in model.named_parameters()}, losses


def reference(folder, ids, weights, prompt):
    tensors, losses = trained(open_model(folder, torch.float64), ids, weights)
    assert {t.dtype for t in tensors.values()} == {torch.float64}
    single, _ = trained(open_model(folder, torch.float32), ids, weights)
    tokens, margin = continued(open_model(folder, torch.float64), prompt)
    off = {kind: max((single[n] - t).abs().max().item() for n, t in tensors.items() if n.startswith(kind)) for kind in ("logits", "grad", "after")}
    norm = math.sqrt(sum(t.square().sum().item() for n, t in tensors.items() if n.startswith("grad.")))
    return tensors, {"loss": losses[0], "grad_norm": norm, "losses": losses, "prompt": prompt, "greedy": tokens, "min_margin": margin,
                     "float32_error": off, "versions": {"torch": torch.__version__, "transformers": transformers.__version__}}


def write(name, config):
    folder = HERE / name
    for seed in range(1000):
        generator = torch.Generator().manual_seed(seed)
        model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
        with torch.no_grad():
            for parameter_name, p in sorted(model.named_parameters()):
                around = 1 if p.dim() == 1 and parameter_name.endswith("weight") else 0
                p.copy_(around + 0.15 * torch.randn(p.shape, generator=generator))
        model.save_pretrained(folder)
        (folder / "generation_config.json").unlink(missing_ok=True)
        ids = torch.randint(config.vocab_size, (ROWS, LENGTH), generator=generator)
        weights = torch.randint(5, (ROWS, LENGTH), generator=generator) / 2
        prompt = torch.randint(config.vocab_size, (PROMPT,), generator=generator).tolist()
        tokens, margin = continued(open_model(folder, torch.float64), prompt)
        if margin > LEAST_MARGIN and len(set(tokens)) >= 10:
            break
    tensors, numbers = reference(folder, ids, weights, prompt)
    save_file({"input_ids": ids, "weights": weights} | {n: t.float().contiguous() for n, t in tensors.items()}, folder / "reference.safetensors")
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in ({"seed": seed} | numbers).items())
    (folder / "reference.json").write_text("{\n" + lines + "\n}\n")
    return numbers


def check(name, _):
    folder = HERE / name
    stored, told = load_file(folder / "reference.safetensors"), json.loads((folder / "reference.json").read_text())
    tensors, numbers = reference(folder, stored.pop("input_ids"), stored.pop("weights"), told["prompt"])
    assert numbers["greedy"] == told["greedy"] and stored.keys() == tensors.keys()
    for key, tensor in tensors.items():
        torch.testing.assert_close(stored[key].double(), tensor, rtol=1e-7, atol=1e-12)
    for key in ("loss", "grad_norm", "losses", "min_margin"):
        torch.testing.assert_close(told[key], numbers[key], rtol=1e-9, atol=0)
    return numbers


if __name__ == "__main__":
    torch.set_num_threads(1)
    transformers.utils.logging.disable_progress_bar()
    for name, config in CONFIGS.items():
        numbers = (check if "--check" in sys.argv else write)(name, config)
        print(name, numbers["loss"], numbers["min_margin"], len(set(numbers["greedy"])), numbers["float32_error"])
