"""The exercises of the lesson on positions: order, vectors, rotations, a share."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Generator, Tensor

from llm_foundations.exercises.comparing import as_tensor
from llm_foundations.exercises.exercise import Drawn, Exercise, Function, case
from llm_foundations.layers.rotary import rotate_half, rotate_interleaved


def _only_moved(result: Any, y: Tensor, order: Tensor) -> bool:
    found = as_tensor(result)
    if found is None or found.shape != y.shape:
        return True
    return bool((found[:, None] - y).abs().amax(-1).amin(0).max() < 1e-4)


check_shuffled = Exercise(
    "check_shuffled",
    right=lambda y, order: y[order],
    cases=[
        case(Drawn("T C"), torch.tensor([2, 0, 3, 1]), T=4, C=3),
        case(Drawn("T C"), torch.tensor([1, 2, 0]), T=3, C=5),
        case(Drawn("T C"), torch.tensor([3, 0, 4, 2, 5, 1]), T=6, C=2),
    ],
    mistakes={
        "nothing moved: position i now holds word order[i], with its result": (
            lambda y, order: y
        ),
        "moved the wrong way: position i gets the result of word order[i]": (
            lambda y, order: y[order.argsort()]
        ),
    },
    properties={
        "a word's result changed: without positions it only moves": (
            _only_moved,
            lambda y, order: y.mean(0, keepdim=True).expand(y.shape),
            lambda y, order: y.sort(0).values,
        )
    },
    verdict="The results move with their words, and nothing else changes.",
)
"""The results of attention without positions, for a shuffled sentence."""


def _angles(
    at: Callable[[Tensor], Tensor] = lambda positions: positions,
    exponent: Function = lambda i, width: 2 * i / width,
    base: float = 10000.0,
) -> Function:
    """Return the angles of all pairs, from positions and the width of a vector."""

    def angles(positions: Tensor, width: int) -> Tensor:
        pair = torch.arange(width // 2).double()
        found: Tensor = at(positions)[:, None] / base ** exponent(pair, width)
        return found

    return angles


_WRONG_ANGLES = {
    "the rows were counted from 0: take the angles from the positions given": (
        _angles(lambda positions: torch.arange(len(positions))),
    ),
    "one step too far: at position 0 all angles are 0": (_angles(lambda t: t + 1),),
    "the angle of a step was not multiplied by the position": (
        _angles(torch.ones_like),
    ),
    "the first pair is slowed down: it rotates by 1 radian per position": (
        _angles(exponent=lambda i, width: 2 * (i + 1) / width),
    ),
    "the frequencies rise: pair i has 10000 ** (-2 * i / width)": (
        _angles(exponent=lambda i, width: -2 * i / width),
    ),
    "the frequencies fall too slowly: pair i has 10000 ** (-2 * i / width)": (
        _angles(exponent=lambda i, width: i / width),
    ),
    "all pairs have the same frequency: pair i has 10000 ** (-2 * i / width)": (
        _angles(exponent=lambda i, width: 0 * i),
    ),
    "the last pair has the frequency 1 / 10000, as in Tensor2Tensor: here the exponent "
    "is divided by the width": (
        _angles(exponent=lambda i, width: i / (width / 2 - 1)),
    ),
    "the base of the frequencies is 10,000": (_angles(base=1000.0),),
    "the angles are radians already: convert nothing": (
        _angles(lambda t: t * math.pi / 180),
        _angles(lambda t: t * 2 * math.pi),
    ),
}


def _with_wrong_angles(make: Function) -> dict[str, tuple[Function, ...]]:
    return {hint: tuple(map(make, wrong)) for hint, wrong in _WRONG_ANGLES.items()}


def _waves(
    angles: Function, arrange: Callable[[Tensor], Tensor] = lambda pairs: pairs
) -> Function:
    """Return sinusoidal positions, made of some angles and arranged in some way."""

    def sinusoids(places: Tensor, d_model: int) -> Tensor:
        found = angles(places, d_model)
        return arrange(torch.stack((found.sin(), found.cos()), dim=-1)).flatten(1)

    return sinusoids


def _of_own_frequency(positions: Tensor, d_model: int) -> Tensor:
    found = _angles()(positions, 2 * d_model)
    return torch.where(torch.arange(d_model) % 2 == 0, found.sin(), found.cos())


check_sinusoids = Exercise(
    "check_sinusoids",
    right=_waves(_angles()),
    cases=[
        case(torch.tensor([2, 0, 1]), 4, T=3),
        case(torch.tensor([63, 2]), 6, T=2),
        case(torch.tensor([7, 5, 40, 3, 11]), 8, T=5),
    ],
    mistakes={
        "all sines came first: here a sine and its cosine stand side by side": (
            _waves(_angles(), lambda pairs: pairs.mT)
        ),
        "sine and cosine are swapped: the sine comes first": (
            _waves(_angles(), lambda pairs: pairs.flip(-1))
        ),
        "a sine and its cosine need the same frequency: two columns, one i": (
            _of_own_frequency
        ),
        **_with_wrong_angles(_waves),
    },
    verdict="Each pair is a clock hand, and the first rotates by one radian per step.",
)
"""Sinusoidal vectors of given positions."""


def _rows(
    choose: Callable[[Tensor, int], Tensor], add: Function = lambda x, rows: x + rows
) -> Function:
    """Return an answer that adds chosen rows, from positions and the table's length."""
    return lambda x, table, start: add(
        x, table[choose(torch.arange(start, start + len(x)), len(table))]
    )


def _add_learned(x: Tensor, table: Tensor, start: int) -> Tensor:
    if start + len(x) > len(table):
        raise ValueError("a position has no row")
    return x + table[start : start + len(x)]


_ROWS = Drawn("T C"), Drawn("N C")

check_add_learned = Exercise(
    "check_add_learned",
    right=_add_learned,
    cases=[
        case(*_ROWS, 2, T=3, C=4, N=6),
        case(*_ROWS, 0, T=4, C=3, N=5),
        case(*_ROWS, 3, T=2, C=5, N=6),
        case(*_ROWS, 5, T=4, C=3, N=9, when="with 4 words for the last 4 rows of 9"),
        case(*_ROWS, 4, T=3, C=4, N=6, when="with 3 words, a table of 6 and start=4"),
        case(*_ROWS, 5, T=3, C=4, N=6, when="with 3 words, a table of 6 and start=5"),
        case(*_ROWS, 7, T=1, C=4, N=6, when="with 1 word, a table of 6 and start=7"),
    ],
    mistakes={
        "nothing was added": lambda x, table, start: x,
        "these are the rows alone: add them to the words": _rows(
            lambda t, n: t % n, lambda x, rows: rows
        ),
        "start was ignored: the first word stands at that position": _rows(
            lambda t, n: t - t[0]
        ),
        "one row too far: rows count from 0": _rows(lambda t, n: t + 1),
        "every word got the row of the first: each position has its own": _rows(
            lambda t, n: t[:1]
        ),
        "the position behind the last row came round to row 0, so it looks like "
        "position 0": _rows(lambda t, n: t % n),
        "the position behind the last row got the last row, too: raise ValueError": (
            _rows(lambda t, n: t.clamp(max=n - 1))
        ),
        "a slice beyond the end of the table is short, and where one row is left every "
        "word gets it: raise ValueError first": lambda x, table, start: (
            x + table[start : start + len(x)]
        ),
    },
    verdict="Each word gets the row of its position, and one without a row is refused.",
)
"""Learned positions, added to the words."""


def _rotation(angles: Function, rotated: Function = rotate_interleaved) -> Function:
    """Return rotary positions, by some angles and rotated in some way."""

    def rotate(x: Tensor, places: Tensor) -> Any:
        found = angles(places, x.shape[-1]).float()
        return rotated(x, found.cos(), found.sin())

    return rotate


def _overwritten(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    x[:, 0::2] = x[:, 0::2] * cos - x[:, 1::2] * sin
    x[:, 1::2] = x[:, 1::2] * cos + x[:, 0::2] * sin
    return x


def _left_apart(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    return rotate_interleaved(x, cos, sin).view(len(x), -1, 2).mT.flatten(1)


def _without_minus(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    a, b = x[:, 0::2], x[:, 1::2]
    return torch.stack((a * cos + b * sin, b * cos + a * sin), dim=-1).flatten(1)


def _keeps_length(result: Any, x: Tensor, places: Tensor) -> bool:
    found = as_tensor(result)
    if found is None or found.shape != x.shape:
        return True
    return torch.allclose(found.float().norm(dim=-1), x.norm(dim=-1), rtol=1e-3)


check_rotate = Exercise(
    "check_rotate",
    right=_rotation(_angles()),
    cases=[
        case(Drawn("T D"), torch.tensor([2, 0, 1]), T=3, D=4),
        case(Drawn("T D"), torch.tensor([3, 9]), T=2, D=6),
        case(Drawn("T D"), torch.tensor([7, 5, 40, 0, 3]), T=5, D=8),
    ],
    mistakes={
        "nothing was rotated": lambda x, places: x,
        "the first of a pair was overwritten before the second used it": (
            _rotation(_angles(), _overwritten)
        ),
        "these are half-split pairs, i with i + D / 2, as in Transformers: here they "
        "are interleaved, 2i with 2i + 1": _rotation(_angles(), rotate_half),
        "right numbers, wrong order: put the two of a pair side by side again": (
            _rotation(_angles(), _left_apart)
        ),
        "rotated the wrong way: the minus stands in the first of a pair": _rotation(
            _angles(torch.neg)
        ),
        "sinusoidal positions are added: here pairs are rotated": (
            lambda x, places: x + _waves(_angles())(places, x.shape[-1])
        ),
        **_with_wrong_angles(_rotation),
    },
    properties={
        "the vectors changed their length: a rotation keeps it": (
            _keeps_length,
            _rotation(_angles(), _without_minus),
        )
    },
    verdict="It rotates interleaved pairs, as the paper and Meta's Llama do.",
)
"""Rotary positions, by interleaved pairs."""


def _share(
    counted: Function = lambda right, asked: right[asked].mean(),
    right: Function = lambda scores, answers: scores.argmax(-1) == answers,
) -> Function:
    return lambda scores, answers, asked: float(
        counted(right(scores, answers).float(), asked)
    )


def _below_zero(shape: Sequence[int], generator: Generator) -> Tensor:
    return torch.randn(shape, generator=generator) - 3


def _answers(shape: Sequence[int], generator: Generator) -> Tensor:
    return torch.randint(3, shape, generator=generator)


def _asked(shape: Sequence[int], generator: Generator) -> Tensor:
    """Return where something is asked: oftener in earlier rows."""
    share = torch.linspace(0.8, 0.3, shape[0])[:, None]
    return torch.rand(shape, generator=generator) < share


_TEXTS = Drawn("B T A", _below_zero), Drawn("B T", _answers)

check_share_right = Exercise(
    "check_share_right",
    right=_share(),
    cases=[
        case(*_TEXTS, Drawn("B T", _asked), B=2, T=8, A=3),
        case(*_TEXTS, Drawn("B T", _asked), B=3, T=9, A=4),
        case(*_TEXTS, Drawn("B T", _asked), B=4, T=12, A=5),
        case(*_TEXTS, torch.ones(5, 6).bool(), B=5, T=6, A=3, when="with all asked"),
    ],
    mistakes={
        "all positions were counted: count those where something is asked": _share(
            lambda right, asked: right.mean()
        ),
        "the second half of each text was counted: count where something is asked": (
            _share(lambda right, asked: right[:, right.shape[1] // 2 :].mean())
        ),
        "that is the share of wrong answers": _share(
            lambda right, asked: 1 - right[asked].mean()
        ),
        "that is how many answers are right: divide by how many were asked": _share(
            lambda right, asked: right[asked].sum()
        ),
        "these are percentages: divide by 100": _share(
            lambda right, asked: 100 * right[asked].mean()
        ),
        "divided by all positions: divide by how many were asked": _share(
            lambda right, asked: (right * asked).mean()
        ),
        "the rows were averaged: each question weighs the same": _share(
            lambda right, asked: ((right * asked).sum(1) / asked.sum(1)).mean()
        ),
        "the smallest score was taken for the best": _share(
            right=lambda scores, answers: scores.argmin(-1) == answers
        ),
        "that is the mean probability of the answers: count where the best score is at "
        "the answer": _share(
            right=lambda scores, answers: scores.softmax(-1).gather(
                -1, answers[..., None]
            )[..., 0]
        ),
    },
    verdict="It counts where something is asked, and nowhere else.",
)
"""The share of questions that are answered right."""
