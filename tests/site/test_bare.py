"""`mkdocs serve` alone, on a clone where no script has run: readable, and honest."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

pytestmark = pytest.mark.ci
ROOT = Path(__file__).parents[2]
BARE = f"""
INHERIT: {ROOT}/mkdocs.yml
docs_dir: {ROOT}/docs
plugins:
  mkdocstrings: {{custom_templates: {ROOT}/scripts/templates}}
exclude_docs: |
  assets/vendor
  assets/record.js
  notebooks
"""


@pytest.fixture
def served(tmp_path):
    """The address at which `mkdocs serve` shows what git alone brings."""
    (tmp_path / "mkdocs.yml").write_text(BARE)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    serve = [sys.executable, "-m", "mkdocs", "serve", "--quiet", "--no-livereload"]
    command = [*serve, "-f", tmp_path / "mkdocs.yml", "-a", f"127.0.0.1:{port}"]
    own = {"NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT / "src")}
    cached = {"cwd": ROOT, "env": {**os.environ, **own}}
    with subprocess.Popen(command, **cached) as server:
        yield wait_for(f"http://127.0.0.1:{port}/llm-foundations/")
        server.terminate()


def wait_for(url, tries=1500):
    for _ in range(tries):
        try:
            urllib.request.urlopen(url).close()
        except OSError:
            time.sleep(0.2)
        else:
            return url
    raise TimeoutError(url)


def test_a_lesson_shows_its_sources_and_says_what_is_missing(served, reader):
    visit = reader()
    page = visit.page
    page.goto(f"{served}lessons/layers/attention/")
    page.locator("[data-lacks=libraries]").wait_for()
    assert "scripts/test" in page.locator(".verified").inner_text()
    page.locator("div.diagram svg").wait_for()  # committed, as other figures are
    assert page.locator(".arithmatex").first.inner_text() == "\\(x\\)"
    said = "getComputedStyle(document.querySelector('.md-content__inner'), '::before')"
    assert "without the library that draws formulas" in page.evaluate(f"{said}.content")
    assert visit.foreign(served) == []
