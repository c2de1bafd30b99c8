"""The shape of each schedule, and the library's own schedules beside it."""

import math
from functools import partial

import pytest
import torch
from transformers import (
    get_constant_schedule_with_warmup,
    get_linear_schedule_with_warmup,
)

from llm_foundations.training.schedules import (
    SCHEDULES,
    constant,
    cosine_with_warmup,
    linear,
    warmup_stable_decay,
)


@pytest.mark.parametrize("name", sorted(SCHEDULES))
def test_rises_in_equal_parts_to_the_peak_and_stays_in_range(name: str) -> None:
    factors = [SCHEDULES[name](step, 50, 5) for step in range(50)]
    assert factors[:5] == [0.2, 0.4, 0.6, 0.8, 1.0]
    assert all(0 < factor <= 1 for factor in factors)
    assert factors[4:] == sorted(factors[4:], reverse=True)


@pytest.mark.parametrize("name", sorted(SCHEDULES))
def test_no_warmup_starts_at_the_peak(name: str) -> None:
    assert SCHEDULES[name](0, 50, 0) == 1.0


def reference(make: object, *arguments: int) -> list[float]:
    """The factors of a schedule of Transformers, step by step."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0)
    schedule = make(optimizer, *arguments)
    factors = []
    for _ in range(20):
        factors.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
    return factors


def test_equal_transformers_one_step_on() -> None:
    # Theirs gives the first step a learning rate of 0, which trains nothing; ours
    # is at the place where theirs is a step later, during the rise.
    theirs = reference(get_constant_schedule_with_warmup, 5)
    ours = [constant(step, 20, 5) for step in range(20)]
    assert ours[:-1] == pytest.approx(theirs[1:])
    theirs = reference(get_linear_schedule_with_warmup, 5, 20)
    assert [linear(step, 20, 5) for step in range(5, 20)] == pytest.approx(theirs[5:])


def test_cosine_ends_at_its_final_share() -> None:
    assert cosine_with_warmup(999, 1000, 10) == pytest.approx(0.1, abs=1e-5)
    assert cosine_with_warmup(505, 1000, 10) == pytest.approx(0.55)


def test_the_stable_part_does_not_depend_on_the_length() -> None:
    short = [warmup_stable_decay(step, 100, 10) for step in range(60)]
    assert short == [warmup_stable_decay(step, 1000, 10) for step in range(60)]
    assert warmup_stable_decay(99, 100, 10) == pytest.approx(1 / 40)


@pytest.mark.parametrize(
    ("step", "n_warmup", "message"),
    [
        (-1, 2, "step must be at least 0, got -1"),
        (math.nan, 2, "step must be an integer, got nan"),
        (0, 11, "n_warmup must be in 0 to 10, got 11"),
    ],
)
def test_outside_the_run(step: int, n_warmup: int, message: str) -> None:
    for schedule in SCHEDULES.values():
        with pytest.raises(ValueError, match=message):
            schedule(step, 10, n_warmup)


@pytest.mark.parametrize("name", sorted(SCHEDULES))
@pytest.mark.parametrize("n_warmup", [0, 3, 10])
def test_after_the_run_the_last_value_is_held(name: str, n_warmup: int) -> None:
    last = SCHEDULES[name](9, 10, n_warmup)
    assert [SCHEDULES[name](step, 10, n_warmup) for step in (10, 11, 500)] == [last] * 3


@pytest.mark.parametrize("name", sorted(SCHEDULES))
def test_a_scheduler_can_be_moved_on_after_every_step(name: str) -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=2.0)
    rule = partial(SCHEDULES[name], n_steps=10, n_warmup=2)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, rule)
    for _ in range(10):
        optimizer.step()
        scheduler.step()
    assert scheduler.get_last_lr() == [2.0 * rule(9)]


@pytest.mark.parametrize("share", [-0.1, 1.1, math.nan])
def test_shares_out_of_range(share: float) -> None:
    with pytest.raises(ValueError, match=f"final must be .* got {share}"):
        cosine_with_warmup(0, 10, 2, final=share)
    with pytest.raises(ValueError, match=f"decay must be .* got {share}"):
        warmup_stable_decay(0, 10, 2, decay=share)
