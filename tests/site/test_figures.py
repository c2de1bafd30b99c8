"""Figures on a phone, and a lesson on paper."""

from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from scripts.tools.course import lessons
from scripts.tools.vendor import COMMON

PHONE = {"viewport": {"width": 390, "height": 844}}
LESSON = "lessons/layers/attention/"
VENDOR = Path(__file__).parents[2] / "docs" / "assets" / "vendor"
# Each figure in the open: its name, the share of its size, whether it goes beyond the
# screen, and whether a reader sees that and can scroll it by keyboard.
SHOWN = """async () => {
  const images = [...document.querySelectorAll("article > p > img, .hero > p > img")];
  await Promise.all(images.map((image) => image.decode()));
  await new Promise((done) => setTimeout(done, 100));
  return images.map((image) => {
    const figure = image.parentElement, style = getComputedStyle(image);
    const room = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
    const share = (image.offsetWidth - room) / image.naturalWidth;
    const cut = figure.scrollWidth > figure.clientWidth;
    const edge = getComputedStyle(figure, "::after").content !== "none";
    return [image.src.split("/").pop(), share, cut, edge && figure.tabIndex === 0];
  });
}"""
PAPER = """() => {
  const summaries = () => [...document.querySelectorAll("summary")];
  const order = () => summaries().map((s) => s.textContent);
  const visible = (text) => summaries()
    .filter((s) => s.textContent.startsWith(text) && s.offsetParent).length;
  const before = order();
  dispatchEvent(new Event("beforeprint"));
  const inside = document.querySelectorAll(".exercise > details").length;
  const after = [...document.querySelectorAll("article > h2")].pop();
  const printed = {
    last: after.textContent,
    answers: document.querySelectorAll("article > h3 + details > summary").length,
    hints: inside,
    drawing: visible("The code that draws"),
    breaking: visible("The code that breaks"),
  };
  dispatchEvent(new Event("afterprint"));
  const same = JSON.stringify(order()) === JSON.stringify(before);
  return { ...printed, same };
}"""


@pytest.mark.parametrize("lesson", [page.name for page in lessons()])
def test_a_figure_fits_a_phone_or_shows_that_it_goes_on(lesson, address, reader):
    figures = reader(**PHONE).read(f"{address}{lesson}/").evaluate(SHOWN)
    assert all(share >= 0.57 for _, share, _, _ in figures), figures
    assert all(cut == edge for _, _, cut, edge in figures), figures


def test_the_first_figures_of_the_course_fit_a_phone(address, reader):
    visit = reader(**PHONE)
    for page in ("", *(f"{page.name}/" for page in lessons()[:3])):
        name, _, is_cut, _ = visit.read(address + page).evaluate(SHOWN)[0]
        assert not is_cut, (page, name)


def test_on_paper_solutions_stand_at_the_end_and_go_back(address, reader):
    page = reader().read(address + LESSON)
    page.emulate_media(media="print")
    printed = page.evaluate(PAPER)
    assert printed["last"] == "Solutions"
    assert printed["answers"] == 5
    assert printed["hints"] > 0
    assert (printed["drawing"], printed["breaking"] > 0) == (0, True)
    assert printed["same"]


@pytest.mark.parametrize("name", COMMON)
def test_the_common_characters_are_in_the_small_font(name):
    font = TTFont(VENDOR / "katex" / "fonts" / f"KaTeX_{name}-common.woff")
    assert {ord(character) for character in COMMON[name]} - {*font.getBestCmap()} <= {
        0x200B  # has no width and no glyph
    }
