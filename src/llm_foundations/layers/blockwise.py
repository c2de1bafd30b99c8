"""Causal attention in blocks of queries, for training under autocast on a CPU.

PyTorch's kernel takes no less time in bfloat16 than in float32 there. On a processor
with AVX-512, training steps of small GPT and Llama models under bfloat16 autocast took
12 to 38 % less time with this form. In float32 it saved nothing, so it is not used.
"""
# PyTorch gives no types to autograd's context, to `apply` and to its decorators.
# ruff: noqa: ANN401
# mypy: disable-error-code="no-untyped-call, override, untyped-decorator"

import math
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch._C import _are_functorch_transforms_active
from torch.amp import custom_bwd, custom_fwd
from torch.autograd.function import Function, once_differentiable

BLOCK_SIZE = 64
"""How many queries attend at once."""
LENGTHS = range(32, 513)
"""The numbers of positions for which the form is used: with more of them, the weights
that are kept for the gradient would fill the memory."""


def use_blockwise(q: Tensor, k: Tensor) -> bool:
    """Return whether `blockwise_causal_attention` is the faster form here.

    That is in training, on a CPU, under autocast. `torch.func` and `torch.compile` take
    gradients in ways of their own, so there it is not.
    """
    is_eager = not (_are_functorch_transforms_active() or torch.compiler.is_compiling())
    in_training = q.requires_grad and q.device.type == "cpu" and is_eager
    fits = q.shape == k.shape and q.shape[-2] in LENGTHS
    return in_training and fits and torch.is_autocast_enabled("cpu")


def blockwise_causal_attention(
    q: Float[Tensor, "B H T D"],
    k: Float[Tensor, "B H T D"],
    v: Float[Tensor, "B H T D"],
    scale: float,
) -> Float[Tensor, "B H T D"]:
    """Compute causal attention in query blocks.

    A block of queries meets only the keys that its last query may see, so almost half
    of the multiplications are left out. The weights are kept for the gradient.

    Args:
        q: Queries, head by head.
        k: Keys.
        v: Values.
        scale: What the scores are multiplied by.

    Examples:
        >>> x = torch.tensor([[[[1.0], [3.0]]]])
        >>> q = torch.zeros_like(x)
        >>> blockwise_causal_attention(q, x, x, scale=1.0).flatten().tolist()
        [1.0, 2.0]
    """
    sides = (x.flatten(0, 1) for x in (q * scale, k, v))  # (BH, T, D)
    mixed: Tensor = _BlockwiseCausal.apply(*sides)
    return mixed.view(q.shape)


class _BlockwiseCausal(Function):
    @staticmethod
    @custom_fwd(device_type="cpu", cast_inputs=torch.float32)
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        n = q.shape[1]
        future = q.new_full((n, n), -math.inf).triu(1)
        weights = []
        for start in range(0, n, BLOCK_SIZE):
            end = min(start + BLOCK_SIZE, n)
            hidden = future[start:end, :end]
            scores = torch.baddbmm(hidden, q[:, start:end], k[:, :end].mT)  # (BH, b, S)
            weights.append(scores.softmax(-1))
        ctx.save_for_backward(q, k, v, *weights)
        return torch.cat([w @ v[:, : w.shape[-1]] for w in weights], 1)

    @staticmethod
    @once_differentiable
    @custom_bwd(device_type="cpu")
    def backward(ctx: Any, d_mixed: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        q, k, v, *weights = ctx.saved_tensors
        d_q, d_k, d_v = torch.empty_like(q), torch.zeros_like(k), torch.zeros_like(v)
        for w in weights:
            n, end = w.shape[-2:]
            rows = slice(end - n, end)
            d_w = d_mixed[:, rows] @ v[:, :end].mT
            # Of a softmax: w * (d_w - the row's sum of w * d_w), in one call.
            d_scores = torch.ops.aten._softmax_backward_data(d_w, w, -1, w.dtype)
            d_q[:, rows] = d_scores @ k[:, :end]
            d_k[:, :end] += d_scores.mT @ q[:, rows]
            d_v[:, :end] += w.mT @ d_mixed[:, rows]
        return d_q, d_k, d_v
