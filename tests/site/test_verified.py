"""Each lesson says when and with what it last ran, and offers its notebook."""

import json

import pytest

LESSON = "lessons/layers/attention/"


@pytest.fixture
def line(address, reader):
    """The line of the lesson, with `record.js` as given or absent."""

    def read(record=None):
        visit = reader()
        if record == "absent":
            visit.page.route("**/record.js", lambda route: route.fulfill(status=404))
        elif record:
            visit.page.route("**/record.js", lambda route: route.fulfill(body=record))
        return visit.read(address + LESSON).locator(".verified")

    return read


def test_a_lesson_says_what_it_was_verified_with(line):
    assert "26 blocks verified on 2026-11-23 with torch 2.13.0" in line().inner_text()


def test_without_a_record_a_lesson_says_so(line):
    assert "Run scripts/test to verify this copy" in line("absent").inner_text()


def test_a_lesson_that_failed_says_so(line):
    failed = 'window.courseRecord = {torch: "2.13.0", pages: {}};'
    assert "did not all pass" in line(failed).inner_text()


def test_a_lesson_links_its_notebook(line, address, site):
    notebook, colab = line().get_by_role("link").all()
    assert (
        notebook.get_attribute("href") == address + "notebooks/layers/attention.ipynb"
    )
    assert (site / "notebooks" / "layers" / "attention.ipynb").is_file()
    assert colab.get_attribute("href") == (
        "https://colab.research.google.com/github/llm-foundations/llm-foundations"
        "/blob/gh-pages/notebooks/layers/attention.ipynb"
    )


def test_an_exercise_links_its_cell_of_the_notebook(line, site):
    page = line().page
    link = page.get_by_role("link", name="Write it in Colab").first
    cell = link.get_attribute("href").rpartition("#scrollTo=")[2]
    notebook = (site / "notebooks" / "layers" / "attention.ipynb").read_text()
    found = [c for c in json.loads(notebook)["cells"] if c["id"] == cell]
    assert "NotImplementedError" in "".join(found[0]["source"])
    exercises = page.locator(".exercise")
    assert exercises.get_by_role("link", name="Colab").count() == exercises.count()
