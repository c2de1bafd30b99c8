"""Draw the Mermaid diagrams of the pages, each once, into docs/assets/figures/diagrams.

A picture is named by a hash of its source, so that a changed source has none until
this has run again, and moving a diagram changes nothing. `docs/assets/js/diagrams.js`
computes the same name, and puts the picture in the source's place.
"""

import shutil
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Playwright, sync_playwright

from scripts.tools.course import all_pages
from scripts.tools.outputs import write
from scripts.tools.pages import DOCS, ROOT, Page

ASSETS = ROOT / "scripts" / "assets"
MERMAID = ASSETS / "node_modules" / "mermaid" / "dist" / "mermaid.min.js"
FONT = DOCS / "assets/vendor/public-sans/public-sans-latin-wght-normal.woff2"
PICTURES = DOCS / "assets" / "figures" / "diagrams"
# The shell draws the same pages without a browser's own windows, so in less time.
BROWSERS = "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"
_FACE = """@font-face {{
  font-family: "Public Sans"; font-weight: 100 900;
  src: url(data:font/woff2;base64,{});
}}"""
_MISSING = "to draw diagrams: scripts/setup, then python -m playwright install chromium"

Draw = Callable[[str], str]
"""From the source of a diagram to its picture, as the text of an SVG file."""


def diagrams_of(page: Page) -> list[str]:
    """Return the sources of a page's diagrams."""
    return [fence.text.strip() for fence in page.fences if fence.info == "mermaid"]


def name_of(source: str) -> str:
    """Name a diagram by a hash of its source, FNV-1a of 32 bits.

    A page may compute SHA-256 only where it came by https.
    """
    value = 0x811C9DC5
    for byte in source.encode():
        value = (value ^ byte) * 0x01000193 % 2**32
    return f"{value:08x}"


def picture_of(source: str) -> Path:
    """Return where the picture of a diagram lies."""
    return PICTURES / f"{name_of(source)}.svg"


def browser_of(playwright: Playwright) -> str | None:
    """Return the browser's program: the system's, or the one of playwright."""
    own = playwright.chromium.executable_path
    found = [*map(shutil.which, BROWSERS), own if Path(own).exists() else None]
    return next(filter(None, found), None)


@contextmanager
def drawing() -> Iterator[Draw]:
    """Start a browser that draws diagrams.

    Raises:
        SystemExit: If the browser, Mermaid or the typeface is not there.
    """
    with sync_playwright() as playwright:
        program = browser_of(playwright)
        if not (program and MERMAID.exists() and FONT.exists()):
            raise SystemExit(_MISSING)
        with playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox"]
        ) as browser:
            page = browser.new_page()
            page.add_script_tag(path=MERMAID)
            face = _FACE.format(b64encode(FONT.read_bytes()).decode())
            page.add_style_tag(content=face)
            code = (ASSETS / "draw.js").read_text(encoding="utf-8").partition("*/")[2]
            call = f"([source, name]) => ({code})(source, name)"
            yield lambda source: page.evaluate(call, [source, name_of(source)]) + "\n"


def main() -> None:
    """Draw what has no picture yet, and delete what no page shows any more."""
    sources = {name_of(s): s for page in all_pages() for s in diagrams_of(page)}
    for path in PICTURES.glob("*.svg"):
        if path.stem not in sources:
            path.unlink()
    missing = {n: s for n, s in sources.items() if not picture_of(s).exists()}
    if missing:
        with drawing() as draw:
            for source in missing.values():
                write(picture_of(source), draw(source))


if __name__ == "__main__":
    main()
