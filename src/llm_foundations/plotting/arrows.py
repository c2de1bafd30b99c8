"""Vectors as arrows in the plane."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from llm_foundations.plotting import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def arrows(
    vectors: Mapping[str, Sequence[float]],
    *,
    ax: "Axes | None" = None,
    title: str = "",
    color: str = style.PETROL,
) -> "Axes":
    """Draw vectors with two components as arrows from the origin.

    The axes have the same scale, and can be drawn on again: with other vectors, in
    another color.

    Args:
        vectors: The label and the two components of each vector.
        ax: The axes to draw on. A new figure if not given.
        title: What stands above the picture.
        color: Of the arrows and their labels.

    Returns:
        The axes, to add to.

    Raises:
        ValueError: If a vector doesn't have two components.
    """
    import matplotlib.pyplot as plt

    style.use_style()
    axes = plt.subplots()[1] if ax is None else ax
    for label, vector in vectors.items():
        if len(vector) != 2:
            raise ValueError(f"{label!r} has {len(vector)} components instead of 2")
        x, y = map(float, vector)
        shaft = {"arrowstyle": "-|>", "color": color, "lw": 1.8}
        axes.annotate("", (x, y), (0, 0), arrowprops=shaft)
        axes.plot(x, y, alpha=0)  # so that the limits include it
        axes.annotate(
            label,
            (x, y),
            (6 if x >= 0 else -6, 6 if y >= 0 else -6),
            textcoords="offset points",
            color=color,
            ha="left" if x >= 0 else "right",
            va="center",
        )
    axes.set_aspect("equal", adjustable="datalim")
    axes.margins(0.25)
    axes.set_title(title)
    return axes
