"""Checker of the lesson on normalization: the gradients of LayerNorm, by hand."""

from collections.abc import Callable
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

_EPS = 0.1


class _Case(NamedTuple):
    """What LayerNorm was given, and the gradient of the loss by its result."""

    x: Tensor
    weight: Tensor
    g: Tensor


def _case() -> _Case:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, 3, 8, generator=generator) + 1
    weight = 1 + torch.rand(8, generator=generator)
    return _Case(x, weight, torch.randn(2, 3, 8, generator=generator))


@checker("They are what autograd finds, and the gradient by x adds up to 0.")
def check_layer_norm_gradient(gradient: Function) -> None:
    """Check the gradients of LayerNorm by x, weight and bias, written by hand.

    Args:
        gradient: Takes `x`, `weight`, the gradient `g` of the loss by the result, and
            `eps`; returns the gradients of the loss by x, by weight and by bias.
    """
    case = _case()
    _check_case(gradient, case, "with a (2, 3, 8) tensor")
    flat = _Case(case.x.flatten(0, 1), case.weight, case.g.flatten(0, 1))
    _check_case(gradient, flat, "with a (6, 8) tensor")
    one = _Case(case.x[0, 0], case.weight, case.g[0, 0])
    _check_case(gradient, one, "with one vector")


def _check_case(gradient: Function, case: _Case, when: str) -> None:
    returned = call(gradient, *(tensor.clone() for tensor in case), _EPS, when=when)
    three = isinstance(returned, tuple | list) and len(returned) == 3
    require(
        three, f"return three gradients, by x, weight and bias, got {_kind(returned)}"
    )
    by_x, by_weight, by_bias = returned
    shape = tuple(case.x.shape)
    require(
        shape_of(by_x) == shape,
        f"{when} the gradient by x has its shape, got {shape_of(by_x)}",
    )
    for name, found in {"weight": by_weight, "bias": by_bias}.items():
        require(
            shape_of(found) == (8,),
            f"{when} {name} is (8,) and serves all positions: its gradient is a sum "
            f"over them, of shape (8,), got {shape_of(found)}",
        )
    _explain(case, by_x, by_weight, by_bias)
    for name, found, expected in zip(
        ("x", "weight", "bias"), returned, _by_autograd(case), strict=True
    ):
        require(
            same(expected, found), f"the gradient by {name} differs from autograd's"
        )


def _kind(returned: Any) -> str:
    if isinstance(returned, tuple | list):
        return f"{len(returned)} things"
    return str(shape_of(returned))


def _mean(values: Tensor) -> Tensor:
    return values.mean(-1, keepdim=True)


def _explain(case: _Case, by_x: Any, by_weight: Any, by_bias: Any) -> None:
    sigma = (case.x.var(-1, unbiased=False, keepdim=True) + _EPS).sqrt()
    y = (case.x - _mean(case.x)) / sigma
    refuse(by_x, _wrong_by_x(case.g * case.weight, y, sigma))
    refuse(by_x, _weight_left_out(case, y, sigma))
    of_weight, of_bias = _positions(case.g * y), _positions(case.g)
    require(
        not (same(of_bias, by_weight) and same(of_weight, by_bias)),
        "the last two are swapped: first by weight, then by bias",
    )
    refuse(by_weight, _wrong_by_weight(case, y))
    refuse(
        by_bias,
        {
            "by bias: no weight stands behind the bias, so g is added up as it "
            "is": _positions(case.g * case.weight),
            "by bias: take the sum over the positions, not the mean": of_bias / 6,
        },
    )


def _positions(values: Tensor) -> Tensor:
    return values.reshape(-1, 8).sum(0)


def _wrong_by_x(g: Tensor, y: Tensor, sigma: Tensor) -> dict[str, Tensor]:
    along = y * _mean(g * y)
    return {
        "mean and spread move with x: you took them as constants": g / sigma,
        "the spread moves with x, too: take away y * mean(g * y)": (g - _mean(g))
        / sigma,
        "the mean moves with x, too: take away mean(g)": (g - along) / sigma,
        "divide by the spread": g - _mean(g) - along,
        "divide all three terms by the spread": g / sigma - _mean(g) - along,
        "the sign of y * mean(g * y) is wrong": (g - _mean(g) + along) / sigma,
        "sums stand where means should": (g - 8 * _mean(g) - 8 * along) / sigma,
    }


def _weight_left_out(case: _Case, y: Tensor, sigma: Tensor) -> dict[str, Tensor]:
    without = (case.g - _mean(case.g) - y * _mean(case.g * y)) / sigma
    return {
        "by x: what reaches y is g * weight, not g": without,
        "by x: the weight comes too late: multiply g by it before you take the "
        "means": without * case.weight,
    }


def _wrong_by_weight(case: _Case, y: Tensor) -> dict[str, Tensor]:
    return {
        "by weight: the weight stretches y, not x": _positions(case.g * case.x),
        "by weight: its own size does not matter, g * y is added up as it "
        "is": _positions(case.g * case.weight * y),
        "by weight: take the sum over the positions, not the mean": _positions(
            case.g * y
        )
        / 6,
    }


def _by_autograd(case: _Case) -> tuple[Tensor, ...]:
    leaves = [case.x, case.weight, torch.zeros(8)]
    leaves = [leaf.clone().requires_grad_() for leaf in leaves]
    layer_norm: Callable[..., Tensor] = F.layer_norm
    with torch.enable_grad():
        return torch.autograd.grad(
            layer_norm(leaves[0], (8,), *leaves[1:], _EPS), leaves, case.g
        )
