"""Arrows end where their vectors do."""

import matplotlib.pyplot as plt
import pytest

from llm_foundations.plotting import style
from llm_foundations.plotting.arrows import arrows


def test_an_arrow_leads_from_the_origin_to_its_labeled_vector() -> None:
    axes = arrows({"a": (1.0, 2.0), "b": (-3.0, 0.5)})
    tips = [(text.xy, text.arrow_patch is None) for text in axes.texts]
    assert tips == [
        ((1.0, 2.0), False),
        ((1.0, 2.0), True),
        ((-3.0, 0.5), False),
        ((-3.0, 0.5), True),
    ]
    assert [text.get_text() for text in axes.texts] == ["", "a", "", "b"]


def test_both_axes_have_one_scale_and_hold_every_arrow() -> None:
    axes = arrows({"a": (1.0, 2.0), "b": (-3.0, 0.5)}, title="two")
    plt.gcf().canvas.draw()
    assert axes.get_aspect() == 1.0
    assert axes.get_xlim()[0] < -3
    assert axes.get_ylim()[1] > 2
    assert axes.get_title(loc="left") == "two"


def test_arrows_can_be_added_in_another_color() -> None:
    axes = arrows({"key": (1.0, 0.0)})
    assert arrows({"query": (1.0, 1.0)}, ax=axes, color=style.VERMILION) is axes
    colors = [text.get_color() for text in axes.texts if text.get_text()]
    assert colors == [style.PETROL, style.VERMILION]


def test_a_vector_of_three_components_is_refused() -> None:
    with pytest.raises(ValueError, match="'a' has 3 components instead of 2"):
        arrows({"a": (1.0, 2.0, 3.0)})
