"""Derive what the course says of its lessons in more than one place.

Each lesson says in its front matter what it is called, what it requires, what it uses,
and how many minutes it takes, or that it is planned. From this come its row and the
counts of the map, its list and its maps, the nav, the line below a lesson's title, the
links that lead to a planned row or to a finished page, and "Taught in" in the
reference. From the glossary come a lesson's tags, by which the search finds it.
Everything here takes a text and returns it as it should be, so that
`scripts/lesson derive` can be run at any time, and a test can compare.
"""

import posixpath
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import yaml

from scripts.tools import maps
from scripts.tools.course import (
    FACTS,
    PLANNED,
    Entry,
    all_pages,
    entries,
    info_line,
    is_finished,
    lessons,
    written,
)
from scripts.tools.glossary import names_by_lesson
from scripts.tools.pages import DOCS, LESSONS, ROOT, Page

SETTINGS = ROOT / "mkdocs.yml"
HOME, MAP, GLOSSARY = (DOCS / f"{name}.md" for name in ("index", "map", "glossary"))
NOTES = DOCS / "about" / "from_the_notes.md"
REFERENCE = DOCS / "reference"
_ROW = re.compile(
    r'^\| (?:\[(.+?)\]\(lessons/([\w/]+)\.md\)|<span id="([\w/]+)">(.+?)</span>)'
    r" \| (.*?) \| (.*?) \| .*? \|$",
    re.M,
)
_TO_ROW = re.compile(r"\]\((?:\.\./)*map\.md#(\w+/\w+)\)")
_PLACE = re.compile(
    r"\[[^\]]+\]\(((?:\.\./)*)(?:lessons/|map\.md#)(\w+/\w+)(?:\.md)?\)"
    r"(?:, \*planned\*)?(?=( \|)?$)",
    re.M,
)
_LIST = re.compile(r"(?:^- \[`.*\n)+\n", re.M)


def texts() -> dict[Path, str]:
    """Return every file in which something is derived, as it should be."""
    found = {MAP: course_map(Page.read(MAP), written())}
    known = entries(Page(found[MAP], MAP))
    tags = names_by_lesson(GLOSSARY.read_text(encoding="utf-8"))
    for page in all_pages():
        if page.path != MAP:
            found[page.path] = derived(page, known, tags.get(_name(page), []))
    found[SETTINGS] = settings(SETTINGS.read_text(encoding="utf-8"), known, written())
    return found


def derived(page: Page, known: list[Entry], tags: Sequence[str] = ()) -> str:
    """Return a page's text; `known` are the rows of the map, `tags` its terms."""
    text = with_links(page.text, page.name, known)
    if LESSONS in page.path.parents:
        text = with_info_line(Page(text, page.path), known)
        text = with_tags(text, tags)
    if page.path in (GLOSSARY, NOTES):
        text = with_counts(with_places(text, known))
    if page.path == HOME:
        so_far = f"{sum(e.linked for e in known)} of {len(known)} planned lessons"
        text = _replaced(text, r"\d+ of \d+ planned lessons", so_far)
    if page.path == REFERENCE / "index.md":
        text = with_contents(text, reference_pages())
    elif REFERENCE in page.path.parents:
        text = with_lessons(Page(text, page.path), lessons_using(known))
    return text


def course_map(page: Page, pages: dict[str, Page]) -> str:
    """Return the map, with each row, the counts and the maps as the lessons say."""
    rows = entries(page)
    titles = {row.title: row.title for row in rows}
    titles |= {r.title: _title(pages[r.name]) for r in rows if r.name in pages}
    names = {row.name: titles[row.title] for row in rows}
    text = _ROW.sub(lambda row: _row(row, pages, titles, names), page.text)
    changed = Page(text, page.path)
    known = entries(changed)
    count = f"*{len(known)} lessons · {sum(e.linked for e in known)} finished*"
    text = re.sub(r"^\*\d+ lessons · .*\*$", count, maps.drawn(changed), flags=re.M)
    return text


def _row(
    found: re.Match[str],
    pages: dict[str, Page],
    titles: dict[str, str],
    names: dict[str, str],
) -> str:
    name = found[2] or found[3]
    title, goal, requires = titles[found[1] or found[4]], found[5], found[6]
    required = [titles.get(other, other) for other in requires.split(", ")]
    minutes = f"*{PLANNED}*"
    lesson = f'<span id="{name}">{title}</span>'
    if page := pages.get(name):
        asked = page.front_matter.get("requires", [])
        required = [names.get(other, other) for other in asked] or ["nothing"]
        if is_finished(page):
            minutes = str(page.front_matter.get("minutes"))
            lesson = f"[{title}](lessons/{name}.md)"
    return f"| {lesson} | {goal} | {', '.join(required)} | {minutes} |"


def _title(page: Page) -> str:
    return str(page.front_matter.get("title"))


def settings(text: str, known: list[Entry], pages: dict[str, Page]) -> str:
    """Return `mkdocs.yml` with the lessons of the nav, and the drafts."""
    nav = ["  - Course:", "      - Map: map.md"]
    part = ""
    for entry in (e for e in known if e.linked):
        if entry.part != part:
            part = entry.part
            nav.append(f"      - {part}:")
        nav.append(f"          - {entry.title}: lessons/{entry.name}.md")
    text = _replaced(text, r"  - Course:\n(?:      .*\n)*", "\n".join(nav) + "\n")
    drafts = [name for name, page in pages.items() if not is_finished(page)]
    lines = "".join(f"  /lessons/{name}.md\n" for name in sorted(drafts))
    return _replaced(text, r"draft_docs: \|\n(?:  .*\n)*", f"draft_docs: |\n{lines}")


def _replaced(text: str, pattern: str, new: str) -> str:
    changed, times = re.subn(pattern, lambda _: new, text)
    if times != 1:
        raise ValueError(f"{pattern!r} stands {times} times in the text, not once")
    return changed


def with_info_line(page: Page, known: list[Entry]) -> str:
    """Return a lesson with the line of facts below its title."""
    line = info_line(page, known)
    at = next((h.line for h in page.headings if h.level == 1), 0)
    rest = page.text.splitlines()[at:]
    if rest[1:2] and FACTS.fullmatch(rest[1]):
        rest = rest[2:]
    lines = [*page.text.splitlines()[:at], "", line, *rest]
    return "\n".join(lines) + "\n"


def with_tags(text: str, tags: Sequence[str]) -> str:
    """Return a lesson whose front matter ends with the terms that it teaches."""
    said = yaml.safe_dump(list(tags), default_flow_style=True, width=10_000)
    front, end, rest = text.partition("\n---\n")
    if not end:
        return text
    front = re.sub(r"\ntags: .*", "", front)
    return f"{front}\ntags: {said.strip()}{end}{rest}"


def with_links(text: str, name: str, known: list[Entry]) -> str:
    """Return a page, its links to the rows of finished lessons led to their pages."""
    finished = {entry.name for entry in known if entry.linked}

    def led(found: re.Match[str]) -> str:
        if found[1] not in finished:
            return found[0]
        return (
            f"]({posixpath.relpath(f'lessons/{found[1]}.md', posixpath.dirname(name))})"
        )

    return _TO_ROW.sub(led, text)


def with_places(text: str, known: list[Entry]) -> str:
    """Return a list or table whose lines end with a lesson, finished or planned."""
    rows = {entry.name: entry for entry in known}

    def place(found: re.Match[str]) -> str:
        up, name = found[1], found[2]
        if not (entry := rows.get(name)):
            return found[0]
        if entry.linked:
            return f"[{entry.title}]({up}lessons/{name}.md)"
        return f"[{entry.title}]({up}map.md#{name}), *{PLANNED}*"

    return _PLACE.sub(place, text)


def with_counts(text: str) -> str:
    """Return the items of the notes with their count of what is taught."""
    places = re.findall(r"^\| \d{3}-\d{3} \| .+ \| (.+) \|$", text, re.M)
    planned = sum(f"*{PLANNED}*" in place for place in places)
    taught = len(places) - planned
    count = f"*{len(places)} items · {taught} taught · {planned} planned*"
    return re.sub(r"^\*\d+ items · .*\*$", count, text, flags=re.M)


def lessons_using(known: list[Entry]) -> dict[str, list[Page]]:
    """Return the finished lessons that use each module, in the order of the map."""
    order = [entry.name for entry in known]
    found: dict[str, list[Page]] = {}
    for page in sorted(lessons(), key=lambda p: order.index(_name(p))):
        for module in page.front_matter.get("uses", []):
            found.setdefault(module, []).append(page)
    return found


def _name(page: Page) -> str:
    return page.name.removeprefix("lessons/")


def documented(text: str) -> list[str]:
    """Return the modules that a page of the reference documents."""
    return re.findall(r"^::: (\S+)$", text, re.M)


def with_lessons(page: Page, using: dict[str, list[Page]]) -> str:
    """Return a page of the reference that says which lessons teach its modules."""
    folder = posixpath.dirname(page.name)
    lines = [
        f"- [`{module.rpartition('.')[2]}`](#{module}). *Taught in "
        + ", ".join(_lesson_link(lesson, folder) for lesson in using[module])
        + "*\n"
        for module in documented(page.text)
        if module in using
    ]
    text = _LIST.sub("", page.text, count=1)
    start = text.find("\n::: ") + 1
    taught = "".join(lines) + "\n" if lines else ""
    return text[:start] + taught + text[start:]


def _lesson_link(lesson: Page, folder: str) -> str:
    return f"[{_title(lesson)}]({posixpath.relpath(lesson.name, folder)}.md)"


def reference_pages() -> Iterator[Page]:
    """Read the pages of the reference in the order of the nav."""
    nav = yaml.load(SETTINGS.read_text(encoding="utf-8"), yaml.BaseLoader)["nav"]
    for name in re.findall(r"'(reference/[\w/]+\.md)'", str(nav)):
        if name != "reference/index.md":
            yield Page.read(DOCS / name)


def with_contents(text: str, pages: Iterator[Page]) -> str:
    """Return the first page of the reference with what the others hold."""
    lines = [
        f"| {_contents_link(p)} | {p.front_matter['description']} |" for p in pages
    ]
    table = "\n".join(["| page | what it holds |", "|---|---|", *lines]) + "\n"
    return _replaced(text, r"\| page \| what it holds \|\n(?:\|.*\n)*", table)


def _contents_link(page: Page) -> str:
    name = page.name.removeprefix("reference/")
    return f"[{name.replace('/', ': ')}]({name}.md)"


def write(say: Callable[[str], None] = print) -> None:
    """Bring every file up to date, and say which have changed."""
    for path, text in texts().items():
        if path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            say(f"derived {path.relative_to(ROOT).as_posix()}")
