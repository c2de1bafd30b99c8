"""Two drawings of the same figure are told from two figures."""

from base64 import b64encode
from io import BytesIO

import pytest
from PIL import Image

from scripts.tools.figures import difference


def svg(inside: str) -> str:
    names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="x"'
    return f"<svg {names}><g id='axes_1'>{inside}</g></svg>"


LINE = '<g id="line2d_1"><path d="M 10 20.5 L 30 40" style="stroke: #0b6272"/></g>'
LABEL = '<g id="text_1"><text x="5">loss</text></g>'
TICK = '<g id="text_2"><text x="5">0.10</text></g>'


def pixel(*colour: int) -> str:
    """An image of one pixel, as Matplotlib embeds it."""
    stream = BytesIO()
    Image.new("RGB", (1, 1), colour).save(stream, "png")
    data = b64encode(stream.getvalue()).decode()
    return f'<image xlink:href="data:image/png;base64,{data}"/>'


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (LINE, LINE.replace("20.5", "20.9")),
        (LINE, LINE.replace("#0b6272", "#0b6475")),
        ('<use href="#m0123456789"/>', '<use href="#mabcdef0123"/>'),
    ],
)
def test_rounding_is_no_difference(was: str, now: str) -> None:
    assert difference(svg(was), svg(now)) == ""


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (LINE.replace("20.5", "21.1") + TICK, "d M 10 20.5 L 30 40 became d M 10 21.1"),
        (LINE.replace("#0b6272", "#cf4f1b") + TICK, "stroke: #0b6272 became style"),
        (LINE.replace("M 10 20.5 L", "M 10 20.5 L 15 15 L") + TICK, "L 15 15 L 30 40"),
        (LINE + TICK.replace("0.10", "0.15"), '"0.10" became "0.15"'),
        (LINE + TICK + LABEL, "parts became"),
    ],
)
def test_what_a_reader_would_see_is_named(now: str, said: str) -> None:
    assert said in difference(svg(LINE + TICK), svg(now))


@pytest.mark.parametrize(
    ("now", "same"),
    [
        (LINE.replace("20.5", "99") + LABEL + TICK.replace("0.10", "0.15"), True),
        (LINE + LABEL.replace("loss", "accuracy") + TICK, False),
        (LINE + LINE.replace("line2d_1", "line2d_2") + LABEL + TICK, False),
    ],
)
def test_structure_is_axes_lines_and_words(now: str, same: bool) -> None:
    was = svg(LINE + LABEL + TICK)
    assert (difference(was, svg(now), structure_only=True) == "") is same


def test_embedded_pixels_are_compared_as_pixels() -> None:
    assert difference(svg(pixel(200, 0, 0)), svg(pixel(203, 0, 0))) == ""
    assert "became" in difference(svg(pixel(200, 0, 0)), svg(pixel(209, 0, 0)))
