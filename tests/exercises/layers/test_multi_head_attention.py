"""Answers that readers might write to the exercises on multi-head attention."""

import math

import numpy as np
import torch

from llm_foundations.exercises.layers.multi_head_attention import (
    check_by_hand,
    check_change,
    check_repaired,
    check_shared,
    check_tokens_that_fit,
)
from tests.exercises.answers import accepts, refuses

test_by_hand_accepts = accepts(
    check_by_hand,
    [
        lambda: ([3, 6], [-3, 12]),
        lambda: [(3.0, 6.0), np.array([-3.0, 12.0])],
        lambda: (torch.tensor([[3.0, 6.0]]), torch.tensor([[-3.0, 12.0]])),
        lambda: ([3.01, 5.99], [-2.98, 12.0]),
    ],
)
test_by_hand_refuses = refuses(
    check_by_hand,
    {
        "each row of W_o belongs to a head": lambda: ([3, 6], [15, 3]),
        "the second row of W_q": lambda: ([2, 4], [-2, 8]),
        "head 1 has the weights of head 0": lambda: ([3, 2], [1, 8]),
        "B attends to itself, too": lambda: ([4, 0], [4, 8]),
        "a head has width 1 here, so don't divide": lambda: (
            [2.7396, 5.4793],
            [-2.7396, 10.9586],
        ),
        "return two numbers, one from each head": lambda: ([-3, 12],),
        "this is not right": lambda: ([1, 1], [1, 1]),
        "nothing was returned": lambda: None,
    },
)


def repaired_by_loops(w_o, n_heads):
    width = len(w_o) // n_heads
    return [w_o[d * n_heads + h] for h in range(n_heads) for d in range(width)]


def repaired_in_place(w_o, n_heads):
    w_o[:] = torch.cat([w_o[head::n_heads] for head in range(n_heads)])
    return w_o


test_repaired_accepts = accepts(
    check_repaired,
    [
        repaired_by_loops,
        repaired_in_place,
        lambda w_o, n_heads: (
            w_o.numpy()
            .reshape(-1, n_heads, w_o.shape[1])
            .transpose(1, 0, 2)
            .reshape(w_o.shape)
        ),
        lambda w_o, n_heads: w_o.double()[
            torch.arange(len(w_o)).view(-1, n_heads).T.flatten()
        ],
    ],
)
test_repaired_refuses = refuses(
    check_repaired,
    {
        "are n_heads apart here, not D": lambda w_o, n_heads: torch.cat(
            [w_o[d :: len(w_o) // n_heads] for d in range(len(w_o) // n_heads)]
        ),
        "the rows are as they were": lambda w_o, n_heads: w_o.view(
            n_heads, -1, w_o.shape[1]
        ).flatten(0, 1),
        "the columns were reordered": lambda w_o, n_heads: torch.cat(
            [w_o[:, head::n_heads] for head in range(n_heads)], dim=1
        ),
        "flatten them into rows again": lambda w_o, n_heads: torch.stack(
            [w_o[head::n_heads] for head in range(n_heads)]
        ),
        "expected the shape (6, 8), got (8, 6)": lambda w_o, n_heads: w_o.T,
        "nothing was returned": lambda w_o, n_heads: None,
    },
)


def tokens_one_by_one(n_bytes, n_layers, n_kv_heads, d_head, window):
    n_tokens = 0
    for n in range(1, 5_000):
        kept = n_layers // 2 * (n + min(n, window))
        n_tokens = n if kept * 2 * n_kv_heads * d_head * 2 <= n_bytes else n_tokens
    return n_tokens


test_tokens_accepts = accepts(
    check_tokens_that_fit,
    [
        tokens_one_by_one,
        lambda b, n_layers, g, d, w: math.floor(
            min(b / (4 * g * d * n_layers), w)
            + max(b / (2 * g * d * n_layers) - 2 * w, 0)
        ),
        lambda b, n_layers, g, d, w: torch.tensor(
            tokens_one_by_one(b, n_layers, g, d, w)
        ),
    ],
)
test_tokens_refuses = refuses(
    check_tokens_that_fit,
    {
        "the window is ignored": lambda b, n, g, d, w: b // (n * 2 * g * d * 2),
        "wrong for texts shorter than the window": lambda b, n, g, d, w: max(
            0, (b - n // 2 * w * g * d * 4) // (n // 2 * g * d * 4)
        ),
        "a key and a value": lambda b, n, g, d, w: tokens_one_by_one(2 * b, n, g, d, w),
        "whole tokens": lambda b, n, g, d, w: (
            min(b / (4 * g * d * n), w) + max(b / (2 * g * d * n) - 2 * w, 0)
        ),
        "count all of them": lambda b, n, g, d, w: tokens_one_by_one(b, n, 1, d, w),
        "nothing was returned": lambda b, n, g, d, w: None,
    },
)


def shared_by_loops(weight, n_heads, n_groups):
    heads = weight.chunk(n_heads)
    size = n_heads // n_groups
    groups = [heads[start : start + size] for start in range(0, n_heads, size)]
    return torch.cat([sum(group) / size for group in groups])


test_shared_accepts = accepts(
    check_shared,
    [
        shared_by_loops,
        lambda w, n_heads, n_groups: (
            w.numpy()
            .astype(np.float64)
            .reshape(n_groups, n_heads // n_groups, -1, w.shape[1])
            .mean(axis=1)
            .reshape(-1, w.shape[1])
        ),
        lambda w, n_heads, n_groups: (
            torch.einsum(
                "gndc->gdc", w.unflatten(0, (n_groups, n_heads // n_groups, -1))
            ).flatten(0, 1)
            / (n_heads / n_groups)
        ),
    ],
)
test_shared_refuses = refuses(
    check_shared,
    {
        "the groups take turns": lambda w, n_heads, n_groups: torch.cat(
            [
                sum(w.chunk(n_heads)[group::n_groups]) / (n_heads // n_groups)
                for group in range(n_groups)
            ]
        ),
        "all heads were averaged": lambda w, n_heads, n_groups: torch.cat(
            [sum(w.chunk(n_heads)) / n_heads] * n_groups
        ),
        "take their mean": lambda w, n_heads, n_groups: torch.cat(
            [part.sum(0) for part in w.unflatten(0, (n_groups, -1, len(w) // n_heads))]
        ),
        "this keeps one head": lambda w, n_heads, n_groups: torch.cat(
            w.chunk(n_heads)[:: n_heads // n_groups]
        ),
        "still has rows for every query head": lambda w, n_heads, n_groups: (
            shared_by_loops(w, n_heads, n_groups)
            .unflatten(0, (n_groups, -1))
            .repeat_interleave(n_heads // n_groups, 0)
            .flatten(0, 1)
        ),
        "nothing was returned": lambda w, n_heads, n_groups: None,
    },
)


def narrow_heads(n):
    """Find the token before on a parabola: three components are enough."""
    place = torch.arange(n, dtype=torch.double)
    zero, one = torch.zeros(n), torch.ones(n)
    none = torch.zeros(1, 6)
    before = torch.stack([2 * (place - 1), -one, zero], dim=1) * 40
    first = torch.stack([-one, zero, zero], dim=1) * 40
    keys = torch.stack([place, place**2, zero], dim=1)
    w_q = torch.cat([torch.cat([first, before], dim=1), none])
    w_k = torch.cat([torch.cat([keys, keys], dim=1), none])
    w_v = torch.zeros(n + 1, 2)
    w_v[-1] = 1.0
    return w_q, w_k, w_v, torch.tensor([[-1.0], [1.0]])


def one_hot_heads(n, before, to_first=40.0):
    w_q, w_k, w_v = np.zeros((3, n + 1, 2 * n))
    for position in range(n):
        w_q[position, max(position - 1, 0)] = before(position) * n
        w_q[position, n] = to_first * n
        w_k[position, [position, n + position]] = 1.0
    w_v[n, [0, n]] = 1.0
    w_o = np.zeros((2 * n, 1))
    w_o[[0, n]] = [[1.0], [-1.0]]
    return [w_q, w_k, w_v, w_o]


test_change_accepts = accepts(
    check_change,
    [
        narrow_heads,
        lambda n: one_hot_heads(n, lambda position: 40.0),
        lambda n: [w.tolist() for w in one_hot_heads(n, lambda position: 30.0)],
    ],
)


def with_other(index, change):
    def answer(n):
        matrices = one_hot_heads(n, lambda position: 40.0)
        matrices[index] = change(matrices[index])
        return matrices

    return answer


test_change_refuses = refuses(
    check_change,
    {
        "enough at the token before: it gets only 0.500": lambda n: one_hot_heads(
            n, lambda position: 40.0 * (position > 1)
        ),
        "no head looks sharply enough at the first token: it gets only": lambda n: (
            one_hot_heads(n, lambda position: 40.0, to_first=0.1)
        ),
        "the sign is wrong": with_other(3, lambda w_o: -w_o),
        "the two numbers were added": with_other(3, abs),
        "expected": with_other(2, lambda w_v: 2 * w_v),
        "return w_q, w_k, w_v of shape (n + 1, 2D)": with_other(0, lambda w_q: w_q[1:]),
        "w_o of shape (2D, 1), got None": lambda n: None,
    },
)
