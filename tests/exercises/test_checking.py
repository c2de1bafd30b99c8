"""A checker gives a verdict, waits for a stub, and lets a mistake through."""

import pytest
import torch

from llm_foundations.exercises.checking import (
    call,
    checker,
    number,
    refuse,
    require,
    returned,
    same,
    shape_of,
)


@checker("Twice as much.")
def check_double(double) -> None:
    """Check a function that doubles."""
    got = call(double, 3, when="with 3")
    require(got == 6, f"3 became {got}: a square?")


def test_what_is_right_gets_a_verdict(capsys) -> None:
    check_double(lambda n: 2 * n)
    assert capsys.readouterr().out == "check_double: right. Twice as much.\n"


def test_a_stub_is_not_yet_written(capsys) -> None:
    def stub(n):
        raise NotImplementedError("your code here")

    check_double(stub)
    assert capsys.readouterr().out == "check_double: not written yet\n"


def test_a_mistake_is_named(capsys) -> None:
    with pytest.raises(AssertionError, match=r"^3 became 9: a square\?$"):
        check_double(lambda n: n**2)
    assert capsys.readouterr().out == ""


def test_what_the_function_raises_gets_a_place() -> None:
    with pytest.raises(AssertionError, match="with 3 it raised ZeroDivisionError"):
        check_double(lambda n: n / 0)


def test_a_function_without_return_is_told() -> None:
    assert returned(lambda n: n, 0, when="with 0") == 0
    with pytest.raises(AssertionError, match="with 3 nothing was returned: end with"):
        returned(lambda n: None, 3, when="with 3")


def test_the_checker_keeps_its_name_and_docstring() -> None:
    assert check_double.__name__ == "check_double"
    assert check_double.__doc__ == "Check a function that doubles."


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        (torch.tensor([1.0, 2.0]), True),
        (torch.tensor([1, 2]), True),
        (torch.tensor([1.0, 2.1]), False),
        (torch.tensor([[1.0, 2.0]]), False),
        (torch.tensor([1.0, torch.nan]), False),
        ([1.0, 2.0], False),
    ],
)
def test_same_asks_for_shape_and_numbers(theirs, expected: bool) -> None:
    assert same(torch.tensor([1.0, 2.0]), theirs) is expected


def test_a_known_mistake_is_refused_by_what_there_is_to_say_about_it() -> None:
    mistakes = {"squared": torch.tensor([9.0]), "halved": torch.tensor([1.5])}
    refuse(torch.tensor([6.0]), mistakes)
    with pytest.raises(AssertionError, match=r"^halved$"):
        refuse(torch.tensor([1.5]), mistakes)


def test_shape_of_names_what_is_no_tensor() -> None:
    assert (shape_of(torch.zeros(2, 3)), shape_of(None)) == ((2, 3), "NoneType")


@pytest.mark.parametrize("result", [0.5, torch.tensor(0.5), torch.tensor([0.5])])
def test_one_number_may_be_a_tensor(result) -> None:
    assert number(result) == 0.5


@pytest.mark.parametrize(
    ("result", "named"), [(None, "NoneType"), (torch.zeros(2, 3), r"\(2, 3\)")]
)
def test_what_is_no_number_is_named(result, named: str) -> None:
    with pytest.raises(AssertionError, match=f"return a number, got {named}$"):
        number(result)
