"""How blocks are run: isolated, figures compared, outputs rewritten, a record kept."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.tools.course import all_pages
from scripts.tools.pages import DOCS, ROOT

PAGE = """# A small page

```python
import os

import matplotlib as mpl
import torch

os.environ["LEFT"] = "behind"
os.chdir("/")
mpl.rcParams["lines.linewidth"] = 9
torch.set_default_dtype(torch.float64)
torch.set_grad_enabled(False)
print("one")
```

```python
import os

import matplotlib as mpl
import torch

print("LEFT" in os.environ, "PATH" in os.environ, os.getcwd() == "/")
print(mpl.rcParams["lines.linewidth"])
print(torch.get_default_dtype(), torch.is_grad_enabled())
```
<!--pytest-codeblocks:expected-output-->
```
old
```

```python
import random

import matplotlib.pyplot as plt
import numpy as np
import torch

random.seed(0)
np.random.seed(0)
torch.manual_seed(0)
plt.figure(figsize=(2, 1))
plt.plot([0, 1], [0, HEIGHT])
plt.show()
```

![A line that rises from 0 to its end](assets/figures/line.svg)
*It rises.*
"""
FRESH = """```
False True False
1.5
torch.float32 True
```
"""
PRINTED = """print("one")
```
<!--pytest-codeblocks:expected-output-->
```
one
```
"""
DRAW = "```python\nimport {0}\n\nprint({0}.{1})\n```\n\n"
UNSEEDED = (
    DRAW.format("random", "random()")
    + DRAW.format("numpy", "random.rand()")
    + DRAW.format("torch", "rand(1).item()")
)


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """The folder of a small course with this repository's machinery."""
    shutil.copytree(ROOT / "scripts" / "tools", tmp_path / "scripts" / "tools")
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "docs").mkdir()
    return tmp_path / "docs"


def run(docs: Path, *arguments: str) -> str:
    """Run blocks in one worker of xdist, as a test run with two does."""
    command = [sys.executable, "-m", "pytest", "-q", "-n", "1", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    return subprocess.run(
        command, cwd=docs.parent, env=environment, capture_output=True, text=True
    ).stdout


def test_pages_are_rewritten_then_compared(docs: Path) -> None:
    kept, unseeded = docs / "kept.md", docs / "unseeded.md"
    figure = docs / "assets" / "figures" / "line.svg"
    kept.write_text(PAGE.replace("HEIGHT", "1"))
    unseeded.write_text(UNSEEDED)
    assert "6 passed" in run(docs, "--write-outputs", "docs")
    text, drawn = kept.read_text(), figure.read_text()
    assert PRINTED in text
    assert FRESH in text
    assert not (docs / "assets" / "record.js").exists()

    (docs / "drifted.md").write_text(PAGE.replace("HEIGHT", "2"))
    said = run(docs, "docs")
    assert f"Expected output\n```\nold\n```\nbut got\n{FRESH}" in said
    assert 'line.svg: "1" became "2"; run scripts/outputs' in said
    assert said.count("FAILED docs/unseeded.md::line ") == 3
    assert "5 failed, 4 passed" in said
    assert (kept.read_text(), figure.read_text()) == (text, drawn)
    record = (docs / "assets" / "record.js").read_text()
    pages = json.loads(record.removeprefix("window.courseRecord = ")[:-2])["pages"]
    assert [(name, page["blocks"]) for name, page in pages.items()] == [("kept", 3)]


def test_what_is_collected_is_what_is_written() -> None:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "docs"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout
    collected = {line for line in listed.splitlines() if "::line " in line}
    written = {
        f"docs/{page.path.relative_to(DOCS).as_posix()}::line {block.fence.line}"
        for page in all_pages()
        for block in page.blocks
    }
    assert collected == written
