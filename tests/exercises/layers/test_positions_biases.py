"""Answers that readers wrote to the exercises on ALiBi's biases and T5's buckets."""

import bisect
import math

import numpy as np
import pytest
import torch

from llm_foundations.exercises.layers.positions_biases import (
    check_alibi_bias,
    check_bucket,
)
from llm_foundations.layers.positions import (
    alibi_bias,
    alibi_slopes,
    relative_position_buckets,
)
from tests.exercises.answers import accepts, refuses


def entry_by_entry(n_heads, n_queries, n_keys):
    bias = np.zeros((n_heads, n_queries, n_keys))
    for h, slope in enumerate(alibi_slopes(n_heads)):
        for t in range(n_queries):
            for s in range(n_keys):
                bias[h, t, s] = -slope * abs(n_keys - n_queries + t - s)
    return bias


def hidden(n_heads, n_queries, n_keys):
    bias = alibi_bias(n_heads, n_queries, n_keys)[0]
    return bias.double().masked_fill(bias > 0, -torch.inf)


test_alibi_accepts = accepts(
    check_alibi_bias,
    [
        entry_by_entry,
        hidden,
        lambda *n: alibi_bias(*n)[0],
        lambda *n: [head.tolist() for head in hidden(*n)],
    ],
)


def with_slopes(slopes, n_queries, n_keys):
    right = alibi_bias(1, n_queries, n_keys)[0] / alibi_slopes(1)[0]
    return torch.tensor(slopes)[:, None, None] * right


test_alibi_refuses = refuses(
    check_alibi_bias,
    {
        "the bias grows": lambda h, t, s: with_slopes(alibi_slopes(h), s, s).mT[:, -t:],
        "BLOOM's form": lambda h, t, s: (
            alibi_bias(h, 1, s)[0].flip(-1).neg().expand(h, t, s)
        ),
        "at position 0": lambda h, t, s: with_slopes(alibi_slopes(h), s, s)[:, :t],
        "3 and 6 are no powers": lambda h, t, s: with_slopes(
            [256 ** (-i / h) for i in range(1, h + 1)], t, s
        ),
        "entry (0, 1, 0): expected -0.0625, got -0.125": lambda h, t, s: (
            2 * alibi_bias(h, t, s)[0]
        ),
        "expected the shape (2, 4, 4), got (4, 4)": lambda h, t, s: alibi_bias(h, t, s)[
            0, 0
        ],
        "nothing was returned": lambda h, t, s: None,
    },
)


def by_edges(distance, n_buckets, max_distance):
    exact = n_buckets // 2
    edges = [
        exact * (max_distance / exact) ** (i / (n_buckets - exact))
        for i in range(1, n_buckets - exact)
    ]
    return min(distance, exact + bisect.bisect(edges, distance))


def by_package(distance, n_buckets, max_distance):
    return relative_position_buckets(
        -torch.tensor(distance), False, n_buckets, max_distance
    )


def bucket(distance, n_buckets, max_distance, rounded=math.floor):
    exact = n_buckets // 2
    if distance < exact:
        return distance
    far = math.log(distance / exact, max_distance / exact)
    return min(n_buckets - 1, rounded(exact + (n_buckets - exact) * far))


test_bucket_accepts = accepts(check_bucket, [by_edges, by_package, bucket])
test_bucket_refuses = refuses(
    check_bucket,
    {
        "rounded down, neither": lambda *given: bucket(*given, rounded=round),
        "the far buckets are rounded down": lambda *given: bucket(
            *given, rounded=math.ceil
        ),
        "a whole number": lambda *given: bucket(*given, rounded=float),
        "counts, not the distance": lambda d, n, most: min(d, n - 1),
        "distance=5, n_buckets=8, max_distance=16, expected 4, got 5": (
            lambda d, n, most: d if d < 6 else bucket(d, n, most)
        ),
        "expected 1, got 0": lambda d, n, most: d // 2,
        "expected a number, got [0]": lambda d, n, most: [d],
    },
)


@pytest.mark.parametrize("n", [(2, 4, 4), (3, 4, 5)])
def test_the_future_does_not_count(n) -> None:
    assert (hidden(*n) == -torch.inf).any()
