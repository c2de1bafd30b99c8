"""Every page keeps the rules of the course, and each rule is shown to fail.

A bad page lies at `bad/<guard>/<case>.md`; its last line is the complaint that the
guard must make: `<!-- complaint: ... -->`.
"""

from collections.abc import Callable
from pathlib import Path

import jupytext
import pytest

from scripts.tools.course import all_pages, lessons
from scripts.tools.diagrams import PICTURES
from scripts.tools.pages import DOCS, ROOT, Page
from tests.docs.guards import (
    course,
    fences,
    first_edition,
    github,
    language,
    lessons as lesson_guards,
    links,
    solutions,
)

Guard = Callable[[Page], list[str]]
EVERY: list[Guard] = [
    *(*fences.GUARDS, *github.GUARDS, *links.GUARDS),
    *language.EVERYWHERE,
]
LESSON: list[Guard] = [*lesson_guards.EVERY_EDITION]
FIRST: list[Guard] = [*first_edition.GUARDS]
SECOND: list[Guard] = [
    *(*lesson_guards.GUARDS, *solutions.GUARDS),
    *language.GUARDS,
]
MAP: list[Guard] = [*course.GUARDS]
BY_NAME = {guard.__name__: guard for guard in [*EVERY, *LESSON, *FIRST, *SECOND, *MAP]}
LABS = sorted((DOCS / "labs").glob("*.py"))
BAD = sorted((Path(__file__).parent / "bad").rglob("*.md"))


def name_of(path: Path) -> str:
    return path.with_suffix("").as_posix().rpartition("/bad/")[2]


@pytest.mark.parametrize("guard", EVERY, ids=lambda guard: guard.__name__)
def test_every_page(guard: Guard) -> None:
    pages = [*all_pages(), Page.read(ROOT / "README.md")]
    said = {str(page.path.relative_to(ROOT)): guard(page) for page in pages}
    assert {name: bad for name, bad in said.items() if bad} == {}


@pytest.mark.parametrize("path", LABS, ids=lambda path: path.stem)
def test_every_lab(path: Path) -> None:
    cells = [c.source for c in jupytext.read(path).cells if c.cell_type == "markdown"]
    assert language.spelling(Page("\n\n".join(cells), path)) == []


@pytest.mark.parametrize(
    "guard", [*LESSON, *FIRST, *SECOND], ids=lambda guard: guard.__name__
)
def test_every_lesson(guard: Guard) -> None:
    said = {page.name: guard(page) for page in lessons() if guard in rules(page)}
    assert {name: bad for name, bad in said.items() if bad} == {}


def rules(page: Page) -> list[Guard]:
    """What a lesson is held to."""
    return LESSON + (FIRST if first_edition.is_first_edition(page) else SECOND)


def test_the_first_edition_names_lessons_that_are_there() -> None:
    there = {page.name.removeprefix("lessons/") for page in lessons()}
    assert {*first_edition.FIRST_EDITION_LESSONS} - there == set()


@pytest.mark.parametrize("guard", MAP, ids=lambda guard: guard.__name__)
def test_the_map(guard: Guard) -> None:
    assert guard(Page.read(DOCS / "map.md")) == []


def orphans(pages: list[Page], files: list[Path]) -> list[str]:
    """The files of figures that are not drawn by exactly one block."""
    drawn = [
        (page.path.parent / block.image.source).resolve()
        for page in pages
        for block in page.blocks
        if block.draws and block.image
    ]
    return [path.name for path in files if drawn.count(path) != 1]


def test_every_figure_is_drawn_by_one_block() -> None:
    files = sorted((DOCS / "assets" / "figures").rglob("*.svg"))
    drawn_by_blocks = [path for path in files if path.parent != PICTURES]
    assert orphans(all_pages(), drawn_by_blocks) == []


def test_a_figure_that_no_block_or_two_blocks_draw_is_named() -> None:
    block = "```python\nplt.show()\n```\n\n![It](assets/a.svg)\n\n"
    files = [DOCS / "assets" / name for name in ("a.svg", "left.svg")]
    assert orphans([Page(block)], files) == ["left.svg"]
    assert orphans([Page(block), Page(block)], files) == ["a.svg", "left.svg"]


@pytest.mark.parametrize("path", BAD, ids=name_of)
def test_a_bad_page_is_refused(path: Path) -> None:
    text, _, complaint = path.read_text().rpartition("<!-- complaint: ")
    page = Page(text, DOCS / "lessons" / "layers" / "bad.md")
    found = BY_NAME[path.parent.name](page)
    assert any(complaint.removesuffix(" -->\n") in said for said in found), found


def test_every_guard_has_a_bad_page() -> None:
    assert {path.parent.name for path in BAD} == set(BY_NAME)
