"""The checker of a reader's own scaled dot-product attention."""

import math

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
from llm_foundations.layers import attention as reference


@checker("Shapes, scale, softmax, masks, big scores and batches agree with PyTorch.")
def check_attention(attention: Function) -> None:
    """Check a reader's scaled dot-product attention.

    Args:
        attention: Takes `q, k, v, mask=None`; returns the mixed values and the
            weights. The mask is bool, True = may attend.
    """
    generator = torch.Generator().manual_seed(0)
    q = torch.randn(3, 4, generator=generator)
    k, v = torch.randn(2, 5, 4, generator=generator)
    weights = _check_weights(attention, q, k, v)
    _check_mixing(attention, q, k, v, weights)
    _check_masking(attention, q, k, v)
    _check_big_scores(attention)
    _check_batches(attention)


def _check_weights(attention: Function, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    result = call(attention, q, k, v, when="with 3 queries and 5 keys")
    require(
        isinstance(result, tuple) and len(result) == 2,
        "return two things: the mixed values and the weights",
    )
    weights: Tensor = result[1]
    require(
        isinstance(weights, Tensor) and weights.shape == (3, 5),
        f"3 queries and 5 keys need weights of shape (3, 5), got {shape_of(weights)}",
    )
    _explain_weights(weights, q @ k.T)
    return weights


def _explain_weights(weights: Tensor, products: Tensor) -> None:
    total = weights[0].sum().item()
    hint = ": softmax over the wrong axis?" if _sums_to_one(weights.T) else ""
    require(
        _sums_to_one(weights),
        f"the weights of a row add up to {total:.2f}, not 1{hint}",
    )
    require(
        not same(products.softmax(-1), weights),
        "the scores were not divided by sqrt(d_head)",
    )
    require(
        not same((products / 4).softmax(-1), weights),
        "the scores were divided by d_head: take its square root",
    )
    require(
        not same((products / math.sqrt(5)).softmax(-1), weights),
        "the scores were divided by the root of the number of keys, not of d_head",
    )
    require(
        same((products / 2).softmax(-1), weights),
        "the weights are not softmax(q @ k.T / sqrt(d_head))",
    )


def _sums_to_one(weights: Tensor) -> bool:
    return same(torch.ones(len(weights)), weights.sum(-1))


def _check_mixing(
    attention: Function, q: Tensor, k: Tensor, v: Tensor, weights: Tensor
) -> None:
    mixed = attention(q, k, v)[0]
    require(
        not same(weights @ k, mixed), "the keys were mixed: mix the values, weights @ v"
    )
    require(same(weights @ v, mixed), "the mixed values are not weights @ v")


def _check_masking(attention: Function, q: Tensor, k: Tensor, v: Tensor) -> None:
    mask = torch.tensor([[1, 0, 0, 0, 0], [1, 1, 1, 1, 0], [0, 0, 1, 1, 1]]).bool()
    weights = call(attention, q, k, v, mask, when="with a mask")[1]
    expected = reference.scaled_dot_product_attention(q, k, v, mask)[1]
    unmasked = reference.scaled_dot_product_attention(q, k, v)[1]
    inverted = reference.scaled_dot_product_attention(q, k, v, ~mask)[1]
    require(not same(unmasked, weights), "the mask changes nothing")
    require(
        not same(inverted, weights),
        "the mask is upside down: True means that a query may attend",
    )
    hidden = weights[~mask].abs().max().item()
    require(
        hidden < 1e-6,
        f"a masked key still gets a weight of {hidden:.3f}: "
        "set its score to -inf, not to 0",
    )
    total = weights[0].sum().item()
    require(
        _sums_to_one(weights),
        f"under a mask a row adds up to {total:.2f}: mask before softmax, not after",
    )
    require(same(expected, weights), "the masked weights differ from PyTorch's")


def _check_big_scores(attention: Function) -> None:
    q, k = torch.tensor([[400.0, 0.0]]), torch.tensor([[1.0, 0.0], [2.0, 0.0]])
    weights = call(attention, q, k, k, when="with scores near 500")[1]
    require(
        weights.isfinite().all(),
        "scores near 500 give nan: subtract the largest score before exp",
    )


def _check_batches(attention: Function) -> None:
    generator = torch.Generator().manual_seed(1)
    q, k, v = torch.randn(3, 2, 4, 6, generator=generator)
    expected = reference.scaled_dot_product_attention(q, k, v)
    result = call(attention, q, k, v, when="with a batch of 2 (three axes)")
    require(
        all(map(same, expected, result)),
        "a batch of 2 differs from its two rows done alone: "
        "transpose and softmax over the last axes only",
    )
