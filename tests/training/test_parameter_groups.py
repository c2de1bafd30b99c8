"""Each weight is in one group, the right one, and gets that group's settings."""

import math

import pytest
import torch
from torch import nn

from llm_foundations.training.optimizers import Muon
from llm_foundations.training.parameter_groups import (
    decay_groups,
    make_optimizer,
    muon_groups,
)


class Model(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(10, 4)
        self.up_proj = nn.Linear(4, 8)
        self.norm = nn.LayerNorm(8)
        self.lm_head = nn.Linear(8, 10, bias=False)


def names(model: nn.Module, group: dict) -> set[str]:
    wanted = {id(p) for p in group["params"]}
    return {name for name, p in model.named_parameters() if id(p) in wanted}


def test_norms_and_biases_do_not_decay() -> None:
    model = Model()
    decayed, free = decay_groups(model, weight_decay=0.1)
    assert decayed["weight_decay"] == 0.1
    assert free["weight_decay"] == 0.0
    assert names(model, free) == {"up_proj.bias", "norm.weight", "norm.bias"}
    matrices = {"embedding.weight", "up_proj.weight", "lm_head.weight"}
    assert names(model, decayed) == matrices


def test_muon_has_the_inner_matrices_alone() -> None:
    model = Model()
    inner, tables, rest = muon_groups(model, 0.02, 0.1, adam_lr_ratio=0.25)
    assert names(model, inner) == {"up_proj.weight"}
    assert names(model, tables) == {"embedding.weight", "lm_head.weight"}
    assert names(model, rest) == {"up_proj.bias", "norm.weight", "norm.bias"}
    optimizer = make_optimizer(model, "muon", 0.02, 0.1, adam_lr_ratio=0.25)
    assert isinstance(optimizer, Muon)
    groups = optimizer.param_groups
    assert [group["matrices"] for group in groups] == [True, False, False]
    assert [group["lr"] for group in groups] == [0.02, 0.005, 0.005]
    assert [group["weight_decay"] for group in groups] == [0.1, 0.1, 0.0]


def test_tied_and_frozen_weights_stand_in_one_group_or_none() -> None:
    model = nn.ModuleDict(
        {"embedding": nn.Embedding(10, 4), "lm_head": nn.Linear(4, 10)}
    )
    model["lm_head"].weight = model["embedding"].weight
    model["lm_head"].bias.requires_grad_(False)
    (tables,) = muon_groups(model, 0.02, 0.0, adam_lr_ratio=1.0)
    assert [p is model["embedding"].weight for p in tables["params"]] == [True]


@pytest.mark.parametrize(
    ("name", "kind"), [("adamw", torch.optim.AdamW), ("sgd", torch.optim.SGD)]
)
def test_the_others_are_pytorchs(name: str, kind: type) -> None:
    optimizer = make_optimizer(Model(), name, lr=0.1, weight_decay=0.2)
    assert isinstance(optimizer, kind)
    assert [g["weight_decay"] for g in optimizer.param_groups] == [0.2, 0.0]


def test_an_unknown_name() -> None:
    with pytest.raises(ValueError, match="muon, adamw or sgd, got 'lion'"):
        make_optimizer(Model(), "lion", lr=0.1)


@pytest.mark.parametrize("name", ["muon", "adamw", "sgd"])
@pytest.mark.parametrize("setting", ["lr", "weight_decay", "adam_lr_ratio"])
@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf])
def test_settings_out_of_range(name: str, setting: str, value: float) -> None:
    settings = {"lr": 0.1, setting: value}
    with pytest.raises(ValueError, match=f"{setting} must be .* got {value}"):
        make_optimizer(nn.Linear(2, 2), name, **settings)
