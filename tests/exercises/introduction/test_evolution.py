"""Answers that readers might write to the exercises on how language models grew."""

import math
import statistics

import numpy as np
import torch

from llm_foundations.exercises.introduction.evolution import (
    check_axis_by_hand,
    check_claims,
    check_doubling_time,
)
from llm_foundations.exercises.introduction.evolution_front import (
    check_best_for_size,
)
from tests.exercises.answers import accepts, refuses

test_axis_accepts = accepts(
    check_axis_by_hand,
    [
        lambda: (6.2, 200, 40),
        lambda: [2.5 * 2.48, 10**11.3 / 1e9, math.sqrt(1600)],
        lambda: np.array([6.19, 199.5, 40.0]),
        lambda: torch.tensor([6.2, 200, 40]),
    ],
)
test_axis_refuses = refuses(
    check_axis_by_hand,
    {
        "the same factor from both ends": lambda: (6.2, 200, 401),
        "isn't an ordinary ruler either": lambda: (6.2, 370, 40),
        "20 is 0.30 of the way": lambda: (5.55, 200, 40),
        "subtract its logarithm": lambda: (26.2, 200, 40),
        "four factors of 10, so each takes 2.5 cm": lambda: (2.48, 200, 40),
        "each 2.5 cm multiply": lambda: (0.3, 825, 40),
        "in billions": lambda: (6.2, 2e11, 4e10),
        "to base 10": lambda: (14.26, 200, 40),
        "the second number, the billions at 8.25 cm, is not 500": lambda: (
            *(6.2, 500, 40),
        ),
        "return three numbers above 0": lambda: (6.2, 200),
        "three numbers": lambda: None,
        "the first number, the position of 30 billion, is not 9": lambda: (9, 7, 50),
    },
)


def by_linear_regression(years, sizes):
    pairs = [(y, math.log2(s)) for y, s in zip(years, sizes, strict=True) if s]
    slope, _ = statistics.linear_regression(*zip(*pairs, strict=True))
    return 12 / slope


def by_polyfit(years, sizes):
    known = [s is not None for s in sizes]
    logs = np.log([s for s in sizes if s])
    months = 12 * np.array(years)[known]
    return np.log(2) / np.polyfit(months, logs, 1)[0]


def by_lstsq(years, sizes):
    rows = [(y - 2020, s) for y, s in zip(years, sizes, strict=True) if s is not None]
    x = torch.tensor([[y, 1.0] for y, _ in rows], dtype=torch.float64)
    y = torch.tensor([s for _, s in rows], dtype=torch.float64).log2()
    return 12 / torch.linalg.lstsq(x, y).solution[0]


def of_ends(years, sizes):
    rows = [(y, s) for y, s in zip(years, sizes, strict=True) if s]
    (x0, y0), (x1, y1) = rows[0], rows[-1]
    return 12 * (x1 - x0) / math.log2(y1 / y0)


def fitted(log, missing=None):
    def answer(years, sizes):
        filled = [(y, s or missing) for y, s in zip(years, sizes, strict=True)]
        rows = [(y, log(s)) for y, s in filled if s]
        return 12 / statistics.linear_regression(*zip(*rows, strict=True)).slope

    return answer


def by_deleting(years, sizes):
    while None in sizes:
        i = sizes.index(None)
        del years[i], sizes[i]
    return by_polyfit(years, sizes)


test_doubling_accepts = accepts(
    check_doubling_time,
    [
        by_linear_regression,
        by_polyfit,
        by_lstsq,
        lambda years, sizes: round(by_polyfit(years, sizes), 1),
        lambda years, sizes: np.float32(by_polyfit(years, sizes)),
    ],
)
test_doubling_refuses = refuses(
    check_doubling_time,
    {
        "two points aren't a fit": of_ends,
        "by a factor of 2.72": fitted(math.log),
        "by a factor of 10": fitted(math.log10),
        "these are years": lambda years, sizes: by_polyfit(years, sizes) / 12,
        "doublings per year": lambda years, sizes: 12 / by_polyfit(years, sizes),
        "take the logarithms": fitted(lambda size: size),
        "isn't published is unknown": fitted(math.log2, missing=1),
        "x and y are swapped": lambda years, sizes: (
            12
            * statistics.linear_regression(
                [math.log2(s) for s in sizes if s],
                [y for y, s in zip(years, sizes, strict=True) if s],
            ).slope
        ),
        "fit the sizes against the years": lambda years, sizes: (
            12
            / statistics.linear_regression(
                [math.log2(s) for s in sizes if s],
                [y for y, s in zip(years, sizes, strict=True) if s],
            ).slope
        ),
        "these sizes shrink": lambda years, sizes: abs(by_polyfit(years, sizes)),
        "changes the lists": by_deleting,
        "takes its year with it": lambda years, sizes: by_polyfit(
            years[: len([s for s in sizes if s])], [s for s in sizes if s]
        ),
        "TypeError": lambda years, sizes: (
            12 / np.polyfit(years, [math.log2(s) for s in sizes], 1)[0]
        ),
        "nothing was returned": lambda years, sizes: None,
    },
)

RIGHT = ["counted", "wrong", "guess", "counted", "stated", "wrong", "guess"]


def labeled(**changes):
    return lambda: dict(zip("ABCDEFG", RIGHT, strict=True)) | changes


test_claims_accepts = accepts(
    check_claims,
    [
        labeled(),
        lambda: RIGHT,
        lambda: tuple(label.upper() for label in RIGHT),
        lambda: {k.lower(): v for k, v in zip("ABCDEFG", RIGHT, strict=True)},
        lambda: np.array(RIGHT),
        labeled(C="guessed", G="Guessed "),
    ],
)
test_claims_refuses = refuses(
    check_claims,
    {
        "C: a table in a paper is no better than its source": labeled(C="stated"),
        "G: a newer model": labeled(G="stated"),
        "F: a name isn't a count": labeled(F="counted"),
        "B: a paper can be wrong": labeled(B="counted"),
        "E: the arithmetic agrees": labeled(E="counted"),
        "A: the claim is that of the count": labeled(A="wrong"),
        "D: anyone can download": labeled(D="stated"),
        "gives each letter from A to G one": labeled(C="rumor"),
        "got C: 'rumor', E: 'known'": labeled(C="rumor", E="known"),
        "got no label for D, F": labeled(D="", F=" "),
        "from A to G": lambda: RIGHT[:6],
        "nothing was returned": lambda: None,
        "the labels": lambda: "guess",
    },
)


def by_sorting(models):
    known = sorted((m for m in models if m[1] is not None), key=lambda m: (m[1], -m[2]))
    kept, best = [], (0, -1)
    for name, size, score in known:
        if score > best[1] or (size, score) == best:
            kept.append(name)
            best = (size, score)
    return kept


def by_sorting_in_place(models):
    models[:] = [m for m in models if m[1] is not None]
    models.sort(key=lambda m: (m[1], -m[2]))
    return by_sorting(models)


def by_arrays(models):
    models = [m for m in models if m[1]]
    if not models:
        return []
    size, score = np.array([m[1:] for m in models]).T
    no_worse = (size[:, None] <= size) & (score[:, None] >= score)
    better = (size[:, None] < size) | (score[:, None] > score)
    kept = ~(no_worse & better).any(0)
    return [models[i][0] for i in np.argsort(size) if kept[i]]


def by_generator(models):
    return (name for name in by_sorting(models))


def kept_unless(beaten, models):
    known = sorted((m for m in models if m[1]), key=lambda m: m[1])
    return [m[0] for m in known if not any(beaten(o, m) for o in known)]


def running(models):
    kept, best = [], -1
    for name, _, score in sorted((m for m in models if m[1]), key=lambda m: m[1]):
        if score > best:
            kept, best = [*kept, name], score
    return kept


test_frontier_accepts = accepts(
    check_best_for_size,
    [
        by_sorting,
        by_arrays,
        by_sorting_in_place,
        by_generator,
        lambda models: tuple(by_sorting(models[::-1])),
    ],
)
test_frontier_refuses = refuses(
    check_best_for_size,
    {
        "a higher score, and one of the same score if it is smaller": lambda models: (
            kept_unless(lambda o, m: o[1] < m[1] and o[2] > m[2], models)
        ),
        "of the same size if it has a higher score": running,
        "keep both": lambda models: kept_unless(
            lambda o, m: o is not m and o[1] <= m[1] and o[2] >= m[2], models
        ),
        "isn't published can't be compared": lambda models: by_sorting(
            [(n, s or 0, score) for n, s, score in models]
        ),
        "this is the best model of all": lambda models: [
            max((m for m in models if m[1]), key=lambda m: m[2])[0]
        ],
        "the smallest model first": lambda models: by_sorting(models)[::-1],
        "put the smallest model first": lambda models: sorted(by_sorting(models)),
        "first, in a list: got {": lambda models: set(by_sorting(models)),
        "the models that are beaten": lambda models: [
            m[0]
            for m in sorted((m for m in models if m[1]), key=lambda m: m[1])
            if m[0] not in by_sorting(models)
        ],
        "TypeError": lambda models: by_sorting([m for m in models if m[1] > 0]),
        "nothing was returned": lambda models: None,
        "return the names": lambda models: [
            m for m in models if m[0] in by_sorting(models)
        ],
    },
)
