"""Encodes texts by Python's tokenizers, all in one encode_batch: what CorpusEncoding.java does.   encode.py DIR PART [ROUNDS]

PART is what CorpusEncoding wrote: {"text": ...} lines, which are read before the clock starts. On all cores, unless RAYON_NUM_THREADS says
how many. Prints MB of UTF-8 per second of each round, and the number of tokens; nothing is written.
"""
import json, os, sys, time
from tokenizers import Tokenizer

os.environ["TOKENIZERS_PARALLELISM"] = "true"
tokenizer = Tokenizer.from_file(os.path.join(sys.argv[1], "tokenizer.json"))
texts = [json.loads(line)["text"] for line in open(sys.argv[2], encoding="utf-8")]
size = sum(len(text.encode()) for text in texts)
for _ in range(int(sys.argv[3]) if len(sys.argv) > 3 else 3):
    start = time.perf_counter()
    encoded = tokenizer.encode_batch(texts, add_special_tokens=False)
    seconds = time.perf_counter() - start
    print(f"{size / seconds / 1e6:.2f} MB/s, {sum(len(each.ids) for each in encoded):,} tokens")
