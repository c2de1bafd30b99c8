"""Checkers of the lesson on positions: order, vectors for places, a share."""

from typing import Any

import torch
from torch import Tensor

from llm_foundations.exercises.checking import (
    Function,
    call,
    checker,
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
    result = call(shuffled, y, order, when="with four words")
    require(
        shape_of(result) == (4, 3), f"four words stay (4, 3), got {shape_of(result)}"
    )
    require(
        not same(y, result),
        "nothing moved: place 0 now holds word 2, with the result of word 2",
    )
    require(
        not same(y[order.argsort()], result),
        "moved the wrong way: place i gets the result of word order[i]",
    )
    lost = any(not any(same(word, row) for row in result) for word in y)
    require(not lost, "a word's result changed: without positions it only moves")
    require(same(expected, result), "the results stand at the wrong places")


@checker("Each pair is a clock hand, and the first turns one radian a step.")
def check_sinusoids(sinusoids: Function) -> None:
    """Check vectors for the places, made of sines and cosines.

    Args:
        sinusoids: Takes how many places there are and `d_model`; returns (n, d_model).
    """
    for n, d_model in ((3, 4), (50, 8)):
        made = call(sinusoids, n, d_model, when=f"with n={n}, d_model={d_model}")
        require(
            shape_of(made) == (n, d_model),
            f"n={n} and d_model={d_model} need ({n}, {d_model}), got {shape_of(made)}",
        )
        _explain_sinusoids(made.double(), n, d_model)


def _explain_sinusoids(made: Tensor, n: int, d_model: int) -> None:
    right = SinusoidalPositions(d_model)(torch.arange(n))
    pairs = right.unflatten(-1, (-1, 2))
    require(
        not same(SinusoidalPositions(d_model)(torch.arange(1, n + 1)), made),
        "the places start at 1: the first is place 0, with sines of 0",
    )
    require(
        not same(pairs.transpose(1, 2).flatten(1), made),
        "all sines came first: here a sine and its cosine stand side by side",
    )
    require(
        not same(pairs.flip(-1).flatten(1), made),
        "sine and cosine are swapped: the sine comes first",
    )
    columns = torch.arange(d_model)
    for exponents, mistake in (
        (columns // 2 * 2 + 2, "the first pair is slowed down: it turns by 1 radian"),
        (columns // 2, "the speeds fall too slowly: pair i has 10000 ** (-2 * i / C)"),
        (columns, "a sine and its cosine need the same speed: two columns, one i"),
    ):
        angles = torch.arange(n)[:, None] / 10000.0 ** (exponents.double() / d_model)
        wrong = torch.where(columns % 2 == 0, angles.sin(), angles.cos())
        require(not same(wrong, made), mistake)
    place, column = divmod(int((made - right).abs().argmax()), d_model)
    require(
        same(right, made),
        f"place {place}, column {column} is {right[place, column]:.3f}, "
        f"got {made[place, column]:.3f}",
    )


@checker("It counts where something is asked, and nowhere else.")
def check_share_right(share_right: Function) -> None:
    """Check the share of right answers.

    Args:
        share_right: Takes scores (B, T, A), answers (B, T) and a bool (B, T) that is
            True where something is asked; returns a number from 0 to 1.
    """
    answers = torch.tensor([[0, 1, 2, 3], [3, 2, 1, 0]])
    given = torch.tensor([[0, 1, 2, 0], [3, 0, 0, 0]])
    asked = torch.tensor([[0, 1, 1, 1], [0, 1, 0, 0]]).bool()
    scores = torch.nn.functional.one_hot(given, 5) * 2.0 - 3
    got: Any = call(share_right, scores, answers, asked, when="with two rows")
    require(isinstance(got, (int, float, Tensor)), f"return a number, got {got!r}")
    share = float(got)
    for wrong, mistake in (
        (5 / 8, "all 8 places were counted: 4 of them ask nothing"),
        (2.0, "2 answers are right: divide by how many were asked"),
        (50.0, "these are percent: divide by 100"),
        (2 / 8, "divided by all places: only 4 of 8 ask"),
        (1 / 3, "the rows were averaged: each question weighs the same"),
    ):
        require(abs(share - wrong) > 1e-4, mistake)
    require(abs(share - 0.5) < 1e-4, f"2 of 4 are right, got {share:.3f}")
