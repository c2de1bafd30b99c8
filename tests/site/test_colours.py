"""Every colour of text and code is legible on what it stands on, in both schemes."""

import re
from pathlib import Path

import pytest

from llm_foundations.plotting import style

LOOK = Path(__file__).parents[2] / "docs" / "assets" / "css" / "look.css"
GROUNDS = ("paper", "wash")
INKS = ("ink", "muted", "accent", "signal")


def scheme(name):
    """The colours that one scheme sets."""
    css = LOOK.read_text()
    block = re.search(rf'\[data-md-color-scheme="{name}"\] {{(.*?)\n}}', css, re.DOTALL)
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block.group(1)))


def luminance(colour):
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts
    ]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_is_21():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", ["default", "slate"])
def test_text_and_code_are_legible(name):
    colours = scheme(name)
    tokens = [colour for colour in colours if colour.startswith("md-code-hl-")]
    assert len(tokens) == 12
    weak = {
        (ink, ground): round(contrast(colours[ink], colours[ground]), 2)
        for ink in [*INKS, *tokens]
        for ground in GROUNDS
        if contrast(colours[ink], colours[ground]) < 4.5
    }
    assert weak == {}


def test_figures_stay_legible_when_the_dark_scheme_dims_them():
    dimmed = re.search(r"slate.*img.*brightness\((.\d+)\)", LOOK.read_text()).group(1)

    def seen(colour):
        parts = [int(colour[at : at + 2], 16) * float(dimmed) for at in (1, 3, 5)]
        return "#" + "".join(f"{round(part):02x}" for part in parts)

    assert luminance(seen(style.CARD)) < 0.75 * luminance(style.CARD)
    inks = [style.INK, style.MUTED, style.PETROL, style.AUBERGINE, "#b03a0c"]
    ratios = {ink: contrast(seen(ink), seen(style.CARD)) for ink in inks}
    assert all(ratio >= 4.5 for ratio in ratios.values()), ratios
