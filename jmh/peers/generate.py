"""Greedy generation by transformers from a model folder: tokens/s of the decode steps.   generate.py DIR THREADS NEW"""
import os, statistics, sys, time
folder, threads, new = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
os.environ["OMP_NUM_THREADS"] = str(threads)
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, DynamicCache
torch.set_num_threads(threads)
model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
ids = AutoTokenizer.from_pretrained(folder)("The history of the sea begins with", return_tensors="pt").input_ids
with torch.inference_mode():
    for warm in range(2):
        cache, times, start = DynamicCache(config=model.config), [], time.perf_counter()
        token = model(ids, past_key_values=cache, use_cache=True, logits_to_keep=1).logits[:, -1].argmax(-1, keepdim=True)
        prefill, out = time.perf_counter() - start, [int(token)]
        for _ in range(new - 1):
            start = time.perf_counter()
            token = model(token, past_key_values=cache, use_cache=True).logits[:, -1].argmax(-1, keepdim=True)
            times.append(time.perf_counter() - start)
            out.append(int(token))
print(f"{1 / statistics.median(times):.1f} tokens/s, prefill {1e3 * prefill:.0f} ms", out)
