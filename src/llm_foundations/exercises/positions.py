"""Checkers of the lesson on positions: order, vectors for places, a share."""

from typing import Any

import torch
from torch import Tensor

from llm_foundations.exercises.checking import (
    Function,
    call,
    checker,
    number,
    refuse,
    require,
    same,
    shape_of,
)
from llm_foundations.layers import attention as reference
from llm_foundations.layers.positions import SinusoidalPositions


@checker("The results move with their words, and nothing else changes.")
def check_shuffled(shuffled: Function) -> None:
    """Check what attention without positions gives for a shuffled sentence.

    Args:
        shuffled: Takes the results (T, C) of the sentence and the order of the
            shuffled one, whose place i holds word `order[i]`; returns its results.
    """
    x = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))
    order = torch.tensor([2, 0, 3, 1])
    y, expected = (
        reference.scaled_dot_product_attention(words, words, words)[0]
        for words in (x, x[order])
    )
    result = call(shuffled, y.clone(), order.clone(), when="with four words")
    require(
        shape_of(result) == (4, 3), f"four words stay (4, 3), got {shape_of(result)}"
    )
    mistakes = {
        "nothing moved: place 0 now holds word 2, with the result of word 2": y,
        "moved the wrong way: place i gets the result of word order[i]": y[
            order.argsort()
        ],
    }
    refuse(result, mistakes)
    lost = any(not any(same(word, row) for row in result) for word in y)
    require(not lost, "a word's result changed: without positions it only moves")
    require(same(expected, result), "the results stand at the wrong places")


@checker("Each pair is a clock hand, and the first turns one radian a step.")
def check_sinusoids(sinusoids: Function) -> None:
    """Check vectors for given places, made of sines and cosines.

    Args:
        sinusoids: Takes places (T,) and `d_model`; returns (T, d_model).
    """
    for places, d_model in (
        (torch.tensor([2, 0, 1]), 4),
        (torch.tensor([7, 5, 40]), 8),
    ):
        when = f"with places {places.tolist()} and d_model={d_model}"
        made = call(sinusoids, places.clone(), d_model, when=when)
        shape = (len(places), d_model)
        require(shape_of(made) == shape, f"{when} need {shape}, got {shape_of(made)}")
        if d_model == 4:
            refuse(made, _wrong_sinusoids(places))
        right = SinusoidalPositions(d_model)(places)
        row, column = divmod(int((made.double() - right).abs().argmax()), d_model)
        require(
            same(right, made),
            f"place {places[row]}, column {column} is {right[row, column]:.3f}, "
            f"got {made[row, column]:.3f}",
        )


def _wrong_sinusoids(places: Tensor, d_model: int = 4) -> dict[str, Tensor]:
    def waves(exponents: Tensor, at: Tensor = places) -> Tensor:
        angles = at[:, None] / 10000.0 ** (exponents.double() / d_model)
        return torch.where(columns % 2 == 0, angles.sin(), angles.cos())

    columns = torch.arange(d_model)
    even = columns // 2 * 2
    pairs = waves(even).view(-1, d_model // 2, 2)
    return {
        "the rows were counted from 0: take the angles from the places given": waves(
            even, torch.arange(len(places))
        ),
        "turned one step too far: at place 0 all sines are 0": waves(even, places + 1),
        "all sines came first: here a sine and its cosine stand side by side": (
            pairs.transpose(1, 2).flatten(1)
        ),
        "sine and cosine are swapped: the sine comes first": pairs.flip(-1).flatten(1),
        "the first pair is slowed down: it turns by 1 radian": waves(even + 2),
        "the speeds rise: the exponent is -2 * i / C": waves(-even),
        "the speeds fall too slowly: pair i has 10000 ** (-2 * i / C)": waves(even / 2),
        "a sine and its cosine need the same speed: two columns, one i": waves(columns),
    }


_WANTED = "a table of 6 has no row 6: raise ValueError"


@checker("Each word gets the row of its place, and a place without a row is refused.")
def check_add_learned(add_learned: Function) -> None:
    """Check the adding of learned positions.

    Args:
        add_learned: Takes words (T, C), a table (context_length, C) and the place
            `start` of the first word; returns (T, C), or raises a `ValueError` if the
            table is too short.
    """
    rows = torch.randn(9, 4, generator=torch.Generator().manual_seed(0))
    x, table = rows[:3], rows[3:]
    for start in (2, 0, 3):
        result = call(
            add_learned, x.clone(), table.clone(), start, when=f"with start={start}"
        )
        require(
            shape_of(result) == (3, 4), f"(3, 4) stays (3, 4), got {shape_of(result)}"
        )
        if start == 2:
            refuse(result, _wrong_rows(x, table))
        require(
            same(x + table[start : start + 3], result),
            f"with start={start} the words need rows {start} to {start + 2}",
        )
    cases = ((x, 4), (x, 5), (x[:1], 6))
    errors = [_refusal(add_learned, words, table, start) for words, start in cases]
    for error in errors:
        found = type(error).__name__
        own = isinstance(error, ValueError)
        require(own, f"{_WANTED}, not what comes by itself, {found}")


def _wrong_rows(x: Tensor, table: Tensor) -> dict[str, Tensor]:
    return {
        "nothing was added": x,
        "these are the rows alone: add them to the words": table[2:5],
        "start was ignored: the first word stands at place 2": x + table[:3],
        "one row too far: rows count from 0": x + table[3:6],
        "every word got the row of the first: one place, one row": x + table[2],
    }


def _refusal(add_learned: Function, x: Tensor, table: Tensor, start: int) -> Exception:
    """Return the error that a place without a row leads to; without one, say why."""
    try:
        result = add_learned(x.clone(), table.clone(), start)
    except NotImplementedError:
        raise
    except Exception as error:
        return error
    places = torch.arange(start, start + len(x))
    round_again = "place 6 came round to row 0, so it looks like place 0"
    refuse(result, {round_again: x + table[places % 6]})
    if start == 5:
        left = "a slice beyond the end left one row, and every word got it"
        refuse(result, {left: x + table[5]})
    else:
        clamped = "place 6 got the last row, which is that of place 5"
        refuse(result, {clamped: x + table[places.clamp(max=5)]})
    raise AssertionError(_WANTED)


@checker("It counts where something is asked, and nowhere else.")
def check_share_right(recall_accuracy: Function) -> None:
    """Check the share of right answers.

    Args:
        recall_accuracy: Takes scores (B, T, A), answers (B, T) and a bool (B, T) that is
            True where something is asked; returns a number from 0 to 1.
    """
    answers = torch.tensor([[0, 1, 2, 3], [3, 2, 1, 0]])
    given = torch.tensor([[1, 1, 2, 0], [3, 2, 0, 1]])
    asked = torch.tensor([[0, 1, 1, 1], [0, 1, 0, 0]]).bool()
    scores = torch.nn.functional.one_hot(given, 5) * 2.0 - 3
    got: Any = call(recall_accuracy, scores, answers, asked, when="with two rows")
    share = number(got)
    for wrong, mistake in (
        (4 / 8, "all 8 places were counted: 4 of them ask nothing"),
        (1 / 4, "that is the share of wrong answers"),
        (3.0, "3 answers are right: divide by how many were asked"),
        (75.0, "these are percent: divide by 100"),
        (3 / 8, "divided by all places: only 4 of 8 ask"),
        (5 / 6, "the rows were averaged: each question weighs the same"),
    ):
        require(abs(share - wrong) > 1e-4, mistake)
    require(abs(share - 3 / 4) < 1e-4, f"3 of 4 are right, got {share:.3f}")
    everywhere = torch.ones_like(asked)
    all_asked: Any = call(
        recall_accuracy, scores, answers, everywhere, when="all asked"
    )
    share = number(all_asked)
    require(abs(share - 1 / 2) < 1e-4, f"of all 8 places 4 are right, got {share:.3f}")
