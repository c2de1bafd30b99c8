"""Published models over time: their sizes, their data, and what isn't published."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from llm_foundations.facts.models import (
    PublishedModel,
    find_model,
    published_models,
)
from llm_foundations.plotting import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ENCODERS = {"bert": "encoder", "elmo": "encoder"}
_BOTH = dict.fromkeys(("vaswani", "t5", "bart"), "encoder-decoder")
_PALE = "#b9bdb7"
_STRIP = "#efede4"
_AT = {
    "right": (6, 0, "left", "center"),
    "left": (-6, 0, "right", "center"),
    "above": (0, 6, "center", "bottom"),
    "below": (0, -6, "center", "top"),
}


def family_of(model: PublishedModel) -> str:
    """Return what kind of model a row of the ledger is.

    Args:
        model: The row.

    Returns:
        `mixture of experts` if it is known that some parameters are unused for each
        token, or else `encoder`, `encoder-decoder`, `embedding` or `decoder`. What
        isn't disclosed counts as a decoder.

    Examples:
        >>> family_of(find_model("T5-11B")), family_of(find_model("DeepSeek-V3"))
        ('encoder-decoder', 'mixture of experts')
    """
    if model.params_active:
        return "mixture of experts"
    if model.arch == "embedding":
        return model.arch
    return (_ENCODERS | _BOTH).get(model.arch, "decoder")


def largest_so_far(models: Iterable[PublishedModel]) -> list[PublishedModel]:
    """Return the models that were larger than all before them, oldest first.

    Of several models of one month, only the largest can be among them.

    Args:
        models: Rows of the ledger. Those without a published size are left out.

    Examples:
        >>> rows = map(find_model, ["PaLM 540B", "GPT-4", "GPT-3 13B", "GPT-3 175B"])
        >>> [model.name for model in largest_so_far(rows)]
        ['GPT-3 175B', 'PaLM 540B']
    """
    known = [(m.year_month, -m.params_total, m) for m in models if m.params_total]
    found: list[PublishedModel] = []
    for _, size, model in sorted(known, key=lambda row: row[:2]):
        if not found or -size > (found[-1].params_total or 0):
            found.append(model)
    return found


def plot_sizes(
    *, ax: "Axes | None" = None, names: Mapping[str, str] | None = None
) -> "Axes":
    """Draw the sizes of all published models against time, on a logarithmic axis.

    Mixtures of experts are open circles. A cross in the strip below is a model whose
    size isn't published; those of one month are stacked. Word vectors, which aren't
    language models, are left out.

    Args:
        ax: Where to draw; a new figure if not given.
        names: Which models get color and their name, each with its side: `left`,
            `right`, `above` or `below`.

    Returns:
        The axes, to add to.

    Raises:
        ValueError: If a name isn't in the ledger, or has no published size.
    """
    axes = _axes(ax)
    rows = [row for row in published_models() if family_of(row) != "embedding"]
    _circles(axes, rows, _PALE)
    _circles(axes, map(find_model, names or {}), style.PETROL)
    sizes = {name: find_model(name).params_total for name in names or {}}
    _name(axes, sizes, names or {})
    _cross(axes, [m.decimal_year for m in published_models() if not m.params_total])
    axes.set(yscale="log", ylabel="parameters")
    return axes


def plot_token_ratios(
    *,
    ax: "Axes | None" = None,
    names: Mapping[str, str] | None = None,
    least: float = 50e9,
) -> "Axes":
    """Draw the training tokens per parameter of large dense decoders against time.

    Args:
        ax: Where to draw; a new figure if not given.
        names: As for `plot_sizes`.
        least: How many parameters a model has at least.

    Returns:
        The axes, to add to.

    Raises:
        ValueError: If a name isn't in the ledger, or its size or its number of
            training tokens isn't published.
    """
    axes = _axes(ax)
    for row in published_models():
        ratio = _ratio(row)
        if ratio and (row.params_total or 0) >= least and family_of(row) == "decoder":
            axes.plot(row.decimal_year, ratio, "o", color=style.PETROL, ms=4.5)
    ratios = {name: _ratio(find_model(name)) for name in names or {}}
    _name(axes, ratios, names or {})
    axes.set(yscale="log", ylabel="training tokens\nper parameter")
    return axes


def plot_training_flops(
    *, ax: "Axes | None" = None, names: Mapping[str, str] | None = None
) -> "Axes":
    """Draw the training compute of published decoders against time.

    It is 6 FLOPs for each parameter that a token uses and each training token.

    Args:
        ax: Where to draw; a new figure if not given.
        names: As for `plot_sizes`; only these models are in color.

    Returns:
        The axes, to add to.

    Raises:
        ValueError: If a name isn't in the ledger, or its size or its number of
            training tokens isn't published.
    """
    axes = _axes(ax)
    for row in published_models():
        flops = _flops(row)
        if flops and family_of(row) in ("decoder", "mixture of experts"):
            color = style.PETROL if row.name in (names or {}) else _PALE
            axes.plot(row.decimal_year, flops, "o", color=color, ms=4.5)
    _name(axes, {name: _flops(find_model(name)) for name in names or {}}, names or {})
    axes.set(yscale="log", ylabel="training FLOPs")
    return axes


def _axes(ax: "Axes | None") -> "Axes":
    import matplotlib.pyplot as plt

    style.use_style()
    return plt.subplots(figsize=(5.8, 3.6))[1] if ax is None else ax


def _circles(axes: "Axes", rows: Iterable[PublishedModel], color: str) -> None:
    """Draw the known sizes as dots, and those of mixtures as open circles."""
    for m in rows:
        if m.params_total:
            fill = style.CARD if family_of(m) == "mixture of experts" else color
            (dot,) = axes.plot(m.decimal_year, m.params_total, "o", color=color)
            dot.set(markerfacecolor=fill, markersize=4.5, zorder=4)


def _cross(axes: "Axes", years: list[float]) -> None:
    """Mark in a strip below the axes when models of unknown size were published."""
    from matplotlib.patches import Rectangle

    strip = Rectangle((0, -0.17), 1, 0.16, transform=axes.transAxes, clip_on=False)
    strip.set(facecolor=_STRIP, zorder=0)
    axes.add_patch(strip)
    axes.tick_params(axis="x", pad=36, length=0)
    at = axes.get_xaxis_transform()
    heights = [-0.06 - 0.06 * years[:i].count(year) for i, year in enumerate(years)]
    axes.plot(years, heights, "x", color=style.MUTED, transform=at, clip_on=False)
    said = axes.text(min(years) - 0.15, -0.09, "size not published", transform=at)
    said.set(ha="right", va="center", size=9.5, color=style.MUTED)


def _ratio(model: PublishedModel) -> float | None:
    if not model.training_tokens or not model.params_total:
        return None
    return model.training_tokens / model.params_total


def _flops(model: PublishedModel) -> float | None:
    size = model.params_active or model.params_total
    return (
        6.0 * size * model.training_tokens if size and model.training_tokens else None
    )


def _name(
    axes: "Axes", heights: Mapping[str, float | None], sides: Mapping[str, str]
) -> None:
    """Write names beside their points, without what tells sizes of a family apart."""
    for name, height in heights.items():
        if height is None:
            raise ValueError(f"{name!r} has nothing published that could be drawn")
        dx, dy, ha, va = _AT[sides[name]]
        axes.annotate(
            name.replace(" XL", "").replace(" 175B", ""),
            (find_model(name).decimal_year, height),
            (dx, dy),
            textcoords="offset points",
            ha=ha,
            va=va,
            size=9.5,
            bbox={"facecolor": style.CARD, "alpha": 0.75, "pad": 0.5},
        )
