"""Read the course: its pages, and the map of its lessons."""

import posixpath
import re
from dataclasses import dataclass
from functools import cache

import yaml

from scripts.tools.pages import DOCS, LESSONS, Page

PLANNED = "planned"
"""What a lesson has for its minutes until it is finished."""
FACTS = re.compile(r"^\*(?:Lesson \d+|\d+ minutes|planned)\b.*\*$", re.M)
"""The derived line below a lesson's title."""
_NAME = re.compile(r'lessons/([\w/]+)\.md|<span id="([\w/]+)">')
_TITLE = re.compile(r"\[(.+?)\]|<span[^>]*>(.+?)</span>")


@dataclass(frozen=True)
class Entry:
    """One row of the map."""

    name: str
    """Its page below `docs/lessons/`: `layers/attention`."""
    title: str
    goal: str
    """What its readers will be able to do."""
    requires: list[str]
    """The titles of the lessons that come first."""
    minutes: int | None
    """None while it is planned."""
    linked: bool

    @property
    def part(self) -> str:
        """The part that it stands in, as its heading says it."""
        return self.name.partition("/")[0].capitalize()


@cache
def all_pages() -> list[Page]:
    """Read every page that is written by hand, in the order of their paths."""
    made = DOCS / "notebooks"
    paths = sorted(p for p in DOCS.rglob("*.md") if made not in p.parents)
    return [Page.read(path) for path in paths]


def written() -> dict[str, Page]:
    """Read every lesson that has a page, finished or not, by its name."""
    pages = [page for page in all_pages() if LESSONS in page.path.parents]
    return {page.name.removeprefix("lessons/"): page for page in pages}


def is_finished(page: Page) -> bool:
    """Whether a lesson says how many minutes it takes, and not that it is planned."""
    return page.front_matter.get("minutes") != PLANNED


def published() -> list[Page]:
    """Read every page but the lessons that are not finished."""
    return [page for page in all_pages() if is_finished(page)]


def lessons() -> list[Page]:
    """Read every finished lesson."""
    return [page for page in written().values() if is_finished(page)]


def nav_lessons(settings: str) -> list[str]:
    """Return the lessons of the nav of `mkdocs.yml`, in order."""
    # The base loader reads MkDocs' own tags as plain text.
    nav = yaml.load(settings, yaml.BaseLoader).get("nav", [])
    return re.findall(r"lessons/([\w/]+)\.md", str(nav))


def entries(page: Page) -> list[Entry]:
    """Return the rows of every table of the map, in order."""
    complete = [rows for rows in page.tables if len(rows[0]) == 4]
    return [_entry(*row) for rows in complete for row in rows[1:]]


def _entry(lesson: str, goal: str, requires: str, minutes: str) -> Entry:
    name, title = _NAME.search(lesson), _TITLE.search(lesson)
    return Entry(
        name="".join(filter(None, name.groups())) if name else "",
        title="".join(filter(None, title.groups())) if title else lesson,
        goal=goal,
        requires=[] if requires == "nothing" else requires.split(", "),
        minutes=int(minutes) if minutes.isdecimal() else None,
        linked="](" in lesson,
    )


def info_line(page: Page, known: list[Entry]) -> str:
    """Return what stands below a lesson's title, from its front matter and the map.

    A required lesson that is finished is linked to its page, another one to its
    row in the map.
    """
    found = {entry.name: entry for entry in known}
    facts = [_minutes(page)] if is_finished(page) else [PLANNED]
    names = page.front_matter.get("requires", [])
    if names:
        links = (_link(page, found.get(name), name) for name in names)
        facts.append(f"requires {', '.join(links)}")
    return f"*{' · '.join([*_place(page, known), *facts])}*"


def _place(page: Page, known: list[Entry]) -> list[str]:
    """Which of the finished lessons it is, and its part, linked to the map."""
    finished = [entry for entry in known if entry.linked]
    for number, entry in enumerate(finished, start=1):
        if page.name == f"lessons/{entry.name}":
            part = _relative(page, f"map.md#{entry.part.lower()}")
            return [f"Lesson {number} of {len(finished)}", f"[{entry.part}]({part})"]
    return []


def _minutes(page: Page) -> str:
    total = int(str(page.front_matter.get("minutes")))
    exercises = minutes_of_exercises(page)
    if not exercises:
        return f"{total} minutes"
    return f"{total - exercises} minutes to read, {exercises} for the exercises"


def minutes_of_exercises(page: Page) -> int:
    """Return how long a lesson's exercises take: 13 minutes each, to five minutes.

    Trial readers took 10 to 20 for one, 13 on average.
    """
    first, last = page.section("Exercises")
    n = sum(h.level == 3 and first < h.line <= last for h in page.headings)
    return 5 * round(13 * n / 5)


def _link(page: Page, entry: Entry | None, name: str) -> str:
    if entry is None:
        return f"{name} (not in the map)"
    target = f"lessons/{name}.md" if entry.linked else f"map.md#{name}"
    return f"[{entry.title}]({_relative(page, target)})"


def _relative(page: Page, target: str) -> str:
    return posixpath.relpath(target, posixpath.dirname(page.name))
