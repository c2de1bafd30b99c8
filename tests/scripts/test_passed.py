"""What passed is left out until something changes that it reads."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import pytest

from scripts.tools import passed

FILES = {
    "conftest.py": "from scripts.tools import pages\n",
    "scripts/tools/pages.py": "",
    "pyproject.toml": "",
    "src/course/__init__.py": "",
    "src/course/layers.py": "import math",
    "src/course/models.py": "def f():\n    from course.layers import block",
    "src/course/apart.py": "",
    "tests/test_models.py": "from course import models",
    "tests/test_apart.py": "import course.apart",
    "tests/test_reads.py": "import subprocess",
    "docs/page.md": "![A picture](page.svg)\n\n```python\nimport course.models\n```\n",
    "docs/page.svg": "<svg/>",
}


def forget() -> None:
    """Let every function but the slow one read the files again."""
    for name, function in vars(passed).items():
        if hasattr(function, "cache_clear") and name != "installed":
            function.cache_clear()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A small repository."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(passed, "ROOT", tmp_path)
    monkeypatch.setattr(passed, "RECORD", tmp_path / ".cache" / "passed.json")
    everything = frozenset(tmp_path / name for name in FILES)
    monkeypatch.setattr(passed, "everything", lambda: everything)
    forget()
    yield tmp_path
    forget()


@pytest.fixture
def run(root: Path) -> Callable[..., list[str]]:
    """Run all tests there; those in `failing` fail. Return what was run."""

    def once(*failing: str) -> list[str]:
        forget()
        plugin = passed.Passed()
        names = [name for name in FILES if name.startswith(("tests", "docs/page.md"))]
        items = [
            SimpleNamespace(
                path=root / name,
                nodeid=name,
                user_properties=[],
                iter_markers=lambda _: [],
            )
            for name in names
        ]
        plugin.pytest_collection_modifyitems(Mock(), items)
        for item in items:
            bad = item.nodeid in failing
            report = SimpleNamespace(
                failed=bad, passed=not bad, when="call", **vars(item)
            )
            plugin.pytest_runtest_logreport(report)
        plugin.pytest_sessionfinish(SimpleNamespace(config=None, exitstatus=0))
        return [item.nodeid for item in items]

    return once


ALL = ["tests/test_models.py", "tests/test_apart.py", "tests/test_reads.py"]
ALL += ["docs/page.md"]


@pytest.mark.parametrize(
    ("changed", "again"),
    [
        ("src/course/layers.py", [ALL[0], ALL[2], ALL[3]]),
        ("src/course/apart.py", [ALL[1], ALL[2]]),
        ("docs/page.svg", [ALL[2], ALL[3]]),
        ("tests/test_apart.py", [ALL[1], ALL[2]]),
        ("scripts/tools/pages.py", ALL),
        ("src/course/__init__.py", ALL),
        ("pyproject.toml", ALL),
    ],
)
def test_what_reads_a_changed_file_is_run_again(
    root: Path, run: Callable[..., list[str]], changed: str, again: list[str]
) -> None:
    assert run() == ALL
    assert run() == []
    (root / changed).write_text("x = 1\n" + FILES[changed])
    assert run() == again
    assert run() == []


def test_what_failed_is_run_again(run: Callable[..., list[str]]) -> None:
    run("tests/test_apart.py")
    assert run() == ["tests/test_apart.py"]


def test_what_passed_and_then_failed_is_run_again(
    root: Path, run: Callable[..., list[str]]
) -> None:
    run()
    (root / "docs/page.svg").write_text("<svg />")
    run("docs/page.md")
    (root / "docs/page.svg").write_text(FILES["docs/page.svg"])
    assert "docs/page.md" in run()


def test_everything_is_run_unless_told_otherwise(pytestconfig: pytest.Config) -> None:
    plugins = pytestconfig.pluginmanager.get_plugins()
    leaves_out = any(isinstance(plugin, passed.Passed) for plugin in plugins)
    assert leaves_out == pytestconfig.getoption("--changed")


def test_a_source_that_cannot_be_read_imports_nothing(root: Path) -> None:
    (root / "docs/page.md").write_text("```python\nimport (\n```\n")
    assert root / "docs/page.md" in passed.read_by(root / "docs/page.md")


def test_a_record_that_cannot_be_read_leaves_nothing_out(
    run: Callable[..., list[str]],
) -> None:
    run()
    passed.RECORD.write_text("{")
    assert run() == ALL


def test_nothing_to_run_is_no_mistake(
    root: Path, run: Callable[..., list[str]]
) -> None:
    nothing = pytest.ExitCode.NO_TESTS_COLLECTED
    session = SimpleNamespace(config=None, exitstatus=nothing)
    passed.Passed().pytest_sessionfinish(session)
    assert session.exitstatus == nothing
    run()
    passed.Passed().pytest_sessionfinish(session)
    assert session.exitstatus == pytest.ExitCode.OK


def test_a_command_imports_by_name(root: Path) -> None:
    (root / "src/course/main.py").write_text("import_module(verb)")
    (root / "tests/test_main.py").write_text("from course.main import run")
    assert root / "docs/page.svg" in passed.read_by(root / "tests/test_main.py")


def test_a_mark_says_what_a_test_reads_that_looks_around(root: Path) -> None:
    read = passed.read_by(root / "tests/test_reads.py", ("docs/", "src/course/a"))
    names = {str(path.relative_to(root)) for path in read}
    assert {"docs/page.md", "docs/page.svg", "src/course/apart.py"} <= names
    assert {"scripts/tools/pages.py", "conftest.py", "tests/test_reads.py"} <= names
    assert "src/course/layers.py" not in names


def test_the_files_of_this_repository_are_found() -> None:
    read = passed.read_by(passed.ROOT / "docs/lessons/layers/attention.md")
    names = {str(path.relative_to(passed.ROOT)) for path in read}
    assert "src/llm_foundations/layers/attention.py" in names
    assert "src/llm_foundations/plotting/course.mplstyle" in names
    assert "mkdocs.yml" not in names
    assert passed.ROOT / "mkdocs.yml" in passed.everything()
