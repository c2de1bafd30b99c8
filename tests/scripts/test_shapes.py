"""In the shape-checking pass, only deliberate mistakes are skipped."""

from pathlib import Path

import pytest
from jaxtyping import TypeCheckError

from scripts.tools.shapes import refusals_skipped

HERE = Path(__file__)


def refuse() -> None:
    raise TypeCheckError("wrong shape")


def test_a_mistake_made_on_purpose_is_skipped() -> None:
    with (
        pytest.raises(pytest.skip.Exception, match="on purpose"),
        refusals_skipped(HERE),
        pytest.raises(ValueError, match="ours"),
    ):
        refuse()


def test_a_near_miss_is_skipped_too() -> None:
    """`TypeCheckError` is a `TypeError`, so `raises` fails on the message alone."""
    with (
        pytest.raises(pytest.skip.Exception, match="on purpose"),
        refusals_skipped(HERE),
        pytest.raises(TypeError, match="mask must be bool"),
    ):
        refuse()


def test_a_wrong_shape_anywhere_else_fails() -> None:
    error = None
    try:
        with refusals_skipped(HERE):
            refuse()
    except TypeCheckError as found:
        error = found
    assert error is not None
