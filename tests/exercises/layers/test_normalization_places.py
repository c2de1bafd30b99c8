"""Answers that readers wrote to the exercises on norms by hand and their places."""

import functools
import math

import numpy as np
import torch

from llm_foundations.exercises.layers.normalization_places import (
    check_norms_by_hand,
    check_pre_norm_stack,
    check_spreads,
)
from tests.exercises.answers import accepts, refuses

LAYER, RMS = [-1.41, 0, 0, 1.41], [0.47, 0.94, 0.94, 1.41]

test_norms_accepts = accepts(
    check_norms_by_hand,
    [
        lambda: (LAYER, RMS),
        lambda: [np.array(LAYER), np.array([0.48, 0.94, 0.94, 1.42])],
        lambda: torch.tensor([LAYER, RMS]),
        lambda: ([x / math.sqrt(2) for x in (-2, 0, 0, 2)], tuple(RMS)),
    ],
)
test_norms_refuses = refuses(
    check_norms_by_hand,
    {
        "LayerNorm comes first": lambda: (RMS, LAYER),
        "divides by 4": lambda: ([-1.22, 0, 0, 1.22], RMS),
        "LayerNorm: take the mean of the squares": lambda: ([-0.71, 0, 0, 0.71], RMS),
        "the signs are wrong": lambda: ([1.41, 0, 0, -1.41], RMS),
        "now divide": lambda: ([-2, 0, 0, 2], RMS),
        "RMSNorm: that is divided by the mean,": lambda: (LAYER, [0.5, 1, 1, 1.5]),
        "RMSNorm subtracts no mean": lambda: (LAYER, LAYER),
        "the mean is still there": lambda: ([1.41, 2.83, 2.83, 4.24], [2, 4, 4, 6]),
        "this is not right": lambda: (LAYER, [2, 4, 4, 6]),
        "return two lists of four numbers, first LayerNorm, got [-1.41": lambda: LAYER,
        "got [[-1.41, 0, 0], [": lambda: (LAYER[:3], RMS),
        "got [[-1.41, 0, 0, 1.41], '0.47']": lambda: (LAYER, "0.47"),
        "nothing was returned": lambda: None,
    },
)


def by_steps(n_parts, share):
    without = pre = torch.tensor(1.0)
    for _ in range(n_parts):
        without = torch.hypot(without, share * without)
        pre = torch.hypot(pre, torch.tensor(share))
    return torch.stack([without, torch.tensor(1.0), pre])


def spreads(n, a):
    return [(1 + a * a) ** (n / 2), 1, (1 + n * a * a) ** 0.5]


def with_parts(**parts):
    def answer(n, a):
        right = dict(zip(("without", "post", "pre"), spreads(n, a), strict=True))
        return tuple((right | {k: part(n, a) for k, part in parts.items()}).values())

    return answer


test_spreads_accepts = accepts(
    check_spreads, [by_steps, spreads, lambda n, a: np.array(spreads(n, a))]
)
test_spreads_refuses = refuses(
    check_spreads,
    {
        "share is not always 1": with_parts(without=lambda n, a: 2 ** (n / 2)),
        "share is a ratio of": with_parts(without=lambda n, a: (1 + a) ** (n / 2)),
        "without norms: that is the variance": with_parts(
            without=lambda n, a: (1 + a**2) ** n
        ),
        "pre-norm: the variances are added": with_parts(pre=lambda n, a: 1 + n * a),
        "the stream begins with 1": with_parts(
            pre=lambda n, a: a * n**0.5, post=lambda n, a: 1.0
        ),
        "post-norm comes second": lambda n, a: [spreads(n, a)[i] for i in (0, 2, 1)],
        "expected [1.3975, 1, 1.3229], got [1.3975, 0.5, 1.3229]": with_parts(
            post=lambda n, a: a
        ),
        "return three numbers, without norms, post-norm and pre-norm, got 1": (
            lambda n, a: 1.0
        ),
        "got ['1', 'one', '2']": lambda n, a: ("1", "one", "2"),
    },
)


def recursive(x, norms, parts, last_norm):
    if not norms:
        return last_norm(x)
    norm, part = norms.pop(0), parts.pop(0)
    return recursive(x + part(norm(x)), norms, parts, last_norm)


def reduced(x, norms, parts, last_norm):
    pairs = zip(norms, parts, strict=True)
    return last_norm(
        functools.reduce(lambda x, pair: x + pair[1](pair[0](x)), pairs, x)
    )


def added_in_place(x, norms, parts, last_norm):
    for norm, part in zip(norms, parts, strict=True):
        x += part(norm(x))
    return last_norm(x)


def returns_early(x, norms, parts, last_norm):
    for norm, part in zip(norms, parts, strict=True):
        x = x + part(norm(x))
        return last_norm(x)


def stack(step, end=lambda x, last_norm: last_norm(x)):
    def run(x, norms, parts, last_norm):
        first = x
        for norm, part in zip(norms, parts, strict=True):
            x = step(x, norm, part, first)
        return end(x, last_norm)

    return run


def on_the_stream(x, norm, part, first):
    x = norm(x)
    return x + part(x)


test_stack_accepts = accepts(
    check_pre_norm_stack,
    [recursive, reduced, added_in_place],
)
test_stack_refuses = refuses(
    check_pre_norm_stack,
    {
        "it ends after the first sublayer": returns_early,
        "the norm stands on the residual stream": stack(on_the_stream),
        "added to the first x": stack(
            lambda x, norm, part, first: first + part(norm(x))
        ),
        "reads the first x": stack(lambda x, norm, part, first: x + part(norm(first))),
        "the last norm is missing": stack(
            lambda x, norm, part, first: x + part(norm(x)), lambda x, last_norm: x
        ),
        "in reverse order": lambda x, norms, parts, last_norm: recursive(
            x, norms[::-1], parts[::-1], last_norm
        ),
        "with 2 parts, entry (0, 0, 0): expected": stack(
            lambda x, norm, part, first: x + 2 * part(norm(x))
        ),
        "expected the shape (2, 3, 4), got (4, 3, 4)": (
            lambda x, norms, parts, last_norm: torch.cat([x, x])
        ),
    },
)
