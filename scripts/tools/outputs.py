"""Write into a page what its blocks print."""

import os
from pathlib import Path

from scripts.tools.pages import EXPECTED, Block, Page


def with_outputs(page: Page, printed: dict[int, str]) -> str:
    """Return the page's text with the outputs of its blocks brought up to date.

    Args:
        page: The page as it was when the blocks ran.
        printed: What each block printed, by the line of its fence. A block that
            prints and has no expected output yet gets one.
    """
    lines = page.text.splitlines()
    for block in reversed(page.blocks):
        output = printed.get(block.fence.line, "")
        if output:
            first, last = _place(block)
            opening = lines[block.fence.line - 1]
            indent = opening[: len(opening) - len(opening.lstrip())]
            fresh = [EXPECTED, "```", *output.splitlines(), "```"]
            lines[first:last] = [line and indent + line for line in fresh]
    return "\n".join(lines) + "\n"


def rewrite(page: Page, printed: dict[int, str]) -> None:
    """Bring a page's file up to date; leave it alone if nothing differs."""
    text = with_outputs(page, printed)
    if text != page.text:
        write(page.path, text)


def _place(block: Block) -> tuple[int, int]:
    """The lines to replace: comment and fence, or nothing, directly below the code."""
    return block.fence.end, block.expected.end if block.expected else block.fence.end


def write(path: Path, text: str) -> None:
    """Replace a file at once, so that no reader sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
