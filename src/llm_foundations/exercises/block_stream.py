"""Checkers of the lesson on the transformer block: the stream, and a neuron in it."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise
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

_Layer = Callable[[Tensor], Tensor]


def _bend(w: Tensor, h: Tensor) -> Tensor:
    return torch.tanh(h @ w)


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
    given = x.clone()
    rows = call(contributions, given, parts, when="with 3 parts")
    is_list = isinstance(rows, list | tuple)
    n_rows = len(rows) if is_list or isinstance(rows, Tensor) else 0
    require(n_rows != 3, "the start is missing: x itself is the first row")
    got = n_rows if is_list else shape_of(rows)
    require(n_rows == 4, f"3 parts need a list of 4 tensors, got {got}")
    require(
        same(x, given),
        "`+=` changed x itself, which is the first row: write x = x + y",
    )
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


_SILENT = {
    "it when it means the cat": (1.0, 0.734, 0.178, 0.0),
    "it when it has fetched nothing": (1.0, 0.0, 0.0, 0.0),
    "mat": (0.0, 0.0, 2.0, 0.0),
    "cat": (0.0, 1.5, 0.5, 0.0),
}


@checker("It fires for a pronoun that means furniture, and for nothing else.")
def check_soft_neuron(soft_neuron: Function) -> None:
    """Check a neuron set by hand.

    Args:
        soft_neuron: Takes nothing; returns four weights and a bias. The neuron gives
            what is above zero of the weighted sum of a vector, plus the bias.
    """
    weights, bias = _neuron(call(soft_neuron, when="called"))

    def fires(*vector: float) -> float:
        return max(0.0, (weights @ torch.tensor(vector)).item() + bias)

    for name, vector in _SILENT.items():
        value = fires(*vector)
        numbers = ", ".join(f"{number:g}" for number in vector)
        require(
            value < 0.01,
            f"it gives {value:.3f} for ({numbers}), {name}: it must stay at 0",
        )
    soft = fires(1.0, 0.178, 0.734, 0.0)
    require(
        soft > 0.9999,
        f"it gives {soft:.3f} for (1, 0.178, 0.734, 0), it when it means the mat: "
        "that must be at least 1",
    )


def _neuron(answer: Any) -> tuple[Tensor, float]:
    two = isinstance(answer, tuple | list) and len(answer) == 2
    require(two, f"return two things, four weights and a bias, got {answer!r}")
    try:
        parts = [torch.as_tensor(part, dtype=torch.float32) for part in answer]
    except (TypeError, ValueError, RuntimeError) as error:
        raise AssertionError(f"weights and a bias are numbers: {error}") from error
    weights, bias = (part.detach().flatten() for part in parts)
    require(len(weights) == 4, f"a vector has 4 numbers, got {len(weights)} weights")
    require(len(bias) == 1, f"a neuron has one bias, got {len(bias)}")
    return weights, bias.item()
