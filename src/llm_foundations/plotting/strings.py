"""Strings as rows of characters, and as lines that meet where strings become equal."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from llm_foundations.plotting import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Row = tuple[Sequence[str], Collection[int]]
"""Characters, and the indices of those that are marked."""


def character_rows(rows: Mapping[str, Row], *, codes: bool = False) -> "Axes":
    """Draw each string as a row of boxes, one for each code point.

    Args:
        rows: What stands above each row, its characters, and which are marked.
        codes: Whether the code point of each character stands below its box.

    Returns:
        The axes, to add to.

    Raises:
        ValueError: If there is no row.
    """
    import matplotlib.pyplot as plt

    if not rows:
        raise ValueError("no strings to draw: rows is empty")
    style.use_style()
    height, width = (1.75 if codes else 1.55), max(len(r[0]) for r in rows.values())
    axes = plt.subplots(figsize=(6.2, 0.15 + 0.62 * height * len(rows)))[1]
    for i, (title, (characters, marked)) in enumerate(rows.items()):
        top = i * height
        axes.text(0, top + 0.1, title, color=style.MUTED, va="center", size=10.5)
        for j, character in enumerate(characters):
            _box(axes, j, top + 0.4, character, is_marked=j in marked)
            if codes:
                code = f"{ord(character):04X}"
                axes.text(j + 0.45, top + 1.36, code, ha="center", va="center", size=9)
    axes.set(xlim=(-0.1, width), ylim=(len(rows) * height - 0.1, -0.25))
    axes.set_axis_off()
    return axes


def _box(
    axes: "Axes", left: float, top: float, character: str, *, is_marked: bool
) -> None:
    from matplotlib.patches import Rectangle

    is_seen = character.isprintable() and not character.isspace()
    axes.add_patch(
        Rectangle(
            (left, top),
            0.9,
            0.75,
            facecolor="#f3bda3" if is_marked else style.CARD,
            edgecolor=style.MUTED,
            linewidth=1,
            linestyle="-" if is_seen or character == " " else "--",
        )
    )
    if is_seen:
        middle = (left + 0.45, top + 0.38)
        axes.text(*middle, character, ha="center", va="center_baseline", size=12)


def merge_tree(
    strings: Sequence[str], steps: Mapping[str, Callable[[str], str]]
) -> "Axes":
    """Draw each string as a line; lines meet at the step that makes strings equal.

    Args:
        strings: Different strings. Those that become equal should be neighbors.
        steps: A function for each step, by its name, in their order. A space in a
            name breaks its line.

    Returns:
        The axes, to add to.

    Raises:
        ValueError: If two strings are equal.
    """
    import matplotlib.pyplot as plt

    if len(set(strings)) < len(strings):
        raise ValueError(f"the strings should be different, got {list(strings)}")
    style.use_style()
    axes = plt.subplots(figsize=(6.2, 0.8 + 0.3 * len(strings)))[1]
    heights = {string: float(i) for i, string in enumerate(strings)}
    for string, y in heights.items():
        axes.text(-0.12, y, string, ha="right", va="center", size=11)
    for x, (name, step) in enumerate(steps.items()):
        title = name.replace(" ", "\n")
        axes.text(x + 1, -1.1, title, ha="center", color=style.MUTED, size=10)
        heights = _after(axes, x, heights, step)
    for string, y in heights.items():
        axes.text(len(steps) + 0.12, y, string, va="center", size=11, weight="bold")
    axes.set(xlim=(-1.3, len(steps) + 1.1), ylim=(len(strings) - 0.4, -2.1))
    axes.set_axis_off()
    return axes


def _after(
    axes: "Axes", x: int, heights: Mapping[str, float], step: Callable[[str], str]
) -> dict[str, float]:
    """Draw the lines through one step, and return where its results are."""
    groups = dict[str, list[float]]()
    for string, y in heights.items():
        groups.setdefault(step(string), []).append(y)
    found = {string: sum(ys) / len(ys) for string, ys in groups.items()}
    for string, ys in groups.items():
        for y in ys:
            axes.plot([x, x + 0.6, x + 1], [y, y, found[string]], color=style.PETROL)
        if len(ys) > 1:
            axes.plot(x + 1, found[string], "o", color=style.VERMILION, markersize=7)
    return found
