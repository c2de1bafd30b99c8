"""Begin a lesson, finish it, or derive what follows from the lessons.

    scripts/lesson new generation/sampling
    scripts/lesson shares generation/sampling
    scripts/lesson finish generation/sampling
    scripts/lesson derive

`new` writes the page, its module, its test and its exercises: a plan that already
passes the tests. `shares` prints how much of each solution stands on the page
already. `finish` gives the page its minutes, which is what makes a lesson finished.
`new` and `finish` then derive what other files say of the lessons, as `derive` does.
"""

import argparse
import difflib
import re
import sys
from string import Template

import yaml

from scripts.tools import derive
from scripts.tools.course import (
    FACTS,
    PLANNED,
    Entry,
    all_pages,
    entries,
    minutes_of_exercises,
    written,
)
from scripts.tools.pages import LESSONS, ROOT, Fence, Page
from scripts.tools.shares import solution_shares

SRC = ROOT / "src" / "llm_foundations"
TEMPLATES = ROOT / "scripts" / "assets" / "lesson"
HEADINGS = [h.text for h in Page.read(TEMPLATES / "page.md").headings if h.level == 2]
"""The parts of a lesson in their order."""
_WORD = re.compile(r"\S*[^\W\d_]\S*")
NEXT = """\
Fill them, and docs/bibliography.md and CHANGELOG.md. Then run:
scripts/outputs docs/lessons/{name}.md
scripts/lesson finish {name}
scripts/test"""


def new(name: str) -> None:
    """Write those files of a planned lesson that are not there yet.

    Args:
        name: Its name in the map: `generation/sampling`.

    Raises:
        ValueError: If the map has no such row, or the lesson has a page.
    """
    row = row_of(name)
    if name in written():
        raise ValueError(f"docs/lessons/{name}.md is there already")
    topic, lesson = name.split("/")
    has_code = (SRC / topic / "__init__.py").is_file()
    checkers, tests = SRC / "exercises" / topic, ROOT / "tests" / topic
    templates = {
        LESSONS / f"{name}.md": "page.md",
        checkers / "__init__.py": "package.txt",
        checkers / f"{lesson}.py": "exercises.txt",
    }
    if has_code:
        templates[SRC / topic / f"{lesson}.py"] = "module.txt"
        templates[tests / f"test_{lesson}.py"] = "test.txt"
    words = words_of(row, has_code=has_code)
    for path, template in templates.items():
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(filled(template, words), encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT).as_posix()}")
    if has_code:
        list_module(f"llm_foundations.{topic}.{lesson}")


def filled(template: str, words: dict[str, str]) -> str:
    """Return a template with the words of a lesson."""
    text = (TEMPLATES / template).read_text(encoding="utf-8")
    return Template(text).substitute(words)


def row_of(name: str) -> Entry:
    """Return a lesson's row in the map."""
    rows = {row.name: row for row in entries(Page.read(derive.MAP))}
    if name not in rows:
        near = difflib.get_close_matches(name, rows, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ValueError(f"docs/map.md has no row for {name!r}{hint}")
    return rows[name]


def words_of(row: Entry, *, has_code: bool) -> dict[str, str]:
    """Return what the templates say of a lesson."""
    topic, lesson = row.name.split("/")
    names = {entry.title: entry.name for entry in entries(Page.read(derive.MAP))}
    settings = {
        "title": row.title,
        "description": f"{row.goal[0].upper()}{row.goal[1:]}.",
        "minutes": PLANNED,
        "requires": [names[title] for title in row.requires],
        "uses": [f"llm_foundations.{topic}.{lesson}"] if has_code else [],
        "tags": [],
    }
    imported = f"from llm_foundations.{topic} import {lesson}\n\n"
    return {
        "front": "".join(f"{key}: {_yaml(said)}\n" for key, said in settings.items()),
        "title": row.title,
        "subject": row.title[0].lower() + row.title[1:],
        "topic": topic,
        "lesson": lesson,
        "objectives": "\n".join(f"- {can}" for can in row.goal.split("; ")),
        "code": f"{imported}assert {lesson}.__doc__" if has_code else "assert True",
    }


def _yaml(said: object) -> str:
    text = yaml.safe_dump(said, default_flow_style=True, width=10_000)
    return str(text).removesuffix("...\n").strip()


def list_module(module: str) -> None:
    """Add a module to the page of its topic in the reference, if that has one page."""
    path = derive.REFERENCE / f"{module.split('.')[1]}.md"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if not path.is_file():
        print(f"add `::: {module}` to a page of docs/reference")
    elif module not in derive.documented(text):
        path.write_text(f"{text}\n::: {module}\n", encoding="utf-8")


def finish(name: str) -> None:
    """Give a lesson its minutes, or bring them up to date.

    Raises:
        ValueError: If the lesson has no page.
    """
    page = page_of(name)
    minutes = f"minutes: {minutes_of(page)}"
    text = re.sub("^minutes: .*$", minutes, page.text, count=1, flags=re.M)
    page.path.write_text(text, encoding="utf-8")


def shares(name: str) -> None:
    """Print how much of each exercise's solution stands on the page already.

    Raises:
        ValueError: If the lesson has no page.
    """
    for title, share in solution_shares(page_of(name)).items():
        print(f"{share:4.0%}  {title}")


def page_of(name: str) -> Page:
    """Return the page of a lesson."""
    if name not in written():
        raise ValueError(f"no docs/lessons/{name}.md yet: scripts/lesson new {name}")
    return written()[name]


def minutes_of(page: Page) -> int:
    """Return how long a lesson takes, to five minutes.

    A minute holds 75 open words with their figures, or ten open lines of code that
    are no imports; to this come the exercises. Trial readers took 35 to 45 minutes for
    2,000 words. Sources are looked up, not read: they take no time.
    """
    fences = [block.fence for block in page.blocks if not block.details]
    minutes = open_words(page) / 75 + sum(map(_lines_of_code, fences)) / 10
    return max(5, 5 * round(minutes / 5)) + minutes_of_exercises(page)


def open_words(page: Page, first: int = 1, last: int | None = None) -> int:
    """Return how many words a reader meets without unfolding anything.

    Headings, paragraphs, lists, quotations, captions and the cells of tables count;
    code blocks, alt texts, bare numbers and signs, the line of facts below the title,
    and the references do not.

    Args:
        page: The page.
        first: The line to start from.
        last: The line to end with; None for the last one.
    """
    start, end = page.section("References")
    return sum(
        len(_WORD.findall(paragraph.text))
        for paragraph in page.paragraphs
        if first <= paragraph.line <= (last or len(page.lines))
        if not (paragraph.folded or start <= paragraph.line <= end)
        if not FACTS.fullmatch(page.lines[paragraph.line - 1])
    )


def _lines_of_code(fence: Fence) -> int:
    # An import that wraps is one line.
    text = re.sub(r"^(from \S+ import) \([^)]*\)", r"\1", fence.text, flags=re.M)
    lines = [line for line in text.splitlines() if line.strip()]
    return sum(not line.startswith(("import ", "from ")) for line in lines)


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(
        prog="scripts/lesson",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("verb", choices=["new", "shares", "finish", "derive"])
    parser.add_argument("name", nargs="?", help="such as generation/sampling")
    asked = parser.parse_args()
    if (asked.verb == "derive") != (asked.name is None):
        parser.error("derive takes no name of a lesson, all others take one")
    try:
        if asked.name:
            {"new": new, "shares": shares, "finish": finish}[asked.verb](asked.name)
            all_pages.cache_clear()
        derive.write()
    except ValueError as error:
        sys.exit(f"scripts/lesson: {error}")
    if asked.verb == "new":
        print(NEXT.format(name=asked.name))


if __name__ == "__main__":
    main()
