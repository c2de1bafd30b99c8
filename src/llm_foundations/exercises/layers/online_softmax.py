"""The hardest exercise of the lesson on attention: one key at a time."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Generator, Tensor

from llm_foundations.exercises.exercise import Drawn, Exercise, Function, case


class _Stream:
    """Pairs of a key and a value that can be read once, from one buffer."""

    def __init__(self, keys: Tensor, values: Tensor) -> None:
        self.keys, self.values = keys, values
        self.is_read = False

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        if self.is_read:
            raise RuntimeError("the pairs can be read only once")
        self.is_read = True
        key, value = torch.empty_like(self.keys[0]), torch.empty_like(self.values[0])
        for next_key, next_value in zip(self.keys, self.values, strict=True):
            yield key.copy_(next_key), value.copy_(next_value)
            key.fill_(torch.nan)
            value.fill_(torch.nan)


def _stream(scale: float = 1.0) -> Function:
    """Return what draws a stream of random keys of this size."""

    def draw(shape: Sequence[int], generator: Generator) -> _Stream:
        n_keys, d_key, d_value = shape
        keys = scale * torch.randn(n_keys, d_key, generator=generator)
        return _Stream(keys, torch.randn(n_keys, d_value, generator=generator))

    return draw


def _read(
    step: Callable[[float, float], tuple[float, float, float]],
    scale: Callable[[int, int], float] = lambda d_key, d_value: math.sqrt(d_key),
    start: float = -math.inf,
    finish: Callable[[Tensor, float], Tensor] = lambda mixed, total: mixed / total,
) -> Function:
    """Return streaming attention with one or more of its steps replaced.

    `step` takes the largest score so far and the next score. It returns the new
    largest one, and the factors of the mixture and of the sum so far.
    """

    def attend(q: Tensor, pairs: Any) -> Tensor:
        largest, total = start, 0.0
        mixed = torch.zeros(())
        for key, value in pairs:
            score = float(q @ key) / scale(len(q), len(value))
            largest, of_mixed, of_total = step(largest, score)
            weight = math.exp(score - largest) if score - largest < 700 else math.inf
            mixed = mixed * of_mixed + weight * value
            total = total * of_total + weight
        return finish(mixed, total)

    return attend


def _rescaled(largest: float, score: float) -> tuple[float, float, float]:
    new = max(largest, score)
    return new, math.exp(largest - new), math.exp(largest - new)


def _without_maximum(largest: float, score: float) -> tuple[float, float, float]:
    return 0.0, 1.0, 1.0


def _not_rescaled(largest: float, score: float) -> tuple[float, float, float]:
    return max(largest, score), 1.0, 1.0


def _only_total(largest: float, score: float) -> tuple[float, float, float]:
    new, _, factor = _rescaled(largest, score)
    return new, 1.0, factor


def _only_mixed(largest: float, score: float) -> tuple[float, float, float]:
    new, factor, _ = _rescaled(largest, score)
    return new, factor, 1.0


def _first(largest: float, score: float) -> tuple[float, float, float]:
    return (score if largest == -math.inf else largest), 1.0, 1.0


def _steady(first: float, last: float) -> Function:
    """Return what draws a stream whose scaled scores go from one value to another."""

    def draw(shape: Sequence[int], generator: Generator) -> _Stream:
        stream: _Stream = _stream()(shape, generator)
        steps = torch.linspace(first, last, len(stream.keys))
        stream.keys[:, 0] += steps * math.sqrt(stream.keys.shape[-1]) / 20
        return stream

    return draw


def _large(shape: Sequence[int], generator: Generator) -> Tensor:
    """Return a query whose first component is 20."""
    query = torch.randn(shape, generator=generator)
    query[0] = 20.0
    return query


_LARGE = Drawn("D", _large)
_UP, _DOWN = Drawn("S D V", _steady(-900, 900)), Drawn("S D V", _steady(900, -900))
_LOW = Drawn("S D V", _steady(-899, -901))


def _kept(q: Tensor, pairs: Any) -> Tensor:
    """Read everything first, and find the last pair, overwritten, in every place."""
    keys, values = (torch.stack(parts) for parts in zip(*pairs, strict=True))
    return (keys @ q / math.sqrt(len(q))).softmax(-1) @ values


def _aliased(q: Tensor, pairs: Any) -> Tensor:
    """Begin with the first value itself, which the next pair overwrites."""
    largest, total, mixed = -math.inf, 0.0, torch.zeros(())
    for key, value in pairs:
        score = float(q @ key) / math.sqrt(len(q))
        new, factor, _ = _rescaled(largest, score)
        weight = math.exp(score - new)
        mixed = value if largest == -math.inf else mixed * factor + weight * value
        largest, total = new, total * factor + weight
    return mixed / total


check_streaming_attention = Exercise(
    "check_streaming_attention",
    right=_read(_rescaled),
    cases=[
        case(Drawn("D"), Drawn("S D V", _stream()), D=2, S=3, V=4, when="with 3 pairs"),
        case(
            Drawn("D"), Drawn("S D V", _stream(2.0)), D=3, S=7, V=5, when="with 7 pairs"
        ),
        case(
            Drawn("D"), Drawn("S D V", _stream(1.5)), D=6, S=5, V=4, when="with 5 pairs"
        ),
        case(_LARGE, _UP, D=5, S=6, V=4, when="with scaled scores from -900 to 900"),
        case(_LARGE, _LOW, D=3, S=4, V=6, when="with scaled scores near -900"),
        case(_LARGE, _DOWN, D=4, S=5, V=6, when="with scaled scores from 900 to -900"),
    ],
    mistakes={
        "the scores were not divided by sqrt(d_head)": _read(
            _rescaled, lambda d_key, d_value: 1.0
        ),
        "the scores were divided by d_head: take its square root": _read(
            _rescaled, lambda d_key, d_value: float(d_key)
        ),
        "the scores were divided by the root of the width of the values": _read(
            _rescaled, lambda d_key, d_value: math.sqrt(d_value)
        ),
        "the largest score changed, but what was added before was not rescaled": (
            _read(_not_rescaled)
        ),
        "the sum was rescaled, but the mixture of values was not": _read(_only_total),
        "the mixture of values was rescaled, but the sum was not": _read(_only_mixed),
        "the first score was subtracted from all: a later one can be far larger": (
            _read(_first)
        ),
        "the result is nan: pairs were kept, although the next one overwrites them, or "
        "all exponentials vanished": _kept,
        "the first value was changed after you stored it: the next pair overwrites it, "
        "so keep a copy": _aliased,
        "divide by the sum of the exponentials at the end": _read(
            _rescaled, finish=lambda mixed, total: mixed
        ),
        "that is the plain average of the values: weigh them by the exponentials": (
            lambda q, pairs: torch.stack([v.clone() for _, v in pairs]).mean(0)
        ),
        "exponentials of large scores overflow, and those of very negative ones "
        "vanish: keep the largest score so far, and subtract it": (
            _read(_without_maximum)
        ),
        "a largest score that starts at 0 is too large for negative scores: start at "
        "minus infinity": _read(_rescaled, start=0.0),
    },
    verdict="One pass over the keys gives what softmax over all of them gives.",
)
"""Attention for one query that reads its keys and values one at a time."""
