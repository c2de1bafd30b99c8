"""The drawn weights have the deviation that was asked for, and it does its work."""

import math

import pytest
import torch
from torch import nn

from llm_foundations.training.initialization import (
    init_weights,
    kaiming_std,
    xavier_std,
)


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.up_proj = nn.Linear(300, 600)
        self.down_proj = nn.Linear(600, 300)
        self.norm = nn.LayerNorm(300)


def test_deviations_biases_and_norms() -> None:
    torch.manual_seed(0)
    model = nn.ModuleDict({"embedding": nn.Embedding(500, 300), "block": Block()})
    init_weights(model, std=0.02, n_layers=8)
    block = model["block"]
    assert model["embedding"].weight.std().item() == pytest.approx(0.02, rel=0.02)
    assert block.up_proj.weight.std().item() == pytest.approx(0.02, rel=0.02)
    assert block.down_proj.weight.std().item() == pytest.approx(0.005, rel=0.02)
    assert not block.up_proj.bias.any()
    assert torch.equal(block.norm.weight, torch.ones(300))


def test_the_residual_stream_keeps_its_size() -> None:
    # The argument: 2 N sums of deviation s / root(2 N) have the deviation s.
    torch.manual_seed(0)
    for n_layers in (2, 32):
        parts = [
            nn.ModuleDict({"o_proj": nn.Linear(64, 64)}) for _ in range(2 * n_layers)
        ]
        init_weights(nn.ModuleList(parts), std=0.125, n_layers=n_layers)
        x = torch.randn(1000, 64)
        total = sum(part["o_proj"](x) for part in parts)
        assert total.std().item() == pytest.approx(1.0, rel=0.05)


def test_signals_keep_their_size_through_ten_layers() -> None:
    torch.manual_seed(0)
    relu = linear = torch.randn(500, 256)
    for _ in range(10):
        relu = (relu @ (torch.randn(256, 256) * kaiming_std(256))).relu()
        linear = linear @ (torch.randn(256, 256) * xavier_std(256, 256))
    assert (relu**2).mean().item() == pytest.approx(1.0, rel=0.5)
    assert (linear**2).mean().item() == pytest.approx(1.0, rel=0.5)


def test_without_layers_all_are_alike() -> None:
    torch.manual_seed(0)
    block = Block()
    init_weights(block, std=0.02)
    assert block.down_proj.weight.std().item() == pytest.approx(0.02, rel=0.02)


@pytest.mark.parametrize(
    ("std", "n_layers", "message"),
    [
        (0.0, 1, "std must be .* greater than 0, got 0.0"),
        (-1.0, 1, "std must be .* greater than 0, got -1.0"),
        (math.nan, 1, "std must be .* got nan"),
        (0.02, 0, "n_layers must be at least 1, got 0"),
    ],
)
def test_refuses_what_cannot_be(std: float, n_layers: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        init_weights(Block(), std=std, n_layers=n_layers)
    with pytest.raises(ValueError, match="n_in must be at least 1, got 0"):
        kaiming_std(0)
    with pytest.raises(ValueError, match="n_in must be at least 1, got -5"):
        xavier_std(-5, 100)
    assert math.isclose(xavier_std(1, 1), 1.0)
