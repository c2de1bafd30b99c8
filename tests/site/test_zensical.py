"""The canary: the same pages, built by the theme's successor, read the same.

Labs are the named exception, since Zensical does not run mkdocs-jupyter.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.tools.course import lessons

pytestmark = pytest.mark.ci
ROOT = Path(__file__).parents[2]
BUILT = ROOT / "build" / "zensical"
LESSON = "lessons/layers/attention/"
FAILING = "lessons/layers/normalization/"  # a block of it shows an error


@pytest.fixture(scope="module")
def canary(site, shared, address):
    """Where the canary is served: beside the site."""
    url = address.replace("llm-foundations", "zensical")

    def fill(folder):
        command = [sys.executable, "-m", "zensical", "build"]
        command += ["--config-file", "mkdocs.zensical.yml"]
        environment = {**os.environ, "SITE_URL": url, "PYTHONPATH": "src"}
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        shutil.copytree(BUILT, site.parent / "zensical")
        shutil.copy(site / "assets" / "record.js", site.parent / "zensical" / "assets")

    shared("zensical", fill)
    return url


@pytest.fixture
def visit(canary, reader):
    visit = reader(viewport={"width": 1280, "height": 800})
    yield visit
    assert visit.said == []
    assert visit.foreign(canary) == []


def test_a_lesson_reads_the_same(visit, canary):
    page = visit.read(canary + LESSON)
    assert page.locator(".arithmatex .katex").count() > 10
    assert page.locator("div.diagram").bounding_box()["height"] > 60
    assert "26 blocks verified" in page.locator(".verified").inner_text()
    page = visit.read(canary + FAILING)
    assert page.locator(".language-python + .language-text.fails").count() > 0


def test_every_lesson_is_drawn(visit, canary):
    for lesson in lessons():
        page = visit.read(f"{canary}{lesson.name}/")
        assert page.locator(".katex-error").count() == 0
        n_drawn = lesson.text.count("```mermaid")
        assert page.locator("div.diagram").count() == n_drawn, lesson.name


def test_an_api_page_reads_the_same(visit, canary):
    page = visit.read(canary + "reference/layers/")
    page.get_by_role("heading", name="scaled_dot_product_attention").wait_for()
    assert page.locator(".arithmatex .katex").count() > 0
    page.locator(".mkdocstrings-source summary").first.click()
    page.locator(".mkdocstrings-source .k").first.wait_for()


def test_a_reader_gets_from_home_to_a_lesson(visit, canary):
    page = visit.read(canary)
    page.get_by_role("link", name="See the whole map").click()
    page.locator(f"td a[href$='{LESSON}']").click()
    page.wait_for_url(f"**/{LESSON}")
    page.get_by_role("heading", name="Attention", level=1).wait_for()
    page.locator("div.diagram").wait_for()
    page.locator(".arithmatex .katex").first.wait_for()


def test_search_finds_the_lesson(visit, canary):
    page = visit.read(canary)
    page.keyboard.press("Control+k")
    page.keyboard.type("attention weights")
    page.locator(f"a[href*='{LESSON}?h=']").first.wait_for()
