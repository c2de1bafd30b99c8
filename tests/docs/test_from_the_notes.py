"""Every item of the source documents has a place, and every promised name too."""

import importlib
import re
from collections import Counter

import pytest

from scripts.tools.course import entries
from scripts.tools.pages import DOCS, Page

TEXT = (DOCS / "about" / "from_the_notes.md").read_text()
ITEMS = re.findall(r"^\| (\d{3}-\d{3}) \| .+? \| (.+) \|$", TEXT, re.M)
NAMES = re.findall(
    r"^\| .+? \| \[?`([\w.]+)`\S*?(?:, (\*planned\*))? \|$",
    TEXT.partition("## Names")[2],
    re.M,
)


def exists(dotted: str) -> bool:
    """Whether a name of the package, a module or what stands in one, is there."""
    module, attributes = f"llm_foundations.{dotted}", []
    while module:
        try:
            found = importlib.import_module(module)
        except ModuleNotFoundError:
            module, _, last = module.rpartition(".")
            attributes.insert(0, last)
        else:
            return all(hasattr(found, name) for name in attributes)
    return False


def test_all_items_are_there_once() -> None:
    assert Counter(item.partition("-")[0] for item, _ in ITEMS) == {
        "000": 85,
        "001": 53,
        "002": 95,
        "003": 54,
        "004": 104,
    }
    assert len({item for item, _ in ITEMS}) == 391


def test_the_headline_counts_what_the_tables_say() -> None:
    planned = sum("*planned*" in place for _, place in ITEMS)
    headline = f"*391 items · {391 - planned} taught · {planned} planned*"
    assert headline in TEXT


def test_an_item_is_planned_exactly_while_its_lesson_is() -> None:
    finished = {e.name: e.linked for e in entries(Page.read(DOCS / "map.md"))}
    for item, place in ITEMS:
        if found := re.search(r"\(\.\./(?:lessons/|map\.md#)(\w+/\w+)", place):
            taught = "*planned*" not in place
            assert finished[found[1]] == taught, f"{item}: {place}"
            assert ("../lessons/" in place) == taught, f"{item}: {place}"


@pytest.mark.parametrize(("name", "planned"), NAMES)
def test_a_name_is_there_or_planned(name: str, planned: str) -> None:
    assert exists(name) == (not planned)


def test_no_name_is_missing() -> None:
    assert len(NAMES) == 56
