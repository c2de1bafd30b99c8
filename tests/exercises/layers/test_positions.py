"""Answers that readers wrote to the exercises on positions."""

import math

import numpy as np
import torch

from llm_foundations.exercises.layers.positions import (
    check_add_learned,
    check_rotate,
    check_share_right,
    check_shuffled,
    check_sinusoids,
)
from llm_foundations.layers.rotary import rotate_half
from tests.exercises.answers import accepts, refuses


def in_place(y, order):
    y[:] = y[order]
    return y


test_shuffled_accepts = accepts(
    check_shuffled,
    [
        in_place,
        lambda y, order: y.numpy()[order.numpy()],
        lambda y, order: [y[i] for i in order],
        lambda y, order: torch.eye(len(y))[order] @ y,
        lambda y, order: torch.zeros_like(y).index_copy(0, order.argsort(), y),
    ],
)
test_shuffled_refuses = refuses(
    check_shuffled,
    {
        "moved the wrong way": lambda y, order: torch.zeros_like(y).index_copy(
            0, order, y
        ),
        "entry (0, 0): expected": lambda y, order: y.flip(0),
        "a word's result changed": lambda y, order: 2 * y[order],
        "it raised IndexError": lambda y, order: y[:, order],
        "expected the shape (4, 3), got (4,)": lambda y, order: order,
        "nothing was returned": lambda y, order: None,
    },
)


def column_by_column(places, d_model):
    made = np.zeros((len(places), d_model))
    for column in range(d_model):
        wave = math.cos if column % 2 else math.sin
        for row, place in enumerate(places.tolist()):
            made[row, column] = wave(place / 10000 ** (column // 2 * 2 / d_model))
    return made


def by_complex_numbers(places, d_model):
    angles = torch.outer(places, 1e4 ** (-torch.arange(0, d_model, 2) / d_model))
    return torch.view_as_real(torch.polar(torch.ones(angles.shape), angles)).flip(-1)


def of_base(base):
    def sinusoids(places, d_model):
        angles = places[:, None] / base ** (torch.arange(0, d_model, 2) / d_model)
        return torch.stack((angles.sin(), angles.cos()), -1).flatten(1)

    return sinusoids


test_sinusoids_accepts = accepts(
    check_sinusoids,
    [column_by_column, lambda p, d: by_complex_numbers(p, d).flatten(1), of_base(1e4)],
)
test_sinusoids_refuses = refuses(
    check_sinusoids,
    {
        "the base of the frequencies is 10,000": of_base(1000.0),
        "all pairs have the same frequency": of_base(1.0),
        "the angles are radians already": lambda p, d: of_base(1e4)(p.deg2rad(), d),
        "all sines came first": lambda p, d: torch.cat(
            (of_base(1e4)(p, d)[:, ::2], of_base(1e4)(p, d)[:, 1::2]), dim=1
        ),
        "expected the shape (2, 6), got (2, 3, 2)": by_complex_numbers,
        "entry (0, 0): expected 0.16736, got 0.33471": lambda p, d: (
            2 * of_base(1e4)(p, d)
        ),
    },
)


def one_by_one(x, table, start):
    if start + len(x) - 1 not in range(len(table)):
        raise ValueError
    for i in range(len(x)):
        x[i] += table[start + i]
    return x


def by_numpy(x, table, start):
    rows = np.arange(start, start + len(x))
    if (rows >= len(table)).any():
        raise ValueError("too long")
    return np.add(x, np.take(table, rows, axis=0))


def where_it_fits(answer, limit=0):
    def add_learned(x, table, start):
        if start + len(x) > len(table) - limit:
            raise ValueError
        return answer(x, table, start)

    return add_learned


def rows(x, start):
    return torch.arange(start, start + len(x))


test_learned_accepts = accepts(check_add_learned, [one_by_one, by_numpy])
test_learned_refuses = refuses(
    check_add_learned,
    {
        "with 4 words for the last 4 rows of 9 it raised ValueError": where_it_fits(
            one_by_one, limit=1
        ),
        "start was ignored": where_it_fits(lambda x, table, start: x + table[: len(x)]),
        "the row of the first": where_it_fits(lambda x, table, start: x + table[start]),
        "these are the rows alone": where_it_fits(
            lambda x, table, start: table[rows(x, start)]
        ),
        "round to row 0": lambda x, table, start: (
            x + table.roll(-start, 0).repeat(2, 1)[: len(x)]
        ),
        "it should raise ValueError, got IndexError": lambda x, table, start: (
            x + table[rows(x, start)]
        ),
        "start=4 it should raise ValueError, got Runtime": lambda x, table, start: (
            x + table[start:][: len(x)] if start == 4 else one_by_one(x, table, start)
        ),
        "start=7 it should raise ValueError, got [[": lambda x, table, start: (
            one_by_one(x, table, start) if start + len(x) <= len(table) else x - 1
        ),
        "expected the shape (4, 3), got (8, 3)": lambda x, table, start: torch.cat(
            [x, table[start:][: len(x)]]
        ),
    },
)


def angles_of(x, places):
    half = x.shape[-1] // 2
    return places[:, None] * 10000.0 ** (-torch.arange(half) / half)


def as_complex(x, places):
    found = angles_of(x, places)
    turned = torch.view_as_complex(x.view(len(x), -1, 2)) * torch.polar(
        torch.ones(found.shape), found
    )
    return torch.view_as_real(turned).flatten(1)


def with_swapped_signs(x, places):
    cos, sin = (
        wave(angles_of(x, places)).repeat_interleave(2, 1).double()
        for wave in (torch.cos, torch.sin)
    )
    swapped = torch.stack((-x[:, 1::2], x[:, ::2]), -1).flatten(1)
    return x * cos + swapped * sin


def both_plus(x, places):
    cos, sin = angles_of(x, places).cos(), angles_of(x, places).sin()
    a, b = x[:, ::2], x[:, 1::2]
    return torch.stack((a * cos + b * sin, b * cos + a * sin), -1).flatten(1)


test_rotate_accepts = accepts(check_rotate, [as_complex, with_swapped_signs])
test_rotate_refuses = refuses(
    check_rotate,
    {
        "the vectors changed their length": both_plus,
        "these are half-split pairs": lambda x, places: rotate_half(
            x, angles_of(x, places).cos(), angles_of(x, places).sin()
        ),
        "rotated the wrong way": lambda x, places: as_complex(x, -places),
        "the rows were counted from 0": lambda x, places: as_complex(
            x, torch.arange(len(x))
        ),
        "are radians already": lambda x, places: as_complex(x, places.deg2rad()),
        "x of shape (5, 8), places of shape (5,), entry (2, 0)": lambda x, places: (
            as_complex(x, places.clamp(max=9))
        ),
        "expected the shape (2, 6), got (2, 2)": lambda x, places: x[:, :2],
    },
)


def question_by_question(scores, answers, asked):
    right = [
        int(scores[b, t].argmax()) == int(answers[b, t]) for b, t in asked.nonzero()
    ]
    return sum(right) / len(right)


test_share_accepts = accepts(
    check_share_right,
    [
        question_by_question,
        lambda s, a, asked: ((s.argmax(2) == a) & asked).sum() / asked.sum(),
        lambda s, a, asked: (s.numpy().argmax(-1) == a.numpy())[asked.numpy()].mean(),
    ],
)
test_share_refuses = refuses(
    check_share_right,
    {
        "the second half of each text": lambda s, a, asked: (
            (s.argmax(-1) == a)[:, s.shape[1] // 2 :].float().mean()
        ),
        "it raised RuntimeError": lambda s, a, asked: (s.argmax(1) == a).float().mean(),
        "the smallest score": lambda s, a, asked: question_by_question(-s, a, asked),
        "the mean probability": lambda s, a, asked: (
            s.softmax(-1)[asked].gather(1, a[asked][:, None]).mean()
        ),
        "expected a number, got": lambda s, a, asked: (s.argmax(-1) == a)[asked],
        "got 0.75": lambda s, a, asked: 0.75,
    },
)
