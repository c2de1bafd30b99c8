"""The unzipped copy, opened as files: drawn, linked and searched like the site."""

import pytest

pytestmark = pytest.mark.ci


@pytest.fixture(scope="module")
def unzipped(shared, build):
    """The address of the folder that `scripts/build --offline` fills."""
    folder = shared("a copy", lambda folder: build(folder, "mkdocs.offline.yml"))
    return f"{folder.as_uri()}/"


@pytest.fixture
def visit(unzipped, reader):
    visit = reader(viewport={"width": 1280, "height": 800})
    yield visit
    assert visit.said == []
    assert visit.foreign(unzipped) == []


def test_a_lesson_is_drawn(visit, unzipped):
    page = visit.read(f"{unzipped}lessons/layers/attention.html")
    assert page.locator(".arithmatex .katex").count() > 10
    assert page.locator("div.diagram").bounding_box()["height"] > 60
    assert "26 blocks verified" in page.locator(".verified").inner_text()
    notebook = page.get_by_role("link", name="Notebook").get_attribute("href")
    assert notebook == f"{unzipped}notebooks/layers/attention.ipynb"


def test_a_lab_is_drawn_and_its_links_lead_on(visit, unzipped):
    page = visit.read(f"{unzipped}labs/attention_cost.html")
    page.locator(".jupyter-wrapper .katex").first.wait_for()
    page.locator(".jupyter-wrapper").get_by_role("link", name="Attention").click()
    page.wait_for_url(f"{unzipped}lessons/layers/attention.html")
    page = visit.read(f"{unzipped}labs/gpt.html")
    page.locator(".jupyter-wrapper").get_by_role("link", name="Tokenization").click()
    page.wait_for_url(f"{unzipped}lessons/text/tokenization.html")


def test_search_finds_a_lesson(visit, unzipped):
    page = visit.read(f"{unzipped}index.html")
    page.keyboard.press("/")
    page.keyboard.type("attention weights")
    page.locator("[href*='lessons/layers/attention.html?h=']").first.click()
    page.wait_for_url(f"{unzipped}lessons/layers/attention.html*")
