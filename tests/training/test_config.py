"""A configuration that cannot be is refused with the value that is wrong."""

import math
from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from torch import nn

from llm_foundations.training.config import OPTIMIZERS, TrainConfig
from llm_foundations.training.parameter_groups import make_optimizer


def test_defaults_are_fine_and_fixed() -> None:
    config = TrainConfig(n_steps=10)
    with pytest.raises(FrozenInstanceError):
        config.n_steps = 5  # type: ignore[misc]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_steps": 0}, "n_steps must be at least 1, got 0"),
        ({"accumulation_steps": 0}, "accumulation_steps must be at least 1, got 0"),
        ({"optimizer": "lion"}, "muon, adamw, sgd, got 'lion'"),
        ({"schedule": "zigzag"}, "constant, linear, cosine, wsd, got 'zigzag'"),
        ({"precision": "int8"}, "float32, bf16, fp16, got 'int8'"),
        ({"n_steps": True}, "n_steps must be an integer, got True"),
        ({"n_steps": math.nan}, "n_steps must be an integer, got nan"),
        ({"n_warmup": 11}, "n_warmup must be in 0 to 10, got 11"),
        ({"n_warmup": -1}, "n_warmup must be in 0 to 10, got -1"),
        ({"learning_rate": 0.0}, "learning_rate must be .* greater than 0, got 0.0"),
        ({"learning_rate": math.nan}, "learning_rate must be .* got nan"),
        ({"learning_rate": math.inf}, "learning_rate must be .* got inf"),
        ({"learning_rate": "0.1"}, "learning_rate must be .* got '0.1'"),
        ({"adam_lr_ratio": 0.0}, "adam_lr_ratio must be .* greater than 0, got 0.0"),
        ({"weight_decay": -1.0}, "weight_decay must be .* at least 0, got -1.0"),
        ({"weight_decay": math.nan}, "weight_decay must be .* got nan"),
        ({"max_grad_norm": 0.0}, "max_grad_norm must be .* greater than 0, got 0.0"),
        ({"max_grad_norm": math.nan}, "max_grad_norm must be .* got nan"),
    ],
)
def test_what_cannot_be(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TrainConfig(**{"n_steps": 10, **settings})


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_that_is_allowed_exists(name: str) -> None:
    assert make_optimizer(nn.Linear(2, 2), name, lr=0.1).param_groups
