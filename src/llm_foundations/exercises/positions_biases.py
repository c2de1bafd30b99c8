"""Checkers of the lesson on positions: ALiBi's biases and T5's buckets."""

import torch
from torch import Tensor

from llm_foundations.exercises.checking import (
    Function,
    call,
    checker,
    number,
    refuse,
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
        alibi_bias: Takes the numbers of heads, queries and keys, of which the queries
            are the last; returns (H, T, S).
    """
    for n_heads, n_queries in ((2, 4), (8, 4), (3, 4), (6, 4), (4, 1), (4, 2)):
        when = f"with {n_heads=}, {n_queries=}, n_keys=4"
        bias = call(alibi_bias, n_heads, n_queries, 4, when=when)
        shape = (n_heads, n_queries, 4)
        require(shape_of(bias) == shape, f"{when} need {shape}, got {shape_of(bias)}")
        if n_queries == 4:
            _explain_bias(bias.float(), n_heads)
        else:
            _explain_last(bias.float(), when)


def _explain_last(bias: Tensor, when: str) -> None:
    """Two of the queries, or one: they are the last of the keys."""
    n_heads, n_queries = bias.shape[:2]
    full = reference.alibi_bias(n_heads, 4, 4)[0]
    past = torch.ones(4, 4).tril().bool()
    first = past[:n_queries]
    require(
        not same(full[:, :n_queries][:, first], bias[:, first]),
        f"{when} the first query stands at place {4 - n_queries}, not 0",
    )
    last = past[-n_queries:]
    require(
        same(full[:, -n_queries:][:, last], bias[:, last]), f"{when} the bias differs"
    )


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
    mistakes = {
        "all heads have the same slope: each fades at its own rate": (
            slopes[:1].expand(n_heads)
        ),
        "the steepest slope comes first": right.flip(0),
        "the first head has slope 1: heads count from 1 in 2 ** (-8 * h / H)": (
            2.0 ** (-8 * heads / n_heads)
        ),
    }
    if n_heads & (n_heads - 1):
        below = 2 ** (n_heads.bit_length() - 1)
        recipe = f"take those of {below} heads, then every second of {2 * below}"
        more = torch.tensor(reference.alibi_slopes(2 * below))
        mistakes |= {
            f"{n_heads} is no power of two: {recipe}": (
                2.0 ** (-8 * (heads + 1) / n_heads)
            ),
            f"these are the first {n_heads} slopes of {2 * below} heads: {recipe}": (
                more[:n_heads]
            ),
        }
    refuse(slopes, mistakes)
    expected, got = ([round(s, 4) for s in x.tolist()] for x in (right, slopes))
    said = f"{n_heads} heads have the slopes {expected}, got {got}"
    require(same(right, slopes), said)


@checker("Near distances have a bucket each, far ones share, and the last takes all.")
def check_bucket(bucket: Function) -> None:
    """Check T5's buckets, looking back.

    Args:
        bucket: Takes how many words back the key stands, the number of buckets, and
            the distance from which all share the last; returns the bucket, from 0.
    """
    # With 8 buckets up to 16, distance 8 lies on an edge, where right formulas may
    # round to either side. With 32 up to 128 no edge but the first is a whole number.
    few = [*range(8), *range(9, 17), 40, 1000]
    for n_buckets, far, distances in ((8, 16, few), (32, 128, [*range(150), 1000])):
        steps = -torch.tensor(distances)
        right = reference.relative_position_buckets(
            steps, False, n_buckets, far
        ).tolist()
        for distance, expected in zip(distances, right, strict=True):
            when = f"with {n_buckets} buckets up to {far}, distance {distance}"
            found = number(call(bucket, distance, n_buckets, far, when=when))
            require(
                found == int(found),
                f"{when}: {found:.2f} is no bucket, round down",
            )
            require(
                found == expected,
                f"{when} is in bucket {expected}, got {found:.0f}: "
                + _why(distance, int(found), n_buckets, far),
            )


def _why(distance: int, found: int, n_buckets: int, far: int) -> str:
    exact = n_buckets // 2
    if distance < exact:
        return f"the first {exact} have a bucket each"
    if found >= n_buckets:
        return f"the last bucket is {n_buckets - 1}, and takes all that is far"
    if found == min(distance, n_buckets - 1):
        return f"from {exact} on the logarithm counts, not the distance"
    return (
        f"{exact} + {n_buckets - exact} * log(distance / {exact}) / log({far} / "
        f"{exact}), rounded down"
    )
