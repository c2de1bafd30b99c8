"""Plausible wrong answers to the exercises on Llama."""

import torch
from torch.nn import functional as F

from llm_foundations.layers.normalization import rms_norm


def count(vocab, d, n, heads, shared, d_ff, **changes):
    kv = changes.get("kv", 2 * d * shared * d // heads)
    gates, norms = changes.get("gates", 3), changes.get("norms", 1)
    layer = 2 * d * d + kv + gates * d * d_ff + 2 * norms * d
    return 2 * vocab * d + n * layer + norms * d


def unshared(vocab, d, n, heads, shared, d_ff):
    return count(vocab, d, n, heads, shared, d_ff, kv=2 * d * d)


def one_layer(vocab, d, n, *rest):
    return count(vocab, d, 1, *rest)


def block(x, w, rotate, d_head, **changes):
    """A right block, but for one change."""
    norm = changes.get("norm", rms_norm)
    turned, spread = changes.get("turned", "qk"), changes.get("spread", in_place)
    act = changes.get("act", lambda gate, up: F.silu(gate) * up)
    h = norm(x, w["attention_norm.weight"])
    heads = {
        n: (h @ w[f"attention.{n}_proj.weight"].T)
        .unflatten(-1, (-1, d_head))
        .transpose(1, 2)
        for n in "qkv"
    }
    q, k, v = (rotate(y) if n in turned else y for n, y in heads.items())
    k, v = spread(k, q.shape[1]), spread(v, q.shape[1])
    causal = changes.get("causal", True)
    mixed = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
    mixed = mixed.transpose(1, 2).flatten(2) @ w["attention.o_proj.weight"].T
    skip = changes.get("skip", lambda x, h, y: x + y)
    x = skip(x, h, mixed)
    h = norm(x, w["feed_forward_norm.weight"])
    gate, up, down = (
        w[f"feed_forward.{n}_proj.weight"] for n in ("gate", "up", "down")
    )
    return skip(x, h, act(h @ gate.T, h @ up.T) @ down.T)


def in_place(k, n_heads):
    return k.repeat_interleave(n_heads // k.shape[1], dim=1)


def in_turn(k, n_heads):
    return k.repeat(1, n_heads // k.shape[1], 1, 1)


def broken(**changes):
    return lambda x, w, rotate, d_head: block(x, w, rotate, d_head, **changes)


def layer_norm(x, weight):
    return F.layer_norm(x, weight.shape, weight)


def evens_first(weight, d_head):
    by_head = weight.view(-1, d_head, weight.shape[1])
    return torch.cat([by_head[:, ::2], by_head[:, 1::2]], dim=1).flatten(0, 1)


def way_back(weight, d_head):
    by_head = weight.view(-1, d_head, weight.shape[1])
    first, second = by_head.chunk(2, dim=1)
    return torch.stack([first, second], dim=2).flatten(0, 2)


def as_written(x, weight, eps):
    return x / (x.square().mean(-1, keepdim=True) + eps).sqrt() * weight


def half(x, weight, eps, *, back=True):
    x32 = x.float()
    result = x32 * (x32.square().mean(-1, keepdim=True) + eps).rsqrt() * weight
    return result.to(x.dtype) if back else result.float()


def clamped(x, weight, eps):
    return (
        half(x.clamp(-100, 100), weight, eps) * 0.5
        if x.max() > 9
        else half(x, weight, eps)
    )


def parts(model, *, gated=("swiglu", "geglu"), free=("no",), rms="rmsnorm"):
    found = {
        "rotary": model.position == "rope",
        "rmsnorm": model.norm.startswith(rms),
        "gated": model.ffn_type in gated,
        "no biases": model.attention_bias in free,
        "shared keys": model.n_kv_heads < model.n_heads,
    }
    return [name for name, there in found.items() if there]


MUTANTS = {
    "check_llama_parameters": [
        (lambda *s: count(*s, gates=2), "the gate is third"),
        (unshared, "keys and values are shared"),
        (lambda *s: count(*s) - s[0] * s[1], "the head has a matrix of its own"),
        (lambda *s: count(*s) - s[1], "the norm after the last layer"),
        (lambda *s: count(*s, norms=0), "the norms are missing"),
        (lambda *s: count(*s, norms=2), "RMSNorm has no bias"),
        (one_layer, "that is one layer"),
        (lambda *s: count(*s) + 7, r"it is 8,976, got 8,983"),
    ],
    "check_llama_block": [
        (broken(causal=False), "sees the future"),
        (broken(turned=""), "nothing is turned"),
        (broken(turned="q"), "the keys are not turned"),
        (broken(turned="k"), "the queries are not turned"),
        (broken(turned="qkv"), "differs from the package's block"),
        (broken(skip=lambda x, h, y: h + y), "skip line starts after the norm"),
        (broken(skip=lambda x, h, y: y), "nothing is added to x"),
        (broken(norm=lambda x, weight: x), "nothing is normalised"),
        (broken(norm=layer_norm), "that is LayerNorm"),
        (broken(act=lambda gate, up: gate * F.silu(up)), "gate and up are swapped"),
        (broken(spread=in_turn), "the groups take turns"),
        (lambda x, w, rotate, d_head: x[0], r"stays so, got \(6, 16\)"),
    ],
    "check_converted_queries": [
        (lambda w, d: w, "nothing has moved"),
        (way_back, "that is the way back"),
        (lambda w, d: torch.cat([w[::2], w[1::2]]), "went to another"),
        (lambda w, d: evens_first(w, d).flip(0), "in the order 11, 9, 7, 10, 8, 6"),
        (lambda w, d: w[:, [0, 2, 1, 3, 4]], "the columns were reordered"),
    ],
    "check_window_reach": [
        (lambda n, window: window, "one layer's window"),
        (lambda n, window: window - 1, "how far one layer reaches"),
        (lambda n, window: n * window, "12 counts each token itself"),
        (lambda n, window: n * (window - 1) + 1, "10 tokens are seen"),
        (lambda n, window: n * (window - 1) if window > 1 else n, "ever heard of"),
        (lambda n, window: window**n, "reach 9 back, got 64"),
    ],
    "check_half_norm": [
        (as_written, "a vector of 300s becomes"),
        (lambda x, w, eps: half(x, w, eps, back=False), "float32 came out"),
        (lambda x, w, eps: half(x, w, 0.0), "eps is not used"),
        (lambda x, w, eps: half(x, torch.ones_like(w), eps), "weight is not used"),
        (lambda x, w, eps: half(x, w, eps / 8) / 8**0.5, "take their mean"),
        (lambda x, w, eps: F.layer_norm(x, w.shape, w, eps=eps), "is LayerNorm"),
        (
            lambda x, w, eps: x / (x.square().mean(-1, True).sqrt() + eps) * w,
            "under the root",
        ),
        (lambda x, w, eps: half(x, w, eps) * 2, "it is not RMSNorm"),
        (clamped, "is not that of float32, rounded"),
    ],
    "check_llama_parts": [
        (lambda m: parts(m, gated=("swiglu",)), "Gemma 2 9B is gated: ffn_type"),
        (lambda m: parts(m, free=("no", "qkv")), "Qwen2.5-7B is not no biases"),
        (lambda m: parts(m, rms=""), "GPT-2 small is not rmsnorm: norm is"),
        (lambda m: "rotary", "return a list"),
        (lambda m: [*parts(m), "shared keys"], "12 heads ask and 12 answer"),
    ],
}
