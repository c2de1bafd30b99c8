"""Additive biases: the plain form against the kernel, a loop, and the bool mask."""

import re

import pytest
import torch
from torch.nn import functional as F

from llm_foundations.layers.attention import (
    biased_attention,
    scaled_dot_product_attention,
)
from llm_foundations.layers.masks import causal_mask
from tests.layers import naive


@pytest.mark.parametrize("scale", [None, 1.0])
def test_equals_the_kernel_forward_and_gradient(scale: float | None) -> None:
    q, k, v = torch.randn(3, 2, 4, 5, 6, requires_grad=True)
    bias = torch.randn(1, 4, 5, 5).masked_fill(~causal_mask(5), float("-inf"))
    bias[:, :, 3] = float("-inf")  # one query may read nothing
    bias.requires_grad_()
    plain, _ = biased_attention(q, k, v, bias, scale)
    fast = F.scaled_dot_product_attention(q, k, v, attn_mask=bias, scale=scale)
    torch.testing.assert_close(plain, fast)
    gradients = [
        torch.autograd.grad(result.square().sum(), (q, k, v, bias))
        for result in (plain, fast)
    ]
    torch.testing.assert_close(*gradients)


@torch.no_grad()
def test_equals_a_naive_loop_in_double_precision() -> None:
    q, k, v = torch.randn(3, 2, 3, 4, 5).double()
    bias = torch.randn(1, 3, 4, 4).double()
    mixed, weights = biased_attention(q, k, v, bias, scale=0.3)
    expected = naive.attention(q, k, v, bias, scale=0.3)
    torch.testing.assert_close(mixed, expected, rtol=0, atol=1e-10)
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 3, 4).double())


def test_minus_infinity_is_a_mask() -> None:
    q, k, v = torch.randn(3, 2, 4, 5)
    mask = causal_mask(4)
    bias = torch.zeros(4, 4).masked_fill(~mask, float("-inf"))
    torch.testing.assert_close(
        biased_attention(q, k, v, bias), scaled_dot_product_attention(q, k, v, mask)
    )


@pytest.mark.parametrize("shape", [(2, 3, 4), (3, 5), (2, 1)])
def test_a_bias_of_another_shape(shape: tuple[int, ...]) -> None:
    q, k = torch.zeros(3, 8), torch.zeros(4, 8)
    message = re.escape(f"bias of shape {shape} does not fit scores of shape (3, 4)")
    with pytest.raises(ValueError, match=message):
        biased_attention(q, k, k, torch.zeros(shape))
