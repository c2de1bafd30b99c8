"""Checkers of the lesson on normalization: LayerNorm, RMSNorm and their gradient."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from llm_foundations.exercises.checking import (
    Function,
    call,
    checker,
    require,
    same,
    shape_of,
)


@checker("Mean 0 and variance 1 for the one, mean square 1 for the other.")
def check_norms_by_hand(norms: Function) -> None:
    """Check LayerNorm and RMSNorm of (2, 4, 4, 6), both without weights.

    Args:
        norms: Takes nothing; returns two lists of four numbers, right to 0.01.
    """
    returned = call(norms, when="called without arguments")
    require(returned is not None, "nothing came back: return the lists")
    require(len(returned) == 2, f"return two lists, got {len(returned)} things")
    layer, rms = ([float(v) for v in numbers] for numbers in returned)
    root = 2**0.5
    centred = [-2.0, 0.0, 0.0, 2.0]
    wrong_layer = {
        "this is RMSNorm: LayerNorm comes first, and takes the mean away": [
            v / 18**0.5 for v in (2, 4, 4, 6)
        ],
        "the variance divides by 4, the number of values, not by 3": [
            v / (8 / 3) ** 0.5 for v in centred
        ],
        "that is divided by the variance: take its root": [v / 2 for v in centred],
        "the mean is still there: 4 becomes 0": [v / root for v in (2, 4, 4, 6)],
    }
    _refuse(layer, wrong_layer)
    _require_near(layer, [v / root for v in centred], "LayerNorm")
    wrong_rms = {
        "that is divided by the root of the sum: take the mean of the squares": [
            v / 72**0.5 for v in (2, 4, 4, 6)
        ],
        "that is divided by the mean square: take its root": [
            v / 18 for v in (2, 4, 4, 6)
        ],
        "RMSNorm takes no mean away": [v / root for v in centred],
    }
    _refuse(rms, wrong_rms)
    _require_near(rms, [v / 18**0.5 for v in (2, 4, 4, 6)], "RMSNorm")


def _refuse(given: list[float], wrong: Mapping[str, list[float]]) -> None:
    for mistake, numbers in wrong.items():
        require(not _near(given, numbers), mistake)


def _require_near(given: list[float], right: list[float], name: str) -> None:
    said = ", ".join(f"{v:.2f}" for v in given)
    starts = f"{right[0]:.2f}"
    require(_near(given, right), f"{name} begins with {starts}; got {said}")


def _near(ours: list[float], theirs: list[float]) -> bool:
    pairs = list(zip(ours, theirs, strict=False))
    return len(ours) == len(theirs) and all(abs(a - b) < 0.011 for a, b in pairs)


@checker("It agrees with PyTorch's, for large and small vectors and for constant ones.")
def check_layer_norm(layer_norm: Function) -> None:
    """Check LayerNorm.

    Args:
        layer_norm: Takes `x, weight, bias, eps`; returns a tensor of x's shape.
    """
    x, weight, bias = _inputs()
    # An eps as large as this shows where it stands.
    given = (x, weight, bias, 0.1)
    result = call(layer_norm, *given, when="with a (2, 3, 8) tensor")
    require(
        shape_of(result) == (2, 3, 8),
        f"(2, 3, 8) stays (2, 3, 8), got {shape_of(result)}",
    )
    for mistake, numbers in _wrong_layer_norms(x).items():
        require(not same(numbers * weight + bias, result), mistake)
    right = F.layer_norm(x, (8,), eps=0.1)
    require(not same(right, result), "weight and bias are unused")
    require(not same(right * weight, result), "the bias is missing")
    require(
        not same((right + bias) * weight, result),
        "the weight multiplies first, then comes the bias",
    )
    _check_against(result, F.layer_norm(x, (8,), weight, bias, 0.1))
    _check_constant(layer_norm, weight, bias)


def _wrong_layer_norms(x: Tensor) -> dict[str, Tensor]:
    centred, spread = x - x.mean(-1, keepdim=True), x.std(-1, keepdim=True)
    variance = centred.square().mean(-1, keepdim=True)
    words, batch = ((x - x.mean(d, True)) for d in (1, 0))
    return {
        "the spread is the unbiased one and eps stands outside of the root: "
        "divide by C, and add eps to the variance": centred / (spread + 0.1),
        "the variance divides by C - 1: unbiased=False": centred
        / (spread**2 + 0.1).sqrt(),
        "eps stands outside of the root: add it to the variance": centred
        / (variance.sqrt() + 0.1),
        "eps is missing": centred / variance.sqrt(),
        "the root is missing": centred / (variance + 0.1),
        "the mean is still there: take it away first": x / (variance + 0.1).sqrt(),
        "the positions were normalised together: take the last axis alone": words
        / (words.square().mean(1, True) + 0.1).sqrt(),
        "the batch was normalised together: take the last axis alone": batch
        / (batch.square().mean(0, True) + 0.1).sqrt(),
    }


def _inputs() -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, 3, 8, generator=generator) + 1
    weight, bias = torch.randn(2, 8, generator=generator)
    return x, weight, bias


def _check_against(result: Tensor, expected: Tensor) -> None:
    require(same(expected, result), "the result differs from PyTorch's")


def _check_constant(norm: Function, *weights: Tensor) -> None:
    result = call(norm, torch.zeros(1, 8), *weights, 1e-5, when="with a zero vector")
    finite = isinstance(result, Tensor) and result.isfinite().all()
    require(finite, "a vector of zeros gives nan: eps must keep the root above 0")


@checker("It agrees with PyTorch's, and takes no mean away.")
def check_rms_norm(rms_norm: Function) -> None:
    """Check RMSNorm.

    Args:
        rms_norm: Takes `x, weight, eps`; returns a tensor of x's shape.
    """
    x, weight, _ = _inputs()
    result = call(rms_norm, x, weight, 0.1, when="with a (2, 3, 8) tensor")
    require(
        shape_of(result) == (2, 3, 8),
        f"(2, 3, 8) stays (2, 3, 8), got {shape_of(result)}",
    )
    square = x.square().mean(-1, keepdim=True)
    right = x / (square + 0.1).sqrt()
    wrong = {
        "the mean was taken away: that is LayerNorm": F.layer_norm(x, (8,), eps=0.1),
        "divided by the length: take the mean of the squares, not their sum": x
        / (8 * square + 0.1).sqrt(),
        "eps stands outside of the root: add it to the mean square": x
        / (square.sqrt() + 0.1),
        "eps is missing": x / square.sqrt(),
        "the root is missing": x / (square + 0.1),
        "the positions were normalised together: take the last axis alone": x
        / (x.square().mean(1, True) + 0.1).sqrt(),
    }
    for mistake, numbers in wrong.items():
        require(not same(numbers * weight, result), mistake)
    require(not same(right, result), "the weight is unused")
    require(
        not same(right * (1 + weight), result),
        "1 is added to the weight: that is Gemma's form, whose weights start at 0",
    )
    _check_against(result, F.rms_norm(x, (8,), weight, 0.1))
    _check_constant(rms_norm, weight)


@checker("It is what autograd finds, and it adds up to 0.")
def check_layer_norm_gradient(gradient: Function) -> None:
    """Check the gradient of LayerNorm without weights, written by hand.

    Args:
        gradient: Takes `x`, the gradient `g` of the loss by the result, and `eps`;
            returns the gradient of the loss by x.
    """
    (x, *_), eps = _inputs(), 0.1
    g = x.flip(-1).sin()
    result = call(gradient, x, g, eps, when="with two (2, 3, 8) tensors")
    require(
        shape_of(result) == (2, 3, 8),
        f"(2, 3, 8) stays (2, 3, 8), got {shape_of(result)}",
    )

    def mean(values: Tensor) -> Tensor:
        return values.mean(-1, keepdim=True)

    spread = (mean((x - mean(x)).square()) + eps).sqrt()
    y = (x - mean(x)) / spread
    along = y * mean(g * y)
    wrong = {
        "mean and spread move with x: you took them as constants": g / spread,
        "the spread moves with x, too: take away y * mean(g * y)": (g - mean(g))
        / spread,
        "the mean moves with x, too: take away mean(g)": (g - along) / spread,
        "divide by the spread": g - mean(g) - along,
        "the sign of y * mean(g * y) is wrong": (g - mean(g) + along) / spread,
        "sums stand where means should": (g - 8 * mean(g) - 8 * along) / spread,
    }
    for mistake, numbers in wrong.items():
        require(not same(numbers, result), mistake)
    leaf = x.clone().requires_grad_()
    with torch.enable_grad():
        expected: Any = torch.autograd.grad(F.layer_norm(leaf, (8,), eps=eps), leaf, g)
    require(same(expected[0], result), "the result differs from autograd's")
