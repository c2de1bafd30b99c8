"""What bars show: order, side of the line, and the numbers at their ends."""

import matplotlib.pyplot as plt
import pytest

from llm_foundations.plotting import style
from llm_foundations.plotting.bars import bar_charts, bars


def test_the_first_name_stands_on_top_and_negatives_pull_the_other_way() -> None:
    axes = bars({"first": 2.0, "second": -1.0}, title="sum")
    first, second = axes.patches
    assert axes.yaxis_inverted()
    assert first.get_y() < second.get_y()
    assert (first.get_width(), second.get_width()) == (2.0, -1.0)
    rgb = [tuple(round(c * 255) for c in bar.get_facecolor()[:3]) for bar in (first,)]
    assert "#{:02x}{:02x}{:02x}".format(*rgb[0]) == style.PETROL
    assert second.get_facecolor() != first.get_facecolor()
    assert axes.get_title(loc="left") == "sum"


def test_charts_side_by_side_share_their_scale_and_order() -> None:
    bar_charts({"left": {"a": 1.0, "b": 2.0}, "right": {"a": -4.0, "b": 0.0}})
    left, right = plt.gcf().axes
    assert [ax.get_title(loc="left") for ax in (left, right)] == ["left", "right"]
    assert left.get_xlim() == right.get_xlim()
    assert left.get_xlim()[0] < -4
    assert left.yaxis_inverted()
    assert right.yaxis_inverted()


def test_numbers_are_written_on_request_alone() -> None:
    plain, labelled = bars({"a": 0.25}), bars({"a": 0.25, "b": -3.0}, digits=1)
    assert [text.get_text() for text in plain.texts] == []
    assert [text.get_text() for text in labelled.texts] == ["0.2", "-3.0"]
    bar_charts({"left": {"a": 0.25}, "right": {"a": 4.0}}, digits=2)
    written = [[text.get_text() for text in ax.texts] for ax in plt.gcf().axes]
    assert written == [["0.25"], ["4.00"]]


def test_no_value_is_refused() -> None:
    with pytest.raises(ValueError, match="values is empty"):
        bars({})
