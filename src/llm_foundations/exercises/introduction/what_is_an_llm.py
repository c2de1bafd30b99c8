"""The exercises of the lesson on what a language model is."""

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from llm_foundations.exercises.exercise import Exercise, Function, case

if TYPE_CHECKING:
    from llm_foundations.experiments.what_is_an_llm import Storyteller

_SHARED, _GILBERT, _PIP = (0.338, 0.9, 0.088), (0.011, 0.023, 0.495), 0.281
_CHANCES = (*_SHARED, *_GILBERT)
_NATS = -math.log(math.prod(_CHANCES))
_TIMES = _PIP / math.prod(_GILBERT)


def _in_nats(result: Any) -> list[float]:
    """Return the surprisal, and the logarithm of the ratio."""
    nats, times = (float(number) for number in result)
    return [nats, math.log(times)]


check_sentence_by_hand = Exercise(
    "check_sentence_by_hand",
    right=lambda: (_NATS, _TIMES),
    cases=[case()],
    why="the answer consists of numbers from paper",
    observe=_in_nats,
    within=0.06,
    returns=("the surprisal", "the logarithm of the ratio"),
    mistakes={
        "a surprisal is minus the logarithm: it is positive": (
            lambda: (-_NATS, _TIMES),
            lambda: (-_NATS, 1 / _TIMES),
        ),
        "the surprisal is in nats: take the natural logarithm": (
            lambda: (-math.log10(math.prod(_CHANCES)), _TIMES),
            lambda: (-math.log2(math.prod(_CHANCES)), _TIMES),
        ),
        "that is the probability: its surprisal is minus its logarithm": (
            lambda: (math.prod(_CHANCES), _TIMES)
        ),
        "divide the probability of Pip's sentence by that of Gilbert's, not the other "
        "way round": lambda: (_NATS, 1 / _TIMES),
        "the two sentences differ in the whole name: all its tokens count, not only "
        "the first": (
            lambda: (_NATS, _PIP / 0.011),
            lambda: (-math.log(math.prod((*_SHARED, 0.011))), _PIP / 0.011),
        ),
        "this is the surprisal of the name alone: the sentence begins earlier": (
            lambda: (-math.log(math.prod(_GILBERT)), _TIMES)
        ),
        "Gilbert takes the place of Pip: leave the surprisal of Pip out": (
            lambda: (-math.log(math.prod(_CHANCES) * _PIP), _TIMES)
        ),
        "this is 1 divided by the probability of Gilbert: compare it with Pip's": (
            lambda: (_NATS, 1 / math.prod(_GILBERT)),
            lambda: (_NATS, 1 / math.prod(_CHANCES)),
        ),
        "this is a ratio of surprisals: divide the probabilities, or subtract the "
        "surprisals and take the exponential": (
            lambda: (_NATS, _NATS / -math.log(math.prod((*_SHARED, _PIP)))),
            lambda: (_NATS, _NATS + math.log(math.prod((*_SHARED, _PIP)))),
        ),
        "probabilities of one token after the other are multiplied, not added": (
            lambda: (-math.log(sum(_CHANCES)), _TIMES),
            lambda: (_NATS, _PIP / sum(_GILBERT)),
        ),
        "both sentences begin in the same way, and those factors cancel: compare only "
        "the names": lambda: (_NATS, _PIP / math.prod(_CHANCES)),
    },
    properties={
        "return two numbers, the surprisal and the ratio, both above 0, got {}": (
            lambda result: len(result) == 2 and float(result[1]) > 0,
            lambda: _NATS,
            lambda: (_NATS, -1.0),
        ),
    },
    verdict="Almost all of the difference comes from the name.",
)
"""The surprisal of a sentence, and how many times less probable it is than another."""


def _powers(exponent: Callable[[float], float], total: bool = True) -> Function:
    def adjust(probabilities: list[float], temperature: float) -> list[float]:
        powers = [p ** exponent(temperature) for p in probabilities]
        return [power / (sum(powers) if total else 1) for power in powers]

    return adjust


def _smoothed(least: float) -> Function:
    def adjust(probabilities: list[float], temperature: float) -> list[float]:
        return _powers(lambda t: 1 / t)([p + least for p in probabilities], temperature)

    return adjust


def _softmax(logits: Callable[[Tensor, float], Tensor]) -> Function:
    def adjust(probabilities: list[float], temperature: float) -> list[float]:
        adjusted = logits(torch.tensor(probabilities, dtype=torch.float64), temperature)
        result: list[float] = adjusted.softmax(-1).tolist()
        return result

    return adjust


check_at_temperature = Exercise(
    "check_at_temperature",
    right=_powers(lambda t: 1 / t),
    cases=[
        case([0.6, 0.3, 0.1, 0.0], 0.5),
        case([0.05, 0.2, 0.45, 0.1, 0.2], 2.0),
        case([0.25, 0.0, 0.4, 0.35, 0.0], 1.5),
        case([0.125, 0.5, 0.375, 0.0], 0.25),
        case([0.3, 0.0, 0.5, 0.15, 0.05], 20.0),
    ],
    mistakes={
        "the temperature divides the logarithms: here it multiplies them": _powers(
            lambda t: t
        ),
        "these don't add up to 1: divide each by their sum": _powers(
            lambda t: 1 / t, total=False
        ),
        "the temperature divides the logarithms of the probabilities, not the "
        "probabilities themselves": (
            _softmax(lambda p, t: p / t),
            lambda probabilities, temperature: [p / temperature for p in probabilities],
        ),
        "a probability of 0 stays 0 at every temperature": (
            *map(_smoothed, (1e-9, 1e-12, 1e-10, 1e-8, 1e-6, 1e-3)),
        ),
        "take the natural logarithm: another base is another temperature": (
            _softmax(lambda p, t: p.log2() / t),
            _softmax(lambda p, t: p.log10() / t),
        ),
        "the temperature changes nothing here": lambda probabilities, temperature: (
            probabilities
        ),
    },
    verdict="Below 1 the probable gain, above 1 the improbable do.",
)
"""What a temperature makes of the probabilities of the next token."""


def _texts_of(chances: Mapping[str, float], nats: float = 0.0) -> Function:
    """Return the log-probability that a text begins this way, in a small language."""

    def log_probability(text: str) -> float:
        words = text.split()
        nats_here = nats + 3 * text.count("  ")  # no text has two spaces in a row
        logs = sum(math.log(chances[word]) for word in words)
        return logs - nats_here - 0.7 * words.count("fox") * (words[-1] == "goat")

    return log_probability


_PLAIN = _texts_of({"a": 0.5, "fox": 0.25, "goat": 0.125, "met": 0.0625, "owl": 0.03})
_WORDS = {"a": 0.4, "fox": 0.2, "goat": 0.15, "met": 0.1, "owl": 0.05}
_LONG, _LONGER = _texts_of(_WORDS, nats=737.3), _texts_of(_WORDS, nats=900)

check_probability_of_ending = Exercise(
    "check_probability_of_ending",
    right=lambda log_probability, beginning, ending: math.exp(
        log_probability(beginning + ending) - log_probability(beginning)
    ),
    cases=[
        case(_PLAIN, "a fox met", " a goat", when="for ' a goat' after 'a fox met'"),
        case(_PLAIN, "a goat", " met a owl", when="for ' met a owl' after 'a goat'"),
        case(_PLAIN, "a fox", " met a goat", when="for ' met a goat' after 'a fox'"),
        case(_LONG, "a fox met a", " goat", when="after a beginning of 743 nats"),
        case(_LONGER, "a fox", " met a owl", when="after a beginning of 903 nats"),
    ],
    mistakes={
        "this is the probability of the ending alone, as if nothing stood before it": (
            lambda log_probability, beginning, ending: math.exp(log_probability(ending))
        ),
        "this is the probability of the whole text: the beginning is given, so divide "
        "by its probability": lambda log_probability, beginning, ending: math.exp(
            log_probability(beginning + ending)
        ),
        "this is the logarithm: return its exponential": (
            lambda log_probability, beginning, ending: (
                log_probability(beginning + ending) - log_probability(beginning)
            )
        ),
        "dividing probabilities is subtracting their logarithms: don't divide the "
        "logarithms": (
            lambda log_probability, beginning, ending: (
                log_probability(beginning + ending) / log_probability(beginning)
            ),
            lambda log_probability, beginning, ending: math.exp(
                log_probability(beginning + ending) / log_probability(beginning)
            ),
        ),
        "the ending begins with a space of its own: don't add another": (
            lambda log_probability, beginning, ending: math.exp(
                log_probability(f"{beginning} {ending}") - log_probability(beginning)
            )
        ),
        "the beginning is subtracted from the whole, not the other way round": (
            lambda log_probability, beginning, ending: math.exp(
                log_probability(beginning) - log_probability(beginning + ending)
            )
        ),
        "the probability of a long beginning is rounded to 0: subtract the logarithms "
        "before you take the exponential": (
            lambda log_probability, beginning, ending: (
                math.exp(log_probability(beginning + ending))
                / math.exp(log_probability(beginning))
            )
        ),
    },
    verdict="The beginning is given, so its probability is divided out.",
)
"""The probability of an ending, given a beginning."""


@cache
def _storyteller() -> "Storyteller":
    from llm_foundations.experiments.what_is_an_llm import Storyteller

    return Storyteller()


def _is_answered(text: str, name: str) -> bool | str:
    said = _storyteller().answer(text).text
    return said == name or repr(said)


_TOLD = "There sat {} the donkey. Whom did Gilbert meet?"

check_prompt = Exercise(
    "check_prompt",
    right=None,
    cases=[case(name) for name in ("Otto", "Zelda", "Ulysses")],
    mistakes={},
    properties={
        "return the text that the storyteller is to continue, got {}": (
            lambda text, name: isinstance(text, str) and text.strip() != "",
            lambda name: [_TOLD.format(name)],
            lambda name: "",
        ),
        "end the text with a question, so that what follows is the answer": (
            lambda text, name: text.endswith("?"),
            lambda name: "Whom did Gilbert meet? " + name,
            lambda name: _TOLD.format(name) + " ",
        ),
        "the storyteller reads at most 300 tokens here, and this text has {}": (
            lambda text, name: (
                len(_storyteller().tokens(text)) <= 300
                or str(len(_storyteller().tokens(text)))
            ),
            lambda name: _TOLD.format(name) * 40,
        ),
        "the storyteller answers {}: write what makes the name the likeliest next "
        "word": (
            _is_answered,
            lambda name: "Whom did Gilbert meet?",
            lambda name: f"Please say {name}. What did you say?",
            lambda name: _TOLD.format("Otto"),
        ),
    },
    verdict="It didn't obey you, it continued.",
)
"""A text that makes a base model give a certain answer."""
