"""Checkers of the masks that a reader writes."""

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
from llm_foundations.layers import attention as reference


@checker("Every position sees itself and the past, and nothing after.")
def check_causal_mask(causal_mask: Function) -> None:
    """Check a mask that hides the future.

    Args:
        causal_mask: Takes the number of positions; returns a bool matrix,
            True = may attend.
    """
    for n in (1, 4, 7):
        mask = call(causal_mask, n, when=f"with n={n}")
        _explain_causal_mask(mask, n)


def _explain_causal_mask(mask: Any, n: int) -> None:
    require(isinstance(mask, Tensor), f"return a tensor, not a {type(mask).__name__}")
    require(mask.shape == (n, n), f"n={n} needs shape ({n}, {n}), got {shape_of(mask)}")
    require(mask.dtype == torch.bool, f"the mask must be bool, got {mask.dtype}")
    past, diagonal = torch.ones(n, n).tril(-1).bool(), torch.eye(n).bool()
    everything = past | past.T
    require(
        n == 1 or not same(past.T[everything].int(), mask[everything].int()),
        "the mask is upside down: True stands above the diagonal, in the future",
    )
    require(
        mask[diagonal].all(),
        "row 0 may attend to nothing: a position sees itself, so the diagonal is True",
    )
    require(n == 1 or not mask.all(), "nothing is masked: every row sees its future")
    require(
        not mask[past.T].any(),
        "row 0 may attend to column 1, which lies in its future: move the edge by one",
    )
    require(mask[past].all(), f"row {n - 1} may not attend to all of its past")


@checker("Filling is hidden as a key, for every query of its row.")
def check_padding_mask(padding_mask: Function) -> None:
    """Check a mask that hides filling.

    Args:
        padding_mask: Takes the real lengths `(B,)` and the length `n` of the batch;
            returns a bool tensor `(B, 1, n)`.
    """
    lengths = torch.tensor([3, 1, 4])
    mask = call(padding_mask, lengths, 4, when="with lengths 3, 1, 4")
    require(
        isinstance(mask, Tensor) and mask.dtype == torch.bool,
        f"return a bool tensor, got {getattr(mask, 'dtype', type(mask).__name__)}",
    )
    require(
        mask.shape != (3, 4),
        "shape (3, 4) would be read as 3 queries: add an axis, (3, 1, 4)",
    )
    require(
        mask.shape != (3, 4, 1),
        "(3, 4, 1) hides queries; it is the keys that are hidden: (3, 1, 4)",
    )
    require(
        mask.shape == (3, 1, 4), f"the shape must be (3, 1, 4), got {shape_of(mask)}"
    )
    counts = mask.sum(-1).squeeze(-1)
    require(
        not same(4 - lengths, counts), "the mask is upside down: True marks a real key"
    )
    require(
        same(lengths, counts),
        f"lengths 3, 1, 4 need as many True, got {counts.tolist()}: off by one?",
    )
    expected = reference.padding_mask(lengths, 4)
    require(torch.equal(expected, mask), "the real positions come first")
