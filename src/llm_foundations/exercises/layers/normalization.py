"""The exercises of the lesson on normalization: LayerNorm, RMSNorm, gradients."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from llm_foundations.exercises.exercise import Case, Drawn, Exercise, Function, case


def _mean(values: Tensor) -> Tensor:
    return values.mean(-1, keepdim=True)


def _along(*axes: int) -> Function:
    return lambda values: values.mean(axes, keepdim=True)


def _root(square: Tensor, eps: float) -> Tensor:
    return (square + eps).sqrt()


def _normalized(
    center: bool,
    root: Function = _root,
    mean: Function = _mean,
    square: Function = torch.square,
) -> Callable[[Tensor, float], Tensor]:
    """Return what divides by a root of a mean square, of x or of x minus its mean."""

    def y(x: Tensor, eps: float) -> Tensor:
        centered = x - mean(x) if center else x
        divided: Tensor = centered / root(mean(square(centered)), eps)
        return divided

    return y


_CENTERED = _normalized(True)

_WRONG_IN_BOTH: dict[str, list[dict[str, Function]]] = {
    "eps is added outside of the root: add it to the mean square": [
        {"root": lambda square, eps: square.sqrt() + eps}
    ],
    "eps is missing": [{"root": lambda square, eps: square.sqrt()}],
    "eps is the number that is given, not a fixed one": [
        {"root": lambda square, eps: _root(square, 1e-5)},
        {"root": lambda square, eps: _root(square, 1e-6)},
    ],
    "eps is added to the mean square as it is, neither squared nor as a least value": [
        {"root": lambda square, eps: _root(square, eps**2)},
        {"root": lambda square, eps: square.clamp(min=eps).sqrt()},
        {"root": lambda square, eps: square.sqrt().clamp(min=eps)},
    ],
    "the root is missing": [{"root": lambda square, eps: square + eps}],
    "take the mean of the squares, not their sum": [
        {"square": lambda values: values.square() * values.shape[-1]}
    ],
    "the positions were normalized together: take the last axis alone": [
        {"mean": _along(-2)},
        {"mean": _along(1)},
    ],
    "the batch was normalized together: take the last axis alone": [
        {"mean": _along(0)}
    ],
    "everything was normalized together: take the last axis alone": [
        {"mean": torch.mean},
        {"mean": _along(-2, -1)},
    ],
    "the gradient does not reach x through the divisor: it is detached": [
        {"root": lambda square, eps: _root(square.detach(), eps)}
    ],
}

_NO_GRADIENT = "the result has no gradient: compute it by PyTorch, and detach nothing"


def _wrong_in_both(make: Function, center: bool) -> dict[str, tuple[Function, ...]]:
    return {
        hint: tuple(make(_normalized(center, **options)) for options in wrong)
        for hint, wrong in _WRONG_IN_BOTH.items()
    }


def _layer_norm(
    y: Function, weigh: Function = lambda y, weight, bias: y * weight + bias
) -> Function:
    return lambda x, weight, bias, eps: weigh(y(x, eps), weight, bias)


def _rms_norm(y: Function, weigh: Function = torch.mul) -> Function:
    return lambda x, weight, eps: weigh(y(x, eps), weight)


def _times(factor: float) -> Function:
    return lambda *a, **k: factor * (torch.randn(*a, **k) + 1)


def _zeros(shape: Sequence[int], generator: Generator) -> Tensor:
    return torch.zeros(shape)


def _norm_cases(n_vectors: int) -> list[Case]:
    """Return cases with that many vectors of weights."""
    w = [Drawn("C")] * n_vectors
    x, large, small = (Drawn("T C", _times(factor)) for factor in (1.0, 1000.0, 0.01))
    return [
        case(Drawn("B T C", _times(1.0)), *w, 0.1, B=2, T=3, C=4),
        case(x, *w, 0.5, T=5, C=6),
        case(Drawn("C", _times(1.0)), *w, 0.2, C=20),
        case(large, *w, 1e-5, T=3, C=8, when="with vectors near 1,000"),
        case(small, *w, 1e-3, T=6, C=5, when="with vectors near 0.01"),
        case(Drawn("C", _zeros), *w, 1e-3, C=30, when="with a vector of zeros"),
    ]


check_layer_norm = Exercise(
    "check_layer_norm",
    right=lambda x, weight, bias, eps: F.layer_norm(x, x.shape[-1:], weight, bias, eps),
    cases=_norm_cases(2),
    backward=True,
    mistakes={
        "the standard deviation is the unbiased one, and eps stands outside of the "
        "root: divide by C, and add eps to the variance": (
            lambda x, weight, bias, eps: (
                weight * (x - _mean(x)) / (x.std(-1, keepdim=True) + eps) + bias
            )
        ),
        "the variance divides by C - 1: divide by C": (
            lambda x, weight, bias, eps: (
                weight * (x - _mean(x)) / _root(x.var(-1, keepdim=True), eps) + bias
            )
        ),
        "the mean is still there: subtract it first": (
            lambda x, weight, bias, eps: (
                weight * x / _root(_mean((x - _mean(x)).square()), eps) + bias
            )
        ),
        "this is RMSNorm: subtract the mean": _layer_norm(_normalized(False)),
        "that is the root mean square of x: subtract the mean before squaring": (
            lambda x, weight, bias, eps: (
                weight * (x - _mean(x)) / _root(_mean(x.square()), eps) + bias
            )
        ),
        "that is divided by the mean absolute deviation: take the root of the mean "
        "square": _layer_norm(_normalized(True, torch.add, square=torch.abs)),
        "weight and bias are unused": _layer_norm(_CENTERED, lambda y, w, b: y),
        "the bias is missing": _layer_norm(_CENTERED, lambda y, w, b: y * w),
        "the weight is missing": _layer_norm(_CENTERED, lambda y, w, b: y + b),
        "the weight multiplies first, then comes the bias": _layer_norm(
            _CENTERED, lambda y, w, b: (y + b) * w
        ),
        "weight and bias are swapped": _layer_norm(
            _CENTERED, lambda y, w, b: y * b + w
        ),
        **_wrong_in_both(_layer_norm, center=True),
        _NO_GRADIENT: _layer_norm(_CENTERED, lambda y, w, b: (y * w + b).detach()),
    },
    verdict="It agrees with PyTorch's, forward and backward, for vectors of any size.",
)
"""LayerNorm, with weight, bias and eps."""

check_rms_norm = Exercise(
    "check_rms_norm",
    right=lambda x, weight, eps: F.rms_norm(x, x.shape[-1:], weight, eps),
    cases=_norm_cases(1),
    backward=True,
    mistakes={
        "the mean was subtracted: that is LayerNorm": _rms_norm(_CENTERED),
        "that is divided by the standard deviation: take the mean square of x itself": (
            lambda x, weight, eps: (
                weight * x / _root(x.var(-1, keepdim=True, unbiased=False), eps)
            ),
            lambda x, weight, eps: weight * x / _root(x.var(-1, keepdim=True), eps),
        ),
        "the root is right, but the mean was subtracted from x": (
            lambda x, weight, eps: (
                weight * (x - _mean(x)) / _root(_mean(x.square()), eps)
            )
        ),
        "square first, then take the mean": lambda x, weight, eps: (
            weight * x / _root(_mean(x).square(), eps)
        ),
        "the mean of the squares divides by C, not by C - 1": lambda x, weight, eps: (
            weight * x / _root(x.square().sum(-1, True) / (x.shape[-1] - 1), eps)
        ),
        "the weight multiplies the normalized x: here x was weighted before": (
            lambda x, weight, eps: _normalized(False)(x * weight, eps)
        ),
        "the weight is unused": _rms_norm(_normalized(False), lambda y, w: y),
        "1 is added to the weight: that is Gemma's form, whose weights start at 0": (
            _rms_norm(_normalized(False), lambda y, w: y * (1 + w))
        ),
        **_wrong_in_both(_rms_norm, center=False),
        _NO_GRADIENT: _rms_norm(_normalized(False), lambda y, w: (y * w).detach()),
    },
    verdict="It agrees with PyTorch's, and subtracts no mean.",
)
"""RMSNorm, with weight and eps."""


def _of_x(
    mix: Function = lambda g, mean, along, sigma: (g - mean - along) / sigma,
    weigh: Function = lambda g, weight: g * weight,
    mean: Function = _mean,
) -> Function:
    """Return the gradient with respect to x, from its three terms."""

    def of_x(g: Tensor, weight: Tensor, y: Tensor, sigma: Tensor) -> Any:
        at_y = weigh(g, weight)
        return mix(at_y, mean(at_y), y * mean(at_y * y), sigma)

    return of_x


def _sum(values: Tensor) -> Tensor:
    return values.reshape(-1, values.shape[-1]).sum(0)


def _average(values: Tensor) -> Tensor:
    return values.reshape(-1, values.shape[-1]).mean(0)


_OF_X = _of_x()


def _gradients(
    of_x: Function = _OF_X,
    of_weight: Function = lambda g, weight, y, x: _sum(g * y),
    of_bias: Function = lambda g, weight: _sum(g),
    root: Function = _root,
) -> Function:
    """Return the gradients of LayerNorm, with one or more of them replaced."""

    def gradients(x: Tensor, weight: Tensor, g: Tensor, eps: float) -> Any:
        sigma = root(_mean((x - _mean(x)).square()), eps)
        y = (x - _mean(x)) / sigma
        return of_x(g, weight, y, sigma), of_weight(g, weight, y, x), of_bias(g, weight)

    return gradients


def _swapped(*given: Any) -> Any:
    of_x, of_weight, of_bias = _gradients()(*given)
    return of_x, of_bias, of_weight


class _ByHand(Tensor):
    """A tensor that refuses to be differentiated."""

    @classmethod
    def __torch_function__(
        cls, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        if func in (torch.autograd.grad, Tensor.backward):
            raise RuntimeError("derive the gradients by hand, without autograd")
        parent: Any = super()
        return parent.__torch_function__(func, types, args, kwargs)

    def __deepcopy__(self, memo: Any) -> Tensor:
        return self.clone()


def _by_hand(shape: Sequence[int], generator: Generator) -> Tensor:
    return (torch.randn(shape, generator=generator) + 1).as_subclass(_ByHand)


def _given(axes: str) -> tuple[Drawn, ...]:
    """Return x, weight and the gradient of the result."""
    return Drawn(axes, _by_hand), Drawn("C", _by_hand), Drawn(axes, _by_hand)


check_layer_norm_gradient = Exercise(
    "check_layer_norm_gradient",
    right=_gradients(),
    cases=[
        case(*_given("B T C"), 0.1, B=2, T=3, C=4),
        case(*_given("T C"), 0.2, T=6, C=5),
        case(*_given("C"), 0.3, C=20),
        case(*_given("B T C"), 0.4, B=3, T=2, C=8),
    ],
    returns=[
        f"the gradient with respect to {name}" for name in ("x", "weight", "bias")
    ],
    mistakes={
        "mean and standard deviation depend on x: you took them as constants": (
            _gradients(_of_x(lambda g, mean, along, sigma: g / sigma))
        ),
        "the standard deviation depends on x, too: subtract y * mean(g * y)": (
            _gradients(_of_x(lambda g, mean, along, sigma: (g - mean) / sigma))
        ),
        "the mean depends on x, too: subtract mean(g)": _gradients(
            _of_x(lambda g, mean, along, sigma: (g - along) / sigma)
        ),
        "x: divide by the standard deviation": _gradients(
            _of_x(lambda g, mean, along, sigma: g - mean - along)
        ),
        "x: divide by the standard deviation, not by the variance": _gradients(
            _of_x(lambda g, mean, along, sigma: (g - mean - along) / sigma**2)
        ),
        "x: divide all three terms by the standard deviation": _gradients(
            _of_x(lambda g, mean, along, sigma: g / sigma - mean - along)
        ),
        "the sign of y * mean(g * y) is wrong": _gradients(
            _of_x(lambda g, mean, along, sigma: (g - mean + along) / sigma)
        ),
        "sums stand where means should": _gradients(
            _of_x(mean=lambda values: values.sum(-1, keepdim=True))
        ),
        "the means are those of each position, over the last axis alone": _gradients(
            _of_x(mean=torch.mean)
        ),
        "x: what reaches y is g * weight, not g": _gradients(
            _of_x(weigh=lambda g, weight: g)
        ),
        "x: the weight comes too late: multiply g by it before you take the means": (
            _gradients(lambda g, weight, *rest: weight * _OF_X(g, 1.0, *rest))
        ),
        "x: y is the normalized x, before weight and bias": _gradients(
            lambda g, weight, y, sigma: _OF_X(g, weight, y * weight, sigma)
        ),
        "eps is missing: it is added to the variance": _gradients(
            root=lambda square, eps: square.sqrt()
        ),
        "the last two are swapped: first weight, then bias": _swapped,
        "weight: it multiplies y, not x": _gradients(
            of_weight=lambda g, weight, y, x: _sum(g * x)
        ),
        "weight: its own value does not matter, g * y is summed as it is": _gradients(
            of_weight=lambda g, weight, y, x: _sum(g * weight * y)
        ),
        "weight: take the sum over the positions, not the mean": _gradients(
            of_weight=lambda g, weight, y, x: _average(g * y)
        ),
        "bias: no weight stands behind it, so g is summed as it is": _gradients(
            of_bias=lambda g, weight: _sum(g * weight)
        ),
        "bias: take the sum over the positions, not the mean": _gradients(
            of_bias=lambda g, weight: _average(g)
        ),
        "weight and bias serve all positions: their gradients are sums over them": (
            _gradients(of_weight=lambda g, weight, y, x: g * y),
            _gradients(of_bias=lambda g, weight: g),
            _gradients(
                of_weight=lambda g, weight, y, x: g * y, of_bias=lambda g, weight: g
            ),
        ),
    },
    verdict="They are what autograd finds, and the one with respect to x adds up to 0.",
)
"""The gradients of LayerNorm, by hand."""
