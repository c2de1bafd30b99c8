"""The record lists the pages whose blocks all passed."""

import json
import platform

import torch

from scripts.tools import record
from scripts.tools.pages import DOCS, Page

BLOCK = "```python\nassert True\n```\n\n"
WHOLE = Page(BLOCK * 2, DOCS / "lessons" / "text" / "whole.md")
FAILED = Page(BLOCK * 2, DOCS / "lessons" / "text" / "failed.md")
PROSE = Page("# Words\n", DOCS / "words.md")
PAGES = [WHOLE, FAILED, PROSE]


def test_a_page_with_a_failed_block_is_left_out() -> None:
    seconds = {WHOLE.path: {1: 1.25, 5: 0.5}, FAILED.path: {1: 0.1}}
    text = record.record(PAGES, seconds)
    assert text.startswith("window.courseRecord = {")
    said = json.loads(text.removeprefix("window.courseRecord = ").rstrip(";\n"))
    assert said["torch"] == torch.__version__.partition("+")[0]
    assert said["python"] == platform.python_version()
    assert said["pages"] == {"lessons/text/whole": {"blocks": 2, "seconds": 1.8}}


def test_a_run_over_a_part_keeps_the_record(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(record, "RECORD", tmp_path / "record.js")
    record.keep(PAGES, {WHOLE.path}, "part")
    assert not record.RECORD.exists()
    record.keep(PAGES, {WHOLE.path, FAILED.path}, "whole")
    assert record.RECORD.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [record.RECORD]
