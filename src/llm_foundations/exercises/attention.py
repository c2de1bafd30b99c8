"""Checkers of the lesson on attention: weights, spread, queries and keys."""

import math

from llm_foundations.exercises.checking import (
    Function,
    call,
    checker,
    require,
    shape_of,
)
from llm_foundations.layers import attention as reference


@checker("It keeps the query on the nouns, and the weights add up to 1.")
def check_weights_by_hand(weights_of_it: Function) -> None:
    """Check the weights of the query (2, 0) over the keys of cat, mat and it.

    Args:
        weights_of_it: Takes nothing; returns three numbers, right to 0.01.
    """
    weights = [float(w) for w in call(weights_of_it, when="called without arguments")]
    require(len(weights) == 3, f"three words need three weights, got {len(weights)}")
    powers = [math.exp(s / math.sqrt(2)) for s in (2.0, 2.0, 0.0)]
    right = [p / sum(powers) for p in powers]
    unscaled = [math.exp(s) / (2 * math.exp(2) + 1) for s in (2.0, 2.0, 0.0)]
    require(not _near(weights, unscaled), "the scores were not divided by sqrt(2)")
    require(
        not _near(weights, powers, 0.02),
        "these are the powers: divide each by their sum",
    )
    total = sum(weights)
    require(abs(total - 1) < 0.02, f"the weights add up to {total:.2f}, not 1")
    require(
        abs(weights[0] - weights[1]) < 0.02,
        "cat and mat have the same score, so they need the same weight",
    )
    require(
        _near(weights, right),
        f"right is about {right[0]:.2f} for cat; got {weights[0]:.2f}",
    )


def _near(ours: list[float], theirs: list[float], tolerance: float = 0.011) -> bool:
    return all(abs(a - b) < tolerance for a, b in zip(ours, theirs, strict=True))


@checker("The spread grows with the root of the width and the square of std.")
def check_score_spread(score_spread: Function) -> None:
    """Check the predicted standard deviation of a dot product.

    Args:
        score_spread: Takes `d_head` and the standard deviation `std` of each
            component of queries and keys; returns that of the score.
    """
    spread = float(call(score_spread, 16, 1.0, when="with d_head=16, std=1"))
    require(spread != 16, "16 is the variance: the spread is its root")
    require(spread != 1, "1 is the spread after the division: predict it before")
    require(spread == 4, f"16 products of variance 1 spread by 4, got {spread:g}")
    wide = float(call(score_spread, 16, 3.0, when="with d_head=16, std=3"))
    require(
        wide != 12,
        "12 grows with std; but q and k both have it, so it counts twice",
    )
    require(math.isclose(wide, 36), f"d_head=16 and std=3 spread by 36, got {wide:g}")


@checker("Every word gives the first one at least nine tenths of its attention.")
def check_look_at_first(queries_and_keys: Function) -> None:
    """Check queries and keys that make every word look at the first.

    Args:
        queries_and_keys: Takes the number of words `n`; returns queries and keys,
            each `(n, D)` for a D of the reader's choice.
    """
    for n in (2, 10):
        q, k = call(queries_and_keys, n, when=f"with n={n}")
        require(
            q.ndim == 2 and len(q) == n and q.shape == k.shape,
            f"n={n} needs q and k of one shape ({n}, D), "
            f"got {shape_of(q)} and {shape_of(k)}",
        )
        mask = reference.causal_mask(n)
        weights = reference.scaled_dot_product_attention(q, k, k, mask)[1]
        own = weights.diagonal()[1:].min().item()
        require(own < 0.9, f"each word looks at itself ({own:.2f} on the diagonal)")
        _explain_least(weights[:, 0].tolist(), n)


def _explain_least(on_first: list[float], n: int) -> None:
    least = min(on_first)
    row = on_first.index(least)
    require(
        abs(least - 1 / (row + 1)) > 1e-4,
        f"row {row} of {n} spreads evenly ({least:.2f} on the first word): "
        "all its scores are equal",
    )
    require(
        least >= 0.9,
        f"row {row} of {n} puts {least:.2f} on the first word: make the score larger",
    )
