"""Architectures side by side: the same few measures of several published models."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from llm_foundations.facts.models import PublishedModel, find_model
from llm_foundations.plotting import style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_PANELS = {
    "params_total": "Parameters (log scale)",
    "n_layers": "Layers of a stack",
    "d_model": "Width, d_model",
    "n_heads": "Query heads",
    "vocab_size": "Vocabulary",
}


def compare_architectures(
    models: Sequence[PublishedModel | str],
) -> "pd.DataFrame":
    """Draw size, depth, width, heads and vocabulary of some models, and return them.

    What is not disclosed is written so, never drawn as zero. A star marks a model
    whose row was not re-checked against its source. `plt.show()` shows the figure.

    Args:
        models: Rows of the ledger, or their names.

    Returns:
        A frame with one row a model: what the figure shows.

    Raises:
        ValueError: If there is no model, or a name is not in the ledger.
    """
    if not models:
        raise ValueError("there is no model to compare")
    import matplotlib.pyplot as plt
    import pandas as pd

    rows = [find_model(model) if isinstance(model, str) else model for model in models]
    names = [row.name + "*" * row.is_from_memory for row in rows]
    frame = pd.DataFrame(
        {key: [getattr(row, key) for row in rows] for key in _PANELS},
        index=pd.Index(names, name="name"),
        dtype="Int64",
    )
    style.use_style()
    height = 1.2 + 0.32 * len(rows)
    figure, axes = plt.subplots(
        1, len(_PANELS), figsize=(13, height), sharey=True, layout="constrained"
    )
    for ax, (key, title) in zip(axes, _PANELS.items(), strict=True):
        _dots(ax, [getattr(row, key) for row in rows], title)
        if key == "params_total":
            ax.set_xscale("log")
        else:
            ax.set_xlim(left=0)
            ax.locator_params(axis="x", nbins=4)
    axes[0].set_yticks(range(len(names)), names)
    axes[0].set_ylim(len(names) - 0.5, -0.5)
    if any(row.is_from_memory for row in rows):
        figure.supxlabel("* not re-checked against its source", fontsize=9)
    return frame


def _dots(axes: "Axes", values: list[int | None], title: str) -> None:
    for y, value in enumerate(values):
        if value is None:
            axes.text(
                *(0.04, y, "undisclosed"),
                transform=axes.get_yaxis_transform(),
                va="center",
                color=style.MUTED,
            )
        else:
            axes.plot(value, y, "o", color=style.PETROL)
    axes.set_title(title, fontsize=10)
    axes.grid(axis="y")
