"""A matrix as a picture: one shade and one number for each cell."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from llm_foundations.plotting import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray


def heatmap(
    matrix: Any,  # noqa: ANN401 - a tensor, an array or nested lists
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    ax: "Axes | None" = None,
    title: str = "",
    digits: int = 2,
) -> "Axes":
    """Draw a matrix with a number in every cell.

    Cells that are minus infinity or not a number, as a mask leaves them, show a
    dash; a plain 0 is exact. The darkest shade is 1, or the largest size above 1;
    what is below zero has another colour.

    Args:
        matrix: One row of numbers for each of `rows`: a tensor, an array or lists.
        rows: What stands at the left of each row.
        columns: What stands above each column.
        ax: Where to draw; a new figure if not given.
        title: What stands above the picture.
        digits: Digits after the point.

    Returns:
        The axes, to add to.

    Raises:
        ValueError: If the matrix is not `len(rows)` by `len(columns)`.
    """
    import matplotlib.pyplot as plt

    values = _values(matrix, rows, columns)
    style.use_style()
    axes = plt.subplots()[1] if ax is None else ax
    _draw(axes, values, _size(values), digits)
    _label(axes, rows, columns)
    axes.set_title(title)
    return axes


def heatmaps(
    matrices: Mapping[str, Any],
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    per_row: int | None = None,
) -> None:
    """Draw matrices of one shape side by side, with one scale of shades.

    Args:
        matrices: What stands above each picture, and its numbers.
        rows: What stands at the left of each row.
        columns: What stands above each column.
        per_row: How many stand side by side, in rows that they fill; all if not given.

    Raises:
        ValueError: If a matrix is not `len(rows)` by `len(columns)`.
    """
    import matplotlib.pyplot as plt

    drawn = {title: _values(m, rows, columns) for title, m in matrices.items()}
    top = max(map(_size, drawn.values()))
    across = per_row or len(drawn)
    down = math.ceil(len(drawn) / across)
    style.use_style()
    size = (_width(across, rows, columns), down * (1.1 + 0.4 * len(rows)))
    _, axes = plt.subplots(down, across, figsize=size, squeeze=False)
    for ax, (title, values) in zip(axes.flat, drawn.items(), strict=True):
        _draw(ax, values, top)
        _label(ax, rows, columns)
        ax.set_title(title)


def _width(across: int, rows: Sequence[str], columns: Sequence[str]) -> float:
    """Inches for `across` matrices side by side, no wider than their labels need."""
    cell = max(0.5, 0.08 * max(map(len, columns)) + 0.1)
    one = 0.3 + 0.085 * max(map(len, rows)) + cell * len(columns)
    return min(max(style.WIDTH, across * one), style.WIDEST)


def _values(
    matrix: Any,  # noqa: ANN401 - as for heatmap
    rows: Sequence[str],
    columns: Sequence[str],
) -> "NDArray[Any]":
    import numpy as np

    values = np.asarray(matrix, dtype=float)
    if values.shape != (len(rows), len(columns)):
        raise ValueError(
            f"matrix of shape {values.shape} for {len(rows)} rows "
            f"and {len(columns)} columns"
        )
    return values


def _size(values: "NDArray[Any]") -> float:
    import numpy as np

    return float(np.abs(values[np.isfinite(values)]).max(initial=1.0))


def _draw(axes: "Axes", values: "NDArray[Any]", top: float, digits: int = 2) -> None:
    import numpy as np

    shown = np.where(np.isfinite(values), values, np.nan)
    mesh = axes.pcolormesh(shown, cmap=style.signed_map(), vmin=-top, vmax=top)
    mesh.set(edgecolor=style.CARD, linewidth=2)
    _write_numbers(axes, values, dark=0.48 * top, digits=digits)


def _write_numbers(
    axes: "Axes", values: "NDArray[Any]", dark: float, digits: int
) -> None:
    for i, row in enumerate(values.tolist()):
        for j, value in enumerate(row):
            text, colour = f"{value:.{digits}f}", style.INK
            if not math.isfinite(value):
                text, colour = "\N{EN DASH}", style.MUTED
            elif value == 0:
                text, colour = "0", style.MUTED
            elif value > dark:
                colour = style.CARD
            axes.text(j + 0.5, i + 0.5, text, ha="center", va="center", color=colour)


def _label(axes: "Axes", rows: Sequence[str], columns: Sequence[str]) -> None:
    axes.set_xticks([i + 0.5 for i in range(len(columns))], columns)
    axes.set_yticks([i + 0.5 for i in range(len(rows))], rows)
    axes.invert_yaxis()
    axes.xaxis.tick_top()
    axes.tick_params(length=0, labelcolor=style.INK, labelsize=10.5)
    axes.spines[:].set_visible(False)
