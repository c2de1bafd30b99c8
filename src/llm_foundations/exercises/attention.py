"""Checkers of the lesson on attention: weights, spread, queries and keys."""

import math

import torch
from torch import Tensor

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
    returned = call(weights_of_it, when="called without arguments")
    require(returned is not None, "nothing came back: return the list, do not print it")
    weights = [float(w) for w in returned]
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
    require(abs(total - 100) > 2, "these are percent: divide them by 100")
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
    require(spread != 16, "16 lacks a root: that is how the variance grows")
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
        returned = call(queries_and_keys, n, when=f"with n={n}")
        require(len(returned) == 2, f"return two tensors, got {len(returned)} things")
        q, k = (torch.as_tensor(x, dtype=torch.float32) for x in returned)
        require(
            q.ndim == 2 and len(q) == n and q.shape == k.shape,
            f"n={n} needs q and k of one shape ({n}, D), "
            f"got {shape_of(q)} and {shape_of(k)}",
        )
        mask = reference.causal_mask(n)
        weights = reference.scaled_dot_product_attention(q, k, k, mask)[1]
        _explain_rows(weights, n)


def _explain_rows(weights: Tensor, n: int) -> None:
    # Row 0 sees itself alone, whatever the queries are.
    for row in range(1, n):
        first, own, before = (weights[row, j].item() for j in (0, row, row - 1))
        where = f"row {row} of {n}"
        require(own < 0.9, f"{where} looks at itself ({own:.2f})")
        require(
            row == 1 or before < 0.9, f"{where} looks at the word before ({before:.2f})"
        )
        require(
            abs(first - 1 / (row + 1)) > 1e-4,
            f"{where} spreads evenly ({first:.2f} on the first word): "
            "all its scores are equal",
        )
        require(
            first >= 0.9,
            f"{where} puts {first:.3f} on the first word: make the score larger",
        )
