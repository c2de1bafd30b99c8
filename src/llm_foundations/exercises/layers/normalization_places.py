"""The exercises of the lesson on normalization: by hand, and the place of norms."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Generator, Tensor

from llm_foundations.exercises.comparing import difference
from llm_foundations.exercises.exercise import Case, Drawn, Exercise, Function, case
from llm_foundations.layers.normalization import rms_norm


def _wrong_parts(
    right: Function, *named: Mapping[str, Function], within: float | None = None
) -> dict[str, tuple[Function, Function]]:
    """Return properties: that no part of a result is one of its wrong values."""

    def unlike(part: int, wrong: Function) -> tuple[Function, Function]:
        def holds(result: Any, *given: Any) -> bool:
            return difference(wrong(*given), result[part], within) is not None

        def answer(*given: Any) -> Any:
            parts = right(*given)
            return *parts[:part], wrong(*given), *parts[part + 1 :]

        return holds, answer

    return {
        hint: unlike(part, wrong)
        for part, values in enumerate(named)
        for hint, wrong in values.items()
    }


_X = torch.tensor([2.0, 4.0, 4.0, 6.0])


def _two_norms() -> tuple[Tensor, Tensor]:
    return (_X - 4) / math.sqrt(2), _X / math.sqrt(18)


check_norms_by_hand = Exercise(
    "check_norms_by_hand",
    right=_two_norms,
    cases=[case()],
    why="the answer consists of numbers from paper",
    returns=("LayerNorm", "RMSNorm"),
    within=0.011,
    mistakes={},
    properties={
        "return two lists of four numbers, first LayerNorm, got {}": (
            lambda found: [torch.as_tensor(part).numel() for part in found] == [4, 4],
            lambda: _two_norms()[0],
            lambda: (_two_norms()[0][:3], _two_norms()[1]),
        ),
        **_wrong_parts(
            _two_norms,
            {
                "this is RMSNorm: LayerNorm comes first, and subtracts the mean": (
                    lambda: _X / math.sqrt(18)
                ),
                "LayerNorm: the variance divides by 4, the number of values": (
                    lambda: (_X - 4) / math.sqrt(8 / 3)
                ),
                "LayerNorm: that is divided by the variance: take its root": (
                    lambda: (_X - 4) / 2
                ),
                "LayerNorm: the mean is still there: 4 becomes 0": (
                    lambda: _X / math.sqrt(2)
                ),
                "LayerNorm: take the mean of the squares, not their sum": lambda: (
                    (_X - 4) / math.sqrt(8)
                ),
                "LayerNorm: the signs are wrong: subtract the mean from each number": (
                    lambda: (4 - _X) / math.sqrt(2)
                ),
                "LayerNorm: the mean is subtracted; now divide": lambda: _X - 4,
            },
            {
                "RMSNorm: take the mean of the squares, not their sum": lambda: (
                    _X / math.sqrt(72)
                ),
                "RMSNorm: that is divided by the mean square: take its root": (
                    lambda: _X / 18
                ),
                "RMSNorm subtracts no mean": lambda: (_X - 4) / math.sqrt(2),
                "RMSNorm: that is divided by the mean, without any squares": (
                    lambda: _X / 4
                ),
                "RMSNorm: that is divided by the standard deviation": lambda: (
                    _X / math.sqrt(2)
                ),
            },
            within=0.011,
        ),
    },
    verdict="Mean 0 and variance 1 for the one, mean square 1 for the other.",
)
"""LayerNorm and RMSNorm of four numbers, on paper."""


def _spreads(n_parts: int, share: float) -> tuple[float, float, float]:
    return (1 + share**2) ** (n_parts / 2), 1.0, math.sqrt(1 + n_parts * share**2)


check_spreads = Exercise(
    "check_spreads",
    right=_spreads,
    cases=[case(3, 0.5), case(9, 2.0), case(5, 0.8)],
    mistakes={},
    properties={
        "return three numbers, without norms, post-norm and pre-norm, got {}": (
            lambda found, n, a: len([float(number) for number in found]) == 3,
            lambda n, a: _spreads(n, a)[0],
            lambda n, a: _spreads(n, a)[:2],
        ),
        **_wrong_parts(
            _spreads,
            {
                "without norms: the terms are independent, so their variances are "
                "added, not their standard deviations": lambda n, a: (1 + a) ** n,
                "without norms: that is the variance: take its root": lambda n, a: (
                    (1 + a**2) ** n
                ),
                "without norms: what each sublayer adds grows with the stream that it "
                "reads": lambda n, a: 1 + n * a,
                "without norms each sublayer reads, and adds to, the grown stream": (
                    lambda n, a: math.sqrt(1 + n * a**2)
                ),
                "without norms: share is a ratio of standard deviations: square it": (
                    lambda n, a: (1 + a) ** (n / 2)
                ),
                "without norms: share is not always 1": lambda n, a: 2 ** (n / 2),
            },
            {
                "post-norm comes second, and normalizes every sum": (
                    lambda n, a: math.sqrt(1 + n * a**2)
                ),
                "post-norm: the norm comes after the last sum, too": (
                    lambda n, a: math.sqrt(1 + a**2)
                ),
            },
            {
                "pre-norm: that is the variance: take its root": (
                    lambda n, a: 1 + n * a**2
                ),
                "pre-norm: the stream begins with 1, which is a term, too": (
                    lambda n, a: a * math.sqrt(n)
                ),
                "pre-norm: asked is the stream before the last norm": lambda n, a: 1.0,
                "pre-norm: the variances are added, not the standard deviations": (
                    lambda n, a: 1 + n * a
                ),
                "pre-norm: share is a ratio of standard deviations: square it": (
                    lambda n, a: math.sqrt(1 + n * a)
                ),
                "pre-norm: what a sublayer reads is normalized, so it does not grow": (
                    lambda n, a: (1 + a**2) ** (n / 2)
                ),
            },
        ),
    },
    verdict="A variance multiplied each time, always 1, and the root of a sum.",
)
"""The standard deviation of a stream, by the place of the norms."""


def _stack(
    step: Function = lambda x, norm, part, first: x + part(norm(x)),
    end: Function = lambda x, last_norm: last_norm(x),
    order: Function = lambda pairs: pairs,
) -> Function:
    """Return a pre-norm stack, with one or more of its steps replaced."""

    def stack(x: Tensor, norms: Any, parts: Any, last_norm: Function) -> Any:
        first = x
        for norm, part in order(list(zip(norms, parts, strict=True))):
            x = step(x, norm, part, first)
        return end(x, last_norm)

    return stack


def _norm_each_sum(x: Tensor, norms: Any, parts: Any, last_norm: Function) -> Any:
    for norm, part in zip(norms, parts, strict=True):
        x = last_norm(x + part(norm(x)))
    return x


def _large(shape: Sequence[int], generator: Generator) -> Tensor:
    return 3 * torch.randn(shape, generator=generator)


def _part(matrix: Tensor) -> Function:
    return lambda x: (x @ matrix).relu()


def _norm(gain: Tensor) -> Function:
    return lambda x: rms_norm(x, gain)


def _stack_case(n: int, batch: int, length: int, width: int) -> Case:
    """Return a case of n sublayers, each a matrix and a ReLU."""
    generator = torch.Generator().manual_seed(n)
    parts = [*map(_part, torch.randn(n, width, width, generator=generator))]
    *norms, last = map(_norm, 1 + torch.rand(n + 1, width, generator=generator))
    given = Drawn("B T C", _large), norms, parts, last
    return case(*given, when=f"with {n} parts", B=batch, T=length, C=width)


check_pre_norm_stack = Exercise(
    "check_pre_norm_stack",
    right=_stack(),
    cases=[
        _stack_case(2, 2, 3, 4),
        _stack_case(3, 3, 2, 5),
        _stack_case(4, 2, 4, 6),
    ],
    mistakes={
        "the last norm is missing": _stack(end=lambda x, last_norm: x),
        "this is post-norm: the sum is normalized, not what the sublayer reads": (
            _stack(lambda x, norm, part, first: norm(x + part(x)))
        ),
        "this is post-norm, without the last norm": _stack(
            lambda x, norm, part, first: norm(x + part(x)), lambda x, last_norm: x
        ),
        "the norm stands on the residual stream: only what a sublayer reads is "
        "normalized": _stack(
            lambda x, norm, part, first: norm(x) + part(norm(x)),
        ),
        "the norm stands behind the sublayer: normalize what it reads": _stack(
            lambda x, norm, part, first: x + norm(part(x))
        ),
        "the sublayers read the stream as it is: normalize what they read": _stack(
            lambda x, norm, part, first: x + part(x)
        ),
        "stream and normalized copy are swapped: the sublayer reads the copy, and is "
        "added to x": _stack(lambda x, norm, part, first: norm(x) + part(x)),
        "the stream is lost: add what a sublayer makes of it": _stack(
            lambda x, norm, part, first: part(norm(x))
        ),
        "each sublayer is added to the first x: add it to the stream so far": _stack(
            lambda x, norm, part, first: first + part(norm(x))
        ),
        "each sublayer reads the first x: let it read the stream so far": _stack(
            lambda x, norm, part, first: x + part(norm(first))
        ),
        "it ends after the first sublayer: return behind the loop": _stack(
            order=lambda pairs: pairs[:1]
        ),
        "all sublayers use the first norm: each has its own": _stack(
            order=lambda pairs: [(pairs[0][0], part) for _, part in pairs]
        ),
        "the sublayers run in reverse order": _stack(order=lambda pairs: pairs[::-1]),
        "the last norm stands in the loop: it comes once, at the end": _norm_each_sum,
        "the last norm stands on the stream, which it replaces": _stack(
            end=lambda x, last_norm: x + last_norm(x)
        ),
    },
    verdict="Sublayers read a normalized copy, the stream stays, and one norm ends it.",
)
"""A pre-norm stack."""
