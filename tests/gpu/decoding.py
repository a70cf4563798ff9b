"""The model of bench_gpu_decoding by others: tokens a second of greedy decoding behind prompts of 512
tokens, a line each. By transformers where it is installed, else by plain PyTorch with a cache that is
there from the beginning, eager, and compiled with CUDA graphs where that does not take too long.

    python3 tests/gpu/decoding.py
"""

import json
import time

import torch
from torch import nn
from torch.nn import functional as F

try:
    import transformers
except ImportError:
    transformers = None

LAYERS, HIDDEN, HEADS, KV_HEADS, INNER, VOCABULARY = 22, 2048, 32, 4, 5632, 32000
SIZE = HIDDEN // HEADS
CONTEXT, DECODED = 512, 64
BATCHES = (1, 8, 32, 128, 256)
COMPILED_BATCHES = (1, 32)  # Each takes half a minute to compile.


class Block(nn.Module):
    def __init__(self, batch):
        super().__init__()
        self.norm1, self.norm2 = nn.RMSNorm(HIDDEN, 1e-5), nn.RMSNorm(HIDDEN, 1e-5)
        self.qkv = nn.Linear(HIDDEN, (HEADS + 2 * KV_HEADS) * SIZE, bias=False)
        self.out = nn.Linear(HIDDEN, HIDDEN, bias=False)
        self.up = nn.Linear(HIDDEN, 2 * INNER, bias=False)
        self.down = nn.Linear(INNER, HIDDEN, bias=False)
        shape = (batch, KV_HEADS, CONTEXT + DECODED, SIZE)
        self.register_buffer("keys", torch.zeros(shape))
        self.register_buffer("values", torch.zeros(shape))

    def forward(self, x, table, places, mask):
        rows, count, _ = x.shape
        heads = self.qkv(self.norm1(x)).view(rows, count, -1, SIZE).transpose(1, 2)
        q, k, v = heads.split((HEADS, KV_HEADS, KV_HEADS), 1)
        q, k = rotated(q, table), rotated(k, table)
        self.keys.index_copy_(2, places, k)
        self.values.index_copy_(2, places, v)
        y = F.scaled_dot_product_attention(q, self.keys, self.values, mask, enable_gqa=True)
        x = x + self.out(y.transpose(1, 2).reshape(rows, count, HIDDEN))
        gate, value = self.up(self.norm2(x)).chunk(2, -1)
        return x + self.down(F.silu(gate) * value)


def rotated(x, table):
    first, second = x.chunk(2, -1)
    cosines, sines = table
    return torch.cat((first * cosines - second * sines, second * cosines + first * sines), -1)


class Model(nn.Module):
    def __init__(self, batch):
        super().__init__()
        self.tokens = nn.Embedding(VOCABULARY, HIDDEN)
        self.blocks = nn.ModuleList(Block(batch) for _ in range(LAYERS))
        self.norm = nn.RMSNorm(HIDDEN, 1e-5)
        self.head = nn.Linear(HIDDEN, VOCABULARY, bias=False)
        half = SIZE // 2
        angles = torch.outer(torch.arange(CONTEXT + DECODED), 1e4 ** (-torch.arange(half) / half))
        self.register_buffer("cosines", angles.cos())
        self.register_buffer("sines", angles.sin())
        self.register_buffer("all", torch.arange(CONTEXT + DECODED))

    def forward(self, tokens, places):
        table = self.cosines[places], self.sines[places]
        mask = self.all[None, :] <= places[:, None]
        x = self.tokens(tokens)
        for block in self.blocks:
            x = block(x, table, places, mask)
        return self.head(self.norm(x[:, -1])).argmax(-1, keepdim=True)


@torch.inference_mode()
def plain(batch, compiled, device):
    with torch.device(device):
        model = Model(batch).bfloat16()
    prompt = torch.randint(0, VOCABULARY, (batch, CONTEXT), device=device)
    for first in range(0, CONTEXT, 64):
        token = model(prompt[:, first:first + 64], torch.arange(first, first + 64, device=device))
    step = torch.compile(model, mode="reduce-overhead") if compiled else model
    best = float("inf")
    for place in range(CONTEXT, CONTEXT + DECODED):
        places = torch.full((1,), place, device=device)
        begun = time.perf_counter()
        token = step(token, places).clone()
        token.tolist()
        best = min(best, time.perf_counter() - begun)
    return batch / best


@torch.inference_mode()
def by_transformers(batch, device):
    config = transformers.LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=HIDDEN, intermediate_size=INNER, num_hidden_layers=LAYERS,
        num_attention_heads=HEADS, num_key_value_heads=KV_HEADS, max_position_embeddings=2048)
    with torch.device(device):
        model = transformers.LlamaForCausalLM(config).bfloat16().eval()
    prompt = torch.randint(0, VOCABULARY, (batch, CONTEXT), device=device)

    def seconds(tokens):
        begun = time.perf_counter()
        model.generate(prompt, attention_mask=torch.ones_like(prompt), do_sample=False,
                       min_new_tokens=tokens, max_new_tokens=tokens, pad_token_id=0).tolist()
        return time.perf_counter() - begun

    seconds(4)
    return batch * DECODED / min(seconds(DECODED + 4) - seconds(4) for _ in range(2))


def say(batch, how, speed):
    print(json.dumps({"decode": batch, "how": how, "tokens_per_s": round(speed)}), flush=True)
    torch.cuda.empty_cache()


def main():
    torch.manual_seed(1)
    for batch in BATCHES:
        if transformers:
            say(batch, f"transformers {transformers.__version__}", by_transformers(batch, "cuda"))
        say(batch, "PyTorch, eager", plain(batch, False, "cuda"))
    for batch in COMPILED_BATCHES:
        say(batch, "PyTorch, compiled", plain(batch, True, "cuda"))


if __name__ == "__main__":
    main()
