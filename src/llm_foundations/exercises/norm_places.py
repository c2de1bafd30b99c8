"""Checkers of the lesson on normalization: where norms stand, and what that does."""

import math
from collections.abc import Callable, Sequence
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
        require(
            isinstance(found, tuple | list) and len(found) == 3,
            "return three numbers: without, post-norm, pre-norm",
        )
        without, post, pre = map(float, found)
        _explain_spreads(without, post, pre, n)


def _explain_spreads(without: float, post: float, pre: float, n: int) -> None:
    where = f"after {n} parts"
    require(
        not math.isclose(without, 2.0**n),
        f"{where}: independent terms add their variances, so the spread grows by "
        "the root of 2",
    )
    require(
        not math.isclose(without, math.sqrt(n + 1)),
        f"{where}: without norms each part reads, and adds, the grown stream",
    )
    require(
        math.isclose(without, 2 ** (n / 2)),
        f"{where} the spread without norms is {2 ** (n / 2):.3f}, got {without:.3f}",
    )
    require(math.isclose(post, 1), f"{where} post-norm leaves spread 1, got {post:.3f}")
    require(
        not math.isclose(pre, n + 1),
        f"{where}: {n + 1} terms of variance 1 have the spread of a root",
    )
    require(
        not math.isclose(pre, math.sqrt(n)),
        f"{where}: the word itself is a term, too",
    )
    require(
        math.isclose(pre, math.sqrt(n + 1)),
        f"{where} pre-norm has spread {math.sqrt(n + 1):.3f}, got {pre:.3f}",
    )


@checker("Parts read a normalised copy, the stream stays, and one norm ends it.")
def check_pre_norm_stack(stack: Function) -> None:
    """Check a pre-norm stack.

    Args:
        stack: Takes `x`, a list of `norms`, a list of `parts` and `last_norm`;
            returns what leaves the stack.
    """
    generator = torch.Generator().manual_seed(0)
    x = 3 * torch.randn(2, 4, generator=generator)
    matrices = torch.randn(2, 4, 4, generator=generator)
    gains = 1 + torch.rand(3, 4, generator=generator)
    parts = [_part(matrix) for matrix in matrices]
    *norms, last = [_norm(gain) for gain in gains]
    result = call(stack, x, norms, parts, last, when="with two parts")
    require(shape_of(result) == (2, 4), f"(2, 4) stays (2, 4), got {shape_of(result)}")
    right = _run(x, norms, parts, pre_norm)
    wrong = {
        "the last norm is missing": right,
        "this is post-norm: the sum is normalised": last(
            _run(x, norms, parts, post_norm)
        ),
        "this is post-norm, without the last norm": _run(x, norms, parts, post_norm),
        "the norm stands on the stream: only what a part reads is normalised, "
        "x + part(norm(x))": last(_run(x, norms, parts, _on_the_stream)),
        "the parts read the stream as it is: normalise what they read": last(
            _run(x, norms, parts, lambda x, _, part: x + part(x))
        ),
        "the stream is lost: add what a part makes of it": last(
            _run(x, norms, parts, lambda x, norm, part: part(norm(x)))
        ),
        "all parts use the first norm: each has its own": last(
            _run(x, [norms[0]] * 2, parts, pre_norm)
        ),
    }
    for mistake, numbers in wrong.items():
        require(not same(numbers, result), mistake)
    require(same(last(right), result), "the result differs from that of two blocks")


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
