"""How a whole is shared out, step by step: one band for each part."""

from collections.abc import Mapping
from typing import Any

from llm_foundations.plotting import style


def share_charts(charts: Mapping[str, Any], every: int = 1) -> None:
    """Draw bands that add up to 1 at every step, side by side.

    Args:
        charts: What stands above each picture, and its rows: one a step, each with a
            share for every part.
        every: Draw every so many steps alone, which keeps the file small.

    Raises:
        ValueError: If the shares of a step do not add up to 1.
    """
    import matplotlib.pyplot as plt
    import numpy as np

    style.use_style()
    _, axes = plt.subplots(
        1, len(charts), figsize=(style.WIDTH, 2.6), sharey=True, squeeze=False
    )
    for ax, (title, rows) in zip(axes[0], charts.items(), strict=True):
        shares = np.asarray([list(map(float, row)) for row in rows[::every]])
        totals = shares.sum(axis=1)
        if not np.allclose(totals, 1, atol=1e-4):
            worst = totals[np.abs(totals - 1).argmax()]
            raise ValueError(f"{title}: the shares of a step add up to {worst:.3f}")
        shades = style.petrol_map()(np.linspace(0.15, 0.95, shares.shape[1]))
        steps = range(0, len(rows), every)
        ax.stackplot(steps, shares.T, colors=shades, edgecolor=style.CARD, lw=0.7)
        ax.set(title=title, xlabel="step", ylim=(0, 1), xlim=(0, steps[-1]))
        ax.set_yticks([0, 0.5, 1])
