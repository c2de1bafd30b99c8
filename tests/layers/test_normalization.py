"""Norms by hand, against PyTorch and Llama's own, and under their invariances."""

import math

import pytest
import torch
from torch import nn
from transformers.models.llama.modeling_llama import LlamaRMSNorm

from llm_foundations.layers.normalization import (
    LayerNorm,
    RMSNorm,
    layer_norm,
    rms_norm,
)


def test_by_hand() -> None:
    x, one, zero = torch.tensor([2.0, 4.0, 6.0]), torch.ones(3), torch.zeros(3)
    root = (8 / 3) ** 0.5  # the variance divides by 3, not by 2
    expected = torch.tensor([-2 / root, 0.0, 2 / root])
    torch.testing.assert_close(layer_norm(x, one, zero, eps=0.0), expected)
    expected = x / (56 / 3) ** 0.5
    torch.testing.assert_close(rms_norm(x, one, eps=0.0), expected)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (LayerNorm(7, 1e-5), nn.LayerNorm(7, 1e-5)),
        (LayerNorm(1, 1e-12), nn.LayerNorm(1, 1e-12)),
        (RMSNorm(7, 1e-6), nn.RMSNorm(7, 1e-6)),
        (RMSNorm(8, 1e-5), LlamaRMSNorm(8, 1e-5)),
    ],
)
def test_equals_the_references_forward_and_gradients(
    ours: nn.Module, theirs: nn.Module
) -> None:
    for parameter in ours.parameters():
        nn.init.normal_(parameter)
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(2, 3, *ours.weight.shape)
    results, gradients = [], []
    for layer in (ours, theirs):
        copy = x.clone().requires_grad_()
        results.append(layer(copy))
        inputs = [copy, *layer.parameters()]
        gradients.append(torch.autograd.grad(results[-1].pow(3).sum(), inputs))
    torch.testing.assert_close(*results)
    torch.testing.assert_close(*gradients)


def test_the_plain_forms_equal_the_fused_ones() -> None:
    x, weight, bias = torch.randn(4, 6).double(), torch.randn(6), torch.randn(6)
    layer, rms = LayerNorm(6, 1e-3), RMSNorm(6, 1e-3)
    layer.load_state_dict({"weight": weight, "bias": bias})
    rms.load_state_dict({"weight": weight})
    weight, bias = weight.double(), bias.double()
    close = {"rtol": 0, "atol": 1e-10}
    expected = layer_norm(x, weight, bias, 1e-3)
    torch.testing.assert_close(layer.double()(x), expected, **close)
    torch.testing.assert_close(rms.double()(x), rms_norm(x, weight, 1e-3), **close)


def test_what_each_norm_does_not_see() -> None:
    x, one = torch.randn(3, 5).double(), torch.ones(5).double()
    zero = torch.zeros(5).double()
    shifted_and_scaled = layer_norm(3 * x + 7, one, zero, 0.0)
    torch.testing.assert_close(shifted_and_scaled, layer_norm(x, one, zero, 0.0))
    torch.testing.assert_close(rms_norm(3 * x, one, 0.0), rms_norm(x, one, 0.0))
    assert not torch.allclose(rms_norm(x + 7, one, 0.0), rms_norm(x, one, 0.0))


def test_a_zero_vector_stays_zero() -> None:
    assert not LayerNorm(4)(torch.zeros(1, 4)).any()
    assert not RMSNorm(4)(torch.zeros(1, 4)).any()


@pytest.mark.parametrize("layer", [LayerNorm, RMSNorm])
@pytest.mark.parametrize("eps", [-1e-5, math.nan])
def test_an_eps_that_would_not_protect(layer: type, eps: float) -> None:
    with pytest.raises(ValueError, match=f"norm_eps must be .* got {eps}"):
        layer(4, eps)
    with pytest.raises(ValueError, match="d_model must be at least 1, got 0"):
        layer(0)


@pytest.mark.parametrize("layer", [LayerNorm, RMSNorm])
@pytest.mark.parametrize("width", [1, 5])
def test_vectors_of_another_width(layer: type, width: int) -> None:
    with pytest.raises(ValueError, match=rf"4 features .* got shape \(2, {width}\)"):
        layer(4)(torch.zeros(2, width))


@pytest.mark.parametrize("shape", [(1,), (5,), (2, 4)])
def test_weights_of_another_width(shape: tuple[int, ...]) -> None:
    x, weight, fits = torch.zeros(2, 4), torch.ones(shape), torch.ones(4)
    for call in (
        lambda: layer_norm(x, weight, fits),
        lambda: layer_norm(x, fits, weight),
        lambda: rms_norm(x, weight),
    ):
        with pytest.raises(ValueError, match=r"do not fit vectors of shape \(2, 4\)"):
            call()
