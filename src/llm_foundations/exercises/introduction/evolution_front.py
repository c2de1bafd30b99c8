"""The last exercise of the lesson on how language models grew: a Pareto front."""

import math
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from llm_foundations.exercises.exercise import Exercise, Function, case

_Model = tuple[str, Any, float]


def _frontier(
    beats: Callable[[_Model, _Model], bool],
    order: Callable[[_Model], Any] = lambda model: model[1],
) -> Function:
    """Return the frontier, if it is given when a model beats another one."""

    def best_for_size(models: Sequence[_Model]) -> list[str]:
        known = [model for model in models if model[1]]
        kept = [m for m in known if not any(beats(other, m) for other in known)]
        return [model[0] for model in sorted(kept, key=order)]

    return best_for_size


def _beats(a: Any, b: Any) -> bool:
    return a[1] <= b[1] and a[2] >= b[2] and a[1:] != b[1:]


def _running_best(models: Sequence[_Model], *, ties: bool = False) -> list[str]:
    """Go through the models by size, and keep each new best score."""
    found, best = [], -math.inf
    for name, _, score in sorted(
        (m for m in models if m[1]), key=lambda model: model[1] or 0
    ):
        if score > best or (ties and score == best):
            found.append(name)
            best = score
    return found


def _unknown_as_zero(models: Sequence[_Model]) -> Any:
    return _frontier(_beats)([(n, s or 1e-9, score) for n, s, score in models])


def _unbeaten_by_next(models: Sequence[_Model]) -> list[str]:
    known = sorted((m for m in models if m[1]), key=lambda m: (m[1] or 0, -m[2]))
    pairs = zip(known[:1] + known[:-1], known, strict=True)
    return [model[0] for smaller, model in pairs if not _beats(smaller, model)]


def _with_twins_sorted(result: Any, models: Sequence[_Model]) -> list[str]:
    """Let models of the same size and score come in either order."""
    numbers = {name: (size, score) for name, size, score in models}
    return [n for _, same in groupby(result, key=numbers.get) for n in sorted(same)]


def _smallest_first(result: Any, models: Sequence[_Model]) -> bool:
    """Whether names come in the order of their sizes."""
    if result is None:
        return True
    sizes = {name: size for name, size, _ in models}
    known = [sizes[name] for name in result if sizes.get(name)]
    return not isinstance(result, set | frozenset) and known == sorted(known)


check_best_for_size = Exercise(
    "check_best_for_size",
    right=_frontier(_beats),
    cases=[
        case([("ant", 3, 40.0), ("bee", 9, 60.0), ("cow", 9.5, 55.0)]),
        case(
            [
                ("elk", 70, 67.5),
                ("fox", 280, 60.0),
                ("gnu", 8, 66.5),
                ("hen", None, 90.0),
                ("jay", 175, 43.5),
            ]
        ),
        case(
            [("kid", 7, 50.0), ("owl", 7, 52.0), ("pig", 20, 52.0), ("ram", 30, 71.0)],
            when="for two models of one size, and two of one score",
        ),
        case(
            [("yak", 5, 30.0), ("ape", 5, 30.0), ("cod", 2, 20.0), ("eel", 6, 29.0)],
            when="for two models with the same size and score",
        ),
        case([("dog", None, 80.0), ("cat", None, 70.0)], when="for unknown sizes only"),
        case(
            [("emu", 40, 55.0), ("asp", 90, 54.0), ("bat", 60, 58.0), ("bug", 1, 9.0)]
        ),
    ],
    observe=_with_twins_sorted,
    mistakes={
        "a size that isn't published can't be compared: leave the model out": (
            _unknown_as_zero,
            lambda models: _frontier(_beats)(
                [(n, s or math.inf, score) for n, s, score in models]
            ),
        ),
        "this is the best model of all: a smaller one with a lower score can be the "
        "best for its size": (
            lambda models: [max((m for m in models if m[1]), key=lambda m: m[2])[0]],
            lambda models: [max(models, key=lambda m: m[2])[0]],
        ),
        "these are the models that are beaten": (
            lambda models: [
                m[0]
                for m in sorted((m for m in models if m[1]), key=lambda m: m[1])
                if any(_beats(o, m) for o in models if o[1])
            ]
        ),
        "a model beats another one of the same size if it has a higher score, and one "
        "of the same score if it is smaller": (
            _frontier(lambda a, b: a[1] < b[1] and a[2] > b[2]),
            _frontier(lambda a, b: a[1] < b[1] and a[2] >= b[2]),
            _frontier(lambda a, b: a[1] <= b[1] and a[2] > b[2]),
            _running_best,
            lambda models: _running_best(models, ties=True),
        ),
        "two models with the same size and score don't beat each other: keep both": (
            _frontier(lambda a, b: a is not b and a[1] <= b[1] and a[2] >= b[2]),
            lambda models: _running_best(
                sorted(models, key=lambda m: (m[1] or 0, -m[2]))
            ),
        ),
        "put the smallest model first": (
            _frontier(_beats, order=lambda model: model[2] * 0),
            _frontier(_beats, order=lambda model: -(model[1] or 0)),
            _frontier(_beats, order=lambda model: model[0]),
            lambda models: sorted(_frontier(_beats)(models), reverse=True),
        ),
        "return the names, not the whole tuples": (
            lambda models: [m for m in models if m[0] in _frontier(_beats)(models)]
        ),
        "compare each model with all the others, not only with the next smaller one": (
            _unbeaten_by_next
        ),
    },
    properties={
        "put the smallest model first, in a list: got {}": (
            _smallest_first,
            lambda models: set(_frontier(_beats)(models)),
        ),
    },
    verdict="What is left depends on who published a score, and in which setting.",
)
"""The models that no other model beats in size and score at once."""
