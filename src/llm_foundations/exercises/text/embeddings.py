"""The exercises of the lesson on embeddings."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from llm_foundations.exercises.exercise import Drawn, Exercise, Function, case

_RIGHT = (0.96, 0.8, math.sqrt(0.08))


def _wrong(*numbers: float | None) -> Function:
    """Return an answer with some of the three right numbers replaced."""
    mixed = [b if a is None else a for a, b in zip(numbers, _RIGHT, strict=True)]
    return lambda: tuple(mixed)


def _which_is_right(result: Any) -> bool | str:
    """Name the first number that is wrong, without telling the right one."""
    names = ("the cosine of honey and soup", "the cosine of honey and the", "distance")
    for name, number, right in zip(names, result, _RIGHT, strict=True):
        if abs(float(number) - right) > 0.006:
            return f"{name} is not {float(number):.3g}"
    return True


check_cosines_by_hand = Exercise(
    "check_cosines_by_hand",
    right=lambda: _RIGHT,
    cases=[case()],
    why="the answer consists of numbers from paper",
    within=0.006,
    observe=lambda result: [float(number) for number in result],
    mistakes={
        "these are dot products: divide each by both norms": (
            _wrong(24, 100, None),
            _wrong(24, 100, 2),
            _wrong(24, 100, math.sqrt(2)),
        ),
        "divide by both norms, not by one of them": (
            _wrong(24 / 5, 100 / 5, None),
            _wrong(24 / 5, 100 / 25, None),
            _wrong(24 / 5, 20, math.sqrt(2)),
        ),
        "a norm is the square root of the sum of squares": (
            _wrong(24 / 625, 100 / 15625, None),
            _wrong(24 / 49, 100 / 217, None),
        ),
        "that is the distance of the vectors as they stand: divide each by its norm "
        "first": _wrong(None, None, math.sqrt(2)),
        "that is the squared distance: take its square root": (
            _wrong(None, None, 0.08)
        ),
        "the distance is not 1 minus the cosine: subtract the two vectors of norm 1, "
        "and take the norm of the difference": (
            _wrong(None, None, 0.04),
            _wrong(None, None, 0.2),
        ),
        "the first two numbers are exchanged": _wrong(0.8, 0.96, None),
    },
    properties={
        "return three numbers, got {}": (
            lambda result: len([float(number) for number in result]) == 3,
            lambda: (0.96, 0.8),
            lambda: 0.96,
        ),
        "{}": (_which_is_right, _wrong(0.5, None, None), _wrong(None, None, 0.5)),
    },
    verdict="The dot product prefers the frequent word, the cosine the similar one.",
)
"""Two cosines and a distance, from counts on paper."""


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def _step(
    pull: Callable[[float], float] = lambda score: 1 - _sigmoid(score),
    push: Callable[[float], float] = _sigmoid,
    *,
    is_sequential: bool = False,
    is_alone: bool = False,
    moves: Sequence[bool] = (True, True, True),
    averages: Sequence[str] = (),
) -> Function:
    """Return one step of negative sampling, with parts of it replaced."""

    def train_pair(word: Tensor, near: Tensor, noise: Tensor, rate: float) -> Any:
        toward = pull(float(word @ near))
        away = torch.tensor([push(float(word @ other)) for other in noise])
        away = away.to(word.dtype) / (len(noise) if averages else 1)
        moved = word + rate * (toward * near - away @ noise)
        if "noise" not in averages and averages:
            away = away * len(noise)
        seen = moved if is_sequential else word
        if is_sequential:
            toward = pull(float(moved @ near))
            away = torch.tensor([push(float(moved @ other)) for other in noise])
        results = (
            word + rate * (toward - away.sum()) * word if is_alone else moved,
            near + rate * toward * (near if is_alone else seen),
            noise - rate * away[:, None] * (noise if is_alone else seen),
        )
        given = (word, near, noise)
        return tuple(
            b if is_moved else a
            for a, b, is_moved in zip(given, results, moves, strict=True)
        )

    return train_pair


def _up(x: float) -> float:
    return -(1 - _sigmoid(x))


check_train_pair = Exercise(
    "check_train_pair",
    right=_step(),
    cases=[
        case(Drawn("C"), Drawn("C"), Drawn("K C"), 0.5, C=3, K=2),
        case(Drawn("C"), Drawn("C"), Drawn("K C"), 0.1, C=2, K=5),
        case(Drawn("C"), Drawn("C"), Drawn("K C"), 2.0, C=5, K=1),
        case(Drawn("C"), Drawn("C"), Drawn("K C"), 1.0, C=4, K=3),
    ],
    returns=(
        "the new vector of the word",
        "that of the neighbor",
        "those of the noise",
    ),
    within=1e-3,
    mistakes={
        "did you use the old vector of the word? Compute all three changes from the "
        "old vectors, and only then apply them": _step(is_sequential=True),
        "both vectors of a pair move by the error times the other one, not by the "
        "error times themselves": _step(is_alone=True),
        "the vectors of the neighbor and of the noise words learn, too": (
            _step(moves=(True, False, False)),
            _step(moves=(True, True, False)),
            _step(moves=(True, False, True)),
        ),
        "the word learns, too": _step(moves=(False, True, True)),
        "the neighbor's error is 1 minus the sigmoid of its score: the more the score "
        "says so already, the smaller the pull": _step(pull=_sigmoid),
        "a noise word's error is the sigmoid of its score, not 1 minus it": _step(
            push=lambda score: 1 - _sigmoid(score)
        ),
        "this goes up the slope: pull the neighbor closer, push the noise away": _step(
            pull=_up, push=lambda score: -_sigmoid(score)
        ),
        "this pulls the noise words closer: they are to be pushed away": _step(
            push=lambda score: -_sigmoid(score)
        ),
        "add up the pushes of the noise words, don't average them": (
            _step(averages=["word", "noise"]),
            _step(averages=["word"]),
        ),
        "the errors come from sigmoids of the scores, not the scores": _step(
            pull=lambda score: 1 - score, push=lambda score: score
        ),
        "each vector moves by the whole other one, whatever the score: multiply by "
        "1 minus the sigmoid, or by the sigmoid": _step(
            pull=lambda score: 1.0, push=lambda score: 1.0
        ),
    },
    verdict="Each vector moved a little, and all from the same old scores.",
)
"""One step of gradient descent on one word, its neighbor, and noise words."""


def _rank(
    normalize: Callable[[Tensor], Tensor] = lambda v: F.normalize(v, dim=-1),
    *,
    first: int = 1,
    leaves_out: str = "abc",
    signs: tuple[int, int, int] = (-1, 1, 1),
    is_raw_target: bool = False,
    input_score: float = -math.inf,
) -> Function:
    """Return a rank of the answer, with parts of its computation replaced."""

    def rank_of_answer(vectors: Tensor, a: int, b: int, c: int, d: int) -> int:
        unit = normalize(vectors)
        summed = vectors if is_raw_target else unit
        given = [summed[i] for i in (a, b, c)]
        target = sum(
            (sign * v for sign, v in zip(signs, given, strict=True)),
            torch.zeros_like(given[0]),
        )
        scores = unit @ target
        for name, i in zip("abc", (a, b, c), strict=True):
            if name in leaves_out:
                scores[i] = input_score
        return first + int((scores > scores[d]).sum())

    return rank_of_answer


def _words(*rows: Sequence[float]) -> Tensor:
    return torch.tensor(rows)


_PEOPLE = _words(
    *((1.0, 0.1, 0.0), (0.2, 1.0, 0.1), (0.9, 0.2, 1.1), (0.3, 0.8, 1.2)),
    *((2.0, 4.0, 4.5), (0.1, 0.9, 0.8), (-1.0, 0.3, 0.2)),
)


def _drawn(n: int, width: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    norms = torch.rand(n, 1, generator=generator) * 4 + 0.3
    drawn: Tensor = torch.randn(n, width, generator=generator) * norms + 0.5
    return drawn


check_rank_of_answer = Exercise(
    "check_rank_of_answer",
    right=_rank(),
    cases=[
        case(_PEOPLE, 0, 2, 1, 3, V=7, C=3),
        case(_PEOPLE, 1, 3, 0, 2, V=7, C=3),
        case(_drawn(23, 4, 0), 5, 2, 11, 7, V=23, C=4),
        case(_drawn(40, 6, 1), 30, 3, 0, 12, V=40, C=6),
        case(_drawn(31, 5, 2), 1, 8, 4, 30, V=31, C=5),
    ],
    mistakes={
        "the words of the question may not be the answer: don't count a, b and c": (
            _rank(leaves_out=""),
            _rank(leaves_out="c"),
            _rank(leaves_out="b"),
            _rank(leaves_out="ac"),
        ),
        "setting the scores of the inputs to 0 does not leave them out: cosines can be "
        "below 0": _rank(input_score=0.0),
        "a long input dominates the sum: divide a, b and c by their norms, too, before "
        "you add and subtract": _rank(is_raw_target=True),
        "long vectors win: divide every vector by its norm, before you add and "
        "subtract": _rank(normalize=lambda v: v),
        "the rank of the nearest word is 1, not 0": (
            _rank(first=0),
            _rank(first=0, leaves_out=""),
            _rank(first=0, leaves_out="", normalize=lambda v: v),
            _rank(first=0, normalize=lambda v: v),
        ),
        "these are two faults at once: long vectors win, and the words of the question "
        "are counted": _rank(leaves_out="", normalize=lambda v: v),
        "the step from a to b is b minus a": _rank(signs=(1, -1, 1)),
        "start from c, and add the step from a to b": (
            _rank(signs=(1, 1, -1)),
            _rank(signs=(-1, 1, 0)),
        ),
        "normalize each word's vector, not each component over all words": _rank(
            normalize=lambda v: F.normalize(v, dim=0)
        ),
    },
    verdict="Now the length of a vector no longer counts, nor do the question's words.",
)
"""The rank of an analogy's answer among the words that may be it."""

_Contexts = Sequence[Sequence[str]]


def _guess(
    *,
    is_unit: bool = True,
    is_pooled: bool = False,
    is_swapped: bool = False,
    is_dot: bool = False,
    is_euclidean: bool = False,
    always: bool | None = None,
) -> Function:
    """Return a classifier by the nearer mean, with parts of it replaced."""

    def mean(vectors: dict[str, Tensor], words: Sequence[str]) -> Tensor:
        known = [vectors[word] for word in words if word in vectors]
        return torch.stack([v / v.norm() if is_unit else v for v in known]).mean(0)

    def center(vectors: dict[str, Tensor], contexts: _Contexts) -> Tensor:
        if is_pooled:
            return mean(vectors, [word for words in contexts for word in words])
        return torch.stack([mean(vectors, words) for words in contexts]).mean(0)

    def score(vector: Tensor, middle: Tensor) -> Tensor:
        if is_euclidean:
            return -(vector - middle).norm()
        return vector @ middle / (1 if is_dot else middle.norm())

    def guess_rivers(
        vectors: dict[str, Tensor],
        rivers: _Contexts,
        others: _Contexts,
        new: _Contexts,
    ) -> list[bool]:
        middles = center(vectors, rivers), center(vectors, others)
        means = [mean(vectors, words) for words in new]
        found = [bool(score(m, middles[0]) > score(m, middles[1])) for m in means]
        if always is not None:
            return [always for _ in new]
        return [is_river != is_swapped for is_river in found]

    return guess_rivers


def _bank_case(seed: int, width: int, n_words: int, when: str) -> Any:
    """Draw vectors of very different norms, and contexts of different lengths."""
    g = torch.Generator().manual_seed(seed)
    names = [f"word{i}" for i in range(n_words)]
    sizes = torch.rand(n_words, generator=g) ** 3 * 9 + 0.2
    rows = torch.randn(n_words, width, generator=g) + 0.4
    vectors = {n: row * s for n, row, s in zip(names, rows, sizes, strict=True)}

    def contexts(n: int, low: int, high: int) -> list[list[str]]:
        drawn = []
        for i in range(n):
            picks = torch.randint(low, high, (2 + 3 * (i % 4),), generator=g).tolist()
            drawn.append([names[j] for j in picks] + ["unknown"] * (i % 2))
        return drawn

    half, third = n_words // 2, n_words // 3
    return case(
        vectors,
        contexts(5, 0, half + third),
        contexts(7, third, n_words),
        contexts(24, 0, n_words),
        when=when,
        C=width,
    )


def _is_a_list(result: Any, vectors: Any, rivers: Any, others: Any, new: Any) -> bool:
    return len(result) == len(new)


check_guess_rivers = Exercise(
    "check_guess_rivers",
    right=_guess(),
    cases=[
        _bank_case(0, 3, 12, "with 12 words of 3 components"),
        _bank_case(1, 5, 20, "with 20 words of 5 components"),
        _bank_case(2, 4, 15, "with 15 words of 4 components"),
    ],
    mistakes={
        "every context gets the answer True: compare the vector of each with both "
        "means": _guess(always=True),
        "every context gets the answer False: compare the vector of each with both "
        "means": _guess(always=False),
        "True means a river: here the answers are exchanged": _guess(is_swapped=True),
        "words of large norm decide: divide each word's vector by its norm before you "
        "average": _guess(is_unit=False),
        "each context counts once, however long it is: average the words of each, then "
        "the contexts": (
            _guess(is_pooled=True),
            _guess(is_pooled=True, is_unit=False),
        ),
        "compare by cosine: the two means differ in their norms": (
            _guess(is_dot=True),
            _guess(is_euclidean=True),
        ),
    },
    properties={
        "return a list with one answer, True or False, for each context in new, not "
        "{}": (_is_a_list, lambda *given: True),
    },
    verdict="A mean of the vectors around it tells which bank is meant, or fails to.",
)
"""Which meaning a word has, by the mean of the vectors around it."""
