"""Bands are as wide as the shares they stand for."""

import matplotlib.pyplot as plt
import pytest
import torch

from llm_foundations.plotting.shares import share_charts


def test_each_part_has_a_band_of_its_width() -> None:
    share_charts({"left": [[0.25, 0.75], [0.5, 0.5]], "right": torch.eye(2)})
    left, right = plt.gcf().axes
    assert left.get_title(loc="left") == "left"
    assert right.get_ylim() == (0, 1)
    first, second = (band.get_paths()[0].vertices for band in left.collections)
    assert (first[:, 1].min(), first[:, 1].max()) == (0, 0.5)
    assert (second[:, 1].min(), second[:, 1].max()) == (0.25, 1)


def test_steps_can_be_left_out() -> None:
    share_charts({"load": [[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]]}, every=2)
    (axes,) = plt.gcf().axes
    assert axes.get_xlim() == (0, 2)
    assert set(axes.collections[0].get_paths()[0].vertices[:, 0]) == {0, 2}


def test_shares_that_are_no_whole_are_refused() -> None:
    with pytest.raises(ValueError, match=r"load: the shares of a step add up to 0\.9"):
        share_charts({"load": [[0.5, 0.5], [0.5, 0.4]]})
