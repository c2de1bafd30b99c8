"""Strings are drawn as rows of boxes, and as lines that meet."""

import matplotlib.pyplot as plt
import pytest

from llm_foundations.plotting import character_rows, merge_tree


def texts(axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def test_each_code_point_has_a_box_and_its_number() -> None:
    axes = character_rows(
        {"Latin": ("Otto", []), "hidden": ("O\u200bt", [1])}, codes=True
    )
    assert len(axes.patches) == 7
    assert texts(axes)[:3] == ["Latin", "O", "004F"]
    assert "200B" in texts(axes)
    assert "\u200b" not in texts(axes)
    plt.close("all")


def test_marked_characters_have_another_color() -> None:
    axes = character_rows({"": ("ab c", [1])})
    colors = [patch.get_facecolor() for patch in axes.patches]
    assert colors[0] == colors[2] == colors[3] != colors[1]
    assert texts(axes) == ["", "a", "b", "c"]
    plt.close("all")


def test_no_row_is_refused() -> None:
    with pytest.raises(ValueError, match="rows is empty"):
        character_rows({})


def test_lines_meet_where_strings_become_equal() -> None:
    steps = {"lower": str.lower, "first": lambda text: text[:1]}
    axes = merge_tree(["A", "a", "ab"], steps)
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert [(dot.get_xdata()[0], dot.get_ydata()[0]) for dot in dots] == [
        (1, 0.5),
        (2, 1.25),
    ]
    assert texts(axes) == ["A", "a", "ab", "lower", "first", "a"]
    plt.close("all")


def test_equal_strings_are_refused() -> None:
    with pytest.raises(ValueError, match="should be different"):
        merge_tree(["a", "a"], {})
