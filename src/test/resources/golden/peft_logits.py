"""Logits of a model with an adapter, as Python's peft computes them in float32:

  python peft_logits.py MODEL ADAPTER OUT.safetensors 5,17,9
"""

import sys

import torch
from peft import PeftModel
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

model, adapter, out, ids = sys.argv[1:]
tuned = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32), adapter).eval()
with torch.no_grad():
    logits = tuned(torch.tensor([[int(i) for i in ids.split(",")]]), use_cache=False).logits[0]
save_file({"logits": logits.contiguous()}, out)
