"""What stands in the cells of a heat map."""

import matplotlib.pyplot as plt
import pytest
import torch

from llm_foundations.plotting import style
from llm_foundations.plotting.matrices import heatmap, heatmaps


def cells(axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def test_each_cell_holds_its_number_a_dash_or_an_exact_zero() -> None:
    axes = heatmap([[0.25, 1.0], [float("-inf"), 0.0]], ["a", "b"], ["c", "d"])
    assert cells(axes) == ["0.25", "1.00", "\N{EN DASH}", "0"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b"]


def test_dark_cells_have_light_numbers() -> None:
    axes = heatmap(torch.tensor([[0.1, 0.9]]), ["a"], ["b", "c"], digits=1)
    assert [text.get_color() for text in axes.texts] == [style.INK, style.CARD]


def test_large_values_stretch_the_shades() -> None:
    axes = heatmap([[3.0, 1.0]], ["a"], ["b", "c"])
    assert axes.collections[0].get_clim() == (0, 3)
    assert [text.get_color() for text in axes.texts] == [style.CARD, style.INK]


def test_several_stand_side_by_side_under_their_titles() -> None:
    heatmaps({"left": [[0.5]], "right": [[1.0]]}, ["a"], ["b"])
    drawn = plt.gcf().axes
    assert [axes.get_title(loc="left") for axes in drawn] == ["left", "right"]
    assert cells(drawn[1]) == ["1.00"]


def test_labels_that_do_not_fit_are_named() -> None:
    with pytest.raises(ValueError, match=r"shape \(1, 2\) for 2 rows and 2 columns"):
        heatmap([[1.0, 2.0]], ["a", "b"], ["c", "d"])
