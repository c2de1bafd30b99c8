"""Checkers of the lesson on positions: the rotation, and its two conventions."""

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
from llm_foundations.layers import rotary as reference


@checker("It turns by halves, at any place, and agrees with Llama's in Transformers.")
def check_rotate(rotate: Function) -> None:
    """Check the rotation of a head's queries or keys, by halves, with base 10,000.

    Args:
        rotate: Takes vectors (T, D) and their places (T,); returns the turned ones.
    """
    x = torch.randn(3, 8, generator=torch.Generator().manual_seed(0))
    first = torch.arange(3)
    turned = call(rotate, x, first, when="with three vectors of width 8")
    require(shape_of(turned) == (3, 8), f"(3, 8) stays (3, 8), got {shape_of(turned)}")
    _explain_rotation(turned, x, first)
    later = torch.tensor([7, 5, 40])
    turned = call(rotate, x, later, when="at places 7, 5 and 40")
    require(
        not same(_by_halves(x, first), turned),
        "place 7 was turned like place 0: take the angle from the places given, "
        "not from the number of the row",
    )
    require(
        same(_by_halves(x, later), turned), "at places 7, 5 and 40 the numbers differ"
    )


def _explain_rotation(turned: Tensor, x: Tensor, places: Tensor) -> None:
    require(not same(x, turned), "nothing turned")
    require(same(x[:1], turned[:1]), "at place 0 nothing turns: the angle is 0")
    pairs = reference.rotate_pairs(x, *_cos_sin(places))
    require(
        not same(pairs, turned),
        "these are the pairs (2i, 2i + 1): halves join i with i + D / 2",
    )
    require(
        not same(_by_halves(x, -places), turned),
        "turned the wrong way: the minus stands in the first half",
    )
    require(
        same(x.norm(dim=-1), turned.norm(dim=-1)),
        "the vectors changed their length: turning keeps it",
    )
    angles = places[:, None].expand(3, 4)
    equal = reference.rotate_halves(x, angles.cos(), angles.sin())
    require(
        not same(equal, turned),
        "every pair turned by the same angle: pair i turns by 10000 ** (-2 * i / D)",
    )
    slow = places[:, None] / 10000 ** (torch.arange(4) / 8)
    require(
        not same(reference.rotate_halves(x, slow.cos(), slow.sin()), turned),
        "the speeds fall too slowly: the exponent of pair i is -2 * i / D",
    )
    require(same(_by_halves(x, places), turned), "the numbers differ from Llama's")


def _cos_sin(places: Tensor) -> tuple[Tensor, Tensor]:
    angles = places[:, None] * reference.inverse_frequencies(8)
    return angles.cos(), angles.sin()


def _by_halves(x: Tensor, places: Tensor) -> Tensor:
    return reference.rotate_halves(x, *_cos_sin(places))


@checker("Each head's rows are sorted, and the scores stay what they were.")
def check_pairs_to_halves(pairs_to_halves: Function) -> None:
    """Check the way of a query or key projection from pairs to halves.

    Args:
        pairs_to_halves: Takes the weight (H * D, C), one row for each number of each
            head, and `d_head`; returns the weight with its rows in the new order.
    """
    weight = torch.arange(12.0)[:, None] + torch.arange(12) / 100  # (H * D, C)
    moved = call(pairs_to_halves, weight, 6, when="with 2 heads of width 6")
    require(
        shape_of(moved) == (12, 12), f"(12, 12) stays (12, 12), got {shape_of(moved)}"
    )
    right = reference.pairs_to_halves(weight, 6)
    for wrong, mistake in (
        (weight, "nothing moved"),
        (
            reference.halves_to_pairs(weight, 6),
            "this is the way back, from halves to pairs",
        ),
        (
            reference.pairs_to_halves(weight, 12),
            "the rows of two heads were mixed: sort each head by itself",
        ),
        (
            reference.pairs_to_halves(weight.T, 6).T,
            "the columns were sorted: a head's numbers are the rows",
        ),
    ):
        require(not same(wrong, moved), mistake)
    found = [round(row) for row in moved[:6, 0].tolist()]
    require(
        same(right, moved),
        f"rows 0 to 5 should be the old 0, 2, 4, 1, 3, 5, got {found}",
    )
