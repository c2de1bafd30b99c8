"""Make a notebook of every lesson, with the outputs that the page shows.

Blocks become cells and keep their outputs and figures. Folded parts stay whole and
folded, but a block that draws the figure above it becomes a cell whose code is hidden.
What a notebook cannot reach from elsewhere is embedded or linked in full.
"""

import posixpath
import re
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import nbformat
from markdown.extensions.toc import slugify
from mkdocs.utils.yaml import yaml_load
from nbformat import NotebookNode, v4

from scripts.tools.course import lessons
from scripts.tools.outputs import write
from scripts.tools.pages import DOCS, LESSONS, ROOT, Block, Page

NOTEBOOKS = DOCS / "notebooks"
INSTALL = """\
# The course's package, if it is not there yet (on Colab, say).
import importlib.util

if importlib.util.find_spec("llm_foundations") is None:
    %pip install --quiet "llm-foundations @ git+{address}"\
"""

_IMAGE = re.compile(r"!\[(.*?)\]\(([^)\s]+)\)")
_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\((?![\w+.-]+:|#)([^)\s]+)\)")
_NOT_FOR_NOTEBOOKS = re.compile(r"<!--.*-->|</?div\b[^>]*>")


def repository() -> str:
    """Return the repository's address: the site's setting, which a fork changes."""
    settings = yaml_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    links = {link["name"]: link["link"] for link in settings["extra"]["social"]}
    return str(links["Repository"])


def notebook(page: Page) -> NotebookNode:
    """Return a lesson as a notebook."""
    cells = [v4.new_code_cell(INSTALL.format(address=repository())), *_cells(page)]
    for number, cell in enumerate(cells):
        above = cells[number - 1].source if number else ""
        cell.id = _exercise(cell, above) or f"cell-{number}"  # the default is random
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def _exercise(cell: NotebookNode, above: str) -> str:
    """Return the anchor of the exercise whose stub a cell is: Colab scrolls to it."""
    titles = re.findall(r"^### (\d+\. .+)$", above, re.M)
    is_stub = cell.cell_type == "code" and "NotImplementedError" in cell.source
    return slugify(titles[-1], "-")[:64] if is_stub and titles else ""


def place(page: Page) -> Path:
    """Return where the notebook of a lesson is kept."""
    return NOTEBOOKS / page.path.relative_to(LESSONS).with_suffix(".ipynb")


def _cells(page: Page) -> Iterator[NotebookNode]:
    first = page.tokens[0]
    start = first.map[1] if first.type == "front_matter" and first.map else 0
    for block in page.blocks:
        fold, image = block.details, block.image
        if block.under_its_figure and fold and image:
            yield from _words(page, start, image.line - 1)
            yield _code(page, block, hidden=True)
            yield from _words(page, image.line, fold.line - 1)
            start = fold.end
        elif not fold:
            yield from _words(page, start, block.fence.line - 1)
            yield _code(page, block)
            start = block.expected.end if block.expected else block.fence.end
    yield from _words(page, start, len(page.lines))


def _code(page: Page, block: Block, *, hidden: bool = False) -> NotebookNode:
    outputs = []
    if block.expected:
        outputs.append(v4.new_output("stream", text=block.expected.text))
    if block.draws and block.image:
        svg = (page.path.parent / block.image.source).read_text(encoding="utf-8")
        shown = {"image/svg+xml": svg, "text/plain": block.image.alt}
        outputs.append(v4.new_output("display_data", data=shown))
    metadata = {"jupyter": {"source_hidden": True}} if hidden else {}
    source = block.fence.text.rstrip("\n")
    return v4.new_code_cell(source, outputs=outputs, metadata=metadata)


def _words(page: Page, start: int, end: int) -> Iterator[NotebookNode]:
    """A Markdown cell of the lines between two blocks, if they say anything."""
    shown = {b.image.line for b in page.blocks if b.draws and b.image and not b.details}
    fenced = {n for f in page.fences for n in range(f.line, f.end + 1)}
    lines = []
    for number, line in enumerate(page.lines[start:end], start=start + 1):
        if number in fenced:
            lines.append(line)
        elif number not in shown and not _NOT_FOR_NOTEBOOKS.fullmatch(line.strip()):
            lines.append(_reachable(page, line))
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    if text:
        yield v4.new_markdown_cell(text)


def _reachable(page: Page, line: str) -> str:
    """A line whose images are embedded and whose links are whole."""
    line = line.replace('<details markdown="1">', "<details>")
    line = _IMAGE.sub(lambda m: f"![{m[1]}]({_embedded(page, m[2])})", line)
    return _LINK.sub(lambda m: f"[{m[1]}]({_whole(page, m[2])})", line)


def _embedded(page: Page, source: str) -> str:
    path = page.path.parent / source
    kind = {".svg": "svg+xml", ".png": "png"}[path.suffix]
    return f"data:image/{kind};base64,{b64encode(path.read_bytes()).decode()}"


def _whole(page: Page, target: str) -> str:
    folder = page.path.parent.relative_to(ROOT).as_posix()
    path = posixpath.normpath(posixpath.join(folder, target))
    return f"{repository()}/blob/HEAD/{path}"


def main() -> None:
    """Make the notebooks of all lessons anew."""
    for page in lessons():
        write(place(page), nbformat.writes(notebook(page)))


if __name__ == "__main__":
    main()
