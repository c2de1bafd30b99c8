"""Colours and settings of every figure: dark ink and one petrol on an opaque card."""

import re
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure

CARD = "#fffefb"
"""The card that every figure stands on, in the light and in the dark scheme."""
INK = "#23252b"
"""Labels."""
MUTED = "#565a61"
"""Axes and what is said in passing."""
PETROL = "#0b6272"
"""The model."""
VERMILION = "#cf4f1b"
"""The floor, or a failure."""
SKY = "#7fb8e6"
"""A second fill, never text."""
AUBERGINE = "#4d1642"
"""A third line."""
AMBER = "#e2a92a"
"""A third fill, never text."""
GREY = "#8b8f8a"
"""The baseline, and what is masked."""

WIDTH = 5.8
"""Inches that a chart is wide: on a phone its labels are then 9 pixels high."""
WIDEST = 7.5
"""Inches that fill the column of a page; on a phone a reader scrolls sideways."""

_ATTRIBUTE = re.compile(r'="[^"]*"')
_NO_TURN = re.compile(r' transform="rotate\(-?0 [^"]*\)"')
_LONG = re.compile(r"-?\d+\.\d{3,}")
_RAMP = [CARD, "#d3e5e4", "#86b9bf", "#2f8493", PETROL, "#063842"]
_BELOW = ["#e58a63", "#f3bda3"]
_FONTS = "'Public Sans', 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif"


def use_style() -> None:
    """Give every figure drawn from now on the style of the course."""
    import matplotlib.pyplot as plt

    plt.style.use(Path(__file__).with_name("course.mplstyle"))


def petrol_map() -> "LinearSegmentedColormap":
    """Return the colour map of heat maps: from the card to deep petrol."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("course.petrol", _RAMP)


def signed_map() -> "LinearSegmentedColormap":
    """Return the colour map that goes on below zero, in the colour of a failure.

    Its upper half is that of [`petrol_map`][llm_foundations.plotting.style.petrol_map].
    The lower half stays light: dark numbers can be read on all of it.
    """
    from matplotlib.colors import LinearSegmentedColormap

    below = [(i / 4, colour) for i, colour in enumerate(_BELOW)]
    above = [(0.5 + i / 10, colour) for i, colour in enumerate(_RAMP)]
    return LinearSegmentedColormap.from_list("course.signed", below + above, N=512)


def svg_text(figure: "Figure") -> str:
    """Return a figure as SVG that is the same on every machine.

    Text stays text. It is measured with a font that Matplotlib brings, which is
    wider than what a browser uses instead, so nothing overflows.

    Args:
        figure: The figure; it is left open.

    Returns:
        The text of an SVG file without date, creator or random ids.
    """
    stream = StringIO()
    figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    text = stream.getvalue().replace("'DejaVu Sans', sans-serif", _FONTS)
    text = _NO_TURN.sub("", text)
    return _ATTRIBUTE.sub(lambda found: _LONG.sub(_shortened, found[0]), text)


def _shortened(number: re.Match[str]) -> str:
    """A hundredth of a point cannot be seen, and takes room in every file."""
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")
