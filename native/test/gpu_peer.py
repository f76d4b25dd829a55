#!/usr/bin/env python3
"""The speed of plain PyTorch on a device, beside which gpu-check.sh puts ours.

    gpu_peer.py train|decode DEVICE SHAPE PRECISION [STEPS]
    gpu_peer.py all-reduce [cuda|cpu]      the bandwidth of NCCL between all GPUs, or of Gloo between two processes

SHAPE is tiny, gpt2 or llama-1b as in device_check.cpp, PRECISION float32 or tf32. Written the way that is fast without a compiler:
scaled_dot_product_attention, fused AdamW, tensors that stay on the device. Prints one line that begins with "result".
"""
import statistics, sys, time
import torch
import torch.nn as nn
import torch.nn.functional as F

SHAPES = {  # layers, heads, key heads, hidden, intermediate, vocabulary, rows, length, is a llama
    "tiny": (4, 4, 4, 128, 512, 500, 4, 32, False),
    "gpt2": (12, 12, 12, 768, 3072, 50257, 8, 1024, False),
    "llama-1b": (22, 32, 4, 2048, 5632, 32000, 8, 1024, True),
}


class Block(nn.Module):
    def __init__(self, heads, kv_heads, hidden, intermediate, llama):
        super().__init__()
        self.heads, self.kv_heads, self.width, self.llama = heads, kv_heads, hidden // heads, llama
        norm = (lambda: nn.RMSNorm(hidden, eps=1e-6)) if llama else (lambda: nn.LayerNorm(hidden))
        self.norm1, self.norm2 = norm(), norm()
        self.qkv = nn.Linear(hidden, (heads + 2 * kv_heads) * self.width, bias=not llama)
        self.out = nn.Linear(hidden, hidden, bias=not llama)
        self.up = nn.Linear(hidden, intermediate * (2 if llama else 1), bias=not llama)
        self.down = nn.Linear(intermediate, hidden, bias=not llama)

    def forward(self, x, rotation, cache=None):
        b, t, c = x.shape
        qkv = self.qkv(self.norm1(x)).view(b, t, self.heads + 2 * self.kv_heads, self.width).transpose(1, 2)
        q, k, v = qkv.split((self.heads, self.kv_heads, self.kv_heads), dim=1)
        if rotation is not None:
            q, k = (rotated(y, rotation) for y in (q, k))
        causal = True
        if cache is not None:
            k, v = cache.append(self, k, v)
            causal = t > 1
        y = F.scaled_dot_product_attention(q, k, v, is_causal=causal, enable_gqa=self.kv_heads != self.heads)
        x = x + self.out(y.transpose(1, 2).reshape(b, t, c))
        h = self.up(self.norm2(x))
        if self.llama:
            gate, up = h.chunk(2, dim=-1)
            h = F.silu(gate) * up
        else:
            h = F.gelu(h, approximate="tanh")
        return x + self.down(h)


def rotated(x, rotation):
    cos, sin = rotation
    a, b = x.chunk(2, dim=-1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), dim=-1)


class Cache:
    """Keys and values of earlier positions, in memory that is there before the first token."""

    def __init__(self, rows, capacity, device):
        self.rows, self.capacity, self.device, self.length, self.kept = rows, capacity, device, 0, {}

    def append(self, block, k, v):
        if block not in self.kept:
            shape = (self.rows, block.kv_heads, self.capacity, block.width)
            self.kept[block] = tuple(torch.empty(shape, device=self.device) for _ in range(2))
        keys, values = self.kept[block]
        end = self.length + k.shape[2]
        keys[:, :, self.length : end], values[:, :, self.length : end] = k, v
        return keys[:, :, :end], values[:, :, :end]


class Model(nn.Module):
    def __init__(self, layers, heads, kv_heads, hidden, intermediate, vocabulary, rows, length, llama):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, hidden)
        self.positions = None if llama else nn.Embedding(1024, hidden)
        self.blocks = nn.ModuleList(Block(heads, kv_heads, hidden, intermediate, llama) for _ in range(layers))
        self.norm = nn.RMSNorm(hidden, eps=1e-6) if llama else nn.LayerNorm(hidden)
        self.head = nn.Linear(hidden, vocabulary, bias=False)
        if not llama:
            self.head.weight = self.embedding.weight
        self.width = hidden // heads

    def forward(self, ids, cache=None):
        first = 0 if cache is None else cache.length
        position = torch.arange(first, first + ids.shape[1], device=ids.device)
        x, rotation = self.embedding(ids), None
        if self.positions is None:
            frequencies = 10000 ** (-torch.arange(0, self.width, 2, device=ids.device) / self.width)
            angles = position[:, None] * frequencies
            rotation = (angles.cos(), angles.sin())
        else:
            x = x + self.positions(position)
        for block in self.blocks:
            x = block(x, rotation, cache)
        if cache is not None:
            cache.length += ids.shape[1]
            x = x[:, -1:]
        return self.head(self.norm(x))


def wait(device):
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def train(model, device, shape, steps):
    vocabulary, rows, length = shape[5:8]
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01, fused=True)
    ids = torch.randint(vocabulary, (rows, length), device=device)
    times = []
    for step in range(steps + 2):
        wait(device)
        begin = time.perf_counter()
        loss = F.cross_entropy(model(ids)[:, :-1].flatten(0, 1), ids[:, 1:].flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.5, foreach=True)
        optimizer.step()
        loss.item()
        wait(device)
        if step >= 2:
            times.append(time.perf_counter() - begin)
    median = statistics.median(times)
    print(f"result: {1e3 * median:.2f} ms a step (median of {steps}), {rows * length / median:.0f} tokens/s")


@torch.inference_mode()
def decode(model, device, shape, tokens):
    length = min(shape[7] // 4, 128)
    for rows in (1, 8):
        cache = Cache(rows, length + tokens + 1, device)
        next_ids = model(torch.full((rows, length), 7, device=device), cache).argmax(-1)
        next_ids = model(next_ids, cache).argmax(-1)
        wait(device)
        begin = time.perf_counter()
        for _ in range(tokens - 1):
            next_ids = model(next_ids, cache).argmax(-1)
            next_ids[0, 0].item()  # as a server has to see each token
        step = (time.perf_counter() - begin) / (tokens - 1)
        print(f"result: {rows} prompt(s) of {length} tokens: {1e3 * step:.3f} ms a step, {rows / step:.1f} tokens/s")


def reduce_on(rank, ranks, port, kind):
    import torch.distributed as distributed

    if kind == "cuda":
        torch.cuda.set_device(rank)
    backend = "nccl" if kind == "cuda" else "gloo"
    distributed.init_process_group(backend, init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=ranks)
    for megabytes in (1, 25, 250):
        x = torch.ones(megabytes * 250_000, device=kind)
        times = []
        for _ in range(12):
            wait(kind)
            begin = time.perf_counter()
            distributed.all_reduce(x)
            wait(kind)
            times.append(time.perf_counter() - begin)
        seconds = statistics.median(times[2:])
        if rank == 0:
            bus = megabytes / 1e3 * 2 * (ranks - 1) / ranks / seconds
            print(f"result: {megabytes} MB by {backend} between {ranks} in {1e3 * seconds:.3f} ms, {bus:.1f} GB/s of each link")
    distributed.destroy_process_group()


def all_reduce(kind):
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ranks = torch.cuda.device_count() if kind == "cuda" else 2
    torch.multiprocessing.spawn(reduce_on, (ranks, port, kind), ranks)


def main():
    if sys.argv[1] == "all-reduce":
        return all_reduce(sys.argv[2] if len(sys.argv) > 2 else "cuda")
    what, device, name, precision = sys.argv[1:5]
    count = int(sys.argv[5]) if len(sys.argv) > 5 else 10
    torch.manual_seed(1)
    torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    with torch.device(device):
        model = Model(*SHAPES[name])
    (train if what == "train" else decode)(model, device, SHAPES[name], count)


if __name__ == "__main__":
    main()
