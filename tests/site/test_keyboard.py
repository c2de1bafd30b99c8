"""Everything by keyboard, every focus seen, and nothing that moves unasked."""

import pytest

LESSON = "lessons/layers/attention/"
DESK = {"width": 1280, "height": 800}
FOCUS = """() => {
  const el = document.activeElement;
  const seen = el.matches(".md-option") ? el.nextElementSibling : el;
  const look = getComputedStyle(seen);
  return {
    name: el.textContent.trim() || el.getAttribute("aria-label") || el.title,
    ring: look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 2,
    box: seen.getBoundingClientRect().toJSON(),
  };
}"""


def tab_until(page, wanted, limit=80):
    """Press Tab until something of that name has the focus; every stop is seen."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        assert stop["ring"], f"no ring around {stop['name']!r}"
        assert stop["box"]["width"], f"{stop['name']!r} has the focus and is hidden"
        if stop["name"].startswith(wanted):
            return
    pytest.fail(f"{wanted!r} is not reached in {limit} stops")


def test_the_first_stop_skips_to_the_content(address, reader):
    page = reader(viewport=DESK).read(address + LESSON)
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUS)["name"] == "Skip to content"
    page.keyboard.press("Enter")
    page.wait_for_selector("#attention:target")
    tab_until(page, "Embeddings", limit=3)


def test_from_home_to_a_solution(address, reader):
    page = reader(viewport=DESK, reduced_motion="reduce").read(address)
    tab_until(page, "See the whole map")
    page.keyboard.press("Enter")
    page.wait_for_url("**/map/")
    page.get_by_role("heading", name="Course map").wait_for()
    tab_until(page, "Attention")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{LESSON}")
    page.locator("div.mermaid").wait_for()
    tab_until(page, "1. Weights by hand")
    page.keyboard.press("Enter")
    page.wait_for_url("**#1-weights-by-hand")
    tab_until(page, "Solution", limit=6)
    solution = page.locator(".exercise details").first
    page.keyboard.press("Enter")
    assert solution.get_attribute("open") is not None


def test_reduced_motion_is_respected(address, reader):
    page = reader(reduced_motion="reduce").read(address + LESSON)
    moving = """() => [...document.querySelectorAll("*")].filter((el) => {
      const look = getComputedStyle(el);
      return parseFloat(look.transitionDuration) || parseFloat(look.animationDuration);
    }).length"""
    assert page.evaluate(moving) == 0


def test_forced_colours_keep_what_a_background_told(address, reader):
    page = reader(forced_colors="active").read(address + LESSON)
    border = "(el) => parseFloat(getComputedStyle(el).borderLeftWidth)"
    assert page.locator(".fails").first.evaluate(border) == 4
    assert page.locator(".exercise").first.evaluate(border) == 1
