"""One look on every machine."""

import subprocess
import sys

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_rgb

from llm_foundations.plotting import style

pytestmark = pytest.mark.unseen


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in to_rgb(colour)
    ]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("ink", [style.INK, style.MUTED, style.PETROL, style.AUBERGINE])
def test_text_colours_are_legible_on_the_card(ink: str) -> None:
    ratio = (luminance(style.CARD) + 0.05) / (luminance(ink) + 0.05)
    assert ratio >= 4.5


def test_the_same_figure_gives_the_same_bytes_with_text_as_text() -> None:
    def draw() -> str:
        style.use_style()
        figure, axes = plt.subplots()
        axes.plot([0, 1], [1, 0])
        axes.set_title("falls")
        return style.svg_text(figure)

    first = draw()
    assert first == draw()
    assert ">falls</text>" in first
    assert "Public Sans" in first
    assert "<dc:date>" not in first


def test_importing_the_style_draws_nothing() -> None:
    code = "import llm_foundations.plotting, sys; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "False\n"
