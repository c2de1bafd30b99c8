"""The exercises of the lesson on counting words."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from llm_foundations.exercises.exercise import Exercise, Function, case

_Weights = Sequence[float]
_TRUE, _MODEL = (1 / 2, 1 / 8, 3 / 8), (0.55, 0.3, 0.15)  # fox, goat, owl after owl
_AFTER, _ALL = (2, 1, 0), (3 / 8, 2 / 8, 3 / 8)


def _cross(p: _Weights, q: _Weights) -> float:
    return -sum(a * math.log(b) for a, b in zip(p, q, strict=True) if a)


_ENTROPY, _LOSS = _cross(_TRUE, _TRUE), _cross(_TRUE, _MODEL)
_BACKWARD = _cross(_MODEL, _TRUE) - _cross(_MODEL, _MODEL)


def _mixed(
    follows: _Weights = _AFTER, shorter: _Weights = _ALL, m: float = 2
) -> Function:
    """Return the answer of someone who mixed other counts."""
    total = sum(follows) + m
    model = [(c + m * p) / total for c, p in zip(follows, shorter, strict=True)]
    return _spinner(model[2], _cross(_TRUE, model))


def _spinner(
    owl: float = _MODEL[2], loss: float = _LOSS, excess: float | None = None
) -> Function:
    """Return an answer with some of its numbers replaced."""
    gap = loss - _ENTROPY if excess is None else excess
    return lambda: (owl, gap, math.exp(loss))


def _shown(result: Any) -> list[float]:
    """Round as the exercise asks, with the same weight on all three numbers."""
    owl, excess, perplexity = (float(number) for number in result)
    return [owl, excess, perplexity / 10]


def _wrong_numbers(result: Any) -> bool | str:
    names = ("the probability of owl", "the excess", "the perplexity")
    found = [float(number) for number in result]
    rights = (_MODEL[2], _LOSS - _ENTROPY, math.exp(_LOSS))
    wrong = [
        f"{name} is not {value:.4g}"
        for name, value, right, within in zip(
            names, found, rights, (0.0012, 0.0012, 0.012), strict=True
        )
        if not abs(value - right) <= within
    ]
    return "; ".join(wrong) or True


check_spinner_by_hand = Exercise(
    "check_spinner_by_hand",
    right=_spinner(),
    cases=[case()],
    why="the answer consists of numbers from paper",
    observe=_shown,
    within=0.0012,
    returns=("the probability of owl", "the excess", "the perplexity divided by 10"),
    mistakes={
        "that is add-one: here two imaginary occurrences are shared out among all "
        "words": _mixed(shorter=(1 / 3, 1 / 3, 1 / 3), m=3),
        "the imaginary occurrences are shared out as the words are among all eight "
        "spins, not evenly": _mixed(shorter=(1 / 3, 1 / 3, 1 / 3)),
        "count what came after owl, not what came before it": _mixed((1, 1, 0)),
        "that is one imaginary occurrence: m is 2": _mixed(m=1),
        "mix by counts, (c + m p) / (total + m): that is a mean of both shares": (
            _mixed(m=3)
        ),
        "those are the shares of all spins: count what followed owl": (
            _spinner(_ALL[2], _cross(_TRUE, _ALL))
        ),
        "divide by all five occurrences, three real and two imaginary": (
            _spinner(0.25, _cross(_TRUE, [p * 5 / 3 for p in _MODEL]))
        ),
        "all eight spins count for the shorter context, the first one too": (
            _mixed(shorter=(3 / 7, 2 / 7, 2 / 7))
        ),
        "the first number is the probability of owl after owl": (
            _spinner(owl=_MODEL[0]),
            _spinner(owl=_MODEL[1]),
        ),
        "these are bits: take the natural logarithm": (
            _spinner(excess=(_LOSS - _ENTROPY) / math.log(2)),
            _spinner(loss=_LOSS / math.log(2)),
        ),
        "weight the model's surprisals by the true probabilities, not by how often "
        "each word came up": (
            _spinner(loss=_cross((2 / 3, 1 / 3, 0), _MODEL)),
            _spinner(loss=_cross(_ALL, _MODEL)),
        ),
        "the second number is the excess: subtract the entropy from the "
        "cross-entropy": _spinner(excess=_LOSS),
        "the surprisals are the model's, and the weights are the spinner's: you have "
        "them the other way round": (
            _spinner(excess=_BACKWARD),
            _spinner(loss=_cross(_MODEL, _TRUE)),
            _spinner(loss=_cross(_MODEL, _TRUE), excess=_BACKWARD),
        ),
        "the excess is never negative: it is the cross-entropy minus the entropy": (
            _spinner(excess=_ENTROPY - _LOSS)
        ),
        "the perplexity of the model is e to its cross-entropy, not to the entropy": (
            lambda: (_MODEL[2], _LOSS - _ENTROPY, math.exp(_ENTROPY))
        ),
        "the perplexity is e to the cross-entropy, since these are nats, not 2 to "
        "it": lambda: (_MODEL[2], _LOSS - _ENTROPY, 2**_LOSS),
        "the perplexity is e to the whole cross-entropy, not to the excess": (
            lambda: (_MODEL[2], _LOSS - _ENTROPY, math.exp(_LOSS - _ENTROPY))
        ),
    },
    properties={
        "return three numbers: the probability, the excess and the perplexity, got "
        "{}": (
            lambda result: len(_shown(result)) == 3,
            lambda: _MODEL[2],
            lambda: (_MODEL[2], _LOSS),
        ),
        "{}": (
            _wrong_numbers,
            lambda: (0.5, 0.186, 3.19),
            lambda: (0.15, 0.5, 3.19),
        ),
    },
    verdict="What never followed owl still gets its share of all words.",
)
"""Two orders interpolated by hand, with the excess and perplexity of the mixture."""


_UNKNOWN = "<unknown>"
_Counts = Mapping[str, int]


def _smoothed(
    total: Callable[[_Counts, Sequence[str]], float] = (
        lambda follows, vocabulary: sum(follows.values()) + len(vocabulary) + 1
    ),
    unknown: Callable[[_Counts, Sequence[str]], float] = (
        lambda follows, vocabulary: 1 + _outside(follows, vocabulary)
    ),
    add: int = 1,
) -> Function:
    """Return a right answer with one of its parts replaced."""

    def add_one(follows: _Counts, vocabulary: Sequence[str]) -> dict[str, float]:
        whole = total(follows, vocabulary)
        chances = {word: (follows.get(word, 0) + add) / whole for word in vocabulary}
        return chances | {_UNKNOWN: unknown(follows, vocabulary) / whole}

    return add_one


def _outside(follows: _Counts, vocabulary: Sequence[str]) -> int:
    return sum(count for word, count in follows.items() if word not in vocabulary)


def _broken(follows: _Counts, vocabulary: Sequence[str]) -> dict[str, float]:
    total = sum(follows.values()) + len(follows)
    chances = {word: (count + 1) / total for word, count in follows.items()}
    return chances | {_UNKNOWN: 1 / total}


def _each_unknown(follows: _Counts, vocabulary: Sequence[str]) -> dict[str, float]:
    words = [*dict.fromkeys([*vocabulary, *follows]), _UNKNOWN]
    whole = sum(follows.values()) + len(words)
    return {word: (follows.get(word, 0) + 1) / whole for word in words}


def _rescaled(follows: _Counts, vocabulary: Sequence[str]) -> dict[str, float]:
    chances = _broken(follows, vocabulary)
    return {word: chance / sum(chances.values()) for word, chance in chances.items()}


def _is_whole(result: Any) -> bool | str:
    total = math.fsum(float(chance) for chance in result.values())
    return math.isclose(total, 1, rel_tol=1e-6) or f"{total:.4g}"


def _in_order(result: Any, follows: _Counts, vocabulary: Sequence[str]) -> Any:
    return [float(result.get(word, math.nan)) for word in (*vocabulary, _UNKNOWN)]


check_add_one = Exercise(
    "check_add_one",
    right=_smoothed(),
    cases=[
        case({"fox": 2, "owl": 1}, ["fox", "goat", "owl", "hen"]),
        case({"goat": 3, "yak": 2, "gnu": 1}, ["fox", "goat", "owl", "hen", "duck"]),
        case({}, ["fox", "goat"]),
        case({"emu": 4}, ["fox", "goat", "owl"]),
        case({"fox": 1, "goat": 5}, ["goat", "fox"]),
    ],
    mistakes={
        "the probabilities add up to more than 1: each word of the vocabulary and "
        "<unknown> has an imaginary occurrence, not only the words that were seen": (
            _broken,
            _smoothed(total=lambda f, v: sum(f.values()) + len(f)),
            _smoothed(total=lambda f, v: max(sum(f.values()) + len(f), 1)),
        ),
        "a word that was never seen has a probability too: go through the "
        "vocabulary, not through what was seen": _rescaled,
        "<unknown> needs an imaginary occurrence of its own: the total counts one "
        "more than the vocabulary has words": (
            _smoothed(total=lambda f, v: sum(f.values()) + len(v)),
            _smoothed(
                total=lambda f, v: sum(f.values()) + len(v),
                unknown=lambda f, v: _outside(f, v),
            ),
        ),
        "all words outside the vocabulary are one word, <unknown>: they have no "
        "entries of their own": _each_unknown,
        "words outside the vocabulary that were seen are occurrences of <unknown>: "
        "add their counts up": (
            _smoothed(unknown=lambda f, v: 1),
            _smoothed(
                total=lambda f, v: sum(f.get(w, 0) for w in v) + len(v) + 1,
                unknown=lambda f, v: 1,
            ),
            _smoothed(unknown=lambda f, v: 1 + sum(w not in v for w in f)),
        ),
        "nothing was added: what was never seen still has a probability of 0": (
            _smoothed(
                total=lambda f, v: max(sum(f.values()), 1), unknown=_outside, add=0
            )
        ),
    },
    properties={
        "return a dictionary of probabilities, got {}": (
            lambda result, follows, vocabulary: isinstance(result, Mapping),
            lambda follows, vocabulary: 0.5,
        ),
        "return one probability for each word of the vocabulary and one for "
        "<unknown>: {} is missing": (
            lambda result, follows, vocabulary: (
                ", ".join(w for w in (*vocabulary, _UNKNOWN) if w not in result) or True
            ),
            lambda follows, vocabulary: {w: 1 / len(vocabulary) for w in vocabulary},
        ),
        "the probabilities add up to {}, not to 1": (
            lambda result, follows, vocabulary: _is_whole(result),
            lambda follows, vocabulary: dict.fromkeys((*vocabulary, _UNKNOWN), 0.9),
        ),
    },
    observe=_in_order,
    verdict="Whatever comes next, the probabilities share exactly 1.",
)
"""Add-one smoothing with a word for everything outside the vocabulary."""
