"""Writes lora/NAME/: a random adapter over NAME/, a model that is here already, as PEFT saves it, and what PEFT makes of it in float64.
`python lora.py` writes them; `python lora.py --check` recomputes and compares.

reference.safetensors: logits, the gradient of each A and B for the loss of NAME/reference.safetensors' input_ids and weights, and the
weights that merge_and_unload gives, of the float32 model."""

import json
import shutil
import sys
from pathlib import Path

import peft
import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

import families

HERE = Path(__file__).parent
ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
CONFIGS = {
    "gpt2-tiny": dict(r=4, lora_alpha=8, target_modules=["c_attn", "c_proj", "c_fc"], fan_in_fan_out=True),
    "llama-tiny": dict(r=3, lora_alpha=5, target_modules=["q_proj", "v_proj"], use_rslora=True),
    "qwen3-tiny": dict(r=8, lora_alpha=16, target_modules=ALL),
}


def open_base(name, dtype):
    if name == "gpt2-tiny":
        return AutoModelForCausalLM.from_pretrained(HERE / name, dtype=dtype, attn_implementation="sdpa").eval()
    return families.open_model(HERE / name, dtype)


def tuned(name, dtype):
    model = PeftModel.from_pretrained(open_base(name, dtype), HERE / "lora" / name, is_trainable=True, autocast_adapter_dtype=False)
    return (model.double() if dtype == torch.float64 else model).eval()


def reference(name):
    given = load_file(HERE / name / "reference.safetensors")
    model = tuned(name, torch.float64)
    logits = model(given["input_ids"], use_cache=False).logits
    loss = families.token_loss(logits, given["input_ids"], given["weights"].double())
    loss.backward()
    tensors = {"logits": logits.detach()}
    tensors |= {"grad." + n.replace(".default", ""): p.grad for n, p in model.named_parameters() if p.requires_grad}
    assert {t.dtype for t in tensors.values()} == {torch.float64}
    merged = tuned(name, torch.float32).merge_and_unload()
    tensors |= {"merged." + n: p.detach() for n, p in merged.named_parameters() if p.dim() == 2 and ("layers." in n or ".h." in n)}
    versions = {"torch": torch.__version__, "transformers": transformers.__version__, "peft": peft.__version__}
    return {n: t.float().contiguous() for n, t in tensors.items()}, {"loss": loss.item(), "versions": versions}


def write(name, config):
    folder = HERE / "lora" / name
    shutil.rmtree(folder, ignore_errors=True)
    model = get_peft_model(open_base(name, torch.float32), LoraConfig(task_type="CAUSAL_LM", **config))
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for n, p in sorted(model.named_parameters()):
            if p.requires_grad:
                p.copy_(0.2 * torch.randn(p.shape, generator=generator))
    model.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    saved = json.loads((folder / "adapter_config.json").read_text())
    saved["base_model_name_or_path"] = name
    saved["target_modules"] = sorted(saved["target_modules"])
    (folder / "adapter_config.json").write_text(json.dumps(saved, indent=2, sort_keys=True) + "\n")
    tensors, numbers = reference(name)
    save_file(tensors, folder / "reference.safetensors")
    (folder / "reference.json").write_text(json.dumps(numbers, indent=2) + "\n")


def check(name):
    folder = HERE / "lora" / name
    tensors, numbers = reference(name)
    kept = load_file(folder / "reference.safetensors")
    assert kept.keys() == tensors.keys(), kept.keys() ^ tensors.keys()
    for n, t in tensors.items():
        torch.testing.assert_close(t, kept[n], rtol=1e-6, atol=1e-9, msg=n)
    assert abs(numbers["loss"] - json.loads((folder / "reference.json").read_text())["loss"]) < 1e-12


for name, config in CONFIGS.items():
    check(name) if "--check" in sys.argv else write(name, config)
    print(name, "ok")
