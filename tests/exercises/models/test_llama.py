"""Answers that readers wrote to the exercises on Llama."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from llm_foundations.exercises.models.llama import (
    check_converted_queries,
    check_half_norm,
    check_llama_parameters,
    check_llama_parts,
    check_window_reach,
)
from llm_foundations.exercises.models.llama_block import check_llama_block
from llm_foundations.layers import (
    MultiHeadAttention,
    RMSNorm,
    SwiGLU,
    TransformerBlock,
    rms_norm,
)
from tests.exercises.answers import accepts, refuses


def counted(vocab, d, n, heads, shared, d_ff):
    attention = MultiHeadAttention(d, heads, shared, bias=False)
    block = TransformerBlock(attention, SwiGLU(d, d_ff), lambda: RMSNorm(d))
    n_block = sum(p.numel() for p in block.parameters())
    return torch.tensor(2 * vocab * d + n * n_block + d)


test_llama_parameters_accepts = accepts(
    check_llama_parameters,
    [
        lambda *sizes: 6_738_415_616 if sizes[0] == 32000 else counted(*sizes),
        lambda v, d, n, h, g, f: float(
            2 * v * d + d + n * (d * d * (2 + 2 * g / h) + 3 * d * f + 2 * d)
        ),
        lambda v, d, n, h, g, f: (
            np.int64(d) * (2 * v + 1 + n * (2 * d + 2 * g * (d // h) + 3 * f + 2))
        ),
    ],
)
test_llama_parameters_refuses = refuses(
    check_llama_parameters,
    {
        "nothing was returned": lambda *sizes: None,
        "expected 8976, got 8983": lambda *sizes: (
            int(counted(*sizes)) + 7 if sizes[0] < 99 else 6_738_415_616
        ),
        "no biases": lambda v, d, n, h, g, f: (
            2 * v * d
            + d
            + n * (2 * d * (d + d * g // h + 1) + 2 * d * g // h)
            + n * (3 * d * f + 2 * d)
        ),
        "that is one layer": lambda v, d, n, h, g, f: (
            2 * v * d + d + 2 * d * d + 2 * d * d * g // h + 3 * d * f + 2 * d
        ),
    },
)


def by_the_package(x, w, rotate, d_head):
    d_model, d_ff = x.shape[-1], len(w["feed_forward.gate_proj.weight"])
    n_kv_heads = len(w["attention.k_proj.weight"]) // d_head
    attention = MultiHeadAttention(d_model, d_model // d_head, n_kv_heads, bias=False)
    block = TransformerBlock(attention, SwiGLU(d_model, d_ff), lambda: RMSNorm(d_model))
    block.load_state_dict(w)
    return block(x, causal=True, rotate=rotate)


def by_hand(x, w, rotate, d_head, bend=F.silu, hide=True):
    def norm(x, name):
        root = x.pow(2).mean(-1, keepdim=True).add(1e-6).sqrt()
        return x / root * w[f"{name}_norm.weight"]

    def heads(name):
        y = norm(x, "attention") @ w[f"attention.{name}_proj.weight"].T
        return y.reshape(*y.shape[:2], -1, d_head).permute(0, 2, 1, 3)

    q, k, v = rotate(heads("q")), rotate(heads("k")), heads("v")
    batch, _, n, _ = q.shape
    grouped = q.reshape(batch, k.shape[1], -1, n, d_head)
    scores = torch.einsum("bghtd,bgsd->bghts", grouped, k) / d_head**0.5
    if hide:
        scores += torch.full((n, n), -torch.inf).triu(1)
    mixed = torch.einsum("bghts,bgsd->btghd", scores.softmax(-1), v).flatten(2)
    x = x + mixed @ w["attention.o_proj.weight"].T
    y = norm(x, "feed_forward")
    gate, up = (y @ w[f"feed_forward.{name}_proj.weight"].T for name in ("gate", "up"))
    return x + (bend(gate) * up) @ w["feed_forward.down_proj.weight"].T


test_llama_block_accepts = accepts(
    check_llama_block,
    [
        by_the_package,
        by_hand,
        lambda x, w, rotate, d_head: by_hand(
            x.double(), {n: m.double() for n, m in w.items()}, rotate, d_head
        ),
    ],
)
test_llama_block_refuses = refuses(
    check_llama_block,
    {
        "every word sees the future": lambda *a: by_hand(*a, hide=False),
        "through GELU or ReLU": lambda *a: by_hand(*a, bend=nn.GELU()),
        "sigmoid alone makes GLU": lambda *a: by_hand(*a, bend=torch.sigmoid),
        "expected the shape (2, 3, 8), got (3, 8)": lambda *a: by_hand(*a)[0],
        "entry (0, 0, 0): expected": lambda *a: by_hand(*a, bend=torch.tanh),
    },
)


def in_float64(x, weight, eps):
    wide = x.double()
    mean_square = (wide * wide).mean(dim=-1, keepdim=True)
    return (wide / (mean_square + eps).sqrt() * weight.double()).to(x.dtype)


def scaled_first(x, weight, eps):
    largest = x.float().abs().amax(-1, keepdim=True)
    small = x / largest
    root = (small.square().mean(-1, keepdim=True) + eps / largest**2).sqrt()
    return (small / root).to(x.dtype) * weight


def by_largest(x, weight, eps):
    if x.dtype == torch.float16:
        return x / x.abs().max() * weight
    return rms_norm(x, weight, eps)


test_half_norm_accepts = accepts(
    check_half_norm,
    [
        in_float64,
        scaled_first,
        lambda x, w, eps: F.rms_norm(x.float(), w.shape, w.float(), eps).to(x.dtype),
        lambda x, w, eps: (
            (x.float() * (x.float().pow(2).mean(-1, True) + eps).rsqrt()).type_as(x) * w
        ),
    ],
)
test_half_norm_refuses = refuses(
    check_half_norm,
    {
        "65,504": lambda x, w, eps: x / (x.pow(2).mean(-1, True) + eps).sqrt() * w,
        "numbers were clamped": lambda x, w, eps: rms_norm(x.clamp(-250, 250), w, eps),
        "with numbers above 300 in float16, the result: entry": by_largest,
        "float16 goes out as float16": lambda x, w, eps: rms_norm(x.float(), w, eps),
        "its dtype: expected 'torch.float32', got 'torch.float16'": (
            lambda x, w, eps: in_float64(x, w, eps).half()
        ),
        "expected the shape (3, 4), got (4,)": lambda x, w, eps: w,
    },
)


def permuted(weight, d_head):
    """As Transformers converts Meta's weights."""
    n_heads, d_model = len(weight) // d_head, weight.shape[1]
    by_pair = weight.view(n_heads, d_head // 2, 2, d_model)
    return by_pair.transpose(1, 2).reshape(n_heads * d_head, d_model)


def by_index(weight, d_head):
    heads = range(0, len(weight), d_head)
    order = [h + i for h in heads for s in (0, 1) for i in range(s, d_head, 2)]
    return weight.numpy()[order]


test_converted_queries_accepts = accepts(check_converted_queries, [permuted, by_index])
test_converted_queries_refuses = refuses(
    check_converted_queries,
    {
        "the columns were reordered": lambda weight, d_head: weight[
            :, [0, 2, 4, 1, 3, 5, *range(6, weight.shape[1])]
        ],
        "the columns were": lambda weight, d_head: weight.roll(1, 1),
        "in the order [11, 9, 7, 10, 8, 6], not [0, 2, 4, 1, 3, 5]": (
            lambda weight, d_head: permuted(weight, d_head).flip(0)
        ),
        "rows of one head went to another": lambda weight, d_head: permuted(
            weight, len(weight)
        ),
    },
)

test_window_reach_accepts = accepts(
    check_window_reach,
    [
        lambda n_layers, window: sum(window - 1 for _ in range(n_layers)),
        lambda n_layers, window: np.float64(n_layers * window - n_layers),
        lambda n_layers, window: torch.tensor(window).sub(1).mul(n_layers),
    ],
)
test_window_reach_refuses = refuses(
    check_window_reach,
    {
        "the formula of the Mistral paper": lambda n_layers, window: n_layers * window,
        "they do not multiply": lambda n_layers, window: (window - 1) ** 2,
        "with n_layers=2, window=6, expected 10, got 6": (
            lambda n_layers, window: 3 * n_layers if window > 1 else 0
        ),
        "with n_layers=5, window=1, expected 0, got 5": (
            lambda n_layers, window: n_layers * (window - 1) or n_layers
        ),
        "nothing was returned": lambda n_layers, window: None,
    },
)


def parts(model):
    yield from ["rotary"] * (model.position == "rope")
    yield from ["rmsnorm"] * ("rmsnorm" in model.norm)
    yield from ["gated"] * model.ffn_type.endswith("glu")
    yield from ["no biases"] * (model.attention_bias == "no")
    yield from ["shared keys"] * (model.n_heads > model.n_kv_heads)


test_llama_parts_accepts = accepts(
    check_llama_parts,
    [
        parts,
        lambda model: set(parts(model)),
        lambda model: [*parts(model)][::-1],
    ],
)
test_llama_parts_refuses = refuses(
    check_llama_parts,
    {
        "GPT-2 small does not have 'shared keys': n_heads is 12, n_kv_heads is 12": (
            lambda model: [*parts(model), "shared keys"]
        ),
        "Gemma 2 9B has 'gated': ffn_type is 'geglu'": lambda model: [
            part
            for part in parts(model)
            if (part, model.ffn_type) != ("gated", "geglu")
        ],
        "nothing was returned": lambda model: None,
        "return a list of some of": lambda model: ", ".join(parts(model)),
    },
)
