"""Fewer bits where they do no harm, and the memory that checkpointing saves."""

import pytest
import torch
from torch import nn

from llm_foundations.training.precision import (
    autocast,
    checkpoint_activations,
    grad_scaler,
    saved_bytes,
)


@pytest.mark.parametrize(
    ("precision", "dtype"),
    [("float32", torch.float32), ("bf16", torch.bfloat16), ("fp16", torch.float16)],
)
def test_products_have_the_bits_and_weights_keep_theirs(
    precision: str, dtype: torch.dtype
) -> None:
    layer = nn.Linear(3, 2)
    with autocast(precision):
        output = layer(torch.ones(1, 3))
    output.float().sum().backward()
    assert output.dtype == dtype
    assert layer.weight.grad is not None
    assert layer.weight.grad.dtype == torch.float32


def test_an_unknown_precision() -> None:
    with pytest.raises(ValueError, match="got 'int8'"):
        autocast("int8")


def test_scaling_saves_what_fp16_would_lose() -> None:
    tiny = torch.tensor(1e-9)
    assert tiny.half() == 0
    scaler = grad_scaler("fp16")
    weight = nn.Parameter(torch.zeros(1))
    scaled = scaler.scale((weight * tiny).sum())
    scaled.backward()
    assert weight.grad is not None
    assert weight.grad.half() > 0
    scaler.unscale_(torch.optim.SGD([weight], lr=1.0))
    torch.testing.assert_close(weight.grad, tiny[None])


def test_an_overflow_leaves_out_the_step_and_halves_the_scale() -> None:
    scaler = grad_scaler("fp16")
    weight = nn.Parameter(torch.ones(1))
    optimizer = torch.optim.SGD([weight], lr=1.0)
    scaler.scale(weight.sum())
    before = scaler.get_scale()
    weight.grad = torch.tensor([float("inf")])
    scaler.step(optimizer)
    scaler.update()
    assert weight.item() == 1.0
    assert scaler.get_scale() == before / 2


@pytest.mark.parametrize("precision", ["float32", "bf16"])
def test_no_scaling_where_the_range_is_wide(precision: str) -> None:
    assert not grad_scaler(precision).is_enabled()


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.up_proj, self.down_proj = nn.Linear(16, 64), nn.Linear(64, 16)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.down_proj(self.up_proj(x).relu())


def test_checkpointing_keeps_the_inputs_alone_and_changes_nothing() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(Block(), Block(), Block())
    x = torch.randn(100, 16, requires_grad=True)
    weights = sum(p.nbytes for p in model.parameters() if p.ndim == 2)
    plain_bytes = saved_bytes(lambda: model(x).sum())
    plain = torch.autograd.grad(model(x).pow(2).sum(), [x, *model.parameters()])
    # Each block keeps its input (16 wide) and the rectified middle (64 wide).
    assert plain_bytes - weights == 3 * 100 * (16 + 64) * 4
    checkpoint_activations(model)
    assert saved_bytes(lambda: model(x).sum()) == 3 * 100 * 16 * 4
    again = torch.autograd.grad(model(x).pow(2).sum(), [x, *model.parameters()])
    torch.testing.assert_close(again, plain)
