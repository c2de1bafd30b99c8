"""Tokens as boxes in rows, with their spaces made visible."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from llm_foundations.plotting import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE, LINE, PADDING, GAP = 11, 0.36, 0.08, 0.05
"""Points: the font size. Inches: a line's height, a box's padding, the gaps between."""


def token_rows(
    rows: Mapping[str, Sequence[str]],
    *,
    new: Mapping[str, int] | None = None,
    width: float = 5.8,
) -> None:
    """Draw a row of boxes for each text, one box for each token.

    Args:
        rows: The tokens of each text, by the title that stands above it. A space is
            shown as "␣". An empty token leaves a gap.
        new: How many tokens at the end of a row are set apart, as if added later.
        width: Inches.

    Raises:
        ValueError: If a row is wider than the figure.
    """
    import matplotlib.pyplot as plt

    style.use_style()
    height = LINE * (2.1 * len(rows) + 0.1)
    axes = plt.subplots(figsize=(width, height))[1]
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    for i, (title, tokens) in enumerate(rows.items()):
        top = LINE * (2.1 * i + 0.4)
        axes.text(0.1, top, title, color=style.MUTED, va="center", size=10)
        first_new = len(tokens) - (new or {}).get(title, 0)
        end = _row(axes, tokens, top + LINE * 0.9, first_new)
        if end > width:
            raise ValueError(f"{title!r} needs {end:.1f} inches, and width={width}")


def _row(axes: "Axes", tokens: Sequence[str], middle: float, first_new: int) -> float:
    """Draw one row, and return where it ends."""
    left = 0.1
    for i, token in enumerate(tokens):
        if token:
            left += _box(axes, token, left, middle, is_new=i >= first_new)
        left += GAP if token else 0.3
    return left


def _box(
    axes: "Axes", token: str, left: float, middle: float, *, is_new: bool
) -> float:
    """Draw one box, and return its width."""
    from matplotlib.patches import FancyBboxPatch

    shown = token.replace(" ", "␣")
    width = _width(shown) + 2 * PADDING
    box = FancyBboxPatch(
        (left, middle - 0.14),
        width,
        0.28,
        boxstyle="round,pad=0,rounding_size=0.04",
        facecolor=style.CARD if is_new else "#d3e5e4",
        edgecolor=style.VERMILION if is_new else style.PETROL,
        linewidth=1.4 if is_new else 0.8,
    )
    axes.add_patch(box)
    x = left + width / 2
    axes.text(x, middle, shown, size=SIZE, ha="center", va="center_baseline")
    return width


def _width(text: str) -> float:
    from matplotlib.textpath import TextPath

    return float(TextPath((0, 0), text, size=SIZE).get_extents().width) / 72
