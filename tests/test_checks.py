"""Every kind of value that a comparison alone would let through is refused by name."""

import math
import re
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from llm_foundations.checks import check_integer, check_number, check_width


@pytest.mark.parametrize("value", [1, 7, np.int64(3), np.uint8(1)])
def test_integers(value: object) -> None:
    check_integer("n", value)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (0, "n must be at least 1, got 0"),
        (np.int64(-2), "n must be at least 1, got -2"),
        *((v, f"n must be an integer, got {v!r}") for v in (True, 2.0, "3", None)),
        *((v, f"n must be an integer, got {v!r}") for v in (math.nan, math.inf)),
        (np.bool_(True), "n must be an integer, got "),
    ],
)
def test_no_integer(value: object, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        check_integer("n", value)


def test_an_integer_between_two_limits() -> None:
    check_integer("n", 0, least=0, most=4)
    check_integer("n", 4, least=0, most=4)
    with pytest.raises(ValueError, match="n must be in 0 to 4, got 5"):
        check_integer("n", 5, least=0, most=4)


@pytest.mark.parametrize(
    "value", [0.5, 1, np.float32(0.25), np.int64(1), Fraction(1, 3)]
)
def test_numbers(value: object) -> None:
    check_number("x", value, above=0, most=1)


NOT_FINITE = [math.nan, math.inf, -math.inf, np.float32("nan")]


@pytest.mark.parametrize("value", [*NOT_FINITE, True, "0.5", None, 1j])
@pytest.mark.parametrize("limits", [{}, {"above": 0}, {"least": 0, "below": 1}])
def test_no_number(value: object, limits: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"x must be a finite number.*, got "):
        check_number("x", value, **limits)


@pytest.mark.parametrize(
    ("value", "limits", "message"),
    [
        (0.0, {"above": 0}, "a finite number greater than 0, got 0.0"),
        (-0.1, {"least": 0}, "a finite number at least 0, got -0.1"),
        (1, {"least": 0, "below": 1}, "at least 0 and less than 1, got 1"),
        (1.5, {"above": 0, "most": 1}, "greater than 0 and at most 1, got 1.5"),
        ("1", {}, "x must be a finite number, got '1'"),
    ],
)
def test_limits_are_named(value: object, limits: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        check_number("x", value, **limits)


@pytest.mark.parametrize("shape", [(), (4,), (8, 4)])
def test_a_width(shape: tuple[int, ...]) -> None:
    check_width("x", (2, 8), 8)
    message = f"x must have 8 features on its last axis, got shape {shape}"
    with pytest.raises(ValueError, match=re.escape(message)):
        check_width("x", shape, 8)
