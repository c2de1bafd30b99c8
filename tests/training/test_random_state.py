"""Every generator is put back, so that what follows is what followed."""

import random

import numpy as np
import torch

from llm_foundations.training.checkpoints import (
    load_checkpoint,
    random_state,
    save_checkpoint,
    set_random_state,
)


def draws() -> list[float]:
    # An odd number of normal draws: NumPy and Python keep the second one of a pair.
    return [
        *(random.random() for _ in range(3)),
        random.gauss(0, 1),
        *np.random.randn(3),
        *torch.randn(3).tolist(),
    ]


def test_what_follows_is_the_same_also_through_a_file(tmp_path) -> None:
    draws()
    save_checkpoint(tmp_path / "state", random_state())
    expected = draws()
    assert draws() != expected
    set_random_state(load_checkpoint(tmp_path / "state"))
    assert draws() == expected
