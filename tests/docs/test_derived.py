"""What follows from the lessons' front matter is what is committed."""

import pytest

from scripts.tools import derive
from scripts.tools.course import entries
from scripts.tools.glossary import names_by_lesson
from scripts.tools.pages import DOCS, LESSONS, ROOT, Page

MAP = """# Map

*2 lessons · 0 finished*

<div class="overview" markdown="1">

</div>

```mermaid
old
```

```mermaid
old
```

## Text

| Lesson | You will be able to | Requires | Minutes |
|---|---|---|---:|
| <span id="text/a">A</span> | do | nothing | *planned* |
| <span id="text/b">B</span> | go | A | *planned* |
"""
SETTINGS = """site_name: S
draft_docs: |

nav:
  - Course:
      - Map: map.md
  - About: about.md
"""


def lesson(name: str, minutes: str, title: str = "A", requires: str = "") -> Page:
    front = f"title: {title}\nminutes: {minutes}\nrequires: [{requires}]"
    text = f"---\n{front}\n---\n\n# {title}\n\nWhy?\n"
    return Page(text, LESSONS / f"{name}.md")


FINISHED = {"text/a": lesson("text/a", "30")}
DRAFT = {"text/a": lesson("text/a", "planned")}


def course_map(pages: dict[str, Page]) -> Page:
    page = Page(MAP, DOCS / "map.md")
    return Page(derive.course_map(page, pages), DOCS / "map.md")


def test_what_is_committed_is_what_is_derived() -> None:
    found = derive.texts()
    stale = [
        path.relative_to(ROOT).as_posix()
        for path, text in found.items()
        if path.read_text(encoding="utf-8") != text
    ]
    assert not stale, f"run scripts/lesson derive: it changes {', '.join(stale)}"


def test_a_finished_lesson_changes_its_row_and_the_count() -> None:
    text = course_map(FINISHED).text
    assert "*2 lessons · 1 finished*" in text
    assert "| [A](lessons/text/a.md) | do | nothing | 30 |" in text
    assert '| <span id="text/b">B</span> | go | A | *planned* |' in text
    assert "    - [A](lessons/text/a.md) 30 min\n    - [B](#text/b) *planned*" in text
    assert '  n0["A"]\n  n1["B"]\n  n0 --> n1' in text


def test_a_draft_is_planned_in_the_map_and_hidden_from_the_site() -> None:
    known = entries(course_map(DRAFT))
    assert [entry.linked for entry in known] == [False, False]
    settings = derive.settings(SETTINGS, known, DRAFT)
    assert "draft_docs: |\n  /lessons/text/a.md\n\nnav:" in settings
    assert "lessons/text/a.md\n  - About" not in settings


def test_a_new_title_and_what_is_required_are_taken_from_the_lesson() -> None:
    pages = {
        "text/a": lesson("text/a", "30", "Alpha"),
        "text/b": lesson("text/b", "20", "B", "text/a"),
    }
    text = course_map(pages).text
    assert "| [Alpha](lessons/text/a.md) | do | nothing | 30 |" in text
    assert "| [B](lessons/text/b.md) | go | Alpha | 20 |" in text
    assert "| go | Alpha | *planned* |" in course_map({"text/a": pages["text/a"]}).text


def test_a_finished_lesson_is_in_the_nav() -> None:
    known = entries(course_map(FINISHED))
    settings = derive.settings(SETTINGS, known, FINISHED)
    nav = "      - Map: map.md\n      - Text:\n          - A: lessons/text/a.md\n"
    assert nav + "  - About: about.md\n" in settings
    assert "draft_docs: |\n\nnav:" in settings


def test_the_home_page_says_how_many_lessons_are_finished() -> None:
    home = Page("So far, 7 of 9 planned lessons are finished.\n", DOCS / "index.md")
    assert "0 of 2 planned" in derive.derived(home, entries(course_map(DRAFT)))
    assert "1 of 2 planned" in derive.derived(home, entries(course_map(FINISHED)))
    with pytest.raises(ValueError, match="stands 0 times"):
        derive.derived(Page("No count.\n", DOCS / "index.md"), [])


def test_settings_without_a_place_for_the_lessons_are_refused() -> None:
    with pytest.raises(ValueError, match="stands 0 times in the text, not once"):
        derive.settings("nav: []\n", [], {})


@pytest.mark.parametrize(
    ("pages", "there"),
    [(DRAFT, "../../map.md#text/a"), (FINISHED, "a.md")],
    ids=["draft", "finished"],
)
def test_the_line_of_facts_leads_to_the_row_or_the_page(pages, there: str) -> None:
    known = entries(course_map(pages))
    page = lesson("text/b", "20", "B", "text/a")
    once = derive.derived(page, known)
    assert f"# B\n\n*20 minutes · requires [A]({there})*\n\nWhy?\n" in once
    draft = derive.derived(lesson("text/b", "planned", "B", "text/a"), known)
    assert f"# B\n\n*planned · requires [A]({there})*\n\nWhy?\n" in draft


def test_links_to_a_row_lead_to_the_page_once_it_is_finished() -> None:
    text = "See [A](../map.md#text/a), [B](../map.md#text/b), [all](../map.md#text).\n"
    page = Page(text, DOCS / "about" / "page.md")
    assert derive.derived(page, entries(course_map(DRAFT))) == text
    finished = text.replace("../map.md#text/a", "../lessons/text/a.md")
    assert derive.derived(page, entries(course_map(FINISHED))) == finished


TERM = '<h3 id="t">T</h3>\n\nA thing. [{0}]({1}){2}\n'
ITEM = "*1 items · {3}*\n\n| 000-001 | [x](y.md) | [{0}](../{1}){2} |\n"


@pytest.mark.parametrize(
    ("path", "line"),
    [(derive.GLOSSARY, TERM), (derive.NOTES, ITEM)],
    ids=["glossary", "notes"],
)
def test_a_place_is_planned_exactly_while_its_lesson_is(path, line: str) -> None:
    planned = line.format("A", "map.md#text/a", ", *planned*", "0 taught · 1 planned")
    taught = line.format("A", "lessons/text/a.md", "", "1 taught · 0 planned")
    for text in (planned, taught):
        page = Page(text, path)
        assert derive.derived(page, entries(course_map(FINISHED))) == taught
        assert derive.derived(page, entries(course_map(DRAFT))) == planned


def test_a_lesson_has_the_terms_that_lead_to_it_as_its_tags() -> None:
    text = "# G\n\n## M\n\n" + "\n".join(
        [
            TERM.format("A", "lessons/text/a.md", ""),
            TERM.replace("T<", "U (V, W)<").format("A", "map.md#text/a", ", *planned*"),
            TERM.replace("T<", "X<").format("B", "map.md#text/b", ", *planned*"),
        ]
    )
    names = names_by_lesson(text)
    assert names == {"text/a": ["T", "U (V, W)"], "text/b": ["X"]}
    known = entries(course_map(FINISHED))
    page = lesson("text/a", "30")
    once = derive.derived(page, known, names["text/a"])
    assert "requires: []\ntags: [T, 'U (V, W)']\n---\n\n# A\n" in once
    assert Page(once).front_matter["tags"] == names["text/a"]
    assert derive.derived(Page(once, page.path), known, names["text/a"]) == once
    fewer = derive.derived(Page(once, page.path), known, ["T"])
    assert Page(fewer).front_matter["tags"] == ["T"]


def test_the_reference_says_which_lessons_teach_a_module() -> None:
    text = "# a\n\nOne.\n\n::: p.a.x\n\n::: p.a.y\n"
    page = Page(text, derive.REFERENCE / "a.md")
    using = {"p.a.y": [lesson("text/a", "30"), lesson("text/b", "20", "B")]}
    lessons = "[A](../lessons/text/a.md), [B](../lessons/text/b.md)"
    taught = text.replace(
        "::: p.a.x", f"- [`y`](#p.a.y). *Taught in {lessons}*\n\n::: p.a.x"
    )
    assert derive.with_lessons(page, using) == taught
    assert derive.with_lessons(Page(taught, page.path), using) == taught
    assert derive.with_lessons(Page(taught, page.path), {}) == text


def test_to_derive_twice_changes_nothing_more() -> None:
    once = course_map(FINISHED)
    assert derive.course_map(once, FINISHED) == once.text
    known = entries(once)
    settings = derive.settings(SETTINGS, known, FINISHED)
    assert derive.settings(settings, known, FINISHED) == settings
    page = Page(derive.derived(FINISHED["text/a"], known), FINISHED["text/a"].path)
    assert derive.derived(page, known) == page.text
    assert page.text.count("*Lesson 1 of 1 · [Text](../../map.md#text) ·") == 1
