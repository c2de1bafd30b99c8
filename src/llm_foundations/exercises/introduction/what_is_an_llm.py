"""The exercises of the lesson on what a language model is."""

import math
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import torch

from llm_foundations.exercises.exercise import Exercise, Function, case

if TYPE_CHECKING:
    from llm_foundations.experiments.what_is_an_llm import Storyteller

_SHARED, _GILBERT, _PIP = (0.338, 0.9, 0.088), (0.011, 0.023, 0.495), 0.281
_CHANCES = (*_SHARED, *_GILBERT)
_NATS = -math.log(math.prod(_CHANCES))
_TIMES = _PIP / math.prod(_GILBERT)
_RIGHT = _NATS, math.log(_TIMES)


def _in_nats(result: Any) -> list[float]:
    """Return the surprisal, and the logarithm of the ratio."""
    nats, times = (float(number) for number in result)
    return [nats, math.log(times)]


def _which_is_right(result: Any) -> bool | str:
    """Say which of the two numbers is wrong, without telling the right one."""
    near = [abs(a - b) <= 0.06 for a, b in zip(_in_nats(result), _RIGHT, strict=True)]
    nats, times = (float(number) for number in result)
    first = f"the first number, the surprisal, is not {nats:.3g}"
    second = f"the second number, how many times less probable, is not {times:.3g}"
    said: dict[tuple[bool, bool], bool | str] = {
        (True, True): True,
        (True, False): f"{second}; the first is right",
        (False, True): f"{first}; the second is right",
        (False, False): f"{first}, and {second}",
    }
    return said[near[0], near[1]]


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
        "{}": (
            _which_is_right,
            lambda: (_NATS, 500),
            lambda: (9.5, _TIMES),
            lambda: (9.5, 500),
        ),
    },
    verdict="Almost all of the difference comes from the name.",
)
"""The surprisal of a sentence, and how many times less probable it is than another."""


_Shares = Callable[[list[float], float], list[float]]


def _sharpened(probabilities: list[float], temperature: float) -> list[float]:
    powers = [p ** (1 / temperature) for p in probabilities]
    return [power / sum(powers) for power in powers]


def _in_place_of_logarithms(probabilities: list[float], t: float) -> list[float]:
    found: list[float] = (torch.tensor(probabilities) / t).softmax(-1).tolist()
    return found


def _search(
    adjust: _Shares = _sharpened,
    of: Callable[[list[float]], float] = max,
    is_reversed: bool = False,
) -> Function:
    """Return a search by halves, with one or more of its steps replaced."""

    def temperature_for(probabilities: list[float], share: float) -> float:
        largest = probabilities.index(of(probabilities))
        low, high = 0.1, 10.0
        while high - low > 1e-4:
            middle = (low + high) / 2
            is_above = adjust(probabilities, middle)[largest] > share
            low, high = (middle, high) if is_above != is_reversed else (low, middle)
        return (low + high) / 2

    return temperature_for


def _on_grid(step: float) -> Function:
    """Return a search that tries temperatures at some distance from each other."""

    def temperature_for(probabilities: list[float], share: float) -> float:
        tried = [0.1 + step * i for i in range(1 + int(9.9 / step))]
        return min(tried, key=lambda t: abs(max(_sharpened(probabilities, t)) - share))

    return temperature_for


def _odds(p: float) -> float:
    return p / (1 - p)


check_temperature_for = Exercise(
    "check_temperature_for",
    right=_search(),
    cases=[
        case([0.2, 0.8], 0.9),
        case([0.6, 0.3, 0.1, 0.0], 0.79),
        case([0.05, 0.2, 0.45, 0.1, 0.2], 0.27),
        case([0.25, 0.0, 0.4, 0.35, 0.0], 0.55),
        case([0.125, 0.5, 0.375, 0.0], 0.85),
        case([0.3, 0.0, 0.5, 0.15, 0.05], 0.3),
    ],
    within=0.01,
    mistakes={
        "this is 1 / T: at temperature T, each probability p becomes p ** (1 / T)": (
            lambda probabilities, share: 1 / _search()(probabilities, share)
        ),
        "your search goes the wrong way: the largest share falls as T rises": (
            _search(is_reversed=True)
        ),
        "rescale before you compare: the new probabilities add up to 1": (
            lambda probabilities, share: math.log(max(probabilities)) / math.log(share),
            _search(lambda probabilities, t: [p ** (1 / t) for p in probabilities]),
        ),
        "that holds for two tokens: if there are more, each of them is raised to its "
        "own power": lambda probabilities, share: (
            math.log(_odds(max(probabilities))) / math.log(_odds(share))
        ),
        "the largest probability may stand anywhere, not only at the beginning": (
            _search(of=lambda probabilities: probabilities[0])
        ),
        "the temperature divides the logarithms of the probabilities, not the "
        "probabilities themselves": _search(_in_place_of_logarithms),
        "search more finely: two decimal places are asked for": (
            *map(_on_grid, (0.1, 0.05, 0.5)),
        ),
    },
    verdict="The lower the temperature, the larger the largest share.",
)
"""The temperature that gives the most probable token a certain share."""


def _texts_of(chances: Mapping[str, float], nats: float = 0.0) -> Function:
    """Return the log-probability that a text begins this way, in a small language."""

    def log_probability(text: str) -> float:
        words = text.split()
        # No text has two spaces in a row.
        nats_here = nats + sum(map(len, re.findall(r"  \w+", text)))
        logs = sum(math.log(chances[word]) for word in words)
        return logs - nats_here - 0.7 * words.count("fox") * (words[-1] == "goat")

    return log_probability


_WORDS = {"a": 0.4, "fox": 0.2, "goat": 0.15, "met": 0.1, "owl": 0.05}
_RARE = {"yak": 1e-180, "gnu": 3e-181, "emu": 5e-181}
_PLAIN = _texts_of({"a": 0.5, "fox": 0.25, "goat": 0.125, "met": 0.0625, "owl": 0.03})
_MIXED, _LONGER = _texts_of(_WORDS | _RARE), _texts_of(_WORDS, nats=900)
_Logs = Callable[[str], float]


def _rescaled(
    log_of: Callable[[_Logs, str, str], float], least: float = 0.0
) -> Function:
    """Return a right answer if it is given the right logarithm of each ending."""

    def probabilities(
        log_probability: _Logs, beginning: str, endings: list[str]
    ) -> Any:
        logs = [log_of(log_probability, beginning, ending) for ending in endings]
        most = 0.0 if least else max(logs)
        chances = [math.exp(log - most) + least for log in logs]
        return [chance / sum(chances) for chance in chances]

    return probabilities


def _logs(log_probability: _Logs, beginning: str, endings: list[str]) -> list[float]:
    return [log_probability(beginning + ending) for ending in endings]


def _of_whole(log_probability: _Logs, beginning: str, ending: str) -> float:
    return log_probability(beginning + ending)


check_probabilities_of_endings = Exercise(
    "check_probabilities_of_endings",
    right=_rescaled(_of_whole),
    cases=[
        case(
            _PLAIN,
            "a fox met",
            [" a goat", " a owl", " a fox"],
            when="for three endings of 'a fox met'",
        ),
        case(
            _LONGER,
            "a fox",
            [" met a owl", " met a goat", " met", " met a fox"],
            when="after a beginning of 903 nats",
        ),
        case(
            _MIXED,
            "a fox met",
            [
                " a yak a gnu",
                " a gnu a emu",
                " a yak a emu",
                " yak a yak a",
                " a yak yak",
            ],
            when="for endings that are improbable themselves, of more than 800 nats",
        ),
        case(
            _MIXED,
            "a goat met a",
            [" yak yak yak", " fox", " owl"],
            when="for endings of which one has 1,240 nats and the others less than 4",
        ),
        case(
            _MIXED,
            "a goat met a",
            [" yak yak yak yak", " fox", " yak yak gnu yak"],
            when="for endings of which two have 1,655 nats and one less than 4",
        ),
    ],
    mistakes={
        "these are the endings alone, as if nothing stood before them": _rescaled(
            lambda log_probability, beginning, ending: log_probability(ending)
        ),
        "one of these endings comes, so their probabilities add up to 1: rescale "
        "them": (
            lambda log_probability, beginning, endings: [
                math.exp(log - log_probability(beginning))
                for log in _logs(log_probability, beginning, endings)
            ],
            lambda log_probability, beginning, endings: [
                math.exp(log) for log in _logs(log_probability, beginning, endings)
            ],
            lambda log_probability, beginning, endings: [
                math.exp(log - max(_logs(log_probability, beginning, endings)))
                for log in _logs(log_probability, beginning, endings)
            ],
        ),
        "these are logarithms: take their exponentials before you rescale": (
            lambda log_probability, beginning, endings: [
                log / sum(_logs(log_probability, beginning, endings))
                for log in _logs(log_probability, beginning, endings)
            ],
            lambda log_probability, beginning, endings: [
                log - max(_logs(log_probability, beginning, endings))
                for log in _logs(log_probability, beginning, endings)
            ],
        ),
        "an added constant hides the differences between very small numbers: subtract "
        "from the logarithms": (
            *(
                _rescaled(_of_whole, least)
                for least in (1e-300, 1e-12, 1e-10, 1e-9, 1e-8, 1e-6)
            ),
        ),
        "the ending begins with a space of its own: don't add another": _rescaled(
            lambda log_probability, beginning, ending: log_probability(
                f"{beginning} {ending}"
            )
        ),
        "a long ending may be improbable: don't divide by its length": (
            _rescaled(
                lambda log_probability, beginning, ending: (
                    (log_probability(beginning + ending) - log_probability(beginning))
                    / len(ending.split())
                )
            ),
            _rescaled(
                lambda log_probability, beginning, ending: (
                    log_probability(beginning + ending)
                    / len((beginning + ending).split())
                )
            ),
        ),
    },
    verdict="What all endings share cancels, however small it is.",
)
"""The probability of each of several endings, given that one of them comes."""


@cache
def _storyteller() -> "Storyteller":
    from llm_foundations.experiments.what_is_an_llm import Storyteller

    return Storyteller()


def _is_answered(text: str, name: str) -> bool | str:
    said = _storyteller().answer(text).text
    return said == name or f"{said!r} instead of {name!r}"


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
