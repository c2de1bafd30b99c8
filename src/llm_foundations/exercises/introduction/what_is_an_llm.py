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
    verdict="A rare name is a surprise of many nats, and nothing else about it is.",
)
"""The surprisal of a sentence, and how many times less probable it is than another."""


def _powers(exponent: Callable[[float], float], total: bool = True) -> Function:
    def adjust(probabilities: list[float], temperature: float) -> list[float]:
        powers = [p ** exponent(temperature) for p in probabilities]
        return [power / (sum(powers) if total else 1) for power in powers]

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
            lambda probabilities, temperature: _powers(lambda t: 1 / t)(
                [p + 0.001 for p in probabilities], temperature
            )
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


class _Texts:
    """The log-probability that a text begins so, of a language of a few words."""

    def __init__(self, chances: Mapping[str, float], nats: float = 0.0) -> None:
        self.chances, self.nats = chances, nats

    def __call__(self, text: str) -> float:
        """Add up the words of a text; the last one counts more after a question."""
        words = text.split()
        logs = [math.log(self.chances[word]) for word in words]
        return sum(logs) - self.nats - 0.7 * words.count("fox") * (words[-1] == "goat")

    def __repr__(self) -> str:
        """Return what a reader sees in a message."""
        return "log_probability"


_PLAIN = _Texts({"a": 0.5, "fox": 0.25, "goat": 0.125, "met": 0.0625, "owl": 0.03})
_WORDS = {"a": 0.4, "fox": 0.2, "goat": 0.15, "met": 0.1, "owl": 0.05}
_LONG, _LONGER = _Texts(_WORDS, nats=737.3), _Texts(_WORDS, nats=900)

check_probability_of_ending = Exercise(
    "check_probability_of_ending",
    right=lambda log_probability, beginning, ending: math.exp(
        log_probability(beginning + ending) - log_probability(beginning)
    ),
    cases=[
        case(_PLAIN, "a fox met", " a goat"),
        case(_PLAIN, "a goat", " met a owl"),
        case(_PLAIN, "a fox", " met a goat"),
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
        "logarithms": lambda log_probability, beginning, ending: (
            log_probability(beginning + ending) / log_probability(beginning)
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
    verdict="Nobody was asked: the name was the likeliest continuation.",
)
"""A text that makes a base model give a certain answer."""

_END = "\n"
_Next = Callable[[str], Mapping[str, float]]


class _Tree:
    """The next tokens of a small language, by the text so far."""

    def __init__(self, tokens: Mapping[str, Mapping[str, float]]) -> None:
        self.tokens = tokens

    def __call__(self, text: str) -> dict[str, float]:
        """Return the next tokens, which depend on the last token alone."""
        found = self.tokens.get(text[-2:], {})
        if not found:
            raise ValueError(f"nothing may follow {text!r}")
        return dict(found)

    def __repr__(self) -> str:
        """Return what a reader sees in a message."""
        return "next_tokens"


_SMALL = _Tree(
    {
        "A": {" a": 0.5, " b": 0.4, _END: 0.1},
        " a": {" a": 0.4, " b": 0.35, _END: 0.25},
        " b": {" a": 0.05, " b": 0.05, _END: 0.9},
    }
)
_OTHER = _Tree(
    {
        "Z": {" c": 0.34, " d": 0.35, " e": 0.31},
        " c": {" c": 0.2, " d": 0.1, " e": 0.7},
        " d": {" c": 0.36, " d": 0.34, " e": 0.3},
        " e": {" c": 0.15, " e": 0.8, _END: 0.05},
    }
)


def _search(
    better: Callable[[float, float], float] = lambda chance, p: chance * p,
    more: int = 0,
    ends: bool = True,
    whole: bool = False,
) -> Function:
    """Return an exhaustive search with one or more of its steps replaced."""

    def search(next_tokens: _Next, beginning: str, n: int) -> str:
        done, now = [], [(1.0, "")]
        for _ in range(n + more):
            grown = [
                (better(chance, p), text + token)
                for chance, text in now
                for token, p in next_tokens(beginning + text).items()
            ]
            done += [pair for pair in grown if ends and pair[1].endswith(_END)]
            now = [pair for pair in grown if not pair[1].endswith(_END)]
        best = max(done + now)[1]
        return beginning + best if whole else best

    return search


def _greedy(next_tokens: _Next, beginning: str, n: int) -> str:
    written = ""
    for _ in range(n):
        chances = next_tokens(beginning + written)
        written += max(chances, key=lambda token: chances[token])
        if written.endswith(_END):
            break
    return written


check_most_probable = Exercise(
    "check_most_probable",
    right=_search(),
    cases=[
        case(_SMALL, "A", 2, when="for 2 tokens after 'A'"),
        case(_OTHER, "Z", 3, when="for 3 tokens after 'Z'"),
        case(_SMALL, "A", 4, when="for 4 tokens after 'A'"),
        case(_OTHER, "Z", 1, when="for 1 token after 'Z'"),
    ],
    mistakes={
        "this is the best token at each step: a worse first token may lead to a better "
        "text": _greedy,
        "the probabilities of the tokens of one text are multiplied, not added": (
            _search(lambda chance, p: chance + p)
        ),
        "a text that has ended has fewer tokens, and competes with the others": (
            _search(ends=False)
        ),
        "return the new tokens alone, without the beginning": _search(whole=True),
        "the text is one token too short: count from the first new one": _search(
            more=-1
        ),
        "the text is one token too long: the last of n tokens is the end": _search(
            more=1
        ),
        "this looks for the least probable text": _search(
            lambda chance, p: -abs(chance) * p
        ),
    },
    verdict="The best text needn't begin with the best token.",
)
"""The most probable continuation of a few tokens, among all there are."""
