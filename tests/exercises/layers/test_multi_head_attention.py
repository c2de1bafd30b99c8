"""Answers that readers wrote to the exercises on multi-head attention."""

import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from llm_foundations.exercises.layers.multi_head_attention import (
    check_join_heads,
    check_multi_head_attention,
    check_share_heads,
    check_split_heads,
    check_tokens_that_fit,
    check_two_heads,
)
from tests.exercises.answers import accepts, refuses


def split_by_numpy(x, n_heads):
    batch, n_positions, _ = x.shape
    return x.numpy().reshape(batch, n_positions, n_heads, -1).transpose(0, 2, 1, 3)


test_split_accepts = accepts(
    check_split_heads,
    [
        split_by_numpy,
        lambda x, n_heads: torch.stack(x.chunk(n_heads, dim=-1), dim=1),
        lambda x, n_heads: x.view(*x.shape[:2], n_heads, -1).permute(0, 2, 1, 3),
        lambda x, n_heads: [[part for part in one.chunk(n_heads, -1)] for one in x],
    ],
)
test_split_refuses = refuses(
    check_split_heads,
    {
        "the positions stand before the heads": lambda x, h: x.view(
            *x.shape[:2], h, -1
        ),
        "the sentence was cut": lambda x, h: x.reshape(len(x), h, x.shape[1], -1),
        "the heads take turns": lambda x, h: torch.stack(
            [x[..., i::h] for i in range(h)], 1
        ),
        "expected the shape (3, 4, 5, 2), got (4, 3, 5, 2)": lambda x, h: x.chunk(
            h, -1
        )[::-1],
        "entry (0, 0, 0, 0): expected": lambda x, h: split_by_numpy(x.flip(-1), h),
    },
)

test_join_accepts = accepts(
    check_join_heads,
    [
        lambda y: np.concatenate(list(y.transpose(0, 1)), axis=-1),
        lambda y: torch.cat(y.unbind(1), dim=-1),
        lambda y: y.permute(0, 2, 1, 3).reshape(len(y), y.shape[2], -1),
        lambda y: y.double().transpose(1, 2).flatten(2),
    ],
)
test_join_refuses = refuses(
    check_join_heads,
    {
        "it raised RuntimeError": lambda y: y.transpose(1, 2).reshape(
            len(y), y.shape[2], y.shape[1] * len(y)
        ),
        "reshape alone mixes the positions": lambda y: y.view(len(y), y.shape[2], -1),
        "added or averaged": lambda y: y.mean(dim=1),
        "expected the shape (2, 3, 20), got (3, 2, 20)": lambda y: (
            y.transpose(1, 2).flatten(2).transpose(0, 1)
        ),
    },
)


def by_pytorch(x, w_q, w_k, w_v, w_o, n_heads):
    layer = nn.MultiheadAttention(len(w_o), n_heads, bias=False, batch_first=True)
    layer.in_proj_weight.data = torch.cat([w_q.T, w_k.T, w_v.T])
    layer.out_proj.weight.data = w_o.T
    return layer(x, x, x, need_weights=False)[0]


def head_by_head(x, w_q, w_k, w_v, w_o, n_heads):
    width = len(w_o) // n_heads
    result = 0
    for start in range(0, len(w_o), width):
        own = slice(start, start + width)
        q, k, v = x @ w_q[:, own], x @ w_k[:, own], x @ w_v[:, own]
        weights = (q.double() @ k.double().mT / np.sqrt(width)).softmax(-1)
        result = result + weights @ v.double() @ w_o[own].double()
    return result


def by_einsum(x, w_q, w_k, w_v, w_o, n_heads):
    q, k, v = (
        torch.einsum("btc,chd->bhtd", x, w.unflatten(1, (n_heads, -1)))
        for w in (w_q, w_k, w_v)
    )
    mixed = F.scaled_dot_product_attention(q, k, v)
    return torch.einsum("bhtd,hdc->btc", mixed, w_o.unflatten(0, (n_heads, -1)))


def without_transposes(x, w_q, w_k, w_v, w_o, n_heads):
    q, k, v = ((x @ w).unflatten(-1, (n_heads, -1)) for w in (w_q, w_k, w_v))
    weights = (q @ k.mT / math.sqrt(q.shape[-1])).softmax(-1)
    return (weights @ v).transpose(1, 2).reshape(x.shape) @ w_o


def x_split_first(x, w_q, w_k, w_v, w_o, n_heads):
    heads = x.unflatten(-1, (n_heads, -1)).transpose(1, 2)
    return (heads @ w_q).transpose(1, 2).flatten(2) @ w_o


def averaged(x, w_q, w_k, w_v, w_o, n_heads):
    q, k, v = (
        (x @ w).unflatten(-1, (n_heads, -1)).transpose(1, 2) for w in (w_q, w_k, w_v)
    )
    return F.scaled_dot_product_attention(q, k, v).mean(1)


test_layer_accepts = accepts(
    check_multi_head_attention, [by_pytorch, head_by_head, by_einsum]
)
test_layer_refuses = refuses(
    check_multi_head_attention,
    {
        "heads of one position attend": without_transposes,
        "it raised RuntimeError": x_split_first,
        "expected the shape (4, 5, 6), got (4, 5, 3)": averaged,
        "W_o is missing": lambda x, w_q, w_k, w_v, w_o, n_heads: by_pytorch(
            x, w_q, w_k, w_v, torch.eye(len(w_o)), n_heads
        ),
        "queries, keys and values are confused": (
            lambda x, w_q, w_k, w_v, w_o, n_heads: head_by_head(
                x, w_v, w_k, w_q, w_o, n_heads
            )
        ),
        "n_heads=2, entry (0, 0, 0): expected": lambda x, *rest: x,
    },
)


def two_heads(first, before, n):
    """Set the scores of both heads by the word that asks and the word it asks for."""
    q = np.zeros((2, n, n))
    for word in range(n):
        q[0, word, 0] = first(word)
        q[1, word, max(word - 1, 0)] = before(word)
    return [q, np.stack([np.eye(n)] * 2)]


def one_number_each(n):
    """Find the word before as the nearest to it on a line."""
    places = torch.arange(n, dtype=torch.double)
    wanted = places - 1
    before = (
        torch.stack([2 * wanted, -torch.ones(n)], -1),
        torch.stack([places, places.square()], -1),
    )
    first = (
        torch.stack([-places.clamp(min=1), 0 * places], -1),
        torch.stack([places, 0 * places], -1),
    )
    q, k = (torch.stack(pair) for pair in zip(first, before, strict=True))
    return 30 * q, k


test_two_heads_accepts = accepts(
    check_two_heads,
    [
        lambda n: two_heads(lambda word: 40, lambda word: 40, n),
        lambda n: (part for part in two_heads(lambda word: 99, lambda word: 50, n)),
        one_number_each,
        lambda n: [list(part) for part in one_number_each(n)],
    ],
)


def head_1(ask):
    def two_heads(n):
        eye = torch.eye(n)
        return torch.stack([eye[:1].expand(n, n), ask(n)]) * 40, eye.expand(2, n, n)

    return two_heads


test_two_heads_refuses = refuses(
    check_two_heads,
    {
        "word before 0.9, but word 1 gives it 0.500": lambda n: two_heads(
            lambda word: 40, lambda word: 40 * (word > 1), n
        ),
        "first word 0.9, but word 1 gives it 0.500": lambda n: two_heads(
            lambda word: 40 * (word > 1), lambda word: 40, n
        ),
        "head 1 looks at the next word, which the mask hides: let": head_1(
            lambda n: torch.eye(n).roll(1, 1)
        ),
        "head 1 looks at the first word: let": head_1(
            lambda n: torch.eye(n)[:1].expand(n, n)
        ),
        "head 1 looks at the word itself: let": head_1(torch.eye),
        "head 0 looks at the word before and head 1 looks at the first word: let": (
            lambda n: [
                part[[1, 0]] for part in two_heads(lambda w: 40, lambda w: 40, n)
            ]
        ),
        "of the shape (2, n, D), got [(4, 4), (4, 4)]": lambda n: [torch.eye(n)] * 2,
        "nothing was returned": lambda n: None,
    },
)

test_tokens_accepts = accepts(
    check_tokens_that_fit,
    [
        lambda b, n_layers, g, d: math.floor(b / (4 * n_layers * g * d)),
        lambda b, n_layers, g, d: torch.tensor(b) // (n_layers * 2 * g * d * 2),
        lambda b, n_layers, g, d: b // 2 // 2 // n_layers // g // d,
        lambda b, n_layers, g, d: np.floor(b / (4.0 * n_layers * g * d)),
    ],
)
test_tokens_refuses = refuses(
    check_tokens_that_fit,
    {
        "whole tokens are asked for": lambda b, n_layers, g, d: round(
            b / (4 * n_layers * g * d)
        ),
        "one too few": lambda b, n_layers, g, d: (b - 1) // (4 * n_layers * g * d),
        "a key and a value": lambda b, n_layers, g, d: b // (2 * n_layers * g * d),
        "expected 11, got 1000": lambda b, n_layers, g, d: 1000,
        "nothing was returned": lambda b, n_layers, g, d: None,
    },
)

test_share_accepts = accepts(
    check_share_heads,
    [
        lambda k, n_heads: np.repeat(k.numpy(), n_heads // k.shape[1], axis=1),
        lambda k, n_heads: torch.stack(
            [k[:, h * k.shape[1] // n_heads] for h in range(n_heads)], 1
        ),
        lambda k, n_heads: (
            k[:, :, None].expand(-1, -1, n_heads // k.shape[1], -1, -1).flatten(1, 2)
        ),
    ],
)
test_share_refuses = refuses(
    check_share_heads,
    {
        "the groups take turns": lambda k, n_heads: k[
            :, torch.arange(n_heads) % k.shape[1]
        ],
        "the number of groups is": lambda k, n_heads: k.repeat_interleave(
            n_heads // len(k), 1
        ),
        "expected the shape (3, 12, 4, 5), got (3, 2, 4, 5)": lambda k, n_heads: k,
    },
)
