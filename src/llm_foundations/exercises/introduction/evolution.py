"""The exercises of the lesson on how language models grew."""

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from llm_foundations.exercises.exercise import Exercise, Function, case

_RIGHT = (6.19, 199.5, 40.0)
_PARTS = (
    "the first number, the position of 30 billion, is not {:.3g}",
    "the second number, the billions at 8.25 cm, is not {:.4g}",
    "the third number, the billions halfway between 2 and 800, is not {:.4g}",
)


def _on_axis(result: Any) -> list[float]:
    """Return where the three answers stand, in factors of 10."""
    position, size, halfway = (float(number) for number in result)
    return [position / 2.5, math.log10(size), math.log10(halfway)]


def _which_is_right(result: Any) -> bool | str:
    """Say which of the three numbers are wrong, without telling the right ones."""
    pairs = zip(_on_axis(result), _on_axis(_RIGHT), strict=True)
    wrong = [
        said.format(float(number))
        for said, number, (found, right) in zip(_PARTS, result, pairs, strict=True)
        if abs(found - right) > 0.025
    ]
    return not wrong or "; ".join(wrong)


def _reader(*changes: float | None) -> Function:
    """Return an answer of which some numbers are wrong, and the others right."""
    return lambda: tuple(
        right if change is None else change
        for change, right in zip(changes, _RIGHT, strict=True)
    )


check_axis_by_hand = Exercise(
    "check_axis_by_hand",
    right=lambda: _RIGHT,
    cases=[case()],
    why="the answer consists of numbers from paper",
    observe=_on_axis,
    within=0.025,
    returns=("the position", "the size", "the halfway point"),
    mistakes={
        "halfway on this axis is the same factor from both ends, not the same "
        "difference": (
            _reader(None, None, 401),
            _reader(None, None, 399),
            _reader(None, 825, 401),
            _reader(0.3, None, 401),
            _reader(0.3, 825, 401),
            _reader(5.56, 370, 401),
        ),
        "between two powers of 10, the axis isn't an ordinary ruler either: 20 is 0.30 "
        "of the way from 10 to 100": (
            _reader(5.56, None, None),
            _reader(None, 370, None),
            _reader(5.56, 370, None),
        ),
        "the left end of this axis is 100 million, not 1: subtract its logarithm": (
            _reader(26.2, None, None),
            _reader(None, 2e-6, None),
            _reader(26.2, 2e-6, None),
        ),
        "these 10 cm hold four factors of 10, so each takes 2.5 cm, not 1": (
            _reader(2.48, None, None),
            _reader(None, 10 ** (8.25 - 1), None),
            _reader(2.48, 10 ** (8.25 - 1), None),
        ),
        "this is an ordinary ruler: on a logarithmic one, each 2.5 cm multiply the "
        "size by 10": (
            _reader(0.3, None, None),
            _reader(None, 825, None),
            _reader(0.3, 825, None),
        ),
        "give the sizes in billions": (
            _reader(None, 199.5e9, None),
            _reader(None, None, 40e9),
            _reader(None, 199.5e9, 40e9),
        ),
        "take logarithms to base 10, not natural ones": _reader(14.26, None, None),
    },
    properties={
        "return three numbers above 0: centimeters, billions, billions; got {}": (
            lambda result: len(result) == 3 and min(map(float, result)) > 0,
            lambda: 6.2,
            lambda: (6.2, 200),
            lambda: (6.2, -200, 40),
        ),
        "{}": (_which_is_right, _reader(7.1, 300, 90), _reader(None, None, 44)),
    },
    verdict="Equal distances are equal factors.",
)
"""A position, a size and a halfway point on a logarithmic axis."""


_Fit = Callable[[Any, Any], float]
_FITS = [
    case([2018.0, 2019.0, 2021.5], [1e9, 4e9, 1.28e11], when="for exact doublings"),
    case([2018.5, 2020.0, 2019.25, 2021.0], [1.2e8, 9e10, 2e9, 8e10]),
    case([2019.0, 2020.5, 2021.0, 2022.0, 2022.5], [3e9, None, 8e10, None, 5e11]),
    case([2022.0, 2023.5, 2022.25, 2024.0, 2025.0], [5e11, 6e10, 2e11, 7e10, 9e9]),
    case([2021.0, 2017.5, 2019.0], [None, 5e7, 3e8], when="for two known sizes"),
]


def _slope(x: Any, y: Any) -> float:
    """Return the slope of the line with the least squared vertical distances."""
    dx, dy = np.asarray(x) - np.mean(x), np.asarray(y) - np.mean(y)
    return float((dx * dy).sum() / (dx * dx).sum())


def _inverse_slope(x: Any, y: Any) -> float:
    return 1 / _slope(y, x)


def _ends(x: Any, y: Any) -> float:
    return float((y[-1] - y[0]) / (x[-1] - x[0]))


def _from_oldest(x: Any, y: Any) -> float:
    first, last = int(np.argmin(x)), int(np.argmax(x))
    return float((y[last] - y[first]) / (x[last] - x[first]))


def _mean_of_pairs(x: Any, y: Any) -> float:
    slopes = [(y[j] - y[i]) / (x[j] - x[i]) for i, j in combinations(range(len(x)), 2)]
    return float(np.mean(slopes))


def _doubling(
    fit: _Fit = _slope,
    log: Callable[[Any], Any] = np.log2,
    *,
    missing: float | None = None,
    months: float = 12,
) -> Function:
    """Return a right answer, or one with a step replaced."""

    def doubling_time(years: Sequence[float], sizes: Sequence[float | None]) -> float:
        pairs = [
            (year, size or missing)
            for year, size in zip(years, sizes, strict=True)
            if size or missing
        ]
        x, y = zip(*pairs, strict=True)
        return months / fit(x, log(np.array(y, dtype=float)))

    return doubling_time


def _compressed(years: Sequence[float], sizes: Sequence[float | None]) -> float:
    """Leave out the unknown sizes, but not their years."""
    known = [size for size in sizes if size]
    return float(_doubling()(years[: len(known)], known))


def _left_alone(_: Any, years: Sequence[float], sizes: Sequence[float | None]) -> bool:
    """Whether a call left its lists as they were."""
    return (list(years), list(sizes)) in [made.arguments for made in _FITS]


def _by_deleting(years: list[float], sizes: list[float | None]) -> float:
    for i in reversed(range(len(sizes))):
        if sizes[i] is None:
            del years[i], sizes[i]
    return float(_doubling()(years, sizes))


check_doubling_time = Exercise(
    "check_doubling_time",
    right=_doubling(),
    cases=_FITS,
    within=0.06,
    mistakes={
        "two points aren't a fit: the least-squares line uses all of them": (
            _doubling(_ends),
            _doubling(_from_oldest),
            _doubling(_mean_of_pairs),
        ),
        "this is the time in which the size grows by a factor of 2.72: take logarithms "
        "to base 2, or multiply by log(2)": _doubling(log=np.log),
        "this is the time in which the size grows by a factor of 10: take logarithms "
        "to base 2, or multiply by log10(2)": _doubling(log=np.log10),
        "these are years: a year has 12 months": _doubling(months=1),
        "these are doublings per year: how many months does one of them take?": (
            lambda years, sizes: 12 / _doubling()(years, sizes),
            lambda years, sizes: 1 / _doubling()(years, sizes),
        ),
        "take the logarithms of the sizes first: equal factors then become equal "
        "steps": _doubling(log=lambda sizes: sizes),
        "a size that isn't published is unknown, not zero and not one: leave the model "
        "out": (_doubling(missing=1.0), _doubling(missing=1e-9)),
        "an unknown size takes its year with it: otherwise, the sizes after it get the "
        "years of others": _compressed,
        "x and y are swapped: fit the sizes against the years, not the years against "
        "the sizes": (
            _doubling(_inverse_slope),
            _doubling(lambda x, y: _slope(y, x)),
            _doubling(lambda x, y: _slope(y, x), months=1),
        ),
        "a negative answer is right: these sizes shrink": (
            lambda years, sizes: abs(_doubling()(years, sizes))
        ),
    },
    properties={
        "your function changes the lists that it is given, so whoever called it loses "
        "models: make new lists": (_left_alone, _by_deleting),
    },
    verdict="A negative doubling time is a halving time.",
)
"""The doubling time of the line that fits all known sizes best."""


_LABELS = {
    "A": "counted",
    "B": "wrong",
    "C": "guess",
    "D": "counted",
    "E": "stated",
    "F": "wrong",
    "G": "guess",
}
_KINDS = {"counted", "stated", "wrong", "guess"}
_SAME = {"guessed": "guess", "count": "counted", "state": "stated"}


def _labels(result: Any) -> dict[str, str]:
    """Return the labels by letter, from a mapping or a sequence."""
    if isinstance(result, str):
        raise TypeError("a string is no sequence of labels")
    pairs = (
        result.items()
        if isinstance(result, Mapping)
        else zip(_LABELS, result, strict=True)
    )
    plain = {key.strip().upper(): label.strip().lower() for key, label in pairs}
    return {key: _SAME.get(label, label) for key, label in plain.items()}


def _is_complete(result: Any) -> bool | str:
    """Say which claims have no label, or none of the four."""
    if not isinstance(result, Mapping):
        result = dict(zip(_LABELS, result, strict=True))
    labels = _labels(result)
    if missing := [claim for claim in _LABELS if not labels.get(claim)]:
        return f"no label for {', '.join(missing)}"
    strange = [f"{c}: {labels[c]!r}" for c in labels if labels[c] not in _KINDS]
    return set(labels) == set(_LABELS) and (not strange or ", ".join(strange))


def _relabeled(**labels: str) -> Function:
    return lambda: _LABELS | labels


def _has(*claims: str) -> Callable[[Any], bool]:
    """Whether some claims have the right label."""
    return lambda result: all(_labels(result)[c] == _LABELS[c] for c in claims)


check_claims = Exercise(
    "check_claims",
    right=None,
    cases=[case()],
    why="the answer is a judgment of seven sentences",
    mistakes={},
    properties={
        "return a dictionary that gives each letter from A to G one of the labels "
        "counted, stated, wrong and guess; got {}": (
            _is_complete,
            lambda: {"A": "stated"},
            lambda: ["stated", "wrong"],
            _relabeled(C="rumor"),
            _relabeled(C=""),
        ),
        "C: a table in a paper is no better than its source: can these authors know, "
        "and do they say that they do?": (_has("C"), _relabeled(C="stated")),
        "G: a newer model needn't have the size of the older one, and the authors "
        "give none": (_has("G"), _relabeled(G="stated"), _relabeled(G="wrong")),
        "F: a name isn't a count: what do the public weights say?": (
            _has("F"),
            _relabeled(F="counted"),
            _relabeled(F="stated"),
        ),
        "A: the claim is that of the count, whatever the name says": (
            _has("A"),
            _relabeled(A="wrong"),
            _relabeled(A="stated"),
        ),
        "B: a paper can be wrong, too: if the weights are public, the count decides": (
            _has("B"),
            _relabeled(B="stated"),
            _relabeled(B="counted"),
        ),
        "E: the arithmetic agrees with the paper, but its shapes come from the same "
        "paper: can you count the weights themselves?": (
            _has("E"),
            _relabeled(E="counted"),
        ),
        "D: anyone can download these weights, with or without the added module: does "
        "their number agree?": (
            _has("D"),
            _relabeled(D="stated"),
            _relabeled(D="wrong"),
        ),
    },
    verdict="Ask who could know, and whether you can count it yourself.",
)
"""Which kind of evidence there is for each of seven published sizes."""
