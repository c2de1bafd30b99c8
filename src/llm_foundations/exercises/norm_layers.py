"""Checkers of the lesson on normalization: LayerNorm, RMSNorm and their gradient."""

from typing import Any

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
"""So large that it shows where it stands."""


@checker("Mean 0 and variance 1 for the one, mean square 1 for the other.")
def check_norms_by_hand(norms: Function) -> None:
    """Check LayerNorm and RMSNorm of (2, 4, 4, 6), both without weights.

    Args:
        norms: Takes nothing; returns two lists of four numbers, right to 0.01.
    """
    returned = call(norms, when="called without arguments")
    require(returned is not None, "nothing came back: return the lists")
    two = isinstance(returned, tuple | list | Tensor) and len(returned) == 2
    require(two, f"return two lists, got {returned!r}")
    layer, rms = _four(returned[0], "LayerNorm"), _four(returned[1], "RMSNorm")
    x = torch.tensor([2.0, 4.0, 4.0, 6.0])
    wrong_layer = {
        "this is RMSNorm: LayerNorm comes first, and takes the mean away": x / 18**0.5,
        "the variance divides by 4, the number of values, not by 3": (x - 4)
        / (8 / 3) ** 0.5,
        "that is divided by the variance: take its root": (x - 4) / 2,
        "the mean is still there: 4 becomes 0": x / 2**0.5,
    }
    _compare(layer, (x - 4) / 2**0.5, wrong_layer, "LayerNorm")
    wrong_rms = {
        "that is divided by the root of the sum: take the mean of the squares": x
        / 72**0.5,
        "that is divided by the mean square: take its root": x / 18,
        "RMSNorm takes no mean away": (x - 4) / 2**0.5,
    }
    _compare(rms, x / 18**0.5, wrong_rms, "RMSNorm")


def _four(numbers: Any, name: str) -> Tensor:
    try:
        found = torch.as_tensor(numbers, dtype=torch.float32)
    except (TypeError, ValueError, RuntimeError):
        found = torch.empty(0)
    require(found.shape == (4,), f"{name} has four numbers, got {numbers!r}")
    return found


def _compare(given: Tensor, right: Tensor, wrong: dict[str, Tensor], name: str) -> None:
    for mistake, numbers in wrong.items():
        require(not _near(given, numbers), mistake)
    said = ", ".join(f"{v:.2f}" for v in given.tolist())
    require(_near(given, right), f"{name} begins with {right[0]:.2f}; got {said}")


def _near(ours: Tensor, theirs: Tensor) -> bool:
    return bool(((ours - theirs).abs() < 0.011).all())


@checker("It agrees with PyTorch's, for large and small vectors and for zeros.")
def check_layer_norm(layer_norm: Function) -> None:
    """Check LayerNorm.

    Args:
        layer_norm: Takes `x, weight, bias, eps`; returns a tensor of x's shape.
    """
    x, weight, bias, _ = _inputs()
    result = _norm_of(layer_norm, x, weight, bias)
    y = F.layer_norm(x, (8,), eps=_EPS)
    wrong = {
        mistake: numbers * weight + bias
        for mistake, numbers in _wrong_layer_norms(x).items()
    }
    wrong |= {
        "weight and bias are unused": y,
        "the bias is missing": y * weight,
        "the weight is missing": y + bias,
        "the weight multiplies first, then comes the bias": (y + bias) * weight,
        "weight and bias are swapped": y * bias + weight,
    }
    refuse(result, wrong)
    require(
        same(F.layer_norm(x, (8,), weight, bias, _EPS), result),
        "the result differs from PyTorch's",
    )
    _check_sizes(layer_norm, F.layer_norm, x, weight, bias)


def _inputs() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return x, weight, bias and a gradient, the last of x's shape."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, 3, 8, generator=generator) + 1
    weight, bias = torch.randn(2, 8, generator=generator)
    return x, weight, bias, x.flip(-1).sin()


def _norm_of(norm: Function, x: Tensor, *weights: Tensor) -> Any:
    copies = [tensor.clone() for tensor in (x, *weights)]
    result = call(norm, *copies, _EPS, when="with a (2, 3, 8) tensor")
    _require_shape(result, (2, 3, 8))
    return result


def _require_shape(result: Any, shape: tuple[int, ...]) -> None:
    found = shape_of(result)
    require(found == shape, f"{shape} stays {shape}, got {found}")


def _mean(values: Tensor) -> Tensor:
    return values.mean(-1, keepdim=True)


def _wrong_layer_norms(x: Tensor) -> dict[str, Tensor]:
    centred, spread = x - _mean(x), x.std(-1, keepdim=True)
    variance = _mean(centred.square())
    words, batch = ((x - x.mean(d, True)) for d in (1, 0))
    return {
        "the spread is the unbiased one and eps stands outside of the root: "
        "divide by C, and add eps to the variance": centred / (spread + _EPS),
        "the variance divides by C - 1: unbiased=False": centred
        / (spread**2 + _EPS).sqrt(),
        "eps stands outside of the root: add it to the variance": centred
        / (variance.sqrt() + _EPS),
        "eps is missing": centred / variance.sqrt(),
        "eps is 1e-5, whatever was given": centred / (variance + 1e-5).sqrt(),
        "the root is missing": centred / (variance + _EPS),
        "the mean is still there: take it away first": x / (variance + _EPS).sqrt(),
        "this is RMSNorm: take the mean away": F.rms_norm(x, (8,), eps=_EPS),
        "everything was normalised together: take the last axis alone": F.layer_norm(
            x, x.shape, eps=_EPS
        ),
        "the positions were normalised together: take the last axis alone": words
        / (words.square().mean(1, True) + _EPS).sqrt(),
        "the batch was normalised together: take the last axis alone": batch
        / (batch.square().mean(0, True) + _EPS).sqrt(),
    }


def _check_sizes(
    norm: Function, right: Function, x: Tensor, *weights: Tensor, eps: float = 1e-5
) -> None:
    for factor in (1000.0, 0.001):
        copies = [tensor.clone() for tensor in (factor * x, *weights)]
        when = f"with vectors {factor:g} times as large"
        result = call(norm, *copies, eps, when=when)
        expected = right(factor * x, (8,), *weights, eps)
        require(same(expected, result), f"{when} the result differs from PyTorch's")
    result = call(norm, torch.zeros(8), *weights, eps, when="with one vector of zeros")
    _require_shape(result, (8,))
    require(
        result.isfinite().all(),
        "a vector of zeros gives nan: eps must keep the root above 0",
    )


@checker("It agrees with PyTorch's, and takes no mean away.")
def check_rms_norm(rms_norm: Function) -> None:
    """Check RMSNorm.

    Args:
        rms_norm: Takes `x, weight, eps`; returns a tensor of x's shape.
    """
    x, weight, *_ = _inputs()
    result = _norm_of(rms_norm, x, weight)
    wrong = {
        mistake: numbers * weight for mistake, numbers in _wrong_rms_norms(x).items()
    }
    y = F.rms_norm(x, (8,), eps=_EPS)
    wrong |= {
        "the weight is unused": y,
        "1 is added to the weight: that is Gemma's form, whose weights start at 0": y
        * (1 + weight),
    }
    refuse(result, wrong)
    require(
        same(F.rms_norm(x, (8,), weight, _EPS), result),
        "the result differs from PyTorch's",
    )
    _check_sizes(rms_norm, F.rms_norm, x, weight)


def _wrong_rms_norms(x: Tensor) -> dict[str, Tensor]:
    square = _mean(x.square())
    return {
        "the mean was taken away: that is LayerNorm": F.layer_norm(x, (8,), eps=_EPS),
        "divided by the length: take the mean of the squares, not their sum": x
        / (8 * square + _EPS).sqrt(),
        "eps stands outside of the root: add it to the mean square": x
        / (square.sqrt() + _EPS),
        "eps is missing, or is not the one given": x / square.sqrt(),
        "the root is missing": x / (square + _EPS),
        "the positions were normalised together: take the last axis alone": x
        / (x.square().mean(1, True) + _EPS).sqrt(),
    }
