"""Tokens are boxes in rows; spaces can be seen, and new tokens stand out."""

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_hex

from llm_foundations.plotting import style, token_rows

ROWS = {"before": [" on", " a"], "after": [" on", "", "a", "b"]}


def test_each_token_is_a_box_and_an_empty_one_is_a_gap() -> None:
    token_rows(ROWS)
    (axes,) = plt.gcf().axes
    assert len(axes.patches) == 5
    shown = [text.get_text() for text in axes.texts]
    assert shown == ["before", "␣on", "␣a", "after", "␣on", "a", "b"]


def test_new_tokens_have_another_outline() -> None:
    token_rows(ROWS, new={"after": 2})
    (axes,) = plt.gcf().axes
    outlines = [to_hex(patch.get_edgecolor()) for patch in axes.patches]
    assert outlines == [style.PETROL] * 3 + [style.VERMILION] * 2


def test_a_row_that_is_too_wide_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'long' needs .* inches, and width=2"):
        token_rows({"long": [" houseboat"] * 4}, width=2)
