"""Draw the maps of the course in `docs/map.md` from its table.

The first is a list of all lessons by part, which the site shows on one screen. Of the
others, one shows the parts, and each part has one of its own. An arrow leads from what
is needed to what needs it; what follows anyway, since something between needs it, is
left out.
`scripts/lesson derive` writes them.
"""

import re

from scripts.tools.course import PLANNED, Entry, entries
from scripts.tools.pages import Page

Needs = dict[str, set[str]]
"""What each thing needs, by title."""
_FENCE = re.compile(r"^```mermaid\n.*?^```$", re.M | re.S)
_OVERVIEW = re.compile(
    r'(?<=^<div class="overview" markdown="1">\n\n).*?(?=^</div>$)', re.M | re.S
)


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


def parts(known: list[Entry]) -> Needs:
    """Return which parts each part needs."""
    part = {entry.title: entry.part for entry in known}
    needs: Needs = {}
    for entry in known:
        needed = {part[title] for title in entry.requires} - {entry.part}
        needs.setdefault(entry.part, set()).update(needed)
    return reduced(needs)


def lessons(known: list[Entry]) -> dict[str, Needs]:
    """Return which lessons each lesson needs, by part."""
    needs = reduced({entry.title: set(entry.requires) for entry in known})
    by_part: dict[str, Needs] = {}
    for entry in known:
        by_part.setdefault(entry.part, {})[entry.title] = needs[entry.title]
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


def overview(known: list[Entry]) -> str:
    """List all lessons by part: with their minutes and their page, or as planned."""
    lines: list[str] = []
    part = ""
    for entry in known:
        if entry.part != part:
            part = entry.part
            lines.append(f"- **[{part}](#{part.lower()})**")
        lines.append(f"    - {_item(entry)}")
    return "\n".join([*lines, "", ""])


def _item(entry: Entry) -> str:
    if entry.linked:
        return f"[{entry.title}](lessons/{entry.name}.md) {entry.minutes} min"
    return f"[{entry.title}](#{entry.name}) *{PLANNED}*"


def drawn(page: Page) -> str:
    """Return the page with its overview and its charts drawn from its table."""
    known = entries(page)
    new = iter(charts(known))
    text = _OVERVIEW.sub(lambda _: overview(known), page.text)
    return _FENCE.sub(lambda _: f"```mermaid\n{next(new)}\n```", text)
