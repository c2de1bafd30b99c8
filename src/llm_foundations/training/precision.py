"""Fewer bits and less memory: autocast, loss scaling, activation checkpointing.

Compiling needs nothing of ours: `model.compile()` before the training, where it
pays (on a GPU, or for a run that is much longer than the minute it takes).
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from functools import partial

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

PRECISIONS = ("float32", "bf16", "fp16")
"""The precisions that a run can ask for."""
_DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


def autocast(precision: str, device_type: str = "cpu") -> AbstractContextManager[None]:
    """Return the context in which matrix products run with fewer bits.

    Weights, their gradients and sums stay in float32.

    Args:
        precision: `float32` (which changes nothing), `bf16` or `fp16`.
        device_type: `cpu` or `cuda`.

    Raises:
        ValueError: If there is no such precision.

    Examples:
        >>> with autocast("bf16"):
        ...     (torch.ones(2, 2) @ torch.ones(2, 2)).dtype
        torch.bfloat16
    """
    if precision not in PRECISIONS:
        raise ValueError(f"precision must be one of {PRECISIONS}, got {precision!r}")
    if precision == "float32":
        return nullcontext()
    return torch.autocast(device_type, dtype=_DTYPES[precision])


def grad_scaler(precision: str, device_type: str = "cpu") -> torch.amp.GradScaler:
    """Return what keeps small gradients of fp16 from vanishing.

    It multiplies the loss before the gradients are taken and divides them again,
    leaves out a step whose gradients overflowed, and then halves the factor. For
    the other precisions, whose range is wide enough, it does nothing.

    Args:
        precision: `float32`, `bf16` or `fp16`.
        device_type: `cpu` or `cuda`.

    Reference:
        Micikevicius et al. (2018), section 3.2, <https://arxiv.org/abs/1710.03740>
    """
    return torch.amp.GradScaler(device_type, enabled=precision == "fp16")


def checkpoint_activations(blocks: Iterable[nn.Module]) -> None:
    """Make blocks forget what they computed, and compute it again for the gradient.

    A block then keeps its input alone: about a third more arithmetic for memory
    that no longer grows with what happens inside it.

    Args:
        blocks: The modules to change, in place, such as a model's layers.

    Reference:
        Chen et al. (2016), <https://arxiv.org/abs/1604.06174>
    """
    for block in blocks:
        block.forward = partial(checkpoint, block.forward, use_reentrant=False)


def saved_bytes(function: Callable[[], Tensor]) -> int:
    """Return how much memory a computation keeps for its gradient.

    Args:
        function: Called once; what autograd saves meanwhile is counted, each piece
            of memory once. Weights are kept anyway and are counted too.

    Examples:
        >>> x = torch.ones(10, requires_grad=True)
        >>> saved_bytes(lambda: x.exp().sum())
        40
    """
    sizes: dict[int, int] = {}
    kept: list[Tensor] = []

    def count(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        sizes[storage.data_ptr()] = storage.nbytes()
        kept.append(tensor)  # or a freed address would be used a second time
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(count, lambda tensor: tensor):
        function()
    return sum(sizes.values())
