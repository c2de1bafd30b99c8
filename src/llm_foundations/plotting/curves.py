"""Numbers in order as lines, each with its name at its end."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from llm_foundations.plotting import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = (style.PETROL, style.AUBERGINE, style.GREY)
"""The lines' colours in order; vermilion is the floor's."""
GAP = 0.07
"""The least distance of two names, as a share of the height."""


def curves(
    lines: Mapping[str, Sequence[float]],
    *,
    ax: "Axes | None" = None,
    title: str = "",
    floor: float | None = None,
    log: bool = False,
) -> "Axes":
    """Draw one line a name, against the number of its point.

    Args:
        lines: The heights of up to three lines, by name; the first matters most.
        ax: Where to draw; a new figure if not given.
        title: What stands above the picture.
        floor: A height that no line can pass, drawn dashed; the axis then begins
            at 0, unless it is logarithmic.
        log: Whether equal steps upwards are equal factors.

    Returns:
        The axes, to add to.

    Raises:
        ValueError: If there are no lines, more than three, or one without points.

    Examples:
        >>> axes = curves({"loss": [3.0, 2.0, 1.5]}, floor=1.2)
        >>> [text.get_text() for text in axes.texts]
        ['floor', 'loss']
    """
    import matplotlib.pyplot as plt

    if not 1 <= len(lines) <= len(COLOURS) or not all(map(len, lines.values())):
        raise ValueError(
            "needs one to three lines with points, got "
            f"{ {name: len(heights) for name, heights in lines.items()} }"
        )
    style.use_style()
    axes = plt.subplots(figsize=(style.WIDTH, 3.4))[1] if ax is None else ax
    axes.set(title=title, yscale="log" if log else "linear")
    ends, last = {}, max(map(len, lines.values())) - 1
    for (name, heights), colour in zip(lines.items(), COLOURS, strict=False):
        axes.plot(range(len(heights)), heights, color=colour)
        ends[name] = (float(heights[-1]), colour)
    if floor is not None:
        axes.plot([0, last], [floor, floor], "--", color=style.VERMILION)
        if not log:
            axes.set_ylim(bottom=0)
        ends["floor"] = (floor, style.VERMILION)
    _name(axes, ends, last)
    return axes


def curve_charts(
    charts: Mapping[str, Mapping[str, Sequence[float]]], *, log: bool = False
) -> None:
    """Draw charts side by side, each on a scale of its own.

    Args:
        charts: What stands above each chart, and its lines by name.
        log: As for `curves`.
    """
    import matplotlib.pyplot as plt

    style.use_style()
    size = (style.WIDTH, 3)
    _, axes = plt.subplots(1, len(charts), figsize=size, squeeze=False)
    for ax, (title, lines) in zip(axes[0], charts.items(), strict=True):
        curves(lines, ax=ax, title=title, log=log)


def _name(axes: "Axes", ends: Mapping[str, tuple[float, str]], last: int) -> None:
    """Write the names at the right, from the lowest up, none upon another."""
    from matplotlib.ticker import MaxNLocator

    axes.set_xlim(0, max(last, 1) * 1.2)
    steps = MaxNLocator(nbins=7, integer=True).tick_values(0, last)
    axes.set_xticks([step for step in steps if 0 <= step <= last])
    to_share = axes.transScale + axes.transLimits
    lowest = 0.0
    for name, (height, colour) in sorted(ends.items(), key=lambda end: end[1][0]):
        share = max(lowest, to_share.transform((last, height))[1])
        at = axes.get_xaxis_transform()
        axes.text(1.02 * last, share, name, color=colour, va="center", transform=at)
        lowest = share + GAP
