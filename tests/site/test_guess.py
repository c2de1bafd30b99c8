"""Guess first: points for what a head looks at, and own answers to questions."""

import re
from pathlib import Path

import pytest
import torch

from llm_foundations.evaluation import trace
from llm_foundations.models import load_storyteller

LESSON = "lessons/layers/attention/"
SOURCE = Path(__file__).parents[2] / "docs" / "lessons" / "layers" / "attention.md"
MADE = {"#check-yourself": "label.own-answer", "guess-first": "guess-first button"}
"""What is made of a part of the page once the reader comes near."""
PHONE = {"width": 390, "height": 800}
ANSWER = "“Otto” 91, “Gilbert” 9"


def test_the_points_are_those_of_the_head():
    written = re.search(r'<guess-first ask="[^"]+" text="([^"]+)">', SOURCE.read_text())
    words = [re.fullmatch(r"(.*?)(?:\[(\d+)\])?", w) for w in written[1].split()]
    points = [int(word[2] or 0) for word in words]
    model, tokenizer = load_storyteller()
    ids = tokenizer.encode_ordinary(" ".join(word[1] for word in words))
    start = tokenizer.special_tokens["<|endoftext|>"]
    weights = trace(model, torch.tensor([[start, *ids]])).attention[3, 0, 3, -1]
    found = [0.0] * len(words)
    at = -1
    for i, weight in zip(ids, weights[1:].tolist(), strict=True):
        at += at < 0 or tokenizer.decode([i]).startswith(" ")
        found[at] += 100 * weight
    assert [round(points) for points in found] == points
    assert sum(points) == 100


@pytest.fixture
def lesson(address, reader):
    def opened(**options):
        page = reader(**options).read(address + LESSON)
        for part, made in MADE.items():
            page.locator(part).scroll_into_view_if_needed()
            page.locator(made).first.wait_for()
        return page, page.locator("guess-first")

    return opened


def test_points_are_given_and_the_answer_stands_beside_them(lesson):
    page, figure = lesson(viewport={"width": 1280, "height": 900})
    said = figure.get_by_role("status")
    answer = figure.get_by_text("The head", exact=True)
    figure.get_by_role("button", name="Gilbert").focus()
    for _ in range(4):
        page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    assert said.inner_text() == "“Gilbert” 40, “the” 10. 50 points left."
    figure.get_by_role("button", name="Take 10 back").click()
    page.keyboard.press("Shift+Tab")
    assert answer.is_hidden()
    assert figure.locator(":focus").inner_text() == "Show where the head looks"
    page.keyboard.press("Enter")
    assert said.inner_text() == (
        f"The head: {ANSWER}. You: “Gilbert” 40. You agree on 9 of 100 points."
    )
    guess = figure.get_by_text("Your guess", exact=True).bounding_box()
    assert answer.bounding_box()["y"] == guess["y"]
    page.keyboard.press("Enter")  # guess again
    assert said.inner_text() == "100 points left."
    assert answer.is_hidden()


def test_no_more_than_all_points_are_given(lesson):
    _, figure = lesson()
    for _ in range(12):
        figure.get_by_role("button", name="donkey").click()
    said = figure.get_by_role("status").inner_text()
    assert said == "“donkey” 100. 0 points left."


def test_the_answer_can_be_seen_without_a_guess(lesson):
    _, figure = lesson()
    figure.get_by_role("button", name="Show where the head looks").click()
    assert figure.get_by_role("status").inner_text() == f"The head: {ANSWER}."


def test_its_words_are_one_stop_of_the_keyboard(lesson):
    _, figure = lesson()
    assert figure.locator(".words button[tabindex='0']").count() == 1


def test_an_own_answer_stands_above_ours(lesson):
    page, _ = lesson()
    fold = page.locator("#check-yourself + details")
    field = page.locator("#check-yourself + details + label textarea")
    asked = page.get_by_label("Your answer first (stays on this page)")
    assert asked.count() == 3
    field.fill("Nothing <b>at all</b>.\nI think.")
    fold.locator("summary").click()
    own = fold.locator("summary + p")
    assert own.inner_text() == "Your answer: Nothing <b>at all</b>.\nI think."
    assert field.is_hidden()
    fold.locator("summary").click()
    assert field.is_visible()
    assert field.input_value().startswith("Nothing")
    assert page.evaluate("Object.keys(localStorage).join().includes('answer')") is False


def test_a_question_can_be_opened_without_an_answer(lesson):
    page, _ = lesson()
    fold = page.locator("#check-yourself + details")
    fold.locator("summary").click()
    assert fold.get_by_text("permutation equivariance").is_visible()
    assert fold.locator("p.own-answer").count() == 0


def test_each_question_names_its_field(lesson):
    page, _ = lesson()
    describe = """() => [...document.querySelectorAll("label.own-answer textarea")]
      .map((el) => el.getAttribute("aria-describedby"))
      .map((id) => document.getElementById(id).textContent)"""
    summaries = page.locator("#check-yourself ~ details:has(+ .own-answer) > summary")
    assert page.evaluate(describe) == summaries.evaluate_all(
        "(all) => all.map((el) => el.textContent)"
    )


def test_the_next_page_has_its_fields_too(lesson):
    page, _ = lesson(viewport={"width": 1280, "height": 900})
    page.evaluate("window.stayed = true")
    page.locator(".md-nav--primary").get_by_role("link", name="Positions").click()
    page.get_by_role("heading", name="Positions", level=1).wait_for()
    page.locator("#check-yourself").scroll_into_view_if_needed()
    page.locator("label.own-answer").first.wait_for()
    assert page.locator("label.own-answer").count() == 3
    assert page.evaluate("window.stayed") is True


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_are_accessible_and_fit_a_phone(lesson, axe, scheme):
    options = {"color_scheme": scheme, "viewport": PHONE, "reduced_motion": "reduce"}
    page, figure = lesson(**options)
    for name in ("Gilbert", "Gilbert", "Gilbert", "Gilbert", "Gilbert", "donkey"):
        figure.get_by_role("button", name=name).click()
    figure.get_by_role("button", name="Show where the head looks").click()
    page.locator("label.own-answer textarea").first.fill("Nothing changes.")
    page.locator("#check-yourself + details summary").click()
    page.evaluate(axe)
    for part in ("guess-first", "#check-yourself + details", "label.own-answer"):
        run = f"axe.run('{part}').then(({{ violations }}) => violations)"
        assert page.evaluate(run) == []
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_without_scripts_nothing_is_missing(address, reader):
    page = reader(java_script_enabled=False).page
    page.goto(address + LESSON)
    assert page.locator("guess-first").inner_text() == ""
    assert page.get_by_text("Make a guess before you run these lines").is_visible()
    assert page.locator(".own-answer").count() == 0
