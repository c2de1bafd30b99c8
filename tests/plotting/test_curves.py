"""What curves show: heights, names at the ends, the floor, equal factors."""

import matplotlib.pyplot as plt
import pytest

from llm_foundations.plotting import style
from llm_foundations.plotting.curves import GAP, curve_charts, curves


def test_each_line_has_its_heights_colour_and_name() -> None:
    axes = curves({"a": [3.0, 2.0], "b": [4.0, 5.0, 6.0]}, title="t")
    first, second = axes.lines
    assert list(first.get_ydata()) == [3.0, 2.0]
    assert list(second.get_xdata()) == [0, 1, 2]
    assert (first.get_color(), second.get_color()) == (style.PETROL, style.AUBERGINE)
    said = {text.get_text(): text.get_color() for text in axes.texts}
    assert said == {"a": style.PETROL, "b": style.AUBERGINE}
    assert axes.get_title(loc="left") == "t"


def test_the_floor_is_dashed_and_the_axis_begins_at_zero() -> None:
    axes = curves({"loss": [3.0, 2.0]}, floor=1.5)
    line = axes.lines[-1]
    assert set(line.get_ydata()) == {1.5}
    assert (line.get_linestyle(), line.get_color()) == ("--", style.VERMILION)
    assert axes.get_ylim()[0] == 0
    assert max(line.get_xdata()) == max(axes.get_xticks()) == 1


def test_a_floor_on_equal_factors_leaves_the_axis_above_zero() -> None:
    axes = curves({"loss": [8.0, 2.0]}, floor=0.5, log=True)
    assert 0 < axes.get_ylim()[0] <= 0.5


def test_names_keep_their_order_and_a_distance() -> None:
    axes = curves({"a": [1.0, 5.0], "b": [2.0, 5.01], "c": [9.0, 5.0]})
    places = {text.get_text(): text.get_position()[1] for text in axes.texts}
    lowest, middle, highest = sorted(places.values())
    assert highest == places["b"]
    assert min(middle - lowest, highest - middle) == pytest.approx(GAP)


def test_a_name_stands_at_the_end_of_its_line_on_equal_factors_too() -> None:
    axes = curves({"a": [1.0, 1000.0], "b": [1.0, 10.0]}, log=True)
    axes.figure.canvas.draw()
    for text, height in zip(axes.texts, (10.0, 1000.0), strict=True):
        _, share = text.get_position()
        drawn = (axes.transScale + axes.transLimits).transform((1, height))[1]
        assert share == pytest.approx(drawn)
    assert axes.get_yscale() == "log"


def test_charts_side_by_side_have_scales_of_their_own() -> None:
    curve_charts({"left": {"a": [1.0, 10.0]}, "right": {"a": [1.0, 2.0]}}, log=True)
    left, right = plt.gcf().axes
    assert [ax.get_title(loc="left") for ax in (left, right)] == ["left", "right"]
    assert left.get_ylim()[1] > 10 > right.get_ylim()[1]
    assert {left.get_yscale(), right.get_yscale()} == {"log"}


@pytest.mark.parametrize("lines", [{}, {"a": []}, {name: [1.0] for name in "abcd"}])
def test_too_few_and_too_many_are_refused(lines: dict) -> None:
    with pytest.raises(ValueError, match="one to three lines with points, got"):
        curves(lines)
