"""The exercise of the lesson on the math you need: gradient descent by measuring."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Generator, Tensor

from llm_foundations.exercises.exercise import Case, Drawn, Exercise, Function, case

_NUDGE = 1e-4


class _Loss:
    """A loss of logits that counts its calls, and that autograd can't follow."""

    n_calls = 0

    def __call__(self, logits: Any) -> Tensor:
        """Return a cross-entropy plus a penalty, which no formula on the page gives."""
        self.n_calls += 1
        dtype = None if isinstance(logits, Tensor) else torch.float64
        logits = torch.as_tensor(logits, dtype=dtype).detach()
        counts = (1 + 7 * torch.arange(logits.numel()) % 11).view(logits.shape)
        surprise = -(counts * logits.log_softmax(-1)).sum() / counts.sum()
        return surprise + 0.1 * logits.square().mean()


def _slopes(loss_of: Function, logits: Tensor) -> Tensor:
    """Measure the slope of each logit by a central difference."""
    nudges = _NUDGE * torch.eye(logits.numel(), dtype=torch.float64)
    changes = [
        loss_of(logits + nudge) - loss_of(logits - nudge)
        for nudge in nudges.view(-1, *logits.shape)
    ]
    return torch.stack(changes).view(logits.shape) / (2 * _NUDGE)


def _descent(
    factor: Callable[[float], float] = lambda learning_rate: -learning_rate,
    keep: float = 0.0,
    slopes: Callable[[Function, Tensor], Tensor] = _slopes,
    result: Function = lambda logits, losses: (logits, losses[:-1]),
) -> Function:
    """Return gradient descent with parts replaced; `result` gets the last loss, too."""

    def fit(
        loss_of: Function, logits: Tensor, learning_rate: float, n_steps: int
    ) -> Any:
        losses, gradient = list[float](), torch.zeros_like(logits)
        for _ in range(n_steps):
            losses.append(loss_of(logits).item())
            gradient = keep * gradient + slopes(loss_of, logits)
            logits = logits + factor(learning_rate) * gradient
        losses.append(loss_of(logits).item())
        return result(logits, losses)

    return fit


def _in_place(undone: bool, at_once: float) -> Function:
    """Return nudges of the logits themselves, undone or not, and steps among them."""

    def fit(
        loss_of: Function, logits: Tensor, learning_rate: float, n_steps: int
    ) -> Any:
        losses = list[float]()
        for _ in range(n_steps):
            losses.append(loss_of(logits).item())
            gradient = torch.zeros_like(logits)
            for i, j in torch.cartesian_prod(*map(torch.arange, logits.shape)).tolist():
                logits[i, j] += _NUDGE
                up = loss_of(logits)
                logits[i, j] -= 2 * _NUDGE
                gradient[i, j] = (up - loss_of(logits)) / (2 * _NUDGE)
                logits[i, j] += undone * _NUDGE
                logits[i, j] -= at_once * learning_rate * gradient[i, j]
            logits -= (1 - at_once) * learning_rate * gradient
        return logits, losses

    return fit


def _one_sided(loss_of: Function, logits: Tensor) -> Tensor:
    nudges = _NUDGE * torch.eye(logits.numel(), dtype=torch.float64)
    moved = [loss_of(logits + nudge) for nudge in nudges.view(-1, *logits.shape)]
    return (torch.stack(moved).view(logits.shape) - loss_of(logits)) / _NUDGE


def _two_columns(loss_of: Function, logits: Tensor) -> Tensor:
    return _slopes(loss_of, logits).where(torch.arange(logits.shape[1]) < 2, 0.0)


def _start(shape: Sequence[int], generator: Generator) -> Tensor:
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def _fitted(n_contexts: int, n_tokens: int, learning_rate: float, n_steps: int) -> Case:
    said = f"with logits of shape ({n_contexts}, {n_tokens}) and {n_steps} steps"
    logits = Drawn("N V", _start)
    return case(
        _Loss(), logits, learning_rate, n_steps, when=said, N=n_contexts, V=n_tokens
    )


def _measures(n_sides: int) -> Callable[..., bool]:
    """Return whether each logit was moved so often in each step."""

    def holds(
        _: Any, loss_of: _Loss, logits: Tensor, learning_rate: float, n_steps: int
    ) -> bool:
        return loss_of.n_calls >= n_sides * logits.numel() * n_steps

    return holds


check_fit = Exercise(
    "check_fit",
    right=_descent(),
    cases=[_fitted(2, 3, 1.5, 3), _fitted(4, 2, 4.0, 5), _fitted(3, 5, 0.5, 4)],
    within=1e-5,
    returns=("the logits", "the losses"),
    mistakes={
        "the loss rises: step against the gradient, not along it": _descent(
            factor=lambda learning_rate: learning_rate
        ),
        "these are the losses after each step: take them before": _descent(
            result=lambda logits, losses: (logits, losses[1:])
        ),
        "return the logits themselves, not their softmax": _descent(
            result=lambda logits, losses: (logits.softmax(-1), losses[:-1])
        ),
        "up and down are two nudges apart: divide by the whole distance": _descent(
            factor=lambda learning_rate: -2 * learning_rate
        ),
        "the change is divided by too much: the loss at the logits themselves is one "
        "nudge away, not two": _descent(
            factor=lambda learning_rate: -learning_rate / 2
        ),
        "the steps don't depend on the learning rate: multiply by it": _descent(
            factor=lambda learning_rate: -1.0
        ),
        "measure all slopes before you move any: here each logit moves before the "
        "next slope is measured": _in_place(undone=True, at_once=1.0),
        "put each logit back after you have moved it up and down": (
            _in_place(undone=False, at_once=0.0)
        ),
        "only two columns move: take the number of columns from logits.shape": (
            _descent(slopes=_two_columns)
        ),
        "the gradients of all steps are added up: measure a new one for each step": (
            _descent(keep=1.0)
        ),
    },
    properties={
        "return two things, the logits and a list of the losses: got {}": (
            lambda result, *_: isinstance(result, tuple | list) and len(result) == 2,
            _descent(result=lambda logits, losses: logits),
        ),
        "compute in float64, and return the logits so: float32 rounds away most of "
        "such small differences": (
            lambda result, *_: getattr(result[0], "dtype", None) != torch.float32,
            _descent(result=lambda logits, losses: (logits.float(), losses[:-1])),
        ),
        "measure the slopes: in each step, compute loss_of once with each logit "
        "raised, and once with it lowered": (
            _measures(1),
            lambda loss_of, logits, *_: (logits, [loss_of(logits)]),
        ),
        "this is a one-sided difference: lower each logit, too": (
            _measures(2),
            _descent(slopes=_one_sided),
        ),
    },
    verdict="Logits and losses are those of gradient descent.",
)
"""Gradient descent whose gradient is measured by finite differences."""
