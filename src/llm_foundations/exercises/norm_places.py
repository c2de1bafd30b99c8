"""Checkers of the lesson on normalization: where norms stand, and what that does."""

import contextlib
import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from llm_foundations.exercises.checking import (
    Function,
    call,
    checker,
    refuse,
    require,
    same,
    shape_of,
)
from llm_foundations.layers.block import post_norm, pre_norm
from llm_foundations.layers.normalization import rms_norm

_Step = Callable[[Tensor], Tensor]


@checker("A variance multiplied each time, 1 for ever, and the root of a sum.")
def check_spreads(spreads: Function) -> None:
    """Check how large a stream becomes, by arithmetic.

    Args:
        spreads: Takes the number of parts and how large what each adds is, as a
            share of what it reads; returns the spread without norms, with post-norm
            and with pre-norm. The stream begins with spread 1, and what a part adds
            is independent of it.
    """
    for n, share in ((3, 0.5), (9, 2.0)):
        found = call(spreads, n, share, when=f"with {n} parts and a share of {share}")
        _explain_spreads(n, share, _three(found))


def _three(found: Any) -> tuple[float, float, float]:
    numbers = list[float]()
    with contextlib.suppress(TypeError, ValueError):
        numbers = [float(number) for number in found]
    require(
        len(numbers) == 3,
        f"return three numbers, without norms, post-norm and pre-norm, got {found!r}",
    )
    return numbers[0], numbers[1], numbers[2]


def _explain_spreads(n: int, share: float, found: tuple[float, float, float]) -> None:
    added = n * share**2
    names = ("without norms", "with post-norm", "with pre-norm")
    right = ((1 + share**2) ** (n / 2), 1.0, math.sqrt(1 + added))
    wrong = (
        {
            (1 + share)
            ** n: "independent terms add their variances, not their spreads",
            1 + n * share: "each part reads, and adds to, a stream that has grown",
            right[2]: "without norms each part reads, and adds, the grown stream",
        },
        {right[2]: "post-norm comes second, and normalises every sum"},
        {
            1 + added: "that is the variance: its root is the spread",
            share * math.sqrt(n): "the word itself is a term, too",
            1.0: "asked is the stream before the last norm",
        },
    )
    for name, number, expected, mistakes in zip(
        names, found, right, wrong, strict=True
    ):
        where = f"after {n} parts {name}"
        for mistake, said in mistakes.items():
            require(not _near(number, mistake), f"{where}: {said}")
        said = f"{where} the spread is {expected:.3f}, got {number:.3f}"
        require(_near(number, expected), said)


def _near(found: float, number: float) -> bool:
    # Wide enough for numbers kept in float32.
    return math.isclose(found, number, rel_tol=1e-5)


@checker("Parts read a normalised copy, the stream stays, and one norm ends it.")
def check_pre_norm_stack(stack: Function) -> None:
    """Check a pre-norm stack.

    Args:
        stack: Takes `x`, a list of `norms`, a list of `parts` and `last_norm`;
            returns what leaves the stack.
    """
    generator = torch.Generator().manual_seed(0)
    x = 3 * torch.randn(2, 3, 4, generator=generator)
    matrices = torch.randn(2, 4, 4, generator=generator)
    gains = 1 + torch.rand(3, 4, generator=generator)
    parts = [_part(matrix) for matrix in matrices]
    *norms, last = [_norm(gain) for gain in gains]
    # Lists of its own: a stack may take its parts out of them.
    lists = [*norms], [*parts]
    result = call(stack, x.clone(), *lists, last, when="with two parts")
    require(
        shape_of(result) == (2, 3, 4),
        f"(2, 3, 4) stays (2, 3, 4), got {shape_of(result)}",
    )
    refuse(result, _mistakes(x, norms, parts, last))
    right = last(_run(x, norms, parts, pre_norm))
    require(same(right, result), "the result differs from that of x + part(norm(x))")


def _mistakes(
    x: Tensor, norms: list[_Step], parts: list[_Step], last: _Step
) -> dict[str, Tensor]:
    """Return what each known mistake leads to, by what there is to say about it."""
    before_last = {
        "this is post-norm: the sum is normalised": post_norm,
        "the norm stands on the stream: only what a part reads is normalised, "
        "x + part(norm(x))": _on_the_stream,
        "the norm stands behind the part: it belongs before it, "
        "x + part(norm(x))": lambda x, norm, part: x + norm(part(x)),
        "the parts read the stream as it is: normalise what they read": (
            lambda x, _, part: x + part(x)
        ),
        "stream and copy are exchanged: the part reads norm(x), and is added to "
        "x": lambda x, norm, part: norm(x) + part(x),
        "the stream is lost: add what a part makes of it": (
            lambda x, norm, part: part(norm(x))
        ),
    }
    wrong = {
        mistake: last(_run(x, norms, parts, step))
        for mistake, step in before_last.items()
    }
    return wrong | {
        "the last norm is missing": _run(x, norms, parts, pre_norm),
        "it ends after the first part: return behind the loop": last(
            _run(x, norms[:1], parts[:1], pre_norm)
        ),
        "this is post-norm, without the last norm": _run(x, norms, parts, post_norm),
        "all parts use the first norm: each has its own": last(
            _run(x, [norms[0]] * 2, parts, pre_norm)
        ),
    }


def _part(matrix: Tensor) -> _Step:
    return lambda x: (x @ matrix).relu()


def _norm(gain: Tensor) -> _Step:
    return lambda x: rms_norm(x, gain)


def _on_the_stream(x: Tensor, norm: _Step, part: _Step) -> Tensor:
    x = norm(x)
    return x + part(x)


def _run(
    x: Tensor, norms: Sequence[_Step], parts: Sequence[_Step], step: Callable[..., Any]
) -> Tensor:
    for norm, part in zip(norms, parts, strict=True):
        x = step(x, norm, part)
    return x
