"""Every exercise accepts its right answer, and names each of its known mistakes."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from llm_foundations.exercises.exercise import Case, Drawn, Exercise, case
from tests.exercises.found import EXERCISES

pytestmark = pytest.mark.unseen

MISTAKES = [
    pytest.param(exercise, hint, mistake, id=f"{name}-{hint}")
    for name, exercise in EXERCISES.items()
    for hint, mistake in exercise.wrong_answers()
]
each = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=list(EXERCISES))


def said(exercise: Exercise, function) -> str:
    with pytest.raises(AssertionError) as caught:
        exercise(function)
    return str(caught.value)


@pytest.mark.parametrize(("exercise", "hint", "mistake"), MISTAKES)
def test_each_mistake_gets_its_own_hint(exercise, hint, mistake) -> None:
    pattern = re.escape(hint).replace(re.escape("{}"), ".+")
    assert re.fullmatch(pattern, said(exercise, mistake))


@each
def test_a_right_answer_gets_the_verdict(exercise, capsys) -> None:
    if exercise.right:
        exercise(exercise.right)
        out = capsys.readouterr().out
        assert out == f"{exercise.name}: right. {exercise.verdict}\n"
    else:
        assert exercise.properties


@each
def test_a_stub_is_answered_patiently(exercise, capsys) -> None:
    def stub(*arguments):
        raise NotImplementedError("your code here")

    exercise(stub)
    assert capsys.readouterr().out == f"{exercise.name}: not written yet\n"


def fails(*arguments):
    raise TypeError("unsupported operand\nand a second line")


@pytest.mark.parametrize(
    "answer",
    [
        lambda *a: None,
        fails,
        lambda *a: object(),
        lambda *a: torch.zeros(2, 1, 2, 1, 2),
        lambda *a: (torch.zeros(2, 1, 2, 1, 2),) * 2,
        lambda *a: "a word",
        lambda *a: {},
        lambda *a: [],
        lambda *a: [None, None],
        lambda *a: torch.nan,
        lambda *a: (part / 0 for part in [1]),
        lambda: None,
        "not a function",
    ],
)
@each
def test_no_answer_leads_to_a_raw_traceback(exercise, answer) -> None:
    assert "\n" not in said(exercise, answer)


@each
def test_an_exercise_knows_three_mistakes(exercise) -> None:
    assert len({hint for hint, _ in exercise.wrong_answers()}) >= 3


@pytest.mark.parametrize(("name", "exercise"), EXERCISES.items(), ids=list(EXERCISES))
def test_an_exercise_has_the_name_of_its_variable(name, exercise) -> None:
    assert exercise.name == name


@each
def test_the_cases_tell_answers_apart(exercise) -> None:
    assert list(complaints(exercise)) == []


def complaints(exercise: Exercise) -> Iterator[str]:
    """What could let a wrong answer pass: too few cases, or axes that are alike."""
    for one in exercise.cases:
        yield from complaints_of_case(one)
    if exercise.why:
        return
    if len(exercise.cases) < 3:
        yield "fewer than three cases"
    sizes = [c.sizes for c in exercise.cases if c.sizes]
    large = {tuple(s.items()) for s in sizes if min(s.values()) > 1}
    if sizes and len(large) < 3:
        yield "fewer than three cases of different sizes above 1"
    for place in range(max((len(c.arguments) for c in exercise.cases), default=0)):
        given = [c.arguments[place] for c in exercise.cases if place < len(c.arguments)]
        if len(given) > 1 and all(same(given[0], other) for other in given[1:]):
            yield f"argument {place} is the same in every case"


def complaints_of_case(one: Case) -> Iterator[str]:
    if one.why:
        return
    lengths = list(one.sizes.values())
    if len(set(lengths)) < len(lengths):
        yield f"two axes have the same length: {dict(one.sizes)}"
    for tensor in tensors_in(one.arguments):
        if unknown := set(tensor.shape) - {*lengths, 1}:
            yield f"axes without a name, of the lengths {unknown}"
    numbers = [n for n in one.arguments if type(n) is int]
    if len(set(numbers)) < len(numbers):
        yield f"two numbers are the same: {numbers}"


def tensors_in(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, list | tuple | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from tensors_in(part)


def same(one: Any, other: Any) -> bool:
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[n], other[n]) for n in one)
    return type(one) is type(other) and not callable(one) and bool(one == other)


X = Drawn("T C")
GOOD = Exercise(
    "check",
    right=lambda x, n: x,
    cases=[case(X, 2, T=2, C=3), case(X, 3, T=3, C=4), case(X, 2, T=5, C=2)],
    mistakes={},
    verdict="",
)


@pytest.mark.parametrize(
    ("cases", "complaint"),
    [
        (GOOD.cases[:2], "fewer than three cases"),
        ([*GOOD.cases, case(X, 2, T=3, C=3)], "two axes have the same length"),
        ([*GOOD.cases, case(torch.ones(7, 1), 2, T=3)], r"axes without a name.*\{7\}"),
        ([*GOOD.cases[:2], case(X, 2, T=1, C=2)], "of different sizes above 1"),
        ([*GOOD.cases[:2], GOOD.cases[0]], "of different sizes above 1"),
        ([case(c.arguments[0], 2, **c.sizes) for c in GOOD.cases], "argument 1 is the"),
        ([case(n, {"b": torch.ones(1, 1)}) for n in (1, 2, 3)], "argument 1 is the"),
        ([case(n, n + 1, n) for n in (1, 2, 3)], "two numbers are the same"),
    ],
)
def test_cases_that_let_a_mistake_pass_are_seen(cases, complaint: str) -> None:
    assert list(complaints(GOOD)) == []
    assert re.search(complaint, "; ".join(complaints(replace(GOOD, cases=cases))))


def test_a_reason_excuses_what_is_alike() -> None:
    twice = case(X, 2, T=3, C=3, why="queries and keys come from the same words")
    assert list(complaints(replace(GOOD, cases=[*GOOD.cases, twice]))) == []
    few = replace(GOOD, cases=GOOD.cases[:1], why="there is one sentence")
    assert list(complaints(few)) == []
