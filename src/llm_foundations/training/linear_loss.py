"""The head and its loss in one, for a large vocabulary: the scores are never all kept.

A head of 50,257 tokens writes 206 MB of scores for 1,024 positions, and their
gradient as much again. Nothing needs them all at once.
"""
# PyTorch gives no types to autograd's context, to `apply` and to its decorators.
# ruff: noqa: ANN401
# mypy: disable-error-code="no-untyped-call, override, untyped-decorator"

from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.amp import custom_bwd, custom_fwd
from torch.autograd.function import Function, once_differentiable

from llm_foundations.layers.cpu import surprisal, trains_on_cpu
from llm_foundations.training.objectives import cross_entropy

N_ROWS = 256
"""How many positions are scored at once."""


def linear_cross_entropy(
    x: Float[Tensor, "*batch C"],
    weight: Float[Tensor, "V C"],
    targets: Int[Tensor, "*batch"],
    loss_mask: Bool[Tensor, "*batch"],
) -> Float[Tensor, ""]:
    """Return `cross_entropy(x @ weight.mT, targets, loss_mask)`, in nats.

    Only positions that count are scored. Where a gradient will pass, on a CPU in
    float32, they are scored some at a time and the gradient is taken at once.

    Args:
        x: The last layer's vectors, as a model's `features` returns them.
        weight: The head's matrix; the embedding's, where they are one.
        targets: The right ids.
        loss_mask: True where a prediction counts.

    Examples:
        >>> x, weight = torch.zeros(1, 2, 3), torch.zeros(4, 3)
        >>> targets, counts = torch.tensor([[3, 0]]), torch.tensor([[True, False]])
        >>> round(linear_cross_entropy(x, weight, targets, counts).item(), 4)  # ln 4
        1.3863

    Reference:
        Hsu et al. (2024), section 3.2, <https://arxiv.org/abs/2410.10989>
    """
    x, targets = x[loss_mask], targets[loss_mask]
    if trains_on_cpu(x):
        loss: Tensor = _LinearCrossEntropy.apply(x, weight, targets)
        return loss
    return cross_entropy(x @ weight.mT, targets, torch.ones_like(targets).bool())


class _LinearCrossEntropy(Function):
    @staticmethod
    @custom_fwd(device_type="cpu", cast_inputs=torch.float32)
    def forward(ctx: Any, x: Tensor, weight: Tensor, targets: Tensor) -> Tensor:
        d_x, d_weight = torch.zeros_like(x), torch.zeros_like(weight)
        share = 1 / max(1, len(x))
        surprisals = []
        for start in range(0, len(x), N_ROWS):
            rows = slice(start, start + N_ROWS)
            nats, slope = surprisal(x[rows] @ weight.mT, targets[rows])
            d_x[rows].addmm_(slope, weight, alpha=share)
            d_weight.addmm_(slope.mT, x[rows], alpha=share)
            surprisals.append(nats)
        ctx.save_for_backward(d_x, d_weight)
        return torch.cat([x.new_empty(0), *surprisals]).mean()

    @staticmethod
    @once_differentiable
    @custom_bwd(device_type="cpu")
    def backward(ctx: Any, d_loss: Tensor) -> tuple[Tensor | None, ...]:
        # The loss is mostly what is minimised itself; then the sums are as they are.
        if d_loss == 1:
            return *ctx.saved_tensors, None
        return *(d_loss * gradient for gradient in ctx.saved_tensors), None
