"""Answers that readers might write to the exercise on a layer that measures change."""

import numpy as np
import torch

from llm_foundations.exercises.layers.multi_head_attention_change import check_change
from tests.exercises.answers import accepts, refuses


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


def leaking_into_the_first_key(w_k):
    w_k[-1, 0] = 1.0
    return w_k


def looking_ahead(n):
    w_q, *others = one_hot_heads(n, lambda position: 0.0)
    for position in range(n - 1):
        w_q[position, position + 1] = 40.0 * n
    return [w_q, *others]


test_change_refuses = refuses(
    check_change,
    {
        "row before: from row 1, head 0 gives it 0.500, as it gives every row": (
            lambda n: one_hot_heads(n, lambda position: 40.0 * (position > 1))
        ),
        "row before: from row 3, head 0 gives it 0.250, as it gives every row": (
            looking_ahead
        ),
        "row before: from row 3, head 0 gives it 0.": (
            lambda n: one_hot_heads(n, lambda position: 2.0 / n)
        ),
        "make the query larger": lambda n: one_hot_heads(n, lambda position: 2.0 / n),
        "no head looks sharply enough at the first row: from row 3, head 1": (
            lambda n: one_hot_heads(n, lambda position: 40.0, to_first=0.1)
        ),
        "gives it 0.000 and looks at row": lambda n: one_hot_heads(
            n, lambda position: 40.0 if position != 2 else -40.0
        ),
        "and the reading enters the key": with_other(
            1, lambda w_k: w_k + 0.01 * (np.arange(len(w_k)) == len(w_k) - 1)[:, None]
        ),
        "row before: from row 2, head 1 gives it 0.000, and the reading": with_other(
            1, leaking_into_the_first_key
        ),
        "the sign is wrong": with_other(3, lambda w_o: -w_o),
        "the two readings were added": with_other(3, abs),
        "expected": with_other(2, lambda w_v: 2 * w_v),
        "return w_q, w_k, w_v of shape (n + 1, 2D)": with_other(0, lambda w_q: w_q[1:]),
        "w_o has a row for every column of w_v": with_other(3, lambda w_o: w_o[1:]),
        "one column, got (8, 2), and w_v has 8 columns": with_other(
            3, lambda w_o: np.repeat(w_o, 2, axis=1)
        ),
        "w_o of shape (2D, 1), got None": lambda n: None,
    },
)
