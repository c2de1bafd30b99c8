"""Parts of a model in forms that take a CPU less time, for training alone.

The layers and the loss call them where they pay, and PyTorch's functions elsewhere.
Tests hold them equal to those and to the plain forms.
"""
# PyTorch gives no types to autograd's context, to `apply` and to its decorators.
# ruff: noqa: ANN401
# mypy: disable-error-code="no-untyped-call, override, untyped-decorator"

import math
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch._C import _are_functorch_transforms_active
from torch.amp import custom_bwd, custom_fwd
from torch.autograd.function import Function, once_differentiable
from torch.nn import functional as F

STRIP = 64
"""How many queries attend at once."""
LENGTHS = range(256, 513)
"""Where strips pay: PyTorch's kernel is as fast with fewer positions, and with more
the weights that are kept would fill the memory."""
LENGTHS_UNDER_AUTOCAST = range(32, 513)
"""Where they pay in bfloat16: that kernel takes no less time in it than in float32,
even on a CPU that has units for it, and much more where rows are short."""
IMITATES_BF16 = torch.backends.cpu.get_cpu_capability() == "AVX2"
"""Whether this CPU stops at AVX2: none such has units for bfloat16, so that float32
takes it less time."""
IGNORED = -100
"""The target of a prediction that does not count, as in `F.cross_entropy`."""
_SLOPE = math.sqrt(8 / math.pi)
_BEND = 0.044715 * _SLOPE


def trains_on_cpu(x: Tensor) -> bool:
    """Return whether autograd will take a gradient here, on a CPU.

    `torch.func` and `torch.compile` take theirs in ways of their own.
    """
    is_eager = not (_are_functorch_transforms_active() or torch.compiler.is_compiling())
    return x.requires_grad and x.device.type == "cpu" and is_eager


def use_float32_kernel(x: Tensor) -> bool:
    """Return whether this module's GELU and loss take this input less time.

    They compute in float32. Under an autocast for which the CPU has units, PyTorch's
    functions read and write half as much.
    """
    under_autocast = torch.is_autocast_enabled("cpu")
    is_best = IMITATES_BF16 if under_autocast else x.dtype == torch.float32
    return is_best and trains_on_cpu(x) and x.numel() >= 2**16


def use_blockwise(q: Tensor, k: Tensor) -> bool:
    """Return whether `blockwise_causal_attention` is the faster form here."""
    under_autocast = torch.is_autocast_enabled("cpu")
    if not under_autocast and q.dtype != torch.float32:
        return False
    lengths = LENGTHS_UNDER_AUTOCAST if under_autocast else LENGTHS
    return trains_on_cpu(q) and q.shape == k.shape and q.shape[-2] in lengths


def blockwise_causal_attention(
    q: Float[Tensor, "B H T D"],
    k: Float[Tensor, "B H T D"],
    v: Float[Tensor, "B H T D"],
    scale: float,
) -> Float[Tensor, "B H T D"]:
    """Let each position attend to itself and those before it, some queries at a time.

    A strip of queries meets only the keys that its last one may see, so almost half
    of the products are left out. The weights are kept for the gradient.

    Args:
        q: What each position looks for.
        k: What each position offers.
        v: What each position hands over.
        scale: What the scores are multiplied by.

    Examples:
        >>> x = torch.tensor([[[[1.0], [3.0]]]])
        >>> q = torch.zeros_like(x)
        >>> blockwise_causal_attention(q, x, x, scale=1.0).flatten().tolist()
        [1.0, 2.0]
    """
    sides = (x.flatten(0, 1) for x in (q * scale, k, v))
    mixed: Tensor = _CausalStrips.apply(*sides)
    return mixed.view(q.shape)


class _CausalStrips(Function):
    @staticmethod
    @custom_fwd(device_type="cpu", cast_inputs=torch.float32)
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        n = q.shape[1]
        future = q.new_full((n, n), -math.inf).triu(1)
        weights = []
        for start in range(0, n, STRIP):
            end = min(start + STRIP, n)
            hidden = future[start:end, :end]
            scores = torch.baddbmm(hidden, q[:, start:end], k[:, :end].mT)
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


def gelu_by_sigmoid(x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    r"""Return `gelu_tanh`, whose $1 + \tanh z$ is $2\,\mathrm{sigmoid}(2z)$.

    A CPU takes a sigmoid in half of a tanh's time, and the gradient needs no other.

    Examples:
        >>> round(gelu_by_sigmoid(torch.tensor(1.0)).item(), 4)
        0.8412
    """
    y: Tensor = _GELUBySigmoid.apply(x)
    return y


class _GELUBySigmoid(Function):
    @staticmethod
    @custom_fwd(device_type="cpu", cast_inputs=torch.float32)
    def forward(ctx: Any, x: Tensor) -> Tensor:
        square = x * x
        share = (_SLOPE * x).addcmul_(square, x, value=_BEND).sigmoid_()
        y = x * share
        # The slope of y is share + y * (1 - share) * (2z)'; nothing else is kept.
        bend = square.mul_(3 * _BEND).add_(_SLOPE).mul_(y)
        ctx.save_for_backward(bend.lerp_(bend.new_ones(()), share))
        return y

    @staticmethod
    @once_differentiable
    @custom_bwd(device_type="cpu")
    def backward(ctx: Any, d_y: Tensor) -> Tensor:
        (slope,) = ctx.saved_tensors
        return d_y * slope


def mean_token_nll(
    scores: Float[Tensor, "N V"], targets: Int[Tensor, "N"]
) -> Float[Tensor, ""]:
    """Return `F.cross_entropy`, in the form that takes less time where it pays.

    Args:
        scores: Before the softmax.
        targets: The right ids; `IGNORED` where a prediction does not count.

    Raises:
        IndexError: If a target is not an id; RuntimeError from the faster form.
    """
    if use_float32_kernel(scores):
        return cross_entropy_at_once(scores, targets)
    return F.cross_entropy(scores, targets, ignore_index=IGNORED)


def cross_entropy_at_once(
    scores: Float[Tensor, "N V"], targets: Int[Tensor, "N"]
) -> Float[Tensor, ""]:
    """Return the mean surprisal of what counts, with its gradient already taken.

    The arguments are those of
    [`mean_token_nll`][llm_foundations.layers.cpu.mean_token_nll].

    Raises:
        RuntimeError: If a target is not an id.

    Examples:
        >>> targets = torch.tensor([3, IGNORED])
        >>> round(cross_entropy_at_once(torch.zeros(2, 4), targets).item(), 4)  # ln 4
        1.3863
    """
    loss: Tensor = _CrossEntropy.apply(scores, targets)
    return loss


class _CrossEntropy(Function):
    @staticmethod
    @custom_fwd(device_type="cpu", cast_inputs=torch.float32)
    def forward(ctx: Any, scores: Tensor, targets: Tensor) -> Tensor:
        counts = targets != IGNORED
        nats, slope = surprisal(scores, targets.where(counts, 0))
        slope[~counts] = 0
        ctx.save_for_backward(slope.div_(counts.sum()))
        return nats[counts].mean()

    @staticmethod
    @once_differentiable
    @custom_bwd(device_type="cpu")
    def backward(ctx: Any, d_loss: Tensor) -> tuple[Tensor, None]:
        (d_scores,) = ctx.saved_tensors
        # The loss is mostly what is minimised itself; then nothing is left to do.
        return (d_scores if d_loss == 1 else d_loss * d_scores), None


def surprisal(
    scores: Float[Tensor, "N V"], targets: Int[Tensor, "N"]
) -> tuple[Float[Tensor, "N"], Float[Tensor, "N V"]]:
    """Return each target's surprisal in nats, and its slope along the scores.

    The slope is the softmax, less 1 at the target. The nats are those of the likeliest
    id, whose probability is never near 0, and how far the target's score is behind.

    Args:
        scores: Before the softmax.
        targets: The right ids.

    Raises:
        RuntimeError: If a target is not an id.
    """
    slope = scores.softmax(-1)
    at = targets[:, None]
    behind = scores.amax(-1) - scores.gather(-1, at)[:, 0]
    nats = behind - slope.amax(-1).log()
    slope.scatter_add_(-1, at, slope.new_tensor(-1.0).expand(at.shape))
    return nats, slope
