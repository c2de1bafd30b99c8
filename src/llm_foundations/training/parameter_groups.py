"""Which optimizer settings apply to which weights."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from llm_foundations.checks import check_number
from llm_foundations.training.optimizers import Muon


def decay_groups(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Split the weights into those that decay and those that do not.

    Matrices and embeddings decay. A norm's scale is not small when it is simple,
    and a bias is one number among many: neither decays.

    Args:
        model: Its parameters that need a gradient are split by their axes.
        weight_decay: The setting of the first group.

    Reference:
        Radford et al. (2018), section 4.1 (GPT)
    """
    trained = [p for p in model.parameters() if p.requires_grad]
    return _without_empty(
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    )


def muon_groups(
    model: nn.Module, lr: float, weight_decay: float, adam_lr_ratio: float
) -> list[dict[str, Any]]:
    """Split the weights into Muon's matrices and AdamW's rest.

    Embeddings and the head are matrices too, but their rows belong to one token
    each and get a gradient only when it appears: they are AdamW's. A module is one
    of them if it is an `nn.Embedding`, or if its name ends in `embedding` or is
    `lm_head`.

    Args:
        model: Its parameters that need a gradient.
        lr: Muon's learning rate.
        weight_decay: The decay of all matrices.
        adam_lr_ratio: AdamW's learning rate as a share of Muon's.
    """
    outer = _outer_matrices(model)
    trained = [p for p in model.parameters() if p.requires_grad]
    inner = [p for p in trained if p.ndim == 2 and id(p) not in outer]
    tables = [p for p in trained if p.ndim > 1 and id(p) in outer]
    rest = [p for p in trained if p.ndim != 2 and id(p) not in outer]
    adam = {"matrices": False, "lr": adam_lr_ratio * lr}
    return _without_empty(
        {"params": inner, "lr": lr, "weight_decay": weight_decay},
        {"params": tables, "weight_decay": weight_decay, **adam},
        {"params": rest, "weight_decay": 0.0, **adam},
    )


def make_optimizer(
    model: nn.Module,
    name: str,
    lr: float,
    weight_decay: float = 0.0,
    adam_lr_ratio: float = 0.5,
) -> Optimizer:
    """Return an optimizer over a model's weights, grouped as it should be.

    Args:
        model: What is to be trained.
        name: `muon`, `adamw` or `sgd`; the last two are PyTorch's own.
        lr: The peak learning rate.
        weight_decay: The decay of matrices and embeddings.
        adam_lr_ratio: As in `muon_groups`; the others have no use for it.

    Raises:
        ValueError: If there is no optimizer of this name, or a number is negative
            or not finite.
    """
    check_number("lr", lr, least=0)
    check_number("weight_decay", weight_decay, least=0)
    check_number("adam_lr_ratio", adam_lr_ratio, least=0)
    if name == "muon":
        return Muon(muon_groups(model, lr, weight_decay, adam_lr_ratio))
    groups = decay_groups(model, weight_decay)
    if name == "adamw":
        # The fused kernel takes tensors that are cut over the same processes.
        meshes = {getattr(p, "device_mesh", None) for p in model.parameters()}
        is_fused = len(meshes) == 1
        settings: dict[str, Any] = {"fused": is_fused, "foreach": False}
        return torch.optim.AdamW(groups, lr=lr, betas=(0.9, 0.95), **settings)
    if name == "sgd":
        return torch.optim.SGD(groups, lr=lr, momentum=0.9)
    raise ValueError(f"optimizer must be muon, adamw or sgd, got {name!r}")


def _outer_matrices(model: nn.Module) -> set[int]:
    """Return the identities of the parameters of embeddings and of the head."""
    outer: set[int] = set()
    for name, module in model.named_modules():
        last = name.split(".")[-1]
        is_table = isinstance(module, nn.Embedding) or last.endswith("embedding")
        if is_table or last == "lm_head":
            own: list[Tensor] = list(module.parameters())
            outer |= {id(p) for p in own}
    return outer


def _without_empty(*groups: dict[str, Any]) -> list[dict[str, Any]]:
    return [group for group in groups if group["params"]]
