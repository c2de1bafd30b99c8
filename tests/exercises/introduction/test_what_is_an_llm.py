"""Answers that readers might write to the exercises on what a language model is."""

import math
import statistics

import numpy as np
import pytest
import torch

from llm_foundations.exercises.introduction.what_is_an_llm import (
    check_probabilities_of_endings,
    check_prompt,
    check_sentence_by_hand,
    check_temperature_for,
)
from tests.exercises.answers import accepts, refuses

test_sentence_accepts = accepts(
    check_sentence_by_hand,
    [
        lambda: (12.6, 2240),
        lambda: [12.61, 2243.8],
        lambda: np.array([12.6, 2250.0]),
        lambda: (torch.tensor(12.606), math.exp(7.72)),
    ],
)
test_sentence_refuses = refuses(
    check_sentence_by_hand,
    {
        "it is positive": lambda: (-12.6, 2240),
        "take the natural logarithm": lambda: (5.47, 2240),
        "its surprisal is minus its logarithm": lambda: (3.35e-6, 2240),
        "not the other way round": lambda: (12.6, 1 / 2240),
        "not only the first": lambda: (8.12, 25.5),
        "not added": lambda: (-math.log(1.855), 2240),
        "compare only the names": lambda: (12.6, 83_900),
        "the name alone": lambda: (8.99, 2240),
        "leave the surprisal of Pip out": lambda: (13.88, 2240),
        "compare it with Pip's": lambda: (12.6, 7985),
        "a ratio of surprisals": lambda: (12.6, 2.58),
        "return two numbers": lambda: 12.6,
        "is not 9.5, and the second": lambda: (9.5, 500),
        "is not 9.5; the second is right": lambda: (9.5, 2240),
        "is not 500; the first is right": lambda: (12.6, 500),
    },
)


def share_at(probabilities, temperature):
    """Return the largest probability at a temperature, by another way."""
    return (torch.tensor(probabilities).log() / temperature).softmax(0).max().item()


def by_a_fine_grid(probabilities, share):
    grid = np.arange(0.1, 10, 0.002)
    return grid[np.argmin([abs(share_at(probabilities, t) - share) for t in grid])]


def by_halves_of_the_inverse(probabilities, share):
    low, high = 0.1, 10.0
    for _ in range(40):
        middle = (low * high) ** 0.5
        powers = np.array(probabilities) ** middle
        low, high = (
            (low, middle) if powers.max() / powers.sum() > share else (middle, high)
        )
    return 1 / low


def by_newton(probabilities, share):
    beta = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    logs = torch.tensor([p for p in probabilities if p], dtype=torch.float64).log()
    for _ in range(60):
        gap = (beta * logs).log_softmax(0).max() - math.log(share)
        (slope,) = torch.autograd.grad(gap, beta)
        beta = (beta - (gap / slope).clamp(-0.3, 0.3)).detach().requires_grad_()
    return 1 / beta


def by_tenths(probabilities, share):
    tenths = [i / 10 for i in range(1, 101)]
    return min(tenths, key=lambda t: abs(share_at(probabilities, t) - share))


def by_crossing(probabilities, share, power, largest):
    t = 0.1
    while t < 10:
        powers = [power(p, t) for p in probabilities]
        if largest(powers) / sum(powers) < share:
            return t
        t += 0.001
    return t


test_temperature_accepts = accepts(
    check_temperature_for,
    [
        by_a_fine_grid,
        by_halves_of_the_inverse,
        by_newton,
        lambda probabilities, share: round(by_newton(probabilities, share).item(), 2),
    ],
)
test_temperature_refuses = refuses(
    check_temperature_for,
    {
        "this is 1 / T": lambda probabilities, share: round(
            1 / by_halves_of_the_inverse(probabilities, share), 2
        ),
        "rescale before you compare": lambda probabilities, share: (
            math.log(max(probabilities)) / math.log(share)
        ),
        "that holds for two tokens": lambda probabilities, share: (
            math.log(max(probabilities) / (1 - max(probabilities)))
            / math.log(share / (1 - share))
        ),
        "search more finely": by_tenths,
        "math domain error": lambda probabilities, share: by_halves_of_the_inverse(
            [math.exp(math.log(p)) for p in probabilities], share
        ),
        "expected 0.63": lambda probabilities, share: share,
        "nothing was returned": lambda probabilities, share: None,
    },
)


def test_a_search_in_the_wrong_direction_is_named() -> None:
    def backwards(probabilities, share):
        low, high = 0.1, 10
        for _ in range(30):
            middle = (low + high) / 2
            if share_at(probabilities, middle) > share:
                high = middle
            else:
                low = middle
        return low

    with pytest.raises(AssertionError, match="goes the wrong way"):
        check_temperature_for(backwards)


def test_the_first_number_is_not_the_largest() -> None:
    def of_the_first(probabilities, share):
        low, high = 0.1, 10
        for _ in range(30):
            middle = (low + high) / 2
            powers = [p ** (1 / middle) for p in probabilities]
            if powers[0] / sum(powers) > share:
                low = middle
            else:
                high = middle
        return high

    with pytest.raises(AssertionError, match="may stand anywhere"):
        check_temperature_for(of_the_first)


def logs_of(log_probability, beginning, endings):
    return np.array([log_probability(f"{beginning}{ending}") for ending in endings])


def by_log_sum_exp(log_probability, beginning, endings):
    logs = logs_of(log_probability, beginning, endings)
    return np.exp(logs - np.logaddexp.reduce(logs))


def by_ratios(log_probability, beginning, endings):
    logs = logs_of(log_probability, beginning, endings)
    with np.errstate(over="ignore"):
        return [1 / np.exp(logs - log).sum() for log in logs]


def given_the_beginning(log_probability, beginning, endings):
    given = log_probability(beginning)
    chances = [math.exp(log_probability(beginning + e) - given) for e in endings]
    return [chance / sum(chances) for chance in chances]


def from_the_smallest(log_probability, beginning, endings):
    logs = logs_of(log_probability, beginning, endings)
    chances = [math.exp(log - min(logs)) for log in logs]
    return [chance / sum(chances) for chance in chances]


test_endings_accepts = accepts(
    check_probabilities_of_endings,
    [
        by_log_sum_exp,
        by_ratios,
        lambda log_probability, beginning, endings: torch.tensor(
            logs_of(log_probability, beginning, endings)
        ).softmax(0),
        lambda log_probability, beginning, endings: tuple(
            by_log_sum_exp(log_probability, beginning, endings)
        ),
    ],
)


def rescaled_from(center, lp, b, es):
    logs = [lp(b + e) for e in es]
    chances = [math.exp(log - center(logs)) for log in logs]
    return [chance / sum(chances) for chance in chances]


test_endings_refuses = refuses(
    check_probabilities_of_endings,
    {
        "after a beginning of 903 nats it raised ZeroDivisionError": lambda lp, b, es: [
            math.exp(lp(b + e)) / sum(math.exp(lp(b + x)) for x in es) for e in es
        ],
        "improbable themselves, of more than 800 nats it raised": given_the_beginning,
        "it raised OverflowError": from_the_smallest,
        "which two have 1,655 nats and one less than 4 it raised": lambda lp, b, es: (
            rescaled_from(statistics.mean, lp, b, es)
        ),
        "and one less than 4 it raised OverflowError": lambda lp, b, es: rescaled_from(
            statistics.median, lp, b, es
        ),
        "one less than 4 it raised OverflowError": lambda lp, b, es: rescaled_from(
            lambda logs: (max(logs) + min(logs)) / 2, lp, b, es
        ),
        "the endings alone": lambda lp, b, es: by_log_sum_exp(lp, "", es),
        "rescale them": lambda lp, b, es: np.exp(logs_of(lp, b, es) - lp(b)),
        "these are logarithms": lambda lp, b, es: (
            logs_of(lp, b, es) / logs_of(lp, b, es).sum()
        ),
        "an added constant": lambda lp, b, es: (
            (np.exp(logs_of(lp, b, es)) + 1e-9)
            / (np.exp(logs_of(lp, b, es)) + 1e-9).sum()
        ),
        "a space of its own": lambda lp, b, es: by_log_sum_exp(lp, b + " ", es),
        "don't divide by its length": lambda lp, b, es: torch.tensor(
            [(lp(b + e) - lp(b)) / len(e.split()) for e in es]
        ).softmax(0),
        "nothing was returned": lambda lp, b, es: None,
    },
)


test_prompt_accepts = accepts(
    check_prompt,
    [
        lambda name: f"There sat {name} the donkey. Whom did Gilbert meet?",
        lambda name: f"Whom did Pip meet? {name}. Whom did Pip meet?",
        lambda name: (
            f"Once there was a fox named {name}. Who lost the old coat? {name}."
            " Who lost the old coat?"
        ),
    ],
)
test_prompt_refuses = refuses(
    check_prompt,
    {
        "the storyteller answers 'Juniper' instead of 'Otto'": lambda name: (
            f"{name}. Who wanted the cup?"
        ),
        "end the text with a question": lambda name: f"Whom did he meet? {name}",
        "return the text": lambda name: 3,
        "the storyteller answers 'Otto' instead of 'Zelda'": lambda name: (
            "There sat Otto the donkey. Whom did Gilbert meet?"
        ),
    },
)
