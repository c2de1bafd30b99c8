"""Learning rates over time: pure functions from the step to a share of the peak.

After its last step a schedule holds its last value, as a scheduler asks for it that
is moved on once after each step.
"""

import math
from collections.abc import Callable

from llm_foundations.checks import check_integer, check_number

Schedule = Callable[[int, int, int], float]
"""A function from step, number of steps and warm-up steps to a factor in 0 to 1."""


def constant(step: int, n_steps: int, n_warmup: int) -> float:
    """Rise linearly, then stay.

    Args:
        step: The step about to be taken, from 0.
        n_steps: Steps in the whole run.
        n_warmup: Steps of the rise; the peak is reached on the last of them.

    Raises:
        ValueError: If the step is negative, or the warm-up longer than the run.

    Examples:
        >>> [constant(step, n_steps=4, n_warmup=2) for step in range(4)]
        [0.5, 1.0, 1.0, 1.0]
    """
    step = _within(step, n_steps, n_warmup)
    return min(1.0, (step + 1) / n_warmup) if n_warmup else 1.0


def linear(step: int, n_steps: int, n_warmup: int) -> float:
    """Rise linearly, then fall linearly to zero one step after the end.

    The arguments and errors are those of
    [`constant`][llm_foundations.training.schedules.constant].

    Examples:
        >>> [linear(step, n_steps=5, n_warmup=1) for step in range(5)]
        [1.0, 1.0, 0.75, 0.5, 0.25]
    """
    step = _within(step, n_steps, n_warmup)
    rise = constant(step, n_steps, n_warmup)
    return rise if step < n_warmup else 1.0 - _progress(step, n_steps, n_warmup)


def cosine_with_warmup(
    step: int, n_steps: int, n_warmup: int, final: float = 0.1
) -> float:
    """Rise linearly, then fall along half a cosine.

    Args:
        step: The step about to be taken, from 0.
        n_steps: Steps in the whole run.
        n_warmup: Steps of the rise.
        final: The share of the peak at the end.

    Raises:
        ValueError: If the step is negative, the warm-up longer than the run, or
            `final` not in 0 to 1.

    Examples:
        >>> [round(cosine_with_warmup(s, 5, 1, final=0.0), 2) for s in range(5)]
        [1.0, 1.0, 0.85, 0.5, 0.15]

    Reference:
        Loshchilov and Hutter (2017), equation 5, <https://arxiv.org/abs/1608.03983>;
        down to a tenth as in Brown et al. (2020), appendix B
    """
    check_number("final", final, least=0, most=1)
    step = _within(step, n_steps, n_warmup)
    rise = constant(step, n_steps, n_warmup)
    if step < n_warmup:
        return rise
    turn = math.pi * _progress(step, n_steps, n_warmup)
    return final + (1 - final) * (1 + math.cos(turn)) / 2


def warmup_stable_decay(
    step: int, n_steps: int, n_warmup: int, decay: float = 0.4
) -> float:
    """Rise, stay at the peak, and fall linearly in the last part of the run.

    The stable part does not depend on `n_steps`: it can be continued, and a fall
    started from any point of it.

    Args:
        step: The step about to be taken, from 0.
        n_steps: Steps in the whole run.
        n_warmup: Steps of the rise.
        decay: The share of the run that falls.

    Raises:
        ValueError: If the step is negative, the warm-up longer than the run, or
            `decay` not in 0 to 1.

    Examples:
        >>> [warmup_stable_decay(s, 10, 2, decay=0.2) for s in (0, 1, 7, 8, 9)]
        [0.5, 1.0, 1.0, 1.0, 0.5]

    Reference:
        Hu et al. (2024), section 4, <https://arxiv.org/abs/2404.06395>; the linear
        fall: Hägele et al. (2024), <https://arxiv.org/abs/2405.18392>
    """
    check_number("decay", decay, least=0, most=1)
    step = _within(step, n_steps, n_warmup)
    rise = constant(step, n_steps, n_warmup)
    n_decay = max(1, round(decay * n_steps))
    return min(rise, (n_steps - step) / n_decay)


SCHEDULES: dict[str, Schedule] = {
    "constant": constant,
    "linear": linear,
    "cosine": cosine_with_warmup,
    "wsd": warmup_stable_decay,
}
"""The schedules by the names that a configuration uses."""


def _progress(step: int, n_steps: int, n_warmup: int) -> float:
    """Return 0 on the first step after the rise and 1 one step after the last."""
    return (step - n_warmup) / (n_steps - n_warmup)


def _within(step: int, n_steps: int, n_warmup: int) -> int:
    """Check the steps, and return the last of the run for those after it."""
    check_integer("n_steps", n_steps)
    check_integer("n_warmup", n_warmup, least=0, most=n_steps)
    check_integer("step", step, least=0)
    return min(step, n_steps - 1)
