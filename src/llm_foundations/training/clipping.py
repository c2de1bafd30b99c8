"""Gradients of bounded length, however the model is spread over processes."""

import math
from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.distributed.tensor import DTensor


def clip_gradients(
    parameters: Iterable[nn.Parameter], limit: float | None = None
) -> Tensor:
    """Scale all gradients down together, in place, if they are longer than a limit.

    Args:
        parameters: Those without a gradient are left out. Whole ones and ones that
            are cut over different processes may stand side by side.
        limit: The greatest length; None or infinity to measure alone.

    Returns:
        The length before.

    Raises:
        ValueError: If `limit` is not positive.

    Examples:
        >>> weight = nn.Parameter(torch.zeros(2))
        >>> weight.grad = torch.tensor([30.0, 40.0])
        >>> clip_gradients([weight], limit=5.0).item()
        50.0
        >>> [round(g, 4) for g in weight.grad.tolist()]
        [3.0, 4.0]

    Reference:
        Pascanu et al. (2013), section 3.2, <https://arxiv.org/abs/1211.5063>
    """
    limit = math.inf if limit is None else limit
    if not limit > 0:  # NaN is not, either
        raise ValueError(f"limit must be positive, got {limit}")
    # PyTorch's functions take tensors that are cut alike, so: one group a mesh.
    groups: dict[object, list[nn.Parameter]] = {}
    for p in parameters:
        if p.grad is not None:
            groups.setdefault(getattr(p.grad, "device_mesh", None), []).append(p)
    if not groups:
        return torch.tensor(0.0)
    norms = [_norm([p.grad for p in group]) for group in groups.values()]
    total: Tensor = torch.linalg.vector_norm(torch.stack(norms))
    for group in groups.values():
        nn.utils.clip_grads_with_norm_(group, limit, total)
    return total


def _norm(gradients: list[Tensor | None]) -> Tensor:
    norm = nn.utils.get_total_norm([g for g in gradients if g is not None])
    whole: Tensor = norm.full_tensor() if isinstance(norm, DTensor) else norm
    return whole
