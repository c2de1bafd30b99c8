"""The package imports in one direction, keeps its sizes, and tests every module."""

import ast
import statistics
from pathlib import Path

import pytest

pytestmark = pytest.mark.unseen

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src" / "llm_foundations"
TOPICS = [
    *("plotting", "facts", "accounting", "tokenizers", "data", "layers", "models"),
    *("training", "generation", "evaluation", "tuning", "safety", "experiments"),
    *("exercises", "cli"),
]
FOR_ALL = {"checks", "files"}  # every topic may import them; they import no topic
WITHOUT_TORCH = {"plotting", "facts", "accounting", "tokenizers", *FOR_ALL}
MODULES = sorted(SRC.rglob("*.py"))
# Exercises are tested together, by the wrong answers that they must reject, and each is
# documented by the page that poses it.
NAMED = [
    path
    for path in MODULES
    if path.name not in ("__init__.py", "__main__.py")
    and path.relative_to(SRC).parts[0] != "exercises"
]


def name_of(path: Path) -> str:
    return path.relative_to(SRC).with_suffix("").as_posix()


def imported(tree: ast.AST) -> list[str]:
    """Every dotted name that an import statement of either form asks for."""
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: relative import"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def forbidden_imports(source: str, topic: str) -> list[str]:
    """The imports of `source` that a module of `topic` may not make."""
    allowed = {"__version__", *FOR_ALL}
    if topic not in FOR_ALL:
        allowed |= {*TOPICS[: TOPICS.index(topic) + 1]}
    bad = []
    for name in imported(ast.parse(source)):
        parts = name.split(".")
        if parts[0] == "torch" and topic in WITHOUT_TORCH:
            bad.append(name)
        if parts[0] == "llm_foundations" and parts[1] not in allowed:
            bad.append(name)
    return bad


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_point_down(path: Path) -> None:
    parts = path.relative_to(SRC).parts
    topic = parts[0] if len(parts) > 1 else next(iter(FOR_ALL))
    assert topic in TOPICS or topic in FOR_ALL, f"unknown topic {topic}"
    assert forbidden_imports(path.read_text(), topic) == []


@pytest.mark.parametrize(
    ("source", "topic"),
    [
        ("from llm_foundations.models import gpt", "layers"),
        ("from llm_foundations import models", "layers"),
        ("import llm_foundations.training.loop", "models"),
        ("from llm_foundations.evaluation.loss import x", "training"),
        ("from llm_foundations.magic import x", "cli"),
        ("from llm_foundations.plotting import style", "files"),
        ("def f():\n    import torch", "accounting"),
    ],
)
def test_a_forbidden_import_is_seen(source: str, topic: str) -> None:
    assert forbidden_imports(source, topic)


def body_length(function: ast.FunctionDef) -> int:
    """Lines of a function: its signature as one, its docstring as none."""
    first = function.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    before = (first.end_lineno or 0) if is_docstring else first.lineno - 1
    return (function.end_lineno or 0) - before + 1


def function_lengths() -> dict[str, int]:
    return {
        f"{name_of(path)}:{node.name}": body_length(node)
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    }


def test_functions_stay_small() -> None:
    lengths = function_lengths()
    sizes = sorted(lengths.values())
    assert {name: size for name, size in lengths.items() if size > 40} == {}
    assert statistics.median(sizes) <= 8
    assert sizes[int(0.9 * len(sizes))] <= 25


def test_files_stay_small() -> None:
    lines = {name_of(path): len(path.read_text().splitlines()) for path in MODULES}
    assert {name: n for name, n in lines.items() if n > 400} == {}


@pytest.mark.parametrize("path", NAMED, ids=name_of)
def test_every_module_has_its_test(path: Path) -> None:
    folder = path.relative_to(SRC).parent
    assert (ROOT / "tests" / folder / f"test_{path.stem}.py").is_file()


def test_attention_has_one_door() -> None:
    kernel = "F.scaled_dot_product_attention"
    calls = [name_of(path) for path in NAMED if kernel in path.read_text()]
    assert calls == ["layers/attention"]


def test_a_lesson_imports_no_other_lessons_exercises() -> None:
    prefix = "llm_foundations.exercises."
    kit = ("exercise", "comparing")
    for path in sorted((SRC / "exercises").glob("*/*.py")):
        found = imported(ast.parse(path.read_text()))
        own = [n.removeprefix(prefix).split(".")[0] for n in found if prefix in n]
        assert set(own) <= set(kit), f"{name_of(path)} imports {own}"
