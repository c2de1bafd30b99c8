"""The way through the site: previous and next, breadcrumbs, reports, a lost reader."""

from urllib.parse import parse_qs, urlsplit

import pytest

from scripts.tools.course import nav_lessons
from scripts.tools.pages import DOCS, ROOT

REPOSITORY = "https://github.com/llm-foundations/llm-foundations"
STEPS = """(links) => links.map((a) => a.href)"""
LESSONS = nav_lessons((ROOT / "mkdocs.yml").read_text())


@pytest.mark.parametrize(
    ("page_url", "steps"),
    [
        ("map/", ["start/", f"lessons/{LESSONS[0]}/"]),
        (f"lessons/{LESSONS[0]}/", ["map/", f"lessons/{LESSONS[1]}/"]),
        (f"lessons/{LESSONS[-1]}/", [f"lessons/{LESSONS[-2]}/", "map/"]),
        ("labs/language/", ["labs/gpt/"]),
        ("labs/gpt/", ["labs/language/", "labs/attention_cost/"]),
        ("labs/attention_cost/", ["labs/gpt/"]),
        ("reference/", ["reference/package/"]),
        ("reference/cli/", ["reference/experiments/"]),
    ],
)
def test_previous_and_next_stay_inside(page_url, steps, address, reader):
    page = reader().read(address + page_url)
    links = page.locator(".md-footer__link")
    assert links.evaluate_all(STEPS) == [address + step for step in steps]
    if steps[-1:] == ["map/"]:
        assert links.last.get_attribute("aria-label") == "Next: Course map"
        assert "Course map" in links.last.inner_text()


def test_breadcrumbs_have_a_name_of_their_own(address, reader):
    page = reader().read(address + "lessons/layers/positions/")
    crumbs = page.get_by_role("navigation", name="Breadcrumbs", exact=True)
    assert crumbs.get_by_role("link").all_inner_texts() == ["Home", "Course", "Layers"]


def test_a_lesson_leads_to_its_part_of_the_map(address, reader):
    page = reader().read(address + "lessons/layers/positions/")
    line = page.locator("h1 + p")
    number = LESSONS.index("layers/positions") + 1
    assert line.inner_text().startswith(f"Lesson {number} of {len(LESSONS)} · Layers")
    line.get_by_role("link", name="Layers").click()
    page.wait_for_url("**/map/#layers")


@pytest.mark.parametrize(
    ("page_url", "file"),
    [
        ("", "edit/main/docs/index.md"),
        ("lessons/layers/attention/", "edit/main/docs/lessons/layers/attention.md"),
        ("labs/gpt/", "edit/main/docs/labs/gpt.py"),
        ("reference/", "edit/main/docs/reference/index.md"),
        ("reference/package/", "tree/main/src/llm_foundations/"),
        ("reference/data/stories/", "tree/main/src/llm_foundations/data/stories"),
    ],
)
def test_a_page_says_where_its_mistakes_go(page_url, file, address, reader):
    page = reader().read(address + page_url)
    issue, source = page.locator(".report").get_by_role("link").all()
    assert source.get_attribute("href") == f"{REPOSITORY}/{file}"
    assert (ROOT / file.split("/main/")[1]).exists()
    asked = urlsplit(issue.get_attribute("href"))
    assert asked.path == "/llm-foundations/llm-foundations/issues/new"
    title = page.title().split(" - ")[0]
    assert parse_qs(asked.query)["title"] == [f"{title}: "]
    assert parse_qs(asked.query)["body"][0].startswith("Page: ")


def test_the_source_of_each_page_of_the_reference_is_there():
    pages = {p.relative_to(DOCS / "reference") for p in DOCS.glob("reference/**/*.md")}
    names = {p.with_suffix("").as_posix() for p in pages} - {"index", "package"}
    package = ROOT / "src" / "llm_foundations"
    assert [name for name in sorted(names) if not (package / name).is_dir()] == []


def test_a_fork_is_reported_to_the_fork(address, reader, site):
    visit = reader()
    text = (site / "map" / "index.html").read_text()
    text = text.replace(REPOSITORY, "https://github.com/a/b")
    visit.page.route(
        "**/map/", lambda route: route.fulfill(body=text, content_type="text/html")
    )
    page = visit.read(address + "map/")
    edit = page.get_by_role("link", name="edit this page")
    assert edit.get_attribute("href") == "https://github.com/a/b/edit/main/docs/map.md"


def test_a_missing_page_leads_to_the_map_and_the_search(address, reader, axe):
    page = reader(viewport={"width": 1280, "height": 800}).read(address + "404.html")
    assert page.get_by_role("heading", name="This page does not exist").is_visible()
    assert page.locator(".report").count() == 0
    page.evaluate(axe)
    assert page.evaluate("axe.run(document).then((said) => said.violations)") == []
    page.get_by_role("button", name="Search the course").click()
    page.keyboard.type("attention sink")
    page.locator(".md-search-result__link[href*='glossary/']").first.wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="the course map").click()
    page.wait_for_url("**/map/")
