"""Experts against Mixtral's block and the plain form; routing by hand; balance."""

from collections.abc import Callable
from functools import partial

import pytest
import torch
from torch import nn
from transformers import MixtralConfig
from transformers.models.mixtral.modeling_mixtral import (
    MixtralSparseMoeBlock,
    load_balancing_loss_func,
)

from llm_foundations.layers.experts import (
    MixtureOfExperts,
    load_balancing_loss,
    mix_densely,
    route,
)
from llm_foundations.layers.feed_forward import SwiGLU


def layer(n_experts: int, top_k: int) -> MixtureOfExperts:
    torch.manual_seed(0)
    return MixtureOfExperts(6, partial(SwiGLU, 6, 10), n_experts, top_k)


def test_routing_by_hand() -> None:
    weights, chosen = route(torch.tensor([[1.0, 3.0, 2.0]]), top_k=2)
    assert chosen.tolist() == [[1, 2]]
    e = torch.e
    torch.testing.assert_close(weights, torch.tensor([[e / (e + 1), 1 / (e + 1)]]))


@pytest.mark.parametrize(("n_experts", "top_k"), [(4, 2), (3, 1), (5, 5), (1, 1)])
def test_equals_mixtral_and_the_plain_form(n_experts: int, top_k: int) -> None:
    ours, x = layer(n_experts, top_k), torch.randn(2, 7, 6)
    config = MixtralConfig(
        hidden_size=6,
        intermediate_size=10,
        num_attention_heads=1,
        num_key_value_heads=1,
        num_local_experts=n_experts,
        num_experts_per_tok=top_k,
    )
    theirs = MixtralSparseMoeBlock(config)
    gates = [torch.cat((e.gate_proj.weight, e.up_proj.weight)) for e in ours.experts]
    theirs.gate.weight.data = ours.router.weight.detach()
    theirs.experts.gate_up_proj.data = torch.stack(gates).detach()
    downs = torch.stack([e.down_proj.weight for e in ours.experts])
    theirs.experts.down_proj.data = downs.detach()
    expected = theirs(x)
    torch.testing.assert_close(ours(x), expected)
    torch.testing.assert_close(mix_densely(ours, x), expected)
    ours(x).square().sum().backward()
    expected.square().sum().backward()
    torch.testing.assert_close(ours.router.weight.grad, theirs.gate.weight.grad)
    for expert, theirs_down in zip(
        ours.experts, theirs.experts.down_proj.grad, strict=True
    ):
        torch.testing.assert_close(expert.down_proj.weight.grad, theirs_down)


def test_no_token_is_dropped_when_all_choose_one_expert() -> None:
    ours = layer(4, 1)
    nn.init.zeros_(ours.router.weight)
    with torch.no_grad():
        ours.router.weight[2] = 1.0
    x = torch.rand(1, 50, 6)
    torch.testing.assert_close(ours(x), ours.experts[2](x))


@pytest.mark.parametrize("top_k", [1, 2])
def test_the_balancing_loss_equals_transformers(top_k: int) -> None:
    logits = torch.randn(20, 5, requires_grad=True)
    loss = load_balancing_loss(logits, top_k)
    expected = load_balancing_loss_func((logits,), 5, top_k)
    torch.testing.assert_close(loss, expected)
    gradients = [torch.autograd.grad(value, logits) for value in (loss, expected)]
    torch.testing.assert_close(*gradients)


def test_balance_is_worth_top_k_and_collapse_more() -> None:
    even = torch.eye(4).repeat(5, 1) * 30
    assert load_balancing_loss(even, 1).item() == pytest.approx(1.0)
    collapsed = torch.tensor([[30.0, 0.0, 0.0, 0.0]]).expand(20, 4)
    assert load_balancing_loss(collapsed, 1).item() == pytest.approx(4.0)


def test_the_logits_of_the_last_call_can_be_balanced() -> None:
    ours = layer(4, 2)
    ours(torch.randn(2, 3, 6))
    assert ours.router_logits is not None
    load_balancing_loss(ours.router_logits, 2).backward()
    assert ours.router.weight.grad is not None
    assert ours.router.weight.grad.any()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: layer(4, 5), "top_k must be in 1 to 4, got 5"),
        (lambda: layer(4, 0), "top_k must be in 1 to 4, got 0"),
        (lambda: layer(0, 1), "n_experts must be at least 1, got 0"),
        (lambda: route(torch.zeros(2, 3), 4), "top_k must be in 1 to 3, got 4"),
        (lambda: load_balancing_loss(torch.zeros(2, 3), 0), "top_k must be in 1 to 3"),
        (
            lambda: load_balancing_loss(torch.zeros(2, 3, 4), 1),
            r"router_logits must be one row per token, got shape \(2, 3, 4\)",
        ),
    ],
)
def test_more_experts_than_there_are(call: Callable, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_tokens_of_another_width() -> None:
    with pytest.raises(ValueError, match=r"x must have 6 features .* shape \(2, 5\)"):
        layer(4, 2)(torch.zeros(2, 5))
