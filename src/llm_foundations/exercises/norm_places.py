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


@checker("Doubled variance each time, 1 for ever, and the root of a sum.")
def check_spreads(spreads: Function) -> None:
    """Check how large a stream becomes, by arithmetic.

    Args:
        spreads: Takes the number of parts; returns the spread without norms, with
            post-norm and with pre-norm. The stream begins with spread 1, and what
            a part adds is independent of the stream and as large as what it reads.
    """
    for n in (3, 9):
        found = call(spreads, n, when=f"with {n} parts")
        _explain_spreads(n, *_three(found))


def _three(found: Any) -> tuple[float, float, float]:
    numbers = list[float]()
    with contextlib.suppress(TypeError, ValueError):
        numbers = [float(number) for number in found]
    require(
        len(numbers) == 3,
        f"return three numbers, without norms, post-norm and pre-norm, got {found!r}",
    )
    return numbers[0], numbers[1], numbers[2]


def _explain_spreads(n: int, without: float, post: float, pre: float) -> None:
    where = f"after {n} parts"
    require(
        not _near(without, 2**n),
        f"{where}: independent terms add their variances, so the spread grows by "
        "the root of 2",
    )
    require(
        not _near(without, math.sqrt(n + 1)),
        f"{where}: without norms each part reads, and adds, the grown stream",
    )
    right = {"without norms": 2 ** (n / 2), "with post-norm": 1}
    for (norms, spread), found in zip(right.items(), (without, post), strict=True):
        said = f"{where} the spread {norms} is {spread:.3f}, got {found:.3f}"
        require(_near(found, spread), said)
    require(
        not _near(pre, n + 1),
        f"{where}: {n + 1} terms of variance 1 have the spread of a root",
    )
    require(
        not _near(pre, math.sqrt(n)),
        f"{where}: the word itself is a term, too",
    )
    spread = math.sqrt(n + 1)
    said = f"{where} the spread with pre-norm is {spread:.3f}, got {pre:.3f}"
    require(_near(pre, spread), said)


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
    result = call(stack, x.clone(), norms, parts, last, when="with two parts")
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
