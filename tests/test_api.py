"""Every public name is documented, has one place, and is in the reference."""

import os
import zlib
from collections import Counter

import pytest

from scripts.tools.package import names_of, public
from scripts.tools.pages import ROOT

INVENTORY = ROOT / "site" / "objects.inv"


def test_every_public_name_is_documented() -> None:
    assert [name for name, said in public().items() if not said] == []


def test_no_name_stands_twice_in_a_topic() -> None:
    """`from llm_foundations.<topic> import name` can mean one thing only."""
    places = [name.split(".") for name in public() if name.count(".") == 3]
    times = Counter((topic, name) for _, topic, _, name in places)
    assert [key for key, n in times.items() if n > 1] == []


def test_every_public_name_is_in_the_built_reference() -> None:
    if not INVENTORY.is_file():
        assert not os.environ.get("CI"), "the site is built before the tests"
        pytest.skip("the site is not built: run scripts/build")
    # Four lines of text, then a line for each name, compressed.
    packed = INVENTORY.read_bytes().split(b"\n", 4)[4]
    listed = {line.split()[0] for line in zlib.decompress(packed).decode().splitlines()}
    shown = [name for name in public() if name.count(".") > 2]
    assert [name for name in shown if name not in listed] == []


def test_names_and_docstrings_are_found() -> None:
    source = '''"""A module."""
from typing import TypeVar

T = TypeVar("T")
BARE = 1
SAID = 2
"""Two."""
_hidden = 3


class Box:
    """A box.

    Args:
        width: How wide.
    """

    width: int
    height: int

    def open(self): ...

    @property
    def lid(self):
        """The lid."""

    @lid.setter
    def lid(self, lid): ...


def _private(): ...
'''
    assert dict(names_of(source, "m")) == {
        "m": "A module.",
        "m.BARE": "",
        "m.SAID": "Two.",
        "m.Box": "A box.\n\nArgs:\n    width: How wide.",
        "m.Box.width": "How wide.",
        "m.Box.height": "",
        "m.Box.open": "",
        "m.Box.lid": "The lid.",
    }
