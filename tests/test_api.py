"""Every public name is documented, has one place, and is in the reference."""

import ast
import os
import re
import zlib
from pathlib import Path

import pytest

from scripts.tools.package import SOURCE, public
from scripts.tools.pages import ROOT

pytestmark = pytest.mark.unseen

INVENTORY = ROOT / "site" / "objects.inv"


def test_every_public_name_is_documented() -> None:
    assert [name for name, said in public().items() if not said] == []


def export_complaints(source: str, package: str) -> list[str]:
    """What is wrong with the names that a topic's `__init__.py` hands on.

    A name is handed on by its own topic only, and once: it has one short home.
    """
    imports = [n for n in ast.parse(source).body if isinstance(n, ast.ImportFrom)]
    handed_on = [(alias.name, node.module) for node in imports for alias in node.names]
    listed = re.search(r"^__all__ = (\[.*?\])", source, re.M | re.S)
    names = ast.literal_eval(listed.group(1)) if listed else []
    strangers = [n for n, home in handed_on if not f"{home}".startswith(f"{package}.")]
    bad = [f"{name} is at home in another topic" for name in strangers]
    if sorted(names) != sorted({name for name, _ in handed_on}):
        bad.append("__all__ is not what is imported, each once")
    return bad


@pytest.mark.parametrize(
    "path", sorted(SOURCE.glob("*/__init__.py")), ids=lambda path: path.parent.name
)
def test_a_topic_hands_on_its_own_names_once(path: Path) -> None:
    package = f"llm_foundations.{path.parent.name}"
    assert export_complaints(path.read_text(), package) == []


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("from llm_foundations.layers.attention import f\n__all__ = ['f']", "another"),
        ("from llm_foundations.data.a import f, g\n__all__ = ['f']", "__all__ is not"),
        ("from llm_foundations.data.a import f\n__all__ = ['f', 'f']", "__all__ is no"),
        ("from llm_foundations.data.a import f", "__all__ is not"),
    ],
)
def test_a_name_handed_on_wrongly_is_seen(source: str, said: str) -> None:
    assert said in "".join(export_complaints(source, "llm_foundations.data"))


def test_every_public_name_is_in_the_built_reference() -> None:
    if not INVENTORY.is_file():
        assert not os.environ.get("CI"), "the site is built before the tests"
        pytest.skip("the site is not built: run scripts/build")
    # Four lines of text, then a line for each name, compressed.
    packed = INVENTORY.read_bytes().split(b"\n", 4)[4]
    listed = {line.split()[0] for line in zlib.decompress(packed).decode().splitlines()}
    shown = [name for name in public() if name.count(".") > 2 and is_in_reference(name)]
    assert [name for name in shown if name not in listed] == []


def is_in_reference(name: str) -> bool:
    """Whether a page shows a name: an exercise is documented by its lesson."""
    return not (name.startswith("llm_foundations.exercises.") or in_its_class(name))


def in_its_class(name: str) -> bool:
    """Whether the docstring of a class documents this field, as a line of its own."""
    owner, _, field = name.rpartition(".")
    return f"    {field}: " in public().get(owner, "")


def test_names_and_docstrings_are_found(tmp_path: Path) -> None:
    source = '''"""A module."""
from json import dumps
from typing import TypeVar

T = TypeVar("T")
_ONE, _OTHER = 1, 2
BARE = 1
SAID = 2
"""Two."""
_hidden = 3


class Box:
    """A box.

    Args:
        width: How wide.

    Attributes:
        depth: How deep.
    """

    width: int
    height: int

    def __init__(self):
        self.depth = 1
        self.full = False
        self._age = 0

    def open(self): ...

    @property
    def lid(self):
        """The lid."""

    @lid.setter
    def lid(self, lid): ...


def _private(): ...
'''
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "__init__.py").write_text(source)
    (tmp_path / "m" / "__main__.py").write_text("started = True")
    said = dict(public(tmp_path / "m"))
    assert said.pop("m.Box").startswith("A box.")
    assert said == {
        "m": "A module.",
        "m.BARE": "",
        "m.SAID": "Two.",
        "m.Box.width": "How wide.",
        "m.Box.height": "",
        "m.Box.depth": "How deep.",
        "m.Box.open": "",
        "m.Box.lid": "The lid.",
    }


def test_no_docstring_points_to_another_without_saying_anything() -> None:
    empty = re.compile(r"\b(See there|As there|See the class)\b")
    assert [name for name, said in public().items() if empty.search(said)] == []
