"""The record of a run: which pages' blocks all passed, when, and with what."""

import datetime
import json
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from scripts.tools.outputs import write
from scripts.tools.pages import DOCS, Page

RECORD = DOCS / "assets" / "record.js"


def record(pages: list[Page], seconds: Mapping[Path, Mapping[int, float]]) -> str:
    """Return the script that tells the site about the last run.

    Args:
        pages: Every page.
        seconds: How long each block that passed took, by page and line. A page
            with a block that is missing here is left out.
    """
    passed = {
        page.name: {
            "blocks": len(page.blocks),
            "seconds": round(sum(seconds[page.path].values()), 1),
        }
        for page in pages
        if page.blocks and len(seconds.get(page.path, {})) == len(page.blocks)
    }
    said = {
        "torch": version("torch").partition("+")[0],
        "python": platform.python_version(),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "pages": passed,
    }
    return f"window.courseRecord = {json.dumps(said, indent=2)};\n"


def keep(pages: list[Page], ran: set[Path], text: str) -> None:
    """Write the record, if the run was over all of the pages that have blocks."""
    if {page.path for page in pages if page.blocks} <= ran:
        write(RECORD, text)
