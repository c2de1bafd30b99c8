"""Run the blocks of the pages: where figures and outputs go, what the run found."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from io import StringIO
from pathlib import Path
from unittest import mock

import pytest
from pytest_codeblocks import plugin

from scripts.tools import figures, outputs, record
from scripts.tools.course import all_pages
from scripts.tools.pages import DRAWING, ROOT, Block, Page

_read = cache(Page.read)
_NO_IMAGE = (
    "no image belongs to a block that shows a figure: it follows the block, or stands "
    f"directly above a fold named {DRAWING!r}"
)


def drawing(item: pytest.Item) -> Block | None:
    """Return the block that an item of pytest-codeblocks runs, if it shows a figure."""
    line = int(item.name.removeprefix("line "))
    blocks = [b for b in _read(item.path).blocks if b.fence.line == line and b.draws]
    return blocks[0] if blocks else None


@contextmanager
def showing(block: Block, page: Path, *, rewrite: bool) -> Iterator[None]:
    """Let `plt.show()` compare the figure with the image that belongs to the block.

    Args:
        block: The block that runs.
        page: The file that it stands in.
        rewrite: Whether to replace an image that differs.

    Raises:
        AssertionError: If the block does not show exactly one figure, if no image
            belongs to it, or if the image is another.
    """
    from matplotlib import pyplot as plt

    drawn: list[str] = []

    def show() -> None:
        drawn.extend(_take_figures())

    with mock.patch.object(plt, "show", show):
        yield
    if len(drawn) != 1:
        raise AssertionError(f"{len(drawn)} figures shown; a block shows one")
    if block.image is None:
        raise AssertionError(_NO_IMAGE)
    file = page.parent / block.image.source
    if rewrite:
        _settle(file, drawn[0], block)
    elif found := _difference(file, drawn[0], block):
        raise AssertionError(f"{block.image.source}: {found}; run scripts/outputs")


def _take_figures() -> list[str]:
    import matplotlib as mpl
    from matplotlib import pyplot as plt

    from llm_foundations.plotting.style import svg_text

    with mpl.rc_context({"svg.hashsalt": "llm-foundations", "svg.fonttype": "none"}):
        texts = [svg_text(plt.figure(number)) for number in plt.get_fignums()]
    plt.close("all")
    return texts


def _difference(file: Path, drawn: str, block: Block) -> str:
    if not file.is_file():
        return "no such file"
    old = file.read_text(encoding="utf-8")
    return figures.difference(old, drawn, structure_only=block.structure_only)


def _settle(file: Path, drawn: str, block: Block) -> None:
    """Replace a file that differs; leave one that shows the same as it is."""
    if file.suffix != ".svg":
        raise AssertionError(f"{file.name}: a figure is an .svg file")
    if _difference(file, drawn, block):
        outputs.write(file, drawn)


@contextmanager
def printing(item: plugin.TestBlock) -> Iterator[None]:
    """Take what a block prints instead of comparing it."""
    printed = StringIO()
    item.obj.expected_output = None
    with mock.patch.object(plugin, "stdout_io", partial(plugin.stdout_io, printed)):
        yield
    item.user_properties.append(("printed", printed.getvalue()))


class Collector:
    """The part of pytest that hears of every block, in the process that reports."""

    def __init__(self, *, rewrite: bool) -> None:
        """Start with nothing heard."""
        self.rewrite = rewrite
        self.ran: set[Path] = set()
        self.seconds: dict[Path, dict[int, float]] = defaultdict(dict)
        self.printed: dict[Path, dict[int, str]] = defaultdict(dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what the block of one page took and printed."""
        name, _, line = report.nodeid.partition("::line ")
        if report.when != "call" or not line or not name.endswith(".md"):
            return
        path = ROOT / name
        self.ran.add(path)
        if report.passed:
            self.seconds[path][int(line)] = report.duration
            said = dict(report.user_properties).get("printed", "")
            self.printed[path][int(line)] = str(said)

    def pytest_sessionfinish(self) -> None:
        """Write the outputs that were asked for, or the record of the comparison."""
        if self.rewrite:
            for path, printed in self.printed.items():
                outputs.rewrite(Page.read(path), printed)
        elif self.ran:
            pages = all_pages()
            record.keep(pages, self.ran, record.record(pages, self.seconds))
