"""Answers that readers might write to the exercises on what a language model is."""

import math

import numpy as np
import pandas
import pytest
import torch

from llm_foundations.exercises.introduction.what_is_an_llm import (
    check_at_temperature,
    check_probability_of_ending,
    check_prompt,
    check_sentence_by_hand,
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
        "this is not right": lambda: (9.0, 500),
    },
)


def by_logarithms(probabilities, temperature):
    logits = torch.tensor(probabilities).log() / temperature
    return logits.softmax(dim=0)


def in_numpy(probabilities, temperature):
    powers = np.array(probabilities, dtype=np.float64) ** (1 / temperature)
    return powers / powers.sum()


def in_pandas(probabilities, temperature):
    powers = pandas.Series(probabilities) ** (1 / temperature)
    return powers / powers.sum()


def in_place(probabilities, temperature):
    total = 0.0
    for i, p in enumerate(probabilities):
        probabilities[i] = 0.0 if p == 0 else math.exp(math.log(p) / temperature)
        total += probabilities[i]
    return tuple(p / total for p in probabilities)


test_temperature_accepts = accepts(
    check_at_temperature, [by_logarithms, in_numpy, in_pandas, in_place]
)
test_temperature_refuses = refuses(
    check_at_temperature,
    {
        "here it multiplies them": lambda probabilities, temperature: [
            p**temperature / sum(q**temperature for q in probabilities)
            for p in probabilities
        ],
        "these don't add up to 1": lambda probabilities, temperature: [
            p ** (1 / temperature) for p in probabilities
        ],
        "not the probabilities themselves": lambda probabilities, temperature: (
            torch.tensor(probabilities) / temperature
        ).softmax(0),
        "a probability of 0 stays 0": lambda probabilities, temperature: (
            (torch.tensor(probabilities) + 1e-9).log() / temperature
        ).softmax(0),
        "math domain error": lambda probabilities, temperature: [
            math.exp(math.log(p) / temperature) for p in probabilities
        ],
        "changes nothing": lambda probabilities, temperature: probabilities,
        "another base": lambda probabilities, temperature: (
            torch.tensor(probabilities).log2() / temperature
        ).softmax(0),
    },
)

test_ending_accepts = accepts(
    check_probability_of_ending,
    [
        lambda log_probability, beginning, ending: np.exp(
            log_probability(f"{beginning}{ending}") - log_probability(beginning)
        ),
        lambda log_probability, beginning, ending: (
            1
            / math.exp(log_probability(beginning) - log_probability(beginning + ending))
        ),
        lambda log_probability, beginning, ending: (
            torch.tensor(log_probability(beginning + ending)).double()
            - torch.tensor(log_probability(beginning)).double()
        ).exp(),
    ],
)
test_ending_refuses = refuses(
    check_probability_of_ending,
    {
        "the ending alone": lambda log_probability, beginning, ending: math.exp(
            log_probability(ending)
        ),
        "the whole text": lambda log_probability, beginning, ending: math.exp(
            log_probability(beginning + ending)
        ),
        "this is the logarithm": lambda log_probability, beginning, ending: (
            log_probability(beginning + ending) - log_probability(beginning)
        ),
        "rounded to 0": lambda log_probability, beginning, ending: (
            math.exp(log_probability(beginning + ending))
            / math.exp(log_probability(beginning))
        ),
        "don't divide the logarithms": lambda log_probability, beginning, ending: (
            log_probability(beginning + ending) / log_probability(beginning)
        ),
        "a space of its own": lambda log_probability, beginning, ending: math.exp(
            log_probability(beginning + " " + ending) - log_probability(beginning)
        ),
        "an object of type function": lambda log_probability, beginning, ending: (
            log_probability
        ),
        "nothing was returned": lambda log_probability, beginning, ending: None,
    },
)


def test_a_ratio_of_logarithms_is_named_with_its_exponential() -> None:
    with pytest.raises(AssertionError, match="don't divide the logarithms"):
        check_probability_of_ending(
            lambda log_probability, beginning, ending: math.exp(
                log_probability(beginning + ending) / log_probability(beginning)
            )
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
        "the storyteller answers 'Juniper'": lambda name: (
            f"{name}. Who wanted the cup?"
        ),
        "end the text with a question": lambda name: f"Whom did he meet? {name}",
        "return the text": lambda name: 3,
        "the storyteller answers 'Otto'": lambda name: (
            "There sat Otto the donkey. Whom did Gilbert meet?"
        ),
    },
)
