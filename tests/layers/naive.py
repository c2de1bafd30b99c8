"""Attention as loops over single numbers: slow, in double precision, beyond doubt."""

import math

import torch
from torch import Tensor


def attention(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    mask: Tensor | None = None,
    scale: float | None = None,
) -> Tensor:
    """Mix v of (B, G, S, D) for q of (B, H, T, D), one query at a time."""
    n_batch, n_heads, n_queries, width = q.shape
    scale = width**-0.5 if scale is None else scale
    shared = n_heads // k.shape[1]
    shape = (n_batch, n_heads, n_queries, k.shape[2])
    mask = torch.zeros(shape) if mask is None else mask.expand(shape)
    out = torch.zeros(*q.shape[:3], v.shape[3], dtype=torch.float64)
    for b in range(n_batch):
        for h in range(n_heads):
            for t in range(n_queries):
                keys, values = k[b, h // shared], v[b, h // shared]
                out[b, h, t] = one_query(q[b, h, t], keys, values, mask[b, h, t], scale)
    return out


def one_query(q: Tensor, k: Tensor, v: Tensor, mask: Tensor, scale: float) -> Tensor:
    """Mix the rows of v by exp(score), leaving out what the mask forbids."""
    total, mixed = 0.0, torch.zeros(v.shape[-1], dtype=torch.float64)
    for key, value, rule in zip(k, v, mask, strict=True):
        added = 0.0 if rule.dtype == torch.bool else float(rule)
        if rule.dtype == torch.bool and not rule:
            continue
        power = math.exp(float(q @ key) * scale + added)
        total, mixed = total + power, mixed + power * value
    return mixed / total if total else mixed
