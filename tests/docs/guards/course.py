"""Guards of the course map, and of what the nav and the lessons say of it."""

from scripts.tools.course import Entry, entries
from scripts.tools.pages import Page

COLUMNS = ["Lesson", "You will be able to", "Requires", "Minutes"]


def course_map(page: Page) -> list[str]:
    """Every row is complete, and needs only rows that stand above it."""
    bad = [f"a table has {t[0]}" for t in page.tables if t[0] != COLUMNS]
    rows = entries(page)
    finished = sum(row.minutes is not None for row in rows)
    count = f"*{len(rows)} lessons · {finished} finished*"
    if count not in page.lines:
        bad.append(f"the line below the title should be: {count}")
    names = [row.name for row in rows]
    bad += [f"{name} is there twice" for name in set(names) if names.count(name) > 1]
    return bad + [said for at, row in enumerate(rows) for said in _row(row, rows[:at])]


def _row(row: Entry, above: list[Entry]) -> list[str]:
    bad = [] if row.name else [f"{row.title}: neither a link nor an id"]
    if row.linked != (row.minutes is not None):
        bad.append(f"{row.title}: a lesson is linked and has minutes, or is planned")
    titles = [entry.title for entry in above]
    late = [title for title in row.requires if title not in titles]
    return bad + [f"{row.title} requires {title}, not above it" for title in late]


def agree(known: list[Entry], lessons: list[Page], nav: list[str]) -> list[str]:
    """The map, the nav and the lessons' front matter say the same.

    Args:
        known: The rows of the map.
        lessons: Every lesson that is written.
        nav: The lessons of the nav, in order.
    """
    finished = [entry.name for entry in known if entry.linked]
    bad = []
    if nav != finished:
        bad.append(f"the nav has {nav}, the map has {finished} finished")
    written = {page.name.removeprefix("lessons/"): page for page in lessons}
    alone = sorted(written.keys() ^ finished)
    bad += [f"{name} is not both written and finished in the map" for name in alone]
    titles = {entry.name: entry.title for entry in known}
    for entry in known:
        if entry.name in written:
            bad += _differences(entry, written[entry.name].front_matter, titles)
    return bad


def _differences(
    entry: Entry, said: dict[str, object], titles: dict[str, str]
) -> list[str]:
    names = said.get("requires")
    required = [titles.get(n, n) for n in names] if isinstance(names, list) else []
    pairs = {
        "title": (said.get("title"), entry.title),
        "minutes": (said.get("minutes"), entry.minutes),
        "requires": (required, entry.requires),
    }
    return [
        f"{entry.name}: its {key} is {ours!r}, in the map {theirs!r}"
        for key, (ours, theirs) in pairs.items()
        if ours != theirs
    ]


GUARDS = [course_map]
