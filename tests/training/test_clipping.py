"""The same length and the same scaled gradients as PyTorch's own function."""

import math

import pytest
import torch
from torch import nn

from llm_foundations.training.optimizers import clip_gradients


def parameters() -> list[nn.Parameter]:
    source = torch.Generator().manual_seed(0)
    made = [nn.Parameter(torch.zeros(n, 3)) for n in (2, 5, 1)]
    for p in made[:2]:  # the last has no gradient
        p.grad = torch.randn(p.shape, generator=source)
    return made


@pytest.mark.parametrize("limit", [0.1, 3.0, 1e9])
def test_equals_torch(limit: float) -> None:
    ours, theirs = parameters(), parameters()
    norm = clip_gradients(ours, limit)
    torch.testing.assert_close(norm, nn.utils.clip_grad_norm_(theirs, limit))
    for p, wanted in zip(ours, theirs, strict=True):
        torch.testing.assert_close(p.grad, wanted.grad)


def test_without_a_limit_nothing_changes() -> None:
    ours, before = parameters(), parameters()
    norm = clip_gradients(ours)
    assert torch.equal(ours[1].grad, before[1].grad)
    squares = sum(p.grad.square().sum().item() for p in before[:2])
    assert norm.item() == pytest.approx(math.sqrt(squares))


def test_without_gradients_the_length_is_zero() -> None:
    assert clip_gradients([nn.Parameter(torch.ones(2))], 1.0).item() == 0.0


@pytest.mark.parametrize("limit", [0.0, -1.0, math.nan, -math.inf])
def test_a_limit_that_is_not_positive(limit: float) -> None:
    ours, before = parameters(), parameters()
    with pytest.raises(ValueError, match=f"limit must be positive, got {limit}"):
        clip_gradients(ours, limit)
    assert torch.equal(ours[1].grad, before[1].grad)


def test_an_infinite_limit_measures_alone() -> None:
    ours, before = parameters(), parameters()
    torch.testing.assert_close(clip_gradients(ours, math.inf), clip_gradients(before))
    assert torch.equal(ours[1].grad, before[1].grad)
