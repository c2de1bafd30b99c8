"""The parts of a model as loops over positions, heads and keys: slow, beyond doubt.

One sequence at a time, in double precision; only the names of the weights are those of
the package, nothing is computed by it.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

Weights = Mapping[str, Tensor]
Vectors = list[Tensor]
Bend = Callable[[Tensor], Tensor]


@dataclass
class Reading:
    """How a layer's heads read: what is added to a score, None where it is hidden."""

    n_heads: int
    rule: Callable[[int, int, int], Any] = lambda head, query, key: 0.0
    turn: Callable[[Tensor, int], Tensor] = lambda vector, position: vector
    scale: float | None = None
    n_kv_heads: int = 0


@dataclass
class Style:
    """What else makes a block: its activation, and where its norms stand."""

    bend: Bend
    eps: float
    post: bool = False


def causal(window: int = 10**9) -> Callable[[int, int, int], float | None]:
    return lambda head, query, key: 0.0 if 0 <= query - key < window else None


def fading(slopes: list[float]) -> Callable[[int, int, int], float | None]:
    """ALiBi's rule."""
    return lambda h, t, s: None if s > t else -slopes[h] * (t - s)


def linear(w: Weights, name: str, x: Tensor) -> Tensor:
    return w[f"{name}.weight"] @ x + w.get(f"{name}.bias", 0.0)


def norm(w: Weights, name: str, x: Tensor, eps: float) -> Tensor:
    """LayerNorm where there is a bias, RMSNorm where there is none."""
    if f"{name}.bias" in w:
        x = x - x.mean()
    size = (x.square().mean() + eps).sqrt()
    return x / size * w[f"{name}.weight"] + w.get(f"{name}.bias", 0.0)


def feed_forward(w: Weights, name: str, x: Tensor, bend: Bend) -> Tensor:
    hidden = linear(w, f"{name}.up_proj", x)
    if f"{name}.gate_proj.weight" in w:
        hidden = bend(linear(w, f"{name}.gate_proj", x)) * hidden
    else:
        hidden = bend(hidden)
    return linear(w, f"{name}.down_proj", hidden)


def attention(
    w: Weights, name: str, xs: Vectors, source: Vectors, how: Reading
) -> Vectors:
    """What each of `xs` reads from `source`, head by head and key by key."""
    n_kv_heads = how.n_kv_heads or how.n_heads
    queries = [linear(w, f"{name}.q_proj", x).view(how.n_heads, -1) for x in xs]
    keys = [linear(w, f"{name}.k_proj", x).view(n_kv_heads, -1) for x in source]
    values = [linear(w, f"{name}.v_proj", x).view(n_kv_heads, -1) for x in source]
    scale = how.scale or queries[0].shape[1] ** -0.5
    read = []
    for t in range(len(xs)):
        heads = []
        for h in range(how.n_heads):
            shared = h * n_kv_heads // how.n_heads
            powers, mixed = 0.0, 0.0
            for s in range(len(source)):
                if (added := how.rule(h, t, s)) is None:
                    continue
                key = how.turn(keys[s][shared], s)
                power = (how.turn(queries[t][h], t) @ key * scale + added).exp()
                powers, mixed = powers + power, mixed + power * values[s][shared]
            heads.append(mixed / powers)
        read.append(linear(w, f"{name}.o_proj", torch.cat(heads)))
    return read


def block(
    w: Weights,
    name: str,
    xs: Vectors,
    how: Reading,
    style: Style,
    source: Vectors | None = None,
) -> Vectors:
    """One block, with cross-attention where there is a source to read."""

    def residual(
        part: str, xs: Vectors, layer: Callable[[Vectors], Vectors]
    ) -> Vectors:
        place = f"{name}.{part}"
        normed = xs if style.post else [norm(w, place, x, style.eps) for x in xs]
        xs = [x + y for x, y in zip(xs, layer(normed), strict=True)]
        return [norm(w, place, x, style.eps) for x in xs] if style.post else xs

    def attend(xs: Vectors) -> Vectors:
        return attention(w, f"{name}.attention", xs, xs, how)

    def attend_source(xs: Vectors) -> Vectors:
        plain = Reading(how.n_heads, scale=how.scale)
        return attention(w, f"{name}.cross_attention", xs, source or [], plain)

    def think(xs: Vectors) -> Vectors:
        return [feed_forward(w, f"{name}.feed_forward", x, style.bend) for x in xs]

    xs = residual("attention_norm", xs, attend)
    if source is not None:
        xs = residual("cross_norm", xs, attend_source)
    return residual("feed_forward_norm", xs, think)


def scores(w: Weights, xs: Vectors, embedding: str = "token_embedding") -> Tensor:
    table = w.get("lm_head.weight", w[f"{embedding}.weight"])
    return torch.stack([table @ x for x in xs])


def gelu_tanh(x: Tensor) -> Tensor:
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def gelu(x: Tensor) -> Tensor:
    return x * 0.5 * (1 + torch.erf(x / math.sqrt(2)))


def silu(x: Tensor) -> Tensor:
    return x / (1 + torch.exp(-x))


def relu(x: Tensor) -> Tensor:
    return x * (x > 0)
