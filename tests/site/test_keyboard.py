"""Everything by keyboard, every focus seen, and nothing that moves unasked."""

import subprocess
import sys

import pytest

CLIPBOARD = ["clipboard-read", "clipboard-write"]
LESSON = "lessons/layers/attention/"
FAILING = "lessons/layers/normalization/"  # a block of it shows an error
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
    tab_until(page, "What a language model is", limit=3)


def test_from_home_to_a_finished_exercise(address, reader):
    visit = reader(viewport=DESK, reduced_motion="reduce", permissions=CLIPBOARD)
    page = visit.read(address)
    tab_until(page, "See the whole map")
    page.keyboard.press("Enter")
    page.wait_for_url("**/map/")
    page.get_by_role("heading", name="Course map").wait_for()
    tab_until(page, "Attention")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{LESSON}")
    page.get_by_role("heading", name="Attention", level=1).wait_for()
    page.locator("div.diagram").wait_for()
    tab_until(page, "1. Two questions at once")
    page.keyboard.press("Enter")
    page.wait_for_url("**#1-two-questions-at-once")
    stub = copied(page)
    assert "not written yet" in run(stub)
    tab_until(page, "Solution", limit=6)
    page.keyboard.press("Enter")
    assert page.locator(".exercise details").first.get_attribute("open") is not None
    solved = copied(page)
    assert solved != stub
    assert run(solved).startswith("check_attention_by_hand: right")


def copied(page):
    """What the next button that copies gives."""
    tab_until(page, "Copy", limit=6)
    page.keyboard.press("Enter")
    page.get_by_text("Copied to clipboard").wait_for()
    return page.evaluate("navigator.clipboard.readText()")


def run(block):
    """What a reader sees who pastes a block into a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-"], input=block, capture_output=True, text=True
    )
    return done.stdout + done.stderr


def test_reduced_motion_is_respected(address, reader):
    page = reader(reduced_motion="reduce").read(address + LESSON)
    moving = """() => [...document.querySelectorAll("*")].filter((el) => {
      const look = getComputedStyle(el);
      return parseFloat(look.transitionDuration) || parseFloat(look.animationDuration);
    }).length"""
    assert page.evaluate(moving) == 0


def test_forced_colours_keep_what_a_background_told(address, reader):
    page = reader(forced_colors="active").read(address + FAILING)
    border = "(el) => parseFloat(getComputedStyle(el).borderLeftWidth)"
    assert page.locator(".fails").first.evaluate(border) == 4
    assert page.locator(".exercise").first.evaluate(border) == 1
