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
    assert axes.collections[0].get_clim() == (-3, 3)
    assert [text.get_color() for text in axes.texts] == [style.CARD, style.INK]


def test_what_is_below_zero_is_no_zero_and_its_number_stays_dark() -> None:
    axes = heatmap([[-4.0, 0.0, 4.0]], ["a"], ["b", "c", "d"])
    mesh = axes.collections[0]
    below, zero, above = mesh.to_rgba(mesh.get_array())[0]
    assert below[0] > below[2], "red, not blue"
    assert above[0] < above[2]
    assert all(zero[:3] > 0.98)
    assert axes.texts[0].get_color() == style.INK


def test_one_number_has_one_shade_in_all_pictures() -> None:
    heatmaps({"small": [[1.0]], "large": [[-5.0]]}, ["a"], ["b"])
    assert [ax.collections[0].get_clim() for ax in plt.gcf().axes] == [(-5, 5)] * 2


def test_pictures_go_on_in_a_new_row() -> None:
    heatmaps({name: [[0.5]] for name in "abcd"}, ["a"], ["b"], per_row=2)
    grid = plt.gcf().axes[0].get_gridspec()
    assert (grid.nrows, grid.ncols) == (2, 2)


def test_several_stand_side_by_side_under_their_titles() -> None:
    heatmaps({"left": [[0.5]], "right": [[1.0]]}, ["a"], ["b"])
    drawn = plt.gcf().axes
    assert [axes.get_title(loc="left") for axes in drawn] == ["left", "right"]
    assert cells(drawn[1]) == ["1.00"]


def test_labels_that_do_not_fit_are_named() -> None:
    with pytest.raises(ValueError, match=r"shape \(1, 2\) for 2 rows and 2 columns"):
        heatmap([[1.0, 2.0]], ["a", "b"], ["c", "d"])
