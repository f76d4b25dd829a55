"""Tiny GGUF files, and what gguf-py and transformers read in them.

    python gguf_golden.py        # in this folder; gguf 0.19.0, transformers 5.23.0, tokenizers 0.23.3, torch 2.10.0, accelerate

blocks.json       for each type: blocks in hexadecimal, and the float32 values of gguf.quants.dequantize as bits
NAME.gguf         a model of random weights with one or more types
tensors.json      what AutoModelForCausalLM.from_pretrained(gguf_file=...) makes of them: shapes, SHA-256 of float32 bytes
tokenizers.json   ids that transformers' tokenizers of the same files give
"""
import hashlib
import json

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType as T
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

rng = np.random.default_rng(20)
TYPES = [T.F32, T.F16, T.BF16, T.Q4_0, T.Q4_1, T.Q5_0, T.Q5_1, T.Q8_0, T.Q4_K, T.Q5_K, T.Q6_K]
HALVES = {T.Q4_0: [0], T.Q4_1: [0, 2], T.Q5_0: [0], T.Q5_1: [0, 2], T.Q8_0: [0], T.Q4_K: [0, 2], T.Q5_K: [0, 2], T.Q6_K: [208]}


def random_blocks(kind, blocks):
    """Any bytes are numbers, but for the scales, which are finite halves of all sizes and signs."""
    size = gguf.GGML_QUANT_SIZES[kind][1]
    data = rng.integers(0, 256, (blocks, size), dtype=np.uint8)
    for at in HALVES[kind]:
        scales = (rng.standard_normal(blocks) * 10.0 ** rng.integers(-7, 1, blocks)).astype(np.float16)
        data[:, at : at + 2] = scales.reshape(-1, 1).view(np.uint8)
    return data


def quantized(values, kind):
    """Values as the file has them; types that gguf-py cannot quantise get random blocks with small scales."""
    if kind in (T.Q4_K, T.Q5_K, T.Q6_K):
        data = random_blocks(kind, values.size // 256)
        for at in HALVES[kind]:
            data[:, at : at + 2] = (rng.uniform(1e-4, 1e-3, (len(data), 1)).astype(np.float16)).view(np.uint8)
        return data.reshape(values.shape[0], -1)
    return gguf.quants.quantize(values.astype(np.float32), kind)


def blocks():
    result = {}
    for kind in TYPES:
        if kind in HALVES:
            data = random_blocks(kind, 6)
        else:
            values = (rng.standard_normal((1, 24)) * 10.0 ** rng.integers(-6, 5, (1, 24))).astype(np.float32)
            data = gguf.quants.quantize(values, kind).view(np.uint8)
        values = gguf.quants.dequantize(data, kind).astype(np.float32)
        result[kind.name] = {"bytes": data.tobytes().hex(), "bits": values.view(np.uint32).ravel().tolist()}
    with open("blocks.json", "w") as file:
        json.dump(result, file, indent=0)


def bytes_to_unicode():
    keep = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    other = [b for b in range(256) if b not in keep]
    return {b: chr(b) for b in keep} | {b: chr(256 + i) for i, b in enumerate(other)}


TEXT = open("../bpe-tiny/text.txt", encoding="utf-8").read()


def byte_level(writer, pre, size=320):
    trainer = trainers.BpeTrainer(vocab_size=size - 3, initial_alphabet=sorted(bytes_to_unicode().values()), show_progress=False)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.train_from_iterator([TEXT], trainer)
    model = json.loads(tokenizer.to_str())["model"]
    tokens = ["<|endoftext|>"] + sorted(model["vocab"], key=model["vocab"].get) + ["<think>", "<|im_end|>"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list(tokens)
    writer.add_token_types([3] + [1] * (len(tokens) - 3) + [4, 3])
    writer.add_token_merges([" ".join(m) for m in model["merges"]])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(len(tokens) - 1)
    writer.add_add_bos_token(False)
    return len(tokens)


def sentence_piece(writer, size=400):
    """SentencePiece's layout: <unk>, <s>, </s>, all bytes, then pieces with falling scores."""
    trainer = trainers.BpeTrainer(vocab_size=size - 259, show_progress=False)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.train_from_iterator([TEXT], trainer)
    vocab = tokenizer.get_vocab()
    singles = [t for t in sorted(vocab, key=vocab.get) if len(t) == 1]
    merged = [t for t in sorted(vocab, key=vocab.get) if len(t) > 1]
    tokens = ["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)] + merged + singles
    scores = [0.0] * 259 + [-float(i) for i in range(len(merged) + len(singles))]
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_scores(scores)
    writer.add_token_types([2, 3, 3] + [6] * 256 + [1] * (len(tokens) - 259))
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    return len(tokens)


def normal(*shape):
    return (rng.standard_normal(shape) * 0.05).astype(np.float32)


def llama_like(name, arch, kinds, width=64, head=16, heads=4, kv=2, layers=2, sentence=False, pre="default", window=None,
               tied=False, llama3=False, title="tiny"):
    writer = gguf.GGUFWriter(name + ".gguf", arch)
    writer.add_name(title)
    middle = 2 * width if width < 256 else 256
    writer.add_block_count(layers)
    writer.add_context_length(64)
    writer.add_embedding_length(width)
    writer.add_feed_forward_length(middle)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(500000.0 if llama3 else 10000.0)
    if arch == "llama":
        writer.add_rope_dimension_count(head)
    if arch == "qwen3":
        writer.add_key_length(head)
        writer.add_value_length(head)
    if window:
        writer.add_sliding_window(window)
    vocab = sentence_piece(writer) if sentence else byte_level(writer, pre)
    writer.add_chat_template("{% for m in messages %}{{ m['role'] + ': ' + m['content'] }}{% endfor %}")
    writer.add_vocab_size(vocab)
    kind = lambda: kinds[rng.integers(len(kinds))]  # noqa: E731

    def add(tensor, *shape, plain=False):
        values = normal(*shape)
        chosen = T.F32 if plain or len(shape) == 1 else kind()
        writer.add_tensor(tensor, quantized(values, chosen), raw_dtype=chosen)

    add("token_embd.weight", vocab, width)
    for i in range(layers):
        b = f"blk.{i}."
        add(b + "attn_norm.weight", width)
        add(b + "attn_q.weight", heads * head, width)
        add(b + "attn_k.weight", kv * head, width)
        add(b + "attn_v.weight", kv * head, width)
        add(b + "attn_output.weight", width, heads * head)
        if arch == "qwen2":
            add(b + "attn_q.bias", heads * head)
            add(b + "attn_k.bias", kv * head)
            add(b + "attn_v.bias", kv * head)
        if arch == "qwen3":
            add(b + "attn_q_norm.weight", head)
            add(b + "attn_k_norm.weight", head)
        add(b + "ffn_norm.weight", width)
        add(b + "ffn_gate.weight", middle, width)
        add(b + "ffn_up.weight", middle, width)
        add(b + "ffn_down.weight", width, middle)
    if llama3:
        parameters = {"rope_type": "llama3", "rope_theta": 500000.0, "factor": 8.0, "low_freq_factor": 1.0,
                      "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}
        config = LlamaConfig(hidden_size=width, num_attention_heads=heads, head_dim=head, rope_parameters=parameters)
        scaled, _ = ROPE_INIT_FUNCTIONS["llama3"](config, torch.device("cpu"))
        plain = 500000.0 ** -(np.arange(0, head, 2) / head)
        writer.add_tensor("rope_freqs.weight", (plain / scaled.double().numpy()).astype(np.float32))
    add("output_norm.weight", width)
    if not tied:
        add("output.weight", vocab, width)
    finish(writer)


def gpt2(name, kinds, width=32, heads=2, layers=1):
    # transformers reads 1024 positions whatever the file says
    writer = gguf.GGUFWriter(name + ".gguf", "gpt2")
    writer.add_name("tiny")
    writer.add_block_count(layers)
    writer.add_context_length(1024)
    writer.add_embedding_length(width)
    writer.add_feed_forward_length(4 * width)
    writer.add_head_count(heads)
    writer.add_layer_norm_eps(1e-5)
    vocab = byte_level(writer, "gpt-2")

    def add(tensor, *shape, chosen=None):
        chosen = T.F32 if len(shape) == 1 else chosen or kinds[rng.integers(len(kinds))]
        writer.add_tensor(tensor, quantized(normal(*shape), chosen), raw_dtype=chosen)

    add("token_embd.weight", vocab, width)
    add("position_embd.weight", 1024, width, chosen=T.Q4_0)
    for i in range(layers):
        b = f"blk.{i}."
        for norm in ("attn_norm", "ffn_norm"):
            add(b + norm + ".weight", width)
            add(b + norm + ".bias", width)
        for linear, out, into in (("attn_qkv", 3 * width, width), ("attn_output", width, width),
                                  ("ffn_up", 4 * width, width), ("ffn_down", width, 4 * width)):
            add(b + linear + ".weight", out, into)
            add(b + linear + ".bias", out)
    add("output_norm.weight", width)
    add("output_norm.bias", width)
    finish(writer)


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


SAMPLES = ["", "Hello, world!", " two  spaces   here ", "I'll say: it's WE'RE", "line\n\n  next\r\n\ttab", "Größe äöü ß", "漢字 and かな",
           "12345 and 3.14", "🙂 👩‍👩‍👧", "<think>so</think><|im_end|>", "a<|endoftext|>b", "snake_case(x) = [1, 2]; // ok"]


def read(names):
    ids, tensors = {}, {}
    for name in names:
        model = AutoModelForCausalLM.from_pretrained(".", gguf_file=name + ".gguf", dtype=torch.float32)
        weights = model.state_dict()
        if model.config.tie_word_embeddings:
            del weights["lm_head.weight"]
        tensors[name] = {
            key: {"shape": list(value.shape), "sha256": hashlib.sha256(value.contiguous().numpy().tobytes()).hexdigest()}
            for key, value in sorted(weights.items())
        }
        tokenizer = AutoTokenizer.from_pretrained(".", gguf_file=name + ".gguf")
        ids[name] = {"texts": SAMPLES, "ids": [tokenizer(text)["input_ids"] for text in SAMPLES]}
    for path, content in (("tokenizers.json", ids), ("tensors.json", tensors)):
        with open(path, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=0)


blocks()
llama_like("llama", "llama", [T.F16, T.Q8_0, T.Q4_0, T.Q4_1], sentence=True)
llama_like("llama-k", "llama", [T.Q4_K, T.Q6_K, T.Q5_K], width=256, head=64, heads=4, kv=2, layers=1, tied=True, llama3=True,
           pre="llama-bpe")
llama_like("mistral", "llama", [T.BF16, T.Q4_1], kv=1, layers=1, sentence=True, title="Mistral tiny", window=32)
llama_like("qwen2", "qwen2", [T.Q8_0, T.Q5_0], layers=1, tied=True, pre="qwen2")
# transformers takes 128 for Qwen3's head width, whatever the file says
llama_like("qwen3", "qwen3", [T.Q4_0, T.Q8_0], head=128, heads=2, kv=1, layers=1, tied=True, pre="qwen2")
gpt2("gpt2", [T.Q8_0, T.F16])
read(["llama", "llama-k", "mistral", "qwen2", "qwen3", "gpt2"])
