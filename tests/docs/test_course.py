"""The map, the nav and the lessons' front matter agree."""

from dataclasses import replace

import pytest

from scripts.tools.course import entries, info_line, lessons, nav_lessons
from scripts.tools.pages import DOCS, LESSONS, ROOT, Page
from tests.docs.guards.course import agree

MAP = Page("""
| Lesson | You will be able to | Requires | Minutes |
|---|---|---|---:|
| <span id="text/embeddings">Embeddings</span> | train | nothing | *planned* |
| [Attention](lessons/layers/attention.md) | attend | Embeddings | 25 |
""")
FRONT_MATTER = """---
title: Attention
minutes: 25
requires: [text/embeddings]
---
"""
NAV = "nav:\n  - Course:\n      - Attention: lessons/layers/attention.md\n"


def lesson(text: str) -> Page:
    return Page(text, LESSONS / "layers" / "attention.md")


def test_the_course_agrees_with_itself() -> None:
    nav = nav_lessons((ROOT / "mkdocs.yml").read_text())
    assert agree(entries(Page.read(DOCS / "map.md")), lessons(), nav) == []


def test_three_that_agree_are_accepted() -> None:
    found = agree(entries(MAP), [lesson(FRONT_MATTER)], nav_lessons(NAV))
    assert found == []


@pytest.mark.parametrize(
    ("was", "now", "complaint"),
    [
        ("title: Attention", "title: Looking", "its title is 'Looking', in the map"),
        ("minutes: 25", "minutes: 30", "its minutes is 30, in the map 25"),
        ("text/embeddings", "text/ngrams", "its requires is ['text/ngrams']"),
    ],
)
def test_a_lesson_that_differs_is_named(was: str, now: str, complaint: str) -> None:
    page = lesson(FRONT_MATTER.replace(was, now))
    (found,) = agree(entries(MAP), [page], nav_lessons(NAV))
    assert complaint in found


def test_a_lesson_that_is_missing_somewhere_is_named() -> None:
    unwritten = agree(entries(MAP), [], nav_lessons(NAV))
    assert unwritten == ["layers/attention is not both written and finished in the map"]
    (unlisted,) = agree(entries(MAP), [lesson(FRONT_MATTER)], nav_lessons("nav: []"))
    assert unlisted.startswith("the nav has [], the map has ['layers/attention']")


def test_a_required_lesson_is_linked_to_its_row_or_its_page() -> None:
    page = lesson(FRONT_MATTER)
    planned = "[Embeddings](../../map.md#text/embeddings)"
    end = f"25 minutes · requires {planned}*"
    assert info_line(page, entries(MAP)).endswith(end)
    row = '<span id="text/embeddings">Embeddings</span>'
    finished = MAP.text.replace(row, "[Embeddings](lessons/text/embeddings.md)")
    written = "[Embeddings](../text/embeddings.md)"
    line = info_line(page, entries(Page(finished)))
    assert line.endswith(f" · 25 minutes · requires {written}*")


def test_the_minutes_of_the_exercises_stand_apart() -> None:
    page = lesson(f"{FRONT_MATTER}\n## Exercises\n\n### 1. One\n\n")
    line = info_line(page, entries(MAP))
    assert " · 10 minutes to read, 15 for the exercises · requires" in line


def test_a_finished_lesson_says_which_it_is_and_in_which_part() -> None:
    rows = entries(MAP)
    more = [*rows, replace(rows[1], name="layers/last")]
    line = info_line(lesson(FRONT_MATTER), more)
    assert line.startswith("*Lesson 1 of 2 · [Layers](../../map.md#layers) · 25 min")
    last = Page(FRONT_MATTER, LESSONS / "layers" / "last.md")
    assert info_line(last, more).startswith("*Lesson 2 of 2 · [Layers](")
    draft = Page("---\nminutes: planned\n---\n", LESSONS / "text" / "embeddings.md")
    assert info_line(draft, more) == "*planned*"
