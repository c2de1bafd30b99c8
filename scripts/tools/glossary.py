"""Read the glossary: its terms, each with the lesson that it leads to."""

import re
from dataclasses import dataclass

PATTERN = re.compile(
    r'<h3 id="([\w-]+)">([^<]+)</h3>\n\n(.+\.) '
    r"\[([^\]]+)\]\((\S+)\)(, \*planned\*)?"
)


@dataclass(frozen=True)
class Term:
    """One term."""

    anchor: str
    """What a link to it ends with: `causal-mask`."""
    name: str
    """As its heading has it, with an abbreviation: `Causal mask`."""
    sentence: str
    title: str
    """What the lesson is called."""
    target: str
    """Where the link leads: to the page, or to the row of the map."""
    planned: bool

    @property
    def lesson(self) -> str:
        """The lesson's name in the map."""
        return re.sub(r"^(lessons/|map\.md#)|\.md$", "", self.target)


def parts(text: str) -> list[str]:
    """Return what stands below each heading of a term, heading included."""
    found = re.split(r"^(?=<h3)", text, flags=re.M)[1:]
    return [re.split(r"\n## ", part)[0].strip() for part in found]


def term(part: str) -> Term | None:
    """Return the term of one part, or None if it has not the form of one."""
    if not (found := PATTERN.fullmatch(part)):
        return None
    anchor, name, sentence, title, target, planned = found.groups()
    return Term(anchor, name, sentence, title, target, bool(planned))


def names_by_lesson(text: str) -> dict[str, list[str]]:
    """Return the names of the terms that lead to each lesson, in their order."""
    names: dict[str, list[str]] = {}
    for found in filter(None, map(term, parts(text))):
        names.setdefault(found.lesson, []).append(found.name)
    return names
