"""Every lesson's notebook runs elsewhere and gives what the page shows."""

import importlib.util
import os
from pathlib import Path

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbclient import NotebookClient

from scripts.tools import hub
from scripts.tools.course import lessons
from scripts.tools.notebooks import notebook, repository
from scripts.tools.pages import LESSONS, ROOT, Page

FIGURE = '<svg xmlns="http://www.w3.org/2000/svg"/>'
LESSON = """---
title: Small
---

# Small

See [the map](../../map.md#text), [below](#below), [a paper](https://arxiv.org).

```python
print("text")
```
<!--pytest-codeblocks:expected-output-->
```
text
```

<div class="exercise" markdown="1">

<details markdown="1">
<summary>Why?</summary>

```python
print("[folded](stays.md)")
```
<!--pytest-codeblocks:expected-output-->
```
[folded](stays.md)
```

![A small figure of a line](line.svg)

</details>

</div>

```python
plt.show()
```

![A small figure of a line](line.svg)
*The caption.*
"""


@pytest.fixture
def small(tmp_path: Path, monkeypatch) -> nbformat.NotebookNode:
    monkeypatch.setattr("scripts.tools.notebooks.ROOT", tmp_path)
    monkeypatch.setattr("scripts.tools.notebooks.repository", lambda: "https://fork")
    folder = tmp_path / "docs" / "lessons" / "text"
    folder.mkdir(parents=True)
    (folder / "line.svg").write_text(FIGURE)
    return notebook(Page(LESSON, folder / "small.md"))


def test_blocks_become_cells_and_folded_parts_stay_folded(small) -> None:
    kinds = [cell.cell_type for cell in small.cells]
    assert kinds == ["code", "markdown", "code", "markdown", "code", "markdown"]
    _, words, text, folded, figure, caption = small.cells
    assert text.outputs[0].text == "text\n"
    assert figure.outputs[0].data["image/svg+xml"] == FIGURE
    assert figure.outputs[0].data["text/plain"] == "A small figure of a line"
    assert caption.source == "*The caption.*"
    assert folded.source.startswith("<details>\n<summary>")
    assert "[folded](stays.md)" in folded.source
    assert "![A small figure of a line](data:image/svg+xml;base64," in folded.source
    assert "div" not in folded.source
    assert "(https://fork/blob/HEAD/docs/map.md#text)" in words.source
    assert "(#below), [a paper](https://arxiv.org)" in words.source


FOLDED = """# Small

Before.

![A small figure of a line](line.svg)
*The caption.*

<details markdown="1">
<summary>The code that draws this figure</summary>

```python
plt.show()
```

</details>

After.
"""


def test_folded_drawing_code_becomes_a_cell_with_hidden_code(small, tmp_path) -> None:
    made = notebook(Page(FOLDED, tmp_path / "docs" / "lessons" / "text" / "small.md"))
    _, before, figure, caption, after = made.cells
    assert (before.source, caption.source) == ("# Small\n\nBefore.", "*The caption.*")
    assert (figure.source, after.source) == ("plt.show()", "After.")
    assert figure.metadata == {"jupyter": {"source_hidden": True}}
    assert figure.outputs[0].data["image/svg+xml"] == FIGURE


def test_the_same_page_gives_the_same_file() -> None:
    page = Page("# One\n\nText.\n", LESSONS / "text" / "one.md")
    assert nbformat.writes(notebook(page)) == nbformat.writes(notebook(page))


@pytest.mark.parametrize("missing", [True, False])
def test_the_first_cell_installs_only_what_is_missing(missing, monkeypatch) -> None:
    asked = []

    class Shell:
        def run_line_magic(self, *words: str) -> None:
            asked.append(" ".join(words))

    spec = None if missing else object()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    source = notebook(Page("# One\n", LESSONS / "text" / "one.md")).cells[0].source
    exec(TransformerManager().transform_cell(source), {"get_ipython": Shell})
    wanted = f'pip install --quiet "llm-foundations @ git+{repository()}"'
    assert asked == [wanted] * missing


def test_a_fork_changes_the_address_for_the_site_and_the_notebooks(monkeypatch) -> None:
    monkeypatch.setenv("REPOSITORY", "https://example.org/fork")
    assert repository() == "https://example.org/fork"


def lesson(page: Page) -> object:
    """A parameter; the blocks themselves are tested on their page."""
    marks = [] if page.name == "lessons/layers/attention" else [pytest.mark.ci]
    return pytest.param(page, marks=marks, id=page.name)


@pytest.mark.parametrize("page", [*map(lesson, lessons())])
def test_a_notebook_gives_what_its_page_shows(page: Page, tmp_path: Path) -> None:
    hub.fill()
    made = notebook(page)
    shown = [capture_activations(cell) for cell in made.cells]
    source = os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
    environment = {k: v for k, v in os.environ.items() if k != "MPLBACKEND"}
    client = NotebookClient(made, resources={"metadata": {"path": str(tmp_path)}})
    client.execute(env={**environment, "PYTHONPATH": source})
    assert [capture_activations(cell) for cell in made.cells] == shown


def capture_activations(cell: nbformat.NotebookNode) -> tuple[str, int]:
    """What a cell printed, and how many figures it showed.

    A library may warn about the notebook itself, on its standard error.
    """
    outputs = cell.get("outputs", [])
    printed = "".join(o.text for o in outputs if o.get("name") == "stdout")
    return printed, sum(o.output_type == "display_data" for o in outputs)
