"""Whole models as loops over layers, positions and heads: slow, and beyond doubt.

One sequence at a time; the parts stand in `naive_parts`.
"""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from tests.models.naive_parts import (
    Bend,
    Reading,
    Style,
    Vectors,
    Weights,
    block,
    causal,
    fading,
    gelu,
    gelu_tanh,
    linear,
    norm,
    relu,
    scores,
    silu,
)


def decoder(w: Weights, xs: Vectors, config: Any, how: Reading, bend: Bend) -> Tensor:
    """The pre-norm decoder that GPT-2, BLOOM, JAIS and Llama share."""
    for layer in range(config.n_layers):
        xs = block(w, f"blocks.{layer}", xs, how, Style(bend, config.norm_eps))
    return scores(w, [norm(w, "norm", x, config.norm_eps) for x in xs])


def gpt(w: Weights, ids: list[int], config: Any) -> Tensor:
    tokens, positions = w["token_embedding.weight"], w["position_embedding.weight"]
    xs = [tokens[i] + positions[t] for t, i in enumerate(ids)]
    return decoder(w, xs, config, Reading(config.n_heads, causal()), gelu_tanh)


def bloom(w: Weights, ids: list[int], config: Any) -> Tensor:
    tokens = [w["token_embedding.weight"][i] for i in ids]
    xs = [norm(w, "embedding_norm", x, config.norm_eps) for x in tokens]
    how = Reading(config.n_heads, fading([2**-4, 2**-8, 2**-2]))
    return decoder(w, xs, config, how, gelu_tanh)


def jais(w: Weights, ids: list[int], config: Any) -> Tensor:
    xs = [w["token_embedding.weight"][i] * config.embedding_scale for i in ids]
    rule, scale = fading([2**-4, 2**-8, 2**-2]), config.n_heads / config.d_model
    how = Reading(config.n_heads, rule, scale=scale)
    return decoder(w, xs, config, how, silu) * config.logit_scale


def llama(w: Weights, ids: list[int], config: Any) -> Tensor:
    half = config.d_head // 2

    def turn(x: Tensor, position: int) -> Tensor:
        turned = x.clone()
        for i in range(half):
            angle = position * config.rope_theta ** (-i / half)
            sine, cosine = math.sin(angle), math.cos(angle)
            turned[i] = x[i] * cosine - x[i + half] * sine
            turned[i + half] = x[i + half] * cosine + x[i] * sine
        return turned

    rule = causal(config.window or 10**9)
    how = Reading(config.n_heads, rule, turn, n_kv_heads=config.n_kv_heads)
    xs = [w["token_embedding.weight"][i] for i in ids]
    return decoder(w, xs, config, how, silu)


def bert(w: Weights, ids: list[int], config: Any) -> Tensor:
    """BERT with its head of masked tokens."""
    eps = config.norm_eps
    kinds = ("token", "position", "segment")
    token, position, segment = (w[f"bert.{kind}_embedding.weight"] for kind in kinds)
    xs = [token[i] + position[t] + segment[0] for t, i in enumerate(ids)]
    xs = [norm(w, "bert.embedding_norm", x, eps) for x in xs]
    for layer in range(config.n_layers):
        name, how = f"bert.blocks.{layer}", Reading(config.n_heads)
        xs = block(w, name, xs, how, Style(gelu, eps, post=True))
    xs = [norm(w, "head.norm", gelu(linear(w, "head.dense", x)), eps) for x in xs]
    return scores(w, xs, "bert.token_embedding") + w["head.bias"]


def t5(w: Weights, ids: list[int], config: Any) -> Tensor:
    """T5 with the same ids as source and as target."""
    embedded = [w["token_embedding.weight"][i] for i in ids]
    style = Style(gelu_tanh if config.gated else relu, config.norm_eps)

    def side(name: str, source: Vectors | None) -> Vectors:
        how = Reading(config.n_heads, buckets(w, name, config), scale=1.0)
        xs = embedded
        for layer in range(config.n_layers):
            place = f"{name}_blocks.{layer}"
            xs = block(w, place, xs, how, style, source)
        return [norm(w, f"{name}_norm", x, style.eps) for x in xs]

    xs = side("decoder", side("encoder", None))
    scale = config.d_model**-0.5 if config.tie_embeddings else 1.0
    return scores(w, [x * scale for x in xs])


def buckets(w: Weights, side: str, config: Any) -> Callable[[int, int, int], Any]:
    """T5's rule: a learned number for the bucket of the distance."""
    both_ways = side == "encoder"
    n = config.n_buckets // 2 if both_ways else config.n_buckets

    def bucket(behind: int) -> int:
        if behind < n // 2:
            return behind
        growth = math.log(behind / (n // 2)) / math.log(config.max_distance / (n // 2))
        return min(n - 1, n // 2 + int(growth * (n - n // 2)))

    def rule(h: int, t: int, s: int) -> Tensor | None:
        if s > t and not both_ways:
            return None
        return w[f"{side}_bias.table.weight"][bucket(abs(t - s)) + n * (s > t), h]

    return rule


def encoder_decoder(w: Weights, ids: list[int], config: Any) -> Tensor:
    """The Transformer of 2017 with the same ids as source and as target."""

    def position(t: int) -> Tensor:
        pairs = [t / 10000 ** (i / config.d_model) for i in range(0, config.d_model, 2)]
        waves = [wave(x) for x in pairs for wave in (math.sin, math.cos)]
        return torch.tensor(waves, dtype=torch.float64)

    embedded = [
        w["token_embedding.weight"][i] * math.sqrt(config.d_model) + position(t)
        for t, i in enumerate(ids)
    ]
    style, xs = Style(relu, config.norm_eps, post=True), embedded
    for layer in range(config.n_layers):
        xs = block(w, f"encoder_blocks.{layer}", xs, Reading(config.n_heads), style)
    source, xs, how = xs, embedded, Reading(config.n_heads, causal())
    for layer in range(config.n_layers):
        xs = block(w, f"decoder_blocks.{layer}", xs, how, style, source)
    return scores(w, xs)
