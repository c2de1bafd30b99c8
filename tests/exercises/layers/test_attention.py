"""Answers that readers might write to the exercises on attention."""

import math

import numpy as np
import torch

from llm_foundations.exercises.layers.attention import (
    check_attention_by_hand,
    check_heads_that_fetch,
    check_left_padded_mask,
    check_query_for_ratio,
)
from tests.exercises.answers import accepts, refuses

test_by_hand_accepts = accepts(
    check_attention_by_hand,
    [
        lambda: ([0.40, 0.10, 0.40, 0.10], [0.40, 0.40]),
        lambda: [(0.402, 0.098, 0.402, 0.098), np.array([0.402, 0.402])],
        lambda: (torch.tensor([0.4022, 0.0978, 0.4022, 0.0978]), (0.4022, 0.4022)),
    ],
)
test_by_hand_refuses = refuses(
    check_attention_by_hand,
    {
        "the scores don't cancel": lambda: ([0.25] * 4, [0.25, 0.25]),
        "the output is [0.0, 0.4]": lambda: ([0.4, 0.1, 0.4, 0.1], [0.0, 0.4]),
        "nothing was returned: end with return": lambda: None,
        "these are the exponentials": lambda: ([4.11, 1, 4.11, 1], [4.11, 4.11]),
        "only asks Friend?": lambda: ([0.16, 0.08, 0.67, 0.08], [0.16, 0.67]),
        "percentages": lambda: ([40.2, 9.8, 40.2, 9.8], [40.2, 40.2]),
        "return four weights and an output": lambda: [0.40, 0.10, 0.40, 0.10],
    },
)

test_ratio_accepts = accepts(
    check_query_for_ratio,
    [
        lambda ratio: (0, math.sqrt(2) * math.log(ratio)),
        lambda ratio: np.array([5.0, np.log(ratio**1.41421356)]),
        lambda ratio: torch.tensor([-1.0, math.log(ratio) * 2**0.5]),
    ],
)
test_ratio_refuses = refuses(
    check_query_for_ratio,
    {
        "make up for it": lambda ratio: (2, math.log(ratio)),
        "its logarithm": lambda ratio: [0.0, ratio],
        "nothing was returned": lambda ratio: None,
        "expected 2 numbers": lambda ratio: math.log(ratio) * 2**0.5,
    },
)


def mask_by_loops(n_padding, n):
    return [[n_padding <= j <= i for j in range(n)] for i in range(n)]


def mask_that_lets_padding_see_itself(n_padding, n):
    mask = torch.ones(n, n).tril().bool()
    mask[n_padding:, :n_padding] = False
    return mask


test_mask_accepts = accepts(
    check_left_padded_mask,
    [
        mask_by_loops,
        mask_that_lets_padding_see_itself,
        lambda n_padding, n: np.array(mask_by_loops(n_padding, n)),
    ],
)
test_mask_refuses = refuses(
    check_left_padded_mask,
    {
        "expected the shape (3, 3)": lambda n_padding, n: torch.arange(n) >= n_padding,
        "the first columns that must be hidden": lambda n_padding, n: (
            torch.ones(n, n).tril().bool() & (torch.arange(n) < n - n_padding)
        ),
        "the columns": lambda n_padding, n: (
            torch.ones(n, n).tril().bool() & (torch.arange(n)[:, None] >= n_padding)
        ),
    },
)


def heads_by_loops(attention, positions):
    n_layers, n_heads = attention.shape[:2]
    return [
        [layer, head]
        for layer in range(n_layers)
        for head in range(n_heads)
        if sum(attention[layer, head, -1, i] for i in positions) >= 0.5
    ]


test_heads_accepts = accepts(
    check_heads_that_fetch,
    [
        heads_by_loops,
        lambda attention, positions: {
            (layer, head) for layer, head in heads_by_loops(attention, positions)
        },
        lambda attention, positions: torch.argwhere(
            attention[:, :, -1][..., positions].sum(dim=-1) >= 0.5
        ),
    ],
)
test_heads_refuses = refuses(
    check_heads_that_fetch,
    {
        "a column": lambda attention, positions: [
            (n, h)
            for n, layer in enumerate(attention)
            for h, head in enumerate(layer)
            if head[positions, -1].sum() >= 0.5
        ],
        "nothing was returned": lambda attention, positions: None,
    },
)
