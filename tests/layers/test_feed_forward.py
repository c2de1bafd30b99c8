"""Feed-forward layers by hand and against Transformers' and PyTorch's own."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from transformers import LlamaConfig, T5Config
from transformers.activations import ACT2FN
from transformers.models.llama.modeling_llama import LlamaMLP
from transformers.models.t5.modeling_t5 import T5DenseGatedActDense

from llm_foundations.layers.feed_forward import (
    GEGLU,
    FeedForward,
    GatedFeedForward,
    SwiGLU,
    gelu_tanh,
)


def test_by_hand() -> None:
    layer = FeedForward(d_model=1, d_ff=2, activation=F.relu)
    layer.load_state_dict(
        {
            "up_proj.weight": torch.tensor([[1.0], [-1.0]]),
            "up_proj.bias": torch.tensor([0.0, 1.0]),
            "down_proj.weight": torch.tensor([[10.0, 100.0]]),
            "down_proj.bias": torch.tensor([5.0]),
        }
    )
    # 3 -> (3, -2) -> (3, 0) -> 35; -3 -> (-3, 4) -> (0, 4) -> 405
    assert layer(torch.tensor([[3.0], [-3.0]])).tolist() == [[35.0], [405.0]]


def test_a_gate_multiplies() -> None:
    layer = GatedFeedForward(1, 1, F.relu)
    for parameter, value in zip(layer.parameters(), (2.0, 3.0, 5.0), strict=True):
        nn.init.constant_(parameter, value)
    # relu(2 x) * 3 x * 5
    assert layer(torch.tensor([[1.0], [-1.0]])).tolist() == [[30.0], [0.0]]


def test_gelu_by_its_formula_and_as_gpt2_computes_it() -> None:
    x = torch.linspace(-6, 6, 101).double()
    inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
    expected = 0.5 * x * (1 + torch.tanh(inner))
    torch.testing.assert_close(gelu_tanh(x), expected, rtol=0, atol=1e-10)
    torch.testing.assert_close(gelu_tanh(x), ACT2FN["gelu_new"](x))
    assert (gelu_tanh(x) - F.gelu(x)).abs().max() < 0.0005


def references() -> list[tuple[nn.Module, nn.Module, dict[str, str]]]:
    """Our layer, theirs, and their names for ours."""
    llama = LlamaConfig(hidden_size=6, intermediate_size=10, num_attention_heads=1)
    t5 = T5Config(d_model=6, d_ff=10, dense_act_fn="gelu_new", dropout_rate=0.0)
    torch_layer = nn.Sequential(nn.Linear(6, 10), nn.GELU(), nn.Linear(10, 6))
    return [
        (FeedForward(6, 10, F.gelu), torch_layer, {"up_proj": "0", "down_proj": "2"}),
        (SwiGLU(6, 10), LlamaMLP(llama), {}),
        (
            GEGLU(6, 10),
            T5DenseGatedActDense(t5),
            {"gate_proj": "wi_0", "up_proj": "wi_1", "down_proj": "wo"},
        ),
    ]


@pytest.mark.parametrize("which", [0, 1, 2])
def test_equals_the_references_forward_and_gradients(which: int) -> None:
    ours, theirs, names = references()[which]
    state = {
        f"{names.get(part, part)}.{kind}": tensor
        for part, kind, tensor in (
            (*name.split("."), tensor) for name, tensor in ours.state_dict().items()
        )
    }
    theirs.load_state_dict(state)
    x = torch.randn(2, 3, 6)
    torch.testing.assert_close(ours(x), theirs(x))
    ours(x).square().sum().backward()
    theirs(x).square().sum().backward()
    gradients = dict(theirs.named_parameters())
    for name, parameter in ours.named_parameters():
        part, kind = name.split(".")
        theirs_too = gradients[f"{names.get(part, part)}.{kind}"].grad
        torch.testing.assert_close(parameter.grad, theirs_too)


@pytest.mark.parametrize("layer", [FeedForward, SwiGLU, GEGLU])
def test_a_width_is_at_least_1(layer: type) -> None:
    with pytest.raises(ValueError, match="d_model must be at least 1, got 0"):
        layer(0, 4)
    with pytest.raises(ValueError, match="d_ff must be at least 1, got -4"):
        layer(4, -4)


@pytest.mark.parametrize("layer", [FeedForward, SwiGLU, GEGLU])
def test_vectors_of_another_width(layer: type) -> None:
    with pytest.raises(ValueError, match=r"x must have 4 features .* shape \(2, 5\)"):
        layer(4, 8)(torch.zeros(2, 5))
