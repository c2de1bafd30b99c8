"""Guard of the links inside the repository: files, headings and API names exist."""

from functools import cache
from pathlib import Path

from scripts.tools.package import public
from scripts.tools.pages import DOCS, LESSONS, Page

_read = cache(Page.read)


def links(page: Page) -> list[str]:
    """Every link that does not leave the repository arrives."""
    found = [(line, target, _missing(page, target)) for line, target in page.links]
    return [f"line {line}: {target}: {why}" for line, target, why in found if why]


def ids(page: Page) -> list[str]:
    """No id is given twice: a link would arrive at the first."""
    twice = {name for name in page.ids if page.ids.count(name) > 1}
    return [f"the id {name} is given twice" for name in sorted(twice)]


def _missing(page: Page, target: str) -> str:
    """Why a link does not arrive; nothing if it does, or leaves the repository."""
    name, _, anchor = target.partition("#")
    if ":" in name:
        return ""
    if name.startswith("/"):
        return "a link starts from its own page"
    path = (page.path.parent / name).resolve() if name else page.path
    if not (path.exists() or _is_made(path) or path == page.path):
        return "no such file"
    if not anchor or path.suffix != ".md":
        return ""
    there = page if path == page.path else _read(path)
    return "" if anchor in there.anchors | _documented(there) else "no such heading"


def _is_made(path: Path) -> bool:
    """A notebook is made from its lesson before the site is built."""
    if path.suffix != ".ipynb" or DOCS / "notebooks" not in path.parents:
        return False
    lesson = LESSONS / path.relative_to(DOCS / "notebooks")
    return lesson.with_suffix(".md").is_file()


def _documented(page: Page) -> set[str]:
    """The names that a reference page shows: all those of its modules."""
    modules = [line[4:].strip() for line in page.lines if line.startswith("::: ")]
    return {
        name for name in public() for m in modules if f"{name}.".startswith(f"{m}.")
    }


GUARDS = [links, ids]
