"""Checker of the lesson on positions: the rotation, by pairs of neighbours."""

import torch
from torch import Tensor

from llm_foundations.exercises.checking import (
    Function,
    call,
    checker,
    refuse,
    require,
    same,
    shape_of,
)
from llm_foundations.layers import rotary as reference

_BASE = 10000.0


@checker("It turns neighbours, at any place, as the paper and Meta's Llama do.")
def check_rotate(rotate: Function) -> None:
    """Check the rotation of a head's queries or keys, by pairs, with base 10,000.

    Args:
        rotate: Takes vectors (T, D) and their places (T,); returns the turned ones.
    """
    for places, d_head in (
        (torch.tensor([2, 0, 1]), 4),
        (torch.tensor([7, 5, 40]), 8),
    ):
        x = torch.randn(3, d_head, generator=torch.Generator().manual_seed(0))
        when = f"with places {places.tolist()} and width {d_head}"
        turned = call(rotate, x.clone(), places.clone(), when=when)
        require(
            shape_of(turned) == (3, d_head),
            f"(3, {d_head}) stays (3, {d_head}), got {shape_of(turned)}",
        )
        if d_head == 4:
            refuse(turned, _wrong_turns(x, places))
            require(
                same(x.norm(dim=-1), turned.norm(dim=-1)),
                "the vectors changed their length: turning keeps it",
            )
        require(same(_by_pairs(x, places), turned), f"{when} the numbers differ")


def _wrong_turns(x: Tensor, places: Tensor) -> dict[str, Tensor]:
    pair = torch.arange(2)
    right = _by_pairs(x, places)
    cos, sin = _cos_sin(places, -pair / 2)
    overwritten = right.clone()
    overwritten[:, 1::2] = x[:, 1::2] * cos + right[:, 0::2] * sin
    return {
        "nothing turned": x,
        "every place turned by one step: at place t turn by t times the angle": (
            _by_pairs(x, torch.ones_like(places))
        ),
        "the first of a pair was overwritten before the second used it": overwritten,
        "these are halves (i, i + D / 2): join 2i with 2i + 1": reference.rotate_half(
            x, *_cos_sin(places, -pair / 2)
        ),
        "right numbers, wrong order: put the two of a pair side by side again": (
            right.view(-1, 2, 2).transpose(1, 2).flatten(1)
        ),
        "turned the wrong way: the minus stands in the first of a pair": _by_pairs(
            x, -places
        ),
        "place 2 was turned like place 0: take the angle from the places given, "
        "not from the number of the row": _by_pairs(x, torch.arange(len(x))),
        "turned one step too far: at place 0 nothing turns": _by_pairs(x, places + 1),
        "every pair turned by the same angle: pair i turns by 10000 ** (-2 * i / D)": (
            _by_pairs(x, places, 0.0 * pair)
        ),
        "the speeds fall too slowly: the exponent of pair i is -2 * i / D": _by_pairs(
            x, places, -pair / 4
        ),
        "the speeds rise: the exponent of pair i is -2 * i / D": _by_pairs(
            x, places, pair / 2
        ),
    }


def _by_pairs(x: Tensor, places: Tensor, exponents: Tensor | None = None) -> Tensor:
    half = x.shape[-1] // 2
    right = -torch.arange(half) / half
    return reference.rotate_interleaved(
        x, *_cos_sin(places, right if exponents is None else exponents)
    )


def _cos_sin(places: Tensor, exponents: Tensor) -> tuple[Tensor, Tensor]:
    angles = places[:, None] * _BASE**exponents
    return angles.cos(), angles.sin()
