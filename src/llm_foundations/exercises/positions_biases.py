"""Checkers of the lesson on positions: ALiBi's biases and T5's buckets."""

from typing import Any

import torch
from torch import Tensor

from llm_foundations.exercises.checking import (
    Function,
    call,
    checker,
    require,
    same,
    shape_of,
)
from llm_foundations.layers import positions as reference


@checker("The distance is taken off, with the right slope for 2, 3, 6 and 8 heads.")
def check_alibi_bias(alibi_bias: Function) -> None:
    """Check what ALiBi adds to the scores.

    What is added for keys after the query does not count: a mask hides them.

    Args:
        alibi_bias: Takes the number of heads and of words; returns (H, n, n).
    """
    for n_heads in (2, 8, 3, 6):
        bias = call(alibi_bias, n_heads, 4, when=f"with {n_heads} heads, 4 words")
        require(
            shape_of(bias) == (n_heads, 4, 4),
            f"{n_heads} heads and 4 words need ({n_heads}, 4, 4), got {shape_of(bias)}",
        )
        _explain_bias(bias.float(), n_heads)


def _explain_bias(bias: Tensor, n_heads: int) -> None:
    slopes = -bias[:, 1, 0]
    require(
        (slopes >= 0).all(),
        "the bias grows with the distance, so far words win: take the distance off",
    )
    distance = torch.arange(4)[:, None] - torch.arange(4)
    past = distance >= 0
    require(
        same(-(slopes[:, None, None] * distance)[:, past], bias[:, past]),
        "each step back must take off the same amount, and the word itself nothing",
    )
    _explain_slopes(slopes, n_heads)


def _explain_slopes(slopes: Tensor, n_heads: int) -> None:
    right = torch.tensor(reference.alibi_slopes(n_heads))
    heads = torch.arange(n_heads)
    require(
        not same(slopes[:1].expand(n_heads), slopes),
        "all heads have the same slope: each fades at its own rate",
    )
    require(not same(right.flip(0), slopes), "the steepest slope comes first")
    require(
        not same(2.0 ** (-8 * heads / n_heads), slopes),
        "the first head has slope 1: heads count from 1 in 2 ** (-8 * h / H)",
    )
    if n_heads & (n_heads - 1):
        below = 2 ** (n_heads.bit_length() - 1)
        more = torch.tensor(reference.alibi_slopes(2 * below))
        recipe = f"take those of {below} heads, then every second of {2 * below}"
        require(
            not same(2.0 ** (-8 * (heads + 1) / n_heads), slopes),
            f"{n_heads} is no power of two: {recipe}",
        )
        require(
            not same(more[:n_heads], slopes),
            f"these are the first {n_heads} slopes of {2 * below} heads: {recipe}",
        )
    shown = [round(s, 4) for s in slopes.tolist()]
    require(same(right, slopes), f"{n_heads} heads have other slopes than {shown}")


@checker("Near distances have a bucket each, far ones share, and the last takes all.")
def check_bucket(bucket: Function) -> None:
    """Check T5's buckets, for 8 of them and a maximal distance of 16, looking back.

    Args:
        bucket: Takes how many words back the key stands; returns its bucket, 0 to 7.
    """
    # 8 lies on an edge, where right formulas may round to either side.
    distances = [*range(8), *range(9, 17), 40, 1000]
    steps = -torch.tensor(distances)
    right = reference.relative_buckets(steps, False, 8, 16).tolist()
    for distance, expected in zip(distances, right, strict=True):
        got: Any = call(bucket, distance, when=f"with distance {distance}")
        require(isinstance(got, (int, float, Tensor)), f"return a number, got {got!r}")
        require(
            float(got) == int(got),
            f"distance {distance}: {float(got):.2f} is no bucket, round down",
        )
        _explain_bucket(distance, int(got), expected)


def _explain_bucket(distance: int, got: int, right: int) -> None:
    if distance < 4:
        mistake = "the first four have a bucket each"
    elif got > 7:
        mistake = "there are only buckets 0 to 7: the last takes all that is far"
    elif got == min(distance, 7):
        mistake = "from 4 on the logarithm counts, not the distance"
    else:
        mistake = "4 + 4 * log(distance / 4) / log(16 / 4), rounded down"
    require(
        got == right, f"distance {distance} is in bucket {right}, got {got}: {mistake}"
    )
