"""Draw the maps of the course in `docs/map.md` from its table.

One shows the parts, and each part has one of its own. An arrow leads from what is
needed to what needs it; what follows anyway, since something between needs it, is left
out.
`scripts/lesson derive` writes them.
"""

import re

from scripts.tools.course import Entry, entries
from scripts.tools.pages import Page

Needs = dict[str, set[str]]
"""What each thing needs, by title."""
_FENCE = re.compile(r"^```mermaid\n.*?^```$", re.M | re.S)


def behind(title: str, needs: Needs) -> set[str]:
    """Return all that comes before something, near or far."""
    near = needs[title]
    return near.union(*(behind(other, needs) for other in near))


def reduced(needs: Needs) -> Needs:
    """Leave out what is needed anyway by something else that is needed."""
    return {
        title: near - set().union(*(behind(other, needs) for other in near))
        for title, near in needs.items()
    }


def part_of(entry: Entry) -> str:
    """Return the part that a lesson stands in, as its heading says it."""
    return entry.name.partition("/")[0].capitalize()


def parts(known: list[Entry]) -> Needs:
    """Return which parts each part needs."""
    part = {entry.title: part_of(entry) for entry in known}
    needs: Needs = {}
    for entry in known:
        needed = {part[title] for title in entry.requires} - {part_of(entry)}
        needs.setdefault(part_of(entry), set()).update(needed)
    return reduced(needs)


def lessons(known: list[Entry]) -> dict[str, Needs]:
    """Return which lessons each lesson needs, by part."""
    needs = reduced({entry.title: set(entry.requires) for entry in known})
    by_part: dict[str, Needs] = {}
    for entry in known:
        by_part.setdefault(part_of(entry), {})[entry.title] = needs[entry.title]
    return by_part


def flowchart(needs: Needs) -> str:
    """Write a chart; what comes from elsewhere has round ends."""
    order = list(needs)
    elsewhere = sorted(set().union(*needs.values()) - set(order))
    ids = {title: f"n{i}" for i, title in enumerate(elsewhere + order)}
    lines = [f'  {ids[title]}(["{title}"])' for title in elsewhere]
    lines += [f'  {ids[title]}["{title}"]' for title in order]
    lines += [
        f"  {ids[near]} --> {ids[title]}"
        for title in order
        for near in sorted(needs[title], key=list(ids).index)
    ]
    return "\n".join(["flowchart TB", *lines])


def charts(known: list[Entry]) -> list[str]:
    """Return the chart of the parts, and one for each part."""
    return [flowchart(parts(known)), *map(flowchart, lessons(known).values())]


def drawn(page: Page) -> str:
    """Return the page with its charts drawn from its table."""
    new = iter(charts(entries(page)))
    return _FENCE.sub(lambda _: f"```mermaid\n{next(new)}\n```", page.text)
