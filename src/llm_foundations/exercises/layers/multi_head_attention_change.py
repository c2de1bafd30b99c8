"""The exercise of the lesson on multi-head attention: a layer that measures change."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from llm_foundations.exercises.exercise import Exercise, Function, case


def _readings(n: int) -> Tensor:
    """Return random readings, rising and falling ones, (3, n)."""
    drawn = torch.rand(n, generator=torch.Generator().manual_seed(n)) * 200 - 100
    rising = torch.linspace(-100, 100, n)
    return torch.stack([drawn, rising, -rising])


def _heads(result: Any, n: int) -> tuple[Tensor, Tensor]:
    """Return the weights of both heads, (3, 2, n, n), and the output, (3, n)."""
    w_q, w_k, w_v, w_o = (torch.as_tensor(w, dtype=torch.float32) for w in result)
    x = torch.cat([torch.eye(n).expand(3, n, n), _readings(n)[:, :, None]], dim=2)
    q, k, v = ((x @ w).reshape(3, n, 2, -1).transpose(1, 2) for w in (w_q, w_k, w_v))
    future = torch.ones(n, n).triu(1).bool()
    scores = (q @ k.mT / math.sqrt(q.shape[-1])).masked_fill(future, -torch.inf)
    weights = scores.softmax(-1)
    heads = (weights @ v).transpose(1, 2).flatten(2)
    return weights, (heads @ w_o.reshape(-1, 1))[:, :, 0]


def _has_form(result: Any, n: int) -> bool | str:
    shapes = [tuple(torch.as_tensor(w).shape) for w in result]
    q, k, v, _ = shapes
    is_even = not (q[1] % 2 or v[1] % 2)
    return (is_even and q == k == (n + 1, q[1]) and v[0] == n + 1) or str(shapes)


def _projects(result: Any, n: int) -> bool | str:
    v, o = (tuple(torch.as_tensor(w).shape) for w in result[2:])
    return o in {(v[1], 1), (v[1],)} or f"{o}, and w_v has {v[1]} columns"


def _looks(back: Callable[[int], int]) -> Function:
    """Return whether some head gives 0.999 to a position, from every later one."""

    def check(result: Any, n: int) -> bool | str:
        weights = _heads(result, n)[0].amin(0)  # for the worst of the readings
        given = torch.stack([weights[:, i, back(i)] for i in range(1, n)], dim=1)
        head = int(given.amin(1).argmax())
        at = int(given[head].argmin()) + 1  # the query with the smallest weight
        best, row = given[head, at - 1].item(), weights[head, at]
        if best >= 0.999:
            return True
        said = f"from row {at}, head {head} gives it {best:.3f}"
        if torch.as_tensor(result[1])[-1].any():
            return f"{said}, and the reading enters the key"
        if best < row.max().item() - 1e-4:
            return f"{said} and looks at row {int(row.argmax())}"
        if row[: at + 1].max() - row[: at + 1].min() < 1e-6:
            return f"{said}, as it gives every row: does its query fit a key it sees?"
        return f"{said}: make the query larger"

    return check


def _output(result: Any, n: int) -> Tensor:
    return _heads(result, n)[1][:, 1:]


def _layer(
    back: int = 1,
    size: float = 50.0,
    signs: tuple[float, float] = (1.0, -1.0),
    number: int = -1,
    first: int = 0,
) -> Function:
    """Return matrices of a layer whose heads look back, and at the first token."""

    def change(n: int) -> list[Tensor]:
        w_q, w_k, w_v = torch.zeros(3, n + 1, 2, n)
        for i in range(n):
            w_q[i, 0, max(i - back, 0)] = size * math.sqrt(n)
            w_q[i, 1, min(first, i)] = size * math.sqrt(n)
        w_k[:n] = torch.eye(n)[:, None]
        w_v[number, :, 0] = 1.0
        w_o = torch.zeros(2, n, 1)
        w_o[:, 0, 0] = torch.tensor(signs)
        return [*(w.flatten(1) for w in (w_q, w_k, w_v)), w_o.flatten(0, 1)]

    return change


check_change = Exercise(
    "check_change",
    right=_layer(),
    cases=[case(n) for n in (4, 6, 9)],
    observe=_output,
    within=0.05,
    mistakes={
        "the sign is wrong: subtract the reading of the first row": _layer(
            signs=(-1.0, 1.0)
        ),
        "the two readings were added: w_o has to subtract what one head delivers": (
            _layer(signs=(1.0, 1.0))
        ),
        "this is the row itself, not the one before": _layer(back=0),
        "this is two rows back, not one": _layer(back=2),
        "this is the second row, not the first": _layer(first=1),
        "this is the reading of the row before: subtract the first one": _layer(
            signs=(1.0, 0.0)
        ),
    },
    properties={
        "return w_q, w_k, w_v of shape (n + 1, 2D) and w_o of shape (2D, 1), got {}": (
            _has_form,
            lambda n: [torch.zeros(2, n + 1, n)] * 4,
        ),
        "w_o has a row for every column of w_v, and one column, got {}": (
            _projects,
            lambda n: [*_layer()(n)[:3], torch.ones(n, 1)],
            lambda n: [*_layer()(n)[:3], torch.ones(2 * n, 2)],
        ),
        "no head looks sharply enough at the row before: {}": (
            _looks(lambda i: i - 1),
            _layer(size=0.05),
            _layer(first=0, back=3),
        ),
        "no head looks sharply enough at the first row: {}": (
            _looks(lambda i: 0),
            _layer(first=2),
        ),
    },
    verdict="Two heads look at two rows, and w_o subtracts.",
)
"""The matrices of a layer whose heads look at two tokens at once."""
