"""A command runs again when something that it reads has changed, and only then."""

import os
import sys
from pathlib import Path

import pytest

from scripts.tools import once, weights
from scripts.tools.notebooks import NOTEBOOKS
from scripts.tools.pages import DOCS, ROOT


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a page, a setting and something made."""
    monkeypatch.setattr(once, "ROOT", tmp_path)
    for name in ("docs/index.md", "docs/notebooks/a.ipynb", "mkdocs.yml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def run(root: Path, code: str = "") -> tuple[int, int]:
    """The status, and how often a command has run in all."""
    log = root / "log"
    count = f"open({str(log)!r}, 'a').write('x'); {code}"
    status = once.once(
        "built/stamp", ["docs", "mkdocs.yml"], [sys.executable, "-c", count]
    )
    return status, len(log.read_text())


def test_a_command_that_has_passed_is_not_run_again(root: Path) -> None:
    assert run(root) == run(root) == (0, 1)


@pytest.mark.parametrize("name", ["docs/index.md", "docs/new.md", "mkdocs.yml"])
def test_a_change_has_it_run_again(root: Path, name: str) -> None:
    run(root)
    (root / name).write_text("new")
    os.utime(root / name, (2000, 2000))
    assert run(root) == (0, 2)


def test_a_file_that_is_gone_has_it_run_again(root: Path) -> None:
    run(root)
    (root / "docs" / "index.md").unlink()
    assert run(root) == (0, 2)


@pytest.mark.parametrize(
    "made",
    [
        NOTEBOOKS / "a.ipynb",
        weights.TARGET / "files.js",
        weights.TARGET / "tokenizer.js",
        DOCS / "__pycache__" / "lab.pyc",
    ],
    ids=lambda path: path.name,
)
def test_what_scripts_make_of_the_rest_does_not_count(root: Path, made: Path) -> None:
    path = root / made.relative_to(ROOT)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    run(root)
    path.write_text("new")
    os.utime(path, (2000, 2000))
    assert run(root) == (0, 1)


def test_a_command_that_failed_runs_again(root: Path) -> None:
    assert run(root, "raise SystemExit(3)") == (3, 1)
    assert run(root) == (0, 2)
    (root / "mkdocs.yml").write_text("wrong")
    assert run(root, "raise SystemExit(3)") == (3, 3)
    assert run(root) == (0, 4)


def test_a_result_that_was_emptied_is_made_again(root: Path) -> None:
    run(root)
    (root / "built" / "stamp").unlink()
    assert run(root) == (0, 2)
