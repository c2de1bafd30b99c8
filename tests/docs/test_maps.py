"""The maps of the course are drawn from its table, and said in words below."""

import re

from scripts.tools.course import Entry, entries
from scripts.tools.maps import drawn, flowchart, overview, reduced
from scripts.tools.pages import DOCS, Page

MAP = Page.read(DOCS / "map.md")


def unsaid(text: str) -> list[str]:
    """The nodes of each chart that the paragraph below it does not name."""
    found = re.findall(r"^```mermaid\n([^`]*)^```\n\n(.*)$", text, re.M)
    return [
        title
        for chart, sentence in found
        for title in re.findall(r'"(.+?)"', chart)
        if f"*{title}*" not in sentence
    ]


def test_what_follows_anyway_is_left_out() -> None:
    needs = {"a": set[str](), "b": {"a"}, "c": {"a", "b"}}
    assert reduced(needs) == {"a": set(), "b": {"a"}, "c": {"b"}}


def test_what_stands_elsewhere_has_round_ends() -> None:
    chart = flowchart({"b": {"a"}, "c": {"b"}})
    assert chart.splitlines() == [
        *("flowchart TB", '  n0(["a"])', '  n1["b"]', '  n2["c"]'),
        *("  n0 --> n1", "  n1 --> n2"),
    ]


def test_the_list_tells_finished_lessons_from_planned_ones() -> None:
    known = [
        Entry("text/a", "A", "do", [], 30, linked=True),
        Entry("text/b", "B", "go", ["A"], None, linked=False),
        Entry("layers/c", "C", "be", ["B"], None, linked=False),
    ]
    assert overview(known).splitlines() == [
        *("- **[Text](#text)**", "    - [A](lessons/text/a.md) 30 min"),
        *("    - [B](#text/b) *planned*", "- **[Layers](#layers)**"),
        *("    - [C](#layers/c) *planned*", ""),
    ]


def test_the_maps_are_drawn_from_the_table() -> None:
    assert overview(entries(MAP)) in MAP.text
    assert drawn(MAP) == MAP.text, "run: scripts/lesson derive"


def test_every_map_is_said_in_words() -> None:
    assert MAP.text.count("```mermaid") == 11
    assert unsaid(MAP.text) == []


def test_a_lesson_that_is_not_said_is_named() -> None:
    chart = '```mermaid\nflowchart TB\n  n0["A"]\n  n1["B"]\n```\n\n'
    assert unsaid(f"{chart}*A* comes first.\n") == ["B"]
