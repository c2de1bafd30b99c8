"""The live figures: by keyboard, in words, without mistakes, from a file."""

import pytest

HOME, LESSON = "", "lessons/layers/attention/"
START = "attention-explorer .start"


@pytest.fixture
def explorer(address, reader):
    """A page's attention explorer, started by keyboard."""

    def started(url, **options):
        page = reader(**options).read(address + url)
        page.locator(START).focus()
        page.keyboard.press("Enter")
        page.locator("attention-explorer [role=radio]").first.wait_for()
        return page, page.locator("attention-explorer")

    return started


def test_nothing_of_the_model_is_fetched_before_it_is_started(address, reader):
    visit = reader()
    assert visit.read(address + HOME).locator(START).is_visible()
    assert not any("storyteller.js" in url or "files.js" in url for url in visit.asked)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (HOME, "Layer 3, head 3: from “?”, 100% to “Willa”."),
        (LESSON, "Layer 3, head 3: from “?”, 99% to “Otto”"),
    ],
)
def test_it_says_what_it_shows(explorer, url, said):
    page, figure = explorer(url)
    assert said in figure.inner_text()
    answer = said.split("“")[-1].split("”")[0]
    assert figure.locator("li").first.inner_text().split()[0] == answer
    hidden = page.locator("p[hidden] > img")
    assert hidden.count() == 1  # the picture gives way


def test_a_keyboard_chooses_the_token_and_the_head(explorer):
    page, figure = explorer(HOME)
    assert figure.locator(":focus").inner_text() == "?"
    page.keyboard.press("Home")
    assert "from “start”, 100% to “start”" in figure.inner_text()
    page.keyboard.press("ArrowRight")
    assert "from “Once”" in figure.inner_text()
    assert figure.locator("[role=radio][tabindex='0']").count() == 1
    figure.get_by_label("Attention head").select_option("layer 0, head 1")
    assert "Layer 0, head 1: from “Once”" in figure.inner_text()


def test_it_writes_on_and_starts_over(explorer):
    _, figure = explorer(HOME)
    figure.get_by_role("button", name="Write on").click()
    own = figure.get_by_label("Your own text")
    assert own.input_value().endswith("flute? Willa.")
    own.fill("Once there was a duck named Pip. He lived on a")
    own.blur()
    assert figure.locator("li").first.inner_text().split()[0] == "h"  # houseboat
    figure.get_by_role("button", name="Start over").click()
    assert own.input_value().endswith("flute?")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("The friend", "Layer 3, head 3: from “?”, 100% to “O”."),
        ("The lost coat", "Layer 3, head 3: from “the”, 95% to “ye”"),
        ("The song again", "Layer 3, head 3: from “ding”, 98% to “hey”"),
        ("The hero\u2019s name", "Layer 1, head 3: from “lived”, 85% to “ia”"),
    ],
)
def test_other_stories_show_what_a_head_does(explorer, name, said):
    page, figure = explorer(HOME)
    figure.get_by_role("button", name=name).focus()
    page.keyboard.press("Enter")
    assert said in figure.inner_text()
    figure.get_by_role("button", name="Start over").click()
    assert "Layer 3, head 3: from “?”, 100% to “Willa”." in figure.inner_text()


def test_arcs_lead_from_the_token_to_what_it_looks_at(explorer):
    page, figure = explorer(LESSON, viewport={"width": 390, "height": 800})
    ends = """() => [...document.querySelectorAll(".tokens path")].map((arc) => {
      const frame = arc.ownerSVGElement.getBoundingClientRect();
      const { x, y } = arc.getPointAtLength(arc.getTotalLength());
      const near = document.elementsFromPoint(x + frame.x, y + frame.y - 3);
      return near.find((el) => el.matches("[role=radio]"))?.textContent;
    })"""
    assert page.evaluate(ends) == []
    figure.get_by_label("Arcs").focus()
    page.keyboard.press("Space")
    figure.locator("path").first.scroll_into_view_if_needed()
    assert page.evaluate(ends) == ["Otto"]
    page.set_viewport_size({"width": 700, "height": 800})
    page.wait_for_timeout(100)
    assert page.evaluate(ends) == ["Otto"]
    page.keyboard.press("Space")
    assert page.evaluate(ends) == []


@pytest.mark.parametrize("arcs", [False, True])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_started_figure_is_accessible(explorer, axe, scheme, arcs):
    page, figure = explorer(
        LESSON, color_scheme=scheme, viewport={"width": 390, "height": 800}
    )
    figure.get_by_label("Arcs").set_checked(arcs)
    figure.get_by_label("Attention head").select_option("layer 0, head 1")
    page.evaluate(axe)
    found = page.evaluate(
        "axe.run('attention-explorer').then(({ violations }) => violations)"
    )
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_text_that_is_too_long_is_cut(explorer):
    _, figure = explorer(HOME)
    own = figure.get_by_label("Your own text")
    own.fill("Pip. " * 400)
    own.blur()
    assert figure.locator("[role=radio]").count() == 384 - 40 + 1
    assert "only the first 344 tokens are read" in figure.inner_text()


def test_softmax_follows_its_sliders(address, reader):
    page = reader().read(address + LESSON)
    figure = page.locator("softmax-temperature")
    assert "3.0 → 0.678" in figure.inner_text()  # exp(3 / 1.4) of the sum
    figure.get_by_label("Divide by").fill("1")
    assert "3.0 → 0.810" in figure.inner_text()
    figure.get_by_label("Otto").fill("-1")
    assert "-1.0 → 0.072" in figure.inner_text()


def test_rope_keeps_the_score_when_both_move(address, reader):
    page = reader().read(address + "lessons/layers/positions/")
    figure = page.locator("rope-dial")
    score = "Score: \u22120.42 + 0.83 + 1.00 = 1.40."  # cos(2), cos(0.6), cos(0.1)
    assert f"Query at 9, key at 7: 2 apart. {score}" in figure.inner_text()
    figure.get_by_role("button", name="Move both one step").click()
    assert f"Query at 10, key at 8: 2 apart. {score}" in figure.inner_text()
    figure.get_by_label("Position of the key").fill("10")
    assert "0 apart. Score: 1.00 + 1.00 + 1.00 = 3.00." in figure.inner_text()
