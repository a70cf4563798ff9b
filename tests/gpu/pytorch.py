"""The models of bench_gpu_training in PyTorch, eager and compiled: tokens a second, a line each.

    python3 tests/gpu/pytorch.py

Weights in bf16 for products under autocast, f32 master weights, fused AdamW, fused attention: what
somebody who knows PyTorch would write.
"""

import json
import time

import torch
from torch import nn
from torch.nn import functional as F

MODELS = {  # Layers, hidden, heads, key-value heads, inner, vocabulary, batch, sequence, GPT-2.
    "gpt2_124m": (12, 768, 12, 12, 3072, 50257, 32, 1024, True),
    "llama_1b": (22, 2048, 32, 4, 5632, 32000, 4, 2048, False),
}


def rotated(x, table):
    first, second = x.chunk(2, -1)
    cosines, sines = table
    return torch.cat((first * cosines - second * sines, second * cosines + first * sines), -1)


class Block(nn.Module):
    def __init__(self, hidden, heads, kv_heads, inner, gpt2):
        super().__init__()
        self.heads, self.kv_heads, self.gpt2 = heads, kv_heads, gpt2
        norm = nn.LayerNorm if gpt2 else nn.RMSNorm
        self.norm1, self.norm2 = norm(hidden), norm(hidden)
        size = hidden // heads
        self.qkv = nn.Linear(hidden, (heads + 2 * kv_heads) * size, bias=gpt2)
        self.out = nn.Linear(hidden, hidden, bias=gpt2)
        self.up = nn.Linear(hidden, inner if gpt2 else 2 * inner, bias=gpt2)
        self.down = nn.Linear(inner, hidden, bias=gpt2)

    def forward(self, x, table):
        rows, sequence, hidden = x.shape
        qkv = self.qkv(self.norm1(x)).view(rows, sequence, -1, hidden // self.heads).transpose(1, 2)
        q, k, v = qkv.split((self.heads, self.kv_heads, self.kv_heads), 1)
        if not self.gpt2:
            q, k = rotated(q, table), rotated(k, table)
        y = F.scaled_dot_product_attention(q, k.to(v.dtype), v, is_causal=True,
                                           enable_gqa=self.heads != self.kv_heads)
        x = x + self.out(y.transpose(1, 2).reshape(rows, sequence, hidden))
        inner = self.up(self.norm2(x))
        if self.gpt2:
            return x + self.down(F.gelu(inner, approximate="tanh"))
        gate, value = inner.chunk(2, -1)
        return x + self.down(F.silu(gate) * value)


class Model(nn.Module):
    def __init__(self, layers, hidden, heads, kv_heads, inner, vocabulary, sequence, gpt2):
        super().__init__()
        self.gpt2 = gpt2
        self.tokens = nn.Embedding(vocabulary, hidden)
        if gpt2:
            self.positions = nn.Embedding(sequence, hidden)
        self.blocks = nn.ModuleList(Block(hidden, heads, kv_heads, inner, gpt2) for _ in range(layers))
        self.norm = nn.LayerNorm(hidden) if gpt2 else nn.RMSNorm(hidden)
        self.head = nn.Linear(hidden, vocabulary, bias=False)
        if gpt2:
            self.head.weight = self.tokens.weight
        half = hidden // heads // 2
        angles = torch.outer(torch.arange(sequence), 1e4 ** (-torch.arange(half) / half))
        self.register_buffer("cosines", angles.cos().bfloat16())
        self.register_buffer("sines", angles.sin().bfloat16())

    def forward(self, inputs, targets):
        x = self.tokens(inputs)
        if self.gpt2:
            x = x + self.positions.weight
        for block in self.blocks:
            x = block(x, (self.cosines, self.sines))
        return F.cross_entropy(self.head(self.norm(x)).view(-1, self.head.out_features), targets.view(-1))


def tokens_per_second(name, compiled):
    *shape, vocabulary, batch, sequence, gpt2 = MODELS[name]
    torch.manual_seed(1)
    model = Model(*shape, vocabulary, sequence, gpt2).cuda()
    optimizer = torch.optim.AdamW(model.parameters(), fused=True)
    run = torch.compile(model) if compiled else model
    text = torch.randint(0, vocabulary, (batch, sequence + 1), device="cuda")

    def step():
        with torch.autocast("cuda", torch.bfloat16):
            loss = run(text[:, :-1].contiguous(), text[:, 1:].contiguous())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return loss.item()

    for _ in range(5):
        step()
    best = float("inf")
    for _ in range(12):
        begun = time.perf_counter()
        step()
        best = min(best, time.perf_counter() - begun)
    return batch * sequence / best


for name in MODELS:
    for compiled in (False, True):
        speed = tokens_per_second(name, compiled)
        print(json.dumps({"model": name, "how": "compiled" if compiled else "eager",
                          "tokens_per_s": round(speed)}), flush=True)
        torch.cuda.empty_cache()
