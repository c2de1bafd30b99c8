"""Checkers of the lesson on the transformer block: putting it together."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from llm_foundations.exercises.checking import (
    Function,
    call,
    checker,
    refuse,
    require,
    same,
    shape_of,
)

_Layer = Callable[[Tensor], Tensor]


class _Parts(NamedTuple):
    """What a block is put together from."""

    attend: _Layer
    think: _Layer
    norm_1: _Layer
    norm_2: _Layer
    drop: _Layer


def _right(x: Tensor, p: _Parts) -> Tensor:
    x = x + p.drop(p.attend(p.norm_1(x)))
    return x + p.drop(p.think(p.norm_2(x)))


def _replaced(x: Tensor, p: _Parts) -> Tensor:
    return p.drop(p.think(p.norm_2(p.drop(p.attend(p.norm_1(x))))))


def _post_norm(x: Tensor, p: _Parts) -> Tensor:
    x = p.norm_1(x + p.drop(p.attend(x)))
    return p.norm_2(x + p.drop(p.think(x)))


def _normalised_stream(x: Tensor, p: _Parts) -> Tensor:
    x = p.norm_1(x)
    x = p.norm_2(x + p.drop(p.attend(x)))
    return x + p.drop(p.think(x))


def _old_stream(x: Tensor, p: _Parts) -> Tensor:
    return x + p.drop(p.attend(p.norm_1(x))) + p.drop(p.think(p.norm_2(x)))


def _dropped_stream(x: Tensor, p: _Parts) -> Tensor:
    x = p.drop(x + p.attend(p.norm_1(x)))
    return p.drop(x + p.think(p.norm_2(x)))


def _mistakes(x: Tensor, p: _Parts) -> dict[str, Tensor]:
    """Return what each known mistake leads to, by what there is to say about it."""

    def same_as_given(h: Tensor) -> Tensor:
        return h

    def with_parts(**changed: _Layer) -> Tensor:
        return _right(x, p._replace(**changed))

    swapped = {"norm_1": p.norm_2, "norm_2": p.norm_1}
    unnormalised = {"norm_1": same_as_given, "norm_2": same_as_given}
    turned = {"attend": p.think, "think": p.attend, **swapped}
    return {
        "the stream was replaced: add what a part makes, x + ...": _replaced(x, p),
        "that is post-norm: here a part reads norm(x), and the sum is left "
        "alone": _post_norm(x, p),
        "the stream itself was normalised: keep x, and let only the part read "
        "norm(x)": _normalised_stream(x, p),
        "think read the stream from before attention had added to it": _old_stream(
            x, p
        ),
        "drop fell on the stream: drop what a part adds, before the "
        "sum": _dropped_stream(x, p),
        "drop is missing: it is for what a part adds": with_parts(drop=same_as_given),
        "both parts use one norm: each has its own": with_parts(norm_2=p.norm_1),
        "the norms are swapped: norm_1 is for attention": with_parts(**swapped),
        "the norms are missing: a part reads norm(x)": with_parts(**unnormalised),
        "think came first: attend, then think": with_parts(**turned),
    }


def _bend(w: Tensor, h: Tensor) -> Tensor:
    return torch.tanh(h @ w)


@checker("Both parts read a normalised copy, and add to the stream.")
def check_block(block: Function) -> None:
    """Check a pre-norm block put together from its parts.

    Args:
        block: Takes `x, attend, think, norm_1, norm_2, drop`: the stream (B, T, C) and
            five functions of such tensors; returns the stream after the block.
    """
    torch.manual_seed(0)
    x, mix, bend = torch.randn(2, 3, 8), torch.randn(3, 3), torch.randn(8, 8)
    parts = _Parts(
        attend=lambda h: mix @ h,
        think=partial(_bend, bend),
        norm_1=lambda h: F.layer_norm(h, (8,)) / 2,
        norm_2=lambda h: F.layer_norm(h, (8,)) * 2,
        drop=lambda h: 3 * h,
    )
    result = call(block, x.clone(), *parts, when="with a stream of (2, 3, 8)")
    require(
        shape_of(result) == (2, 3, 8),
        f"(2, 3, 8) stays (2, 3, 8), got {shape_of(result)}",
    )
    refuse(result, _mistakes(x, parts))
    require(
        same(_right(x, parts), result),
        "the result is not x, and what attention adds, and what think adds to both",
    )


@checker("The rows add up to the stream, and each part read the sum so far.")
def check_contributions(contributions: Function) -> None:
    """Check what each part of a stack is said to add to the stream.

    Args:
        contributions: Takes `x` and a list of functions; returns as many tensors and
            one more: `x`, then what each function adds.
    """
    torch.manual_seed(0)
    x, matrices = torch.randn(5, 4), torch.randn(3, 4, 4)
    parts: list[_Layer] = [partial(_bend, w) for w in matrices]
    rows = call(contributions, x.clone(), parts, when="with 3 parts")
    n_rows = len(rows) if isinstance(rows, Tensor | list | tuple) else 0
    require(n_rows != 3, "the start is missing: x itself is the first row")
    require(n_rows == 4, f"3 parts need a list of 4 tensors, got {shape_of(rows)}")
    streams = [x]
    for part in parts:
        streams.append(streams[-1] + part(streams[-1]))
    added = [x, *(b - a for a, b in pairwise(streams))]
    _explain_rows(list(rows), added, streams, parts)


def _explain_rows(
    rows: list[Any], added: list[Tensor], streams: list[Tensor], parts: list[_Layer]
) -> None:
    x = added[0]
    alone = [x, *(part(x) for part in parts)]
    chain = [x]
    for part in parts:
        chain.append(part(chain[-1]))
    for mistake, wrong in {
        "that is the stream after each part: give what each part added": streams,
        "each part read x alone: it reads the sum so far": alone,
        "each part read what the last one added: it reads the sum so far": chain,
    }.items():
        matched = all(same(w, row) for w, row in zip(wrong, rows, strict=True))
        require(not matched, mistake)
    for i, (ours, theirs) in enumerate(zip(added, rows, strict=True)):
        require(same(ours, theirs), f"row {i} is not what was added there")


@checker("It fires for a pronoun that means furniture, and for nothing else.")
def check_soft_neuron(soft_neuron: Function) -> None:
    """Check a neuron set by hand.

    Args:
        soft_neuron: Takes nothing; returns four weights and a bias. The neuron gives
            what is above zero of the weighted sum of a vector, plus the bias.
    """
    weights, bias = call(soft_neuron, when="called")
    weights = torch.as_tensor(weights, dtype=torch.float32).flatten()
    require(len(weights) == 4, f"a vector has 4 numbers, got {len(weights)} weights")

    def fires(*vector: float) -> float:
        return max(0.0, (weights @ torch.tensor(vector)).item() + float(bias))

    soft = fires(1.0, 0.178, 0.734, 0.0)
    for name, vector in {
        "a pronoun that means the cat": (1.0, 0.734, 0.178, 0.0),
        "mat": (0.0, 0.5, 1.5, 0.0),
        "cat": (0.0, 2.0, 0.0, 0.0),
        "a pronoun that means nothing yet": (1.0, 0.0, 0.0, 0.0),
    }.items():
        value = fires(*vector)
        require(value < 0.01, f"it fires at {name} ({value:.2f}): it must stay at 0")
    require(
        soft >= 0.3, f"it gives {soft:.2f} for a pronoun that means the mat, not 0.3"
    )
