"""Numbers with names as bars that lie one below the other."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from llm_foundations.plotting import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def bars(
    values: Mapping[str, float],
    *,
    ax: "Axes | None" = None,
    title: str = "",
    digits: int | None = None,
) -> "Axes":
    """Draw one bar a name, the first on top, to both sides of a line at zero.

    What is below zero has the colour of what pulls the other way.

    Args:
        values: A number for each name.
        ax: Where to draw; a new figure if not given.
        title: What stands above the picture.
        digits: Digits of the number that is written at each bar's end; none is
            written if not given, as for numbers that differ between machines.

    Returns:
        The axes, to add to.

    Raises:
        ValueError: If there is no value.
    """
    import matplotlib.pyplot as plt

    if not values:
        raise ValueError("no bars to draw: values is empty")
    style.use_style()
    size = (style.WIDTH, 0.9 + 0.32 * len(values))
    axes = plt.subplots(figsize=size)[1] if ax is None else ax
    colours = [style.VERMILION if v < 0 else style.PETROL for v in values.values()]
    drawn = axes.barh(list(values), list(values.values()), 0.6, color=colours)
    if digits is not None:
        axes.bar_label(drawn, fmt=f"{{:.{digits}f}}", padding=3)
        axes.margins(x=0.14)
    axes.axvline(0, color=style.MUTED, linewidth=0.8)
    axes.set_ylim(len(values) - 0.5, -0.5)
    axes.spines[:].set_visible(False)
    axes.set_xticks([])
    axes.tick_params(length=0, labelcolor=style.INK, labelsize=10.5)
    axes.set_title(title)
    return axes


def bar_charts(
    charts: Mapping[str, Mapping[str, float]], *, digits: int | None = None
) -> None:
    """Draw the same names' bars side by side, on one scale.

    Args:
        charts: What stands above each picture, and its number for each name.
        digits: As for `bars`.
    """
    import matplotlib.pyplot as plt

    style.use_style()
    names = max(map(len, charts.values()))
    size = (style.WIDTH, 0.9 + 0.32 * names)
    _, axes = plt.subplots(
        1, len(charts), figsize=size, sharex=True, sharey=True, squeeze=False
    )
    for ax, (title, values) in zip(axes[0], charts.items(), strict=True):
        bars(values, ax=ax, title=title, digits=digits)
