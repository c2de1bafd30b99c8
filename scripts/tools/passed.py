"""A plugin of pytest: leave out what has passed and reads nothing that changed since.

A test reads its file, what that imports, directly or through others, and the data of
the package; a block reads its page and the images there. A test that looks for files of
the repository or starts programs may read anything, so any change has it run again; the
mark `reads` says what such a test does read.
"""

import ast
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

import pytest

from scripts.tools import outputs

ROOT = Path(__file__).parents[2]
RECORD = ROOT / ".cache" / "passed.json"
SETTINGS = ("pyproject.toml", "constraints.txt")
READS_ANYTHING = re.compile(r"\b(ROOT|__file__|subprocess|importlib|scripts\.tools)\b")
_BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
_IMAGE = re.compile(r"\]\(([^)\s]+\.svg)")


def names(source: str) -> Iterator[str]:
    """Every name that a source may import, with the module that it is taken from."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # its own test will say so
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def modules(name: str) -> frozenset[Path]:
    """The modules of the repository that Python runs to import a dotted name."""
    before, _, last = name.rpartition(".")
    starts = (ROOT / Path(*name.split(".")), ROOT / "src" / Path(*name.split(".")))
    ends = (end for at in starts for end in (at.with_suffix(".py"), at / "__init__.py"))
    found = frozenset(end for end in ends if end.is_file())
    return found | modules(before) if last and before else found


@cache
def imports(path: Path) -> frozenset[Path]:
    """The modules of the repository that a module, or the blocks of a page, import."""
    text = path.read_text(encoding="utf-8")
    sources = _BLOCK.findall(text) if path.suffix == ".md" else [text]
    found = (name for source in sources for name in names(source))
    return frozenset(module for name in found for module in modules(name))


def reached(paths: Iterable[Path]) -> set[Path]:
    """The files and all that they import, through others too."""
    found: set[Path] = set()
    new = set(paths)
    while new:
        found |= new
        new = set().union(*map(imports, new)) - found
    return found


@cache
def everything() -> frozenset[Path]:
    """All files of the repository, with those that are not committed yet."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return frozenset(path for path in paths if path.is_file())


@cache
def data() -> frozenset[Path]:
    """What all tests read: the data of the package, the settings."""
    package = (p for p in everything() if p.is_relative_to(ROOT / "src"))
    settings = (ROOT / name for name in SETTINGS)
    return frozenset([*(p for p in package if p.suffix != ".py"), *settings])


@cache
def looks_around(path: Path) -> bool:
    """Whether a module of the tests may read any file, or one of the package import."""
    text = path.read_text(encoding="utf-8")
    if path.is_relative_to(ROOT / "tests"):
        return bool(READS_ANYTHING.search(text))
    return path.is_relative_to(ROOT / "src") and "import_module(" in text


def read_by(path: Path, marked: tuple[str, ...] = ()) -> Iterable[Path]:
    """The files that a test reads.

    Args:
        path: The file that it stands in.
        marked: With what the names of other files begin that it reads.
    """
    above = (folder / "conftest.py" for folder in path.parents)
    code = reached([path, *(p for p in above if p.is_file())])
    if not marked and any(map(looks_around, code)):
        return everything()
    others = (
        {p for p in everything() if line(p).startswith(marked)} if marked else set()
    )
    images = _IMAGE.findall(path.read_text(encoding="utf-8"))
    return code | data() | others | {path.parent / image for image in images}


@cache
def line(path: Path) -> str:
    """A file's name and, in short, what it holds."""
    held = path.read_bytes() if path.is_file() else b""
    return f"{path.relative_to(ROOT)} {hashlib.sha256(held).hexdigest()}"


@cache
def installed() -> list[str]:
    """Python and the packages, with their versions."""
    return [sys.version, *sorted(f"{d.name} {d.version}" for d in distributions())]


@cache
def key(path: Path, marked: tuple[str, ...] = ()) -> str:
    """A name for all that a test reads: another if any of it changes."""
    read = sorted(map(line, read_by(path, marked)))
    return hashlib.sha256("\n".join(installed() + read).encode()).hexdigest()


def key_of(item: pytest.Item) -> str:
    """The key of a test, by its file and its marks."""
    marks = item.iter_markers("reads")
    return key(item.path, tuple(start for mark in marks for start in mark.args))


def passed() -> dict[str, str]:
    """The key with which each test passed."""
    try:
        record: dict[str, str] = json.loads(RECORD.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record


class Passed:
    """The part of pytest that leaves tests out, and notes which have passed."""

    def __init__(self) -> None:
        self.before = passed()
        self.keys: dict[str, str] = {}
        self.failed: set[str] = set()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Leave out; let the others carry their keys to where the results come."""
        again: list[pytest.Item] = []
        same: list[pytest.Item] = []
        for item in items:
            reads = key_of(item)
            item.user_properties.append(("reads", reads))
            (same if self.before.get(item.nodeid) == reads else again).append(item)
        config.hook.pytest_deselected(items=same)
        items[:] = again

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the key with which a test passed, or that it failed."""
        if report.failed:
            self.failed.add(report.nodeid)
        elif report.passed and report.when == "call":
            self.keys[report.nodeid] = dict(report.user_properties)["reads"]

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write it down, where the results of all processes come together."""
        if hasattr(session.config, "workerinput"):
            return
        record = {**passed(), **self.keys}
        for nodeid in self.failed:
            record.pop(nodeid, None)
        RECORD.parent.mkdir(exist_ok=True)
        outputs.write(RECORD, json.dumps(record, indent=0))
        if session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and self.before:
            session.exitstatus = pytest.ExitCode.OK  # all were left out
