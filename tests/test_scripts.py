"""The scripts stay short, and the README and the CI say and call what there is."""

import os
import re
import shlex
from pathlib import Path

import pytest

from scripts.tools.pages import ROOT, Page

pytestmark = pytest.mark.unseen

SCRIPTS = sorted(path for path in (ROOT / "scripts").iterdir() if path.is_file())
SCRIPTS += [ROOT / ".ci" / "run"]
TOOLS = {"pytest", "ruff", "mypy", "codespell", "mkdocs", "pip", "python", "npm"}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_short_and_says_what_it_does(path: Path) -> None:
    first, second, *rest = path.read_text().splitlines()
    assert first in ("#!/bin/sh -e", "#!/bin/bash")
    assert second.startswith("# ")
    assert len(rest) + 2 < 20
    assert os.access(path, os.X_OK) or os.name == "nt"


def calls_of(text: str) -> set[str]:
    """The first word of every command, and of what follows `exec`."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    found = re.findall(
        r"(?:^|;|&&|\|\|)\s*(?:exec )?([\w./-]+)", "\n".join(lines), re.M
    )
    return {Path(word).name for word in found}


def test_a_strict_build_is_not_quiet() -> None:
    """MkDocs counts no warning that `--quiet` silences, and then passes."""
    workflows = sorted((ROOT / ".github" / "workflows").iterdir())
    lines = [
        line for p in [*SCRIPTS, *workflows] for line in p.read_text().splitlines()
    ]
    strict = [line.partition("  #")[0] for line in lines if "--strict" in line]
    assert strict
    assert [line for line in strict if "--quiet" in line or " -q" in line] == []


def test_the_ci_calls_scripts_only() -> None:
    text = (ROOT / ".ci" / "run").read_text()
    assert calls_of(text) & TOOLS == set()
    assert re.findall(r"^exec (\S+)$", text, re.M) == ["scripts/test"]


def test_a_tool_called_by_the_ci_itself_is_seen() -> None:
    called = calls_of("set -eu\n.venv/bin/pytest -q\nexec mkdocs build")
    assert called & TOOLS == {"pytest", "mkdocs"}


def commands(page: Page) -> list[list[str]]:
    """The commands of the console fences, without the comments beside them."""
    fences = [fence.text for fence in page.fences if fence.info == "console"]
    lines = [line for text in fences for line in text.splitlines() if line.strip()]
    return [shlex.split(line.removeprefix("$ "), comments=True) for line in lines]


def missing_scripts(page: Page) -> list[str]:
    """What a reader is told to run, and is not there."""
    called = [words[0] for words in commands(page) if words[0].startswith("scripts/")]
    return [name for name in called if ROOT / name not in SCRIPTS]


@pytest.mark.parametrize("name", ["README.md", "docs/start.md"])
def test_the_commands_for_readers_exist(name: str) -> None:
    if (ROOT / name).is_file():
        assert missing_scripts(Page.read(ROOT / name)) == []


def test_a_command_that_does_not_exist_is_seen() -> None:
    page = Page("```console\nscripts/test\nscripts/magic  # nothing\n```\n")
    assert missing_scripts(page) == ["scripts/magic"]


def unmarked(source: str) -> bool:
    """Whether a test starts programs, and does not say so to `scripts/test`."""
    starts = re.search(r"\bsubprocess\.(run|Popen)\(", source)
    return bool(starts) and not re.search(r"mark\.(unseen|ci)\b", source)


def test_what_starts_programs_says_so() -> None:
    folders = ("tests/docs/", "tests/site/")  # marked by their conftest.py
    paths = sorted((ROOT / "tests").rglob("test_*.py"))
    names = {path.relative_to(ROOT).as_posix(): path for path in paths}
    own = [p for name, p in names.items() if not name.startswith(folders)]
    assert [path.name for path in own if unmarked(path.read_text())] == []


def test_a_test_that_starts_programs_unsaid_is_seen() -> None:
    call = "subprocess.run(command)"
    assert unmarked(call)
    assert not unmarked(f"pytestmark = pytest.mark.unseen\n{call}")
