"""Every checker has an exercise on a page, and accepts the page's own solution."""

import ast
from collections.abc import Iterator
from typing import Any

import pytest

from scripts.tools.pages import DOCS, Block, Page
from tests.docs.guards.lessons import exercises_of, is_stub
from tests.exercises.found import EXERCISES

pytestmark = pytest.mark.unseen


def calls() -> Iterator[tuple[str, str, list[Block]]]:
    """Each stub's call, checker and function, with the exercise's folded blocks."""
    for page in map(Page.read, sorted((DOCS / "lessons").rglob("*.md"))):
        for _, blocks in exercises_of(page):
            stubs = [block for block in blocks if is_stub(block)]
            call = ast.parse(stubs[0].fence.text).body[-1].value
            folded = [block for block in blocks if block.details]
            yield ast.unparse(call.func), ast.unparse(call.args[0]), folded


CALLS = list(calls())


@pytest.mark.parametrize(
    ("checker", "name", "folded"), CALLS, ids=[checker for checker, *_ in CALLS]
)
def test_the_folded_solution_is_right(
    checker: str, name: str, folded: list[Block], capsys, monkeypatch
) -> None:
    monkeypatch.setattr("matplotlib.pyplot.show", lambda: None)
    namespace: dict[str, Any] = {}
    for block in folded:
        exec(block.fence.text, namespace)
    capsys.readouterr()
    namespace[checker](namespace[name])
    assert "right" in capsys.readouterr().out


def test_every_checker_has_its_exercise() -> None:
    assert sorted(checker for checker, *_ in CALLS) == sorted(EXERCISES)
