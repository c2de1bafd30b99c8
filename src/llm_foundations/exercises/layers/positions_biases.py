"""The exercises of the lesson on positions: ALiBi's biases and T5's buckets."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from llm_foundations.exercises.exercise import Exercise, Function, case
from llm_foundations.layers.positions import alibi_slopes, relative_positions


def _powers(n_heads: int, first: int = 1) -> list[float]:
    return [2 ** (-8 * h / n_heads) for h in range(first, first + n_heads)]


def _first_of_above(n_heads: int) -> list[float]:
    return _powers(2 ** math.ceil(math.log2(n_heads)))[:n_heads]


def _filled_up(n_heads: int) -> list[float]:
    below = 2 ** int(math.log2(n_heads))
    return (_powers(below) + _powers(2 * below))[:n_heads]


def _bias(
    slopes: Callable[[int], Sequence[float]] = alibi_slopes,
    distance: Callable[[int, int], Tensor] = relative_positions,
) -> Function:
    """Return ALiBi's bias, with other slopes or other (negative) distances."""
    return lambda n_heads, n_queries, n_keys: (
        torch.tensor(slopes(n_heads))[:, None, None] * distance(n_queries, n_keys)
    )


def _past(bias: Any, n_heads: int, n_queries: int, n_keys: int) -> Tensor:
    """Return a bias with 0 where a causal mask hides it."""
    found = torch.stack([torch.as_tensor(head).float() for head in bias])
    is_past = (relative_positions(n_queries, n_keys) <= 0).expand(n_heads, -1, -1)
    if found.shape != is_past.shape:
        raise ValueError("the bias has another shape")
    return torch.where(is_past, found, 0.0)


check_alibi_bias = Exercise(
    "check_alibi_bias",
    right=_bias(),
    cases=[
        case(2, 4, 4, why="in training there are as many queries as keys"),
        *[case(*n) for n in [(8, 3, 4), (3, 4, 5), (6, 2, 4), (4, 1, 5), (1, 2, 6)]],
    ],
    observe=_past,
    mistakes={
        "the bias grows with the distance, so far words win: subtract the distance, "
        "the query's position minus the key's": _bias(
            distance=lambda *n: -relative_positions(*n)
        ),
        "all heads have the same slope: each fades at its own rate": (
            _bias(lambda n_heads: [1.0] * n_heads),
            _bias(lambda n_heads: alibi_slopes(n_heads)[:1] * n_heads),
        ),
        "the slopes are in reverse order: the formula's head 1 comes first": _bias(
            lambda n_heads: alibi_slopes(n_heads)[::-1]
        ),
        "the first head has slope 1: heads count from 1 in 2 ** (-8 * h / H)": _bias(
            lambda n_heads: _powers(n_heads, first=0)
        ),
        "these slopes are for 8 heads: the exponent is -8 * h / H": _bias(
            lambda n_heads: [2.0**-h for h in range(1, n_heads + 1)]
        ),
        "3 and 6 are no powers of two: use the authors' recipe": _bias(_powers),
        "for 3 and 6 heads take all slopes of the power of two below, then every "
        "second of the power above": (_bias(_first_of_above), _bias(_filled_up)),
        "the queries are the last of the keys: the first is not at position 0": _bias(
            distance=lambda t, s: relative_positions(s, s)[:t]
        ),
        "each step back subtracts the same amount: the distance is not squared": _bias(
            distance=lambda *n: -relative_positions(*n).square()
        ),
        "this is BLOOM's form, slope times the key's position: softmax makes the same "
        "weights of it, but here the word itself gets 0": _bias(
            distance=lambda t, s: torch.arange(s).expand(t, s)
        ),
    },
    verdict="The distance is subtracted, with the right slope for each head.",
)
"""What ALiBi adds to the scores, while a model generates."""


def _logarithm(distance: int, exact: int, n_buckets: int, most: int) -> float:
    share = math.log(distance / exact) / math.log(most / exact)
    return exact + (n_buckets - exact) * share


def _buckets(
    far: Function = _logarithm,
    whole: Callable[[float], float] = int,
    n_exact: Callable[[int], int] = lambda n_buckets: n_buckets // 2,
    last: Callable[[int], float] = lambda n_buckets: n_buckets - 1,
) -> Function:
    """Return T5's buckets, with one or more of their steps replaced."""

    def bucket(distance: int, n_buckets: int, max_distance: int) -> Any:
        exact = n_exact(n_buckets)
        if distance < exact:
            return distance
        found = whole(far(distance, exact, n_buckets, max_distance))
        return min(found, last(n_buckets))

    return bucket


# With 8 buckets up to 16, distance 8 lies on an edge, where right formulas may round to
# either side. With 32 up to 128 no edge but the first is a whole number.
_FEW = [(d, 8, 16) for d in (*range(8), *range(9, 17), 40, 1000)]
_MANY = [(d, 32, 128) for d in (*range(150), 1000)]

check_bucket = Exercise(
    "check_bucket",
    right=_buckets(),
    cases=[case(*n, why="a distance may be any number") for n in (*_FEW, *_MANY)],
    mistakes={
        "a bucket is a whole number: round down": _buckets(whole=float),
        "the far buckets are rounded down, neither to the nearest nor up": (
            _buckets(whole=round),
            _buckets(whole=math.ceil),
        ),
        "the last bucket is n_buckets - 1, and takes all that is far": (
            _buckets(last=lambda n_buckets: 9999),
            _buckets(last=lambda n_buckets: n_buckets),
        ),
        "from n_buckets // 2 on the logarithm counts, not the distance": _buckets(
            lambda distance, *_: distance
        ),
        "half of the buckets hold one distance each, and n_buckets is not always 8": (
            _buckets(n_exact=lambda n_buckets: 4)
        ),
        "far buckets begin at n_buckets // 2: divide both distances by it before you "
        "take their logarithms": (
            _buckets(lambda d, e, n, most: e + (n - e) * math.log(d) / math.log(most)),
            _buckets(
                lambda d, e, n, most: e + (n - e) * math.log(d / e) / math.log(most)
            ),
        ),
        "the far buckets follow the near ones: add their number": _buckets(
            lambda d, e, n, most: _logarithm(d, e, n, most) - e
        ),
        "the logarithm is not divided by that of max_distance": _buckets(
            lambda d, e, n, most: e + math.log(d / e)
        ),
        "max_distance is not always 128": _buckets(
            lambda d, e, n, most: _logarithm(d, e, n, 128)
        ),
        "n_buckets - n_buckets // 2 buckets are left for far distances, not one less": (
            _buckets(lambda d, e, n, most: _logarithm(d, e, n - 1, most))
        ),
    },
    verdict="Near distances have a bucket each, far ones share, the last takes all.",
)
"""T5's bucket of a distance, looking back."""
