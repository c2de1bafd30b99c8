"""Checkers of the lesson on the transformer block: putting it together."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from llm_foundations.exercises.checking import (
    Function,
    call,
    checker,
    require,
    same,
    shape_of,
)

_Layer = Callable[[Tensor], Tensor]
_Sum = Callable[[Tensor, _Layer, _Layer, _Layer], Tensor]


class _Parts(NamedTuple):
    """What a block is put together from."""

    attend: _Layer
    think: _Layer
    norm_1: _Layer
    norm_2: _Layer
    drop: _Layer


def _added(x: Tensor, part: _Layer, norm: _Layer, drop: _Layer) -> Tensor:
    return x + drop(part(norm(x)))


_SUMS: dict[str, _Sum] = {
    "the stream was replaced: add what a part makes, x + ...": (
        lambda x, part, norm, drop: drop(part(norm(x)))
    ),
    "that is post-norm: here a part reads norm(x), and the sum is left alone": (
        lambda x, part, norm, drop: norm(x + drop(part(x)))
    ),
    "drop fell on the stream: drop what a part adds, before the sum": (
        lambda x, part, norm, drop: drop(x + part(norm(x)))
    ),
    "drop is missing: it is for what a part adds": (
        lambda x, part, norm, drop: x + part(norm(x))
    ),
    "drop came before the part: it is for what the part adds": (
        lambda x, part, norm, drop: x + part(drop(norm(x)))
    ),
    "drop came before the norm: it is for what the part adds": (
        lambda x, part, norm, drop: x + part(norm(drop(x)))
    ),
    "the norm is missing: a part reads norm(x)": (
        lambda x, part, norm, drop: x + drop(part(x))
    ),
    "the norm came after the part: the part reads norm(x)": (
        lambda x, part, norm, drop: x + drop(norm(part(x)))
    ),
    "the norm came after drop: the part reads norm(x)": (
        lambda x, part, norm, drop: x + norm(drop(part(x)))
    ),
}
"""What may be wrong at one part or at both, and what is computed then."""


def _stack(x: Tensor, p: _Parts, first: _Sum = _added, then: _Sum = _added) -> Tensor:
    return then(first(x, p.attend, p.norm_1, p.drop), p.think, p.norm_2, p.drop)


def _normalised_stream(x: Tensor, p: _Parts) -> Tensor:
    x = p.norm_1(x)
    x = p.norm_2(x + p.drop(p.attend(x)))
    return x + p.drop(p.think(x))


def _mistakes(x: Tensor, p: _Parts) -> Iterator[tuple[str, Tensor]]:
    """Yield what there is to say about each known mistake, and what it leads to."""
    for mistake, wrong in _SUMS.items():
        yield mistake, _stack(x, p, wrong, wrong)
        yield f"at attend: {mistake}", _stack(x, p, first=wrong)
        yield f"at think: {mistake}", _stack(x, p, then=wrong)
    right, first = _stack(x, p), _added(x, p.attend, p.norm_1, p.drop)
    then = p.drop(p.think(p.norm_2(x)))
    in_norms = "the stream itself was normalised: keep x, and let only the part read"
    yield f"{in_norms} norm(x)", _normalised_stream(x, p)
    yield "think read the stream from before attention had added to it", first + then
    lost = "what attention added is lost: the second sum starts from the old x"
    yield lost, x + (right - first)
    for norm in (p.norm_1, p.norm_2):
        yield "the last sum was normalised: leave it alone", norm(right)
    yield "think is missing: only attend has added", first
    yield "attend is missing: only think has added", x + then
    yield from _exchanged(x, p)


def _exchanged(x: Tensor, p: _Parts) -> Iterator[tuple[str, Tensor]]:
    swapped = {"norm_1": p.norm_2, "norm_2": p.norm_1}
    turned = {"attend": p.think, "think": p.attend}

    def with_parts(**changed: _Layer) -> Tensor:
        return _stack(x, p._replace(**changed))

    yield "both parts use one norm: each has its own", with_parts(norm_2=p.norm_1)
    yield "the norms are swapped: norm_1 is for attention", with_parts(**swapped)
    yield "think came first: attend, then think", with_parts(**turned)
    yield "think came first: attend, then think", with_parts(**turned, **swapped)


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
    kept, dropped = torch.rand(3, 8) * 2, []

    def drop(h: Tensor) -> Tensor:
        dropped.append(h)
        return kept * h

    parts = _Parts(
        attend=lambda h: mix @ h,
        think=partial(_bend, bend),
        norm_1=lambda h: F.layer_norm(h, (8,)) / 2,
        norm_2=lambda h: F.layer_norm(h, (8,)) * 2,
        drop=drop,
    )
    given = x.clone()
    result = call(block, given, *parts, when="with a stream of (2, 3, 8)")
    n_drops = len(dropped)
    require(
        shape_of(result) == (2, 3, 8),
        f"(2, 3, 8) stays (2, 3, 8), got {shape_of(result)}",
    )
    require(same(x, given), "`+=` changed the x of your caller: write x = x + ...")
    for mistake, wrong in _mistakes(x, parts):
        require(not same(wrong, result), mistake)
    require(
        same(_stack(x, parts), result),
        "the result is not x, and what attention adds, and what think adds to both",
    )
    require(
        n_drops == 2,
        f"drop was called {n_drops} times, and draws anew each time: think must read "
        "the sum that you return, so compute it once",
    )
