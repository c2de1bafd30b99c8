"""An exercise gives a verdict, waits for a stub, and says what is wrong otherwise."""

import math
import traceback
from dataclasses import replace

import numpy as np
import pytest
import torch

from llm_foundations.exercises.exercise import Drawn, Exercise, case

X = Drawn("T C")
check_scaled = Exercise(
    "check_scaled",
    right=lambda x, factor: x * factor,
    cases=[case(X, 3, T=4, C=5), case(X, 2, T=2, C=3), case(X, 5, T=3, C=2)],
    mistakes={
        "the factor was added": lambda x, factor: x + factor,
        "the factor divides": lambda x, factor: x / factor,
        "with a factor of 5 nothing changes": lambda x, n: x if n == 5 else x * n,
    },
    verdict="It is longer.",
)
check_root = Exercise(
    "check_root",
    right=lambda n: math.isqrt(n),
    cases=[case(4), case(9), case(16)],
    mistakes={"that is half": lambda n: n // 2, "that is n": lambda n: n},
    verdict="",
)


def said(exercise: Exercise, function) -> str:
    with pytest.raises(AssertionError) as caught:
        exercise(function)
    return str(caught.value)


def test_a_right_answer_gets_the_verdict(capsys) -> None:
    check_scaled(lambda x, factor: factor * x)
    assert capsys.readouterr().out == "check_scaled: right. It is longer.\n"


def test_a_stub_is_not_yet_written(capsys) -> None:
    def stub(x, factor):
        raise NotImplementedError("your code here")

    check_scaled(stub)
    assert capsys.readouterr().out == "check_scaled: not written yet\n"


def test_what_pytorch_cannot_do_is_no_stub() -> None:
    message = said(check_scaled, lambda x, factor: x.long().softmax(-1))
    assert "it raised NotImplementedError" in message


def test_a_mistake_is_named() -> None:
    assert said(check_scaled, lambda x, n: n + x) == "the factor was added"


def test_a_mistake_beside_another_is_named_by_the_smallest_failing_case() -> None:
    def two_mistakes(x, factor):
        return x + factor if factor == 2 else x * 0

    assert said(check_scaled, two_mistakes) == "the factor was added"


def test_a_mistake_in_one_part_of_a_result_is_named() -> None:
    both = replace(
        check_scaled,
        right=lambda x, n: (x * n, x),
        mistakes={"the factor was added": lambda x, n: (x + n, x)},
        returns=("the product", "x"),
    )
    assert said(both, lambda x, n: (n + x, 2 * x)) == "the factor was added"
    assert ", x: entry (0, 0): " in said(
        replace(both, cases=both.cases[:1]), lambda x, n: (x * n, 2 * x)
    )


def test_counts_that_agree_by_accident_are_no_diagnosis() -> None:
    """3 is half of 6 and so on: a mistake must agree in every case."""
    message = said(check_root, lambda n: {4: 2, 9: 4, 16: 5}[n])
    assert message == "with n=9, expected 3, got 4"


def test_the_mistake_that_agrees_in_most_cases_is_named() -> None:
    exercise = replace(
        check_scaled,
        mistakes={
            "added at 2": lambda x, n: x + n if n == 2 else x * n,
            "added": lambda x, n: x + n if n < 5 else x * n,
        },
    )
    assert said(exercise, lambda x, n: x + n) == "added"


def test_the_smallest_failing_case_is_told() -> None:
    message = said(check_scaled, lambda x, n: 7.5 * torch.ones(2, 2))
    assert message == (
        "with x of shape (2, 3), factor=2, expected the shape (2, 3), got (2, 2)"
    )


def test_in_place_code_changes_nothing_for_the_next_call() -> None:
    def in_place(x, factor):
        x *= factor
        return x

    check_scaled(in_place)
    check_scaled(in_place)


def test_numpy_is_understood() -> None:
    check_scaled(lambda x, factor: np.exp(np.log(np.float64(factor)) + 0 * x) * x)
    check_scaled(lambda x, factor: np.multiply(x, factor))


def test_an_error_gets_its_call_and_the_line_of_the_reader() -> None:
    def helper(x):
        return x @ torch.ones(7)

    def broken(x, factor):
        y = x * factor
        return helper(y)

    message = said(check_scaled, broken)
    assert message.startswith(
        "with x of shape (2, 3), factor=2 it raised RuntimeError: "
    )
    line = helper.__code__.co_firstlineno + 1
    assert message.endswith(f"(line {line}, `return x @ torch.ones(7)`)")


def test_an_error_of_the_call_itself_is_told() -> None:
    message = said(check_root, lambda: 1)
    assert message.startswith("with n=4 it raised TypeError: ")
    assert "\n" not in message


def test_a_generator_is_read_and_its_error_is_the_readers() -> None:
    pair = replace(check_root, right=lambda n: (n, 2 * n), mistakes={})
    pair(lambda n: (i * n for i in (1, 2)))
    message = said(pair, lambda n: (1 / i for i in (1, 0)))
    assert message.startswith("with n=4 it raised ZeroDivisionError: ")


def test_the_traceback_shows_one_frame_of_the_package() -> None:
    with pytest.raises(AssertionError) as caught:
        check_root(lambda n: 1 / 0)
    frames = traceback.extract_tb(caught.value.__traceback__)
    assert [frame.name for frame in frames][1:] == ["__call__"]
    assert caught.value.__context__ is None


def test_a_result_in_place_of_the_function_is_told() -> None:
    message = said(check_root, math.isqrt(4))
    assert message == "give check_root the function itself, without parentheses"


def test_a_forgotten_return_is_told() -> None:
    message = "with n=4, nothing was returned: end with return"
    assert said(check_root, lambda n: None) == message
    check_nothing = replace(check_root, right=lambda n: None)
    check_nothing(lambda n: None)


def test_without_arguments_the_solution_is_not_told() -> None:
    exercise = replace(check_root, right=lambda: [1.5, 2.5], cases=[case()])
    message = "called without arguments, this is not right: [1.5, 2]"
    assert said(exercise, lambda: [1.5, 2.0]) == message
    assert said(exercise, lambda: 1.5).endswith("expected 2 numbers, got 1.5")


def refused(n):
    if n == 9:
        raise ValueError("9 is refused")
    return n


def test_a_right_answer_may_raise() -> None:
    exercise = replace(check_root, right=refused, mistakes={})
    exercise(refused)
    message = "with n=9 it should raise ValueError, got 9"
    assert said(exercise, lambda n: n) == message
    message = said(exercise, lambda n: n if n != 9 else [][n])
    assert message.startswith("with n=9 it should raise ValueError, got IndexError: ")


def test_a_mistake_that_raises_is_not_taken_for_another_error() -> None:
    exercise = replace(check_root, mistakes={"a zero": lambda n: 1 / 0})
    assert "it raised ZeroDivisionError" in said(exercise, lambda n: n / 0)


def test_properties_decide_in_their_order() -> None:
    exercise = Exercise(
        "check_pair",
        right=None,
        cases=[case(n) for n in (3, 4, 5)],
        mistakes={},
        properties={
            "return two numbers, got {}": lambda pair, n: len(pair) == 2,
            "the sum is {}": lambda pair, n: sum(pair) == n or f"{sum(pair)}, not {n}",
        },
        verdict="",
    )
    exercise(lambda n: (1, n - 1))
    assert said(exercise, lambda n: (1, 1)) == "the sum is 2, not 3"
    assert said(exercise, lambda n: (1, 1, 1)) == "return two numbers, got [1, 1, 1]"
    # A property that raises does not hold.
    assert said(exercise, lambda n: 3) == "return two numbers, got 3"


def test_what_is_compared_may_be_a_part_of_the_result() -> None:
    exercise = replace(
        check_scaled, observe=lambda result, x, factor: result[:, :2] - 1
    )
    exercise(lambda x, factor: torch.cat([(x * factor)[:, :2], x[:, :1]], 1))
    assert said(exercise, lambda x, n: n + x) == "the factor was added"
    message = said(exercise, lambda x, factor: "x")
    assert message.endswith("expected a tensor of shape (2, 3), got 'x'")


def test_what_is_compared_may_be_an_argument_that_was_changed() -> None:
    def fill(x, factor):
        x.fill_(factor)

    exercise = replace(
        check_scaled, right=fill, observe=lambda result, x, factor: x, mistakes={}
    )
    exercise(fill)
    assert "expected" in said(exercise, lambda x, n: x.fill_(0))


def test_gradients_are_compared_where_asked_for() -> None:
    def normalized(x, factor):
        return factor * x / x.norm(dim=-1, keepdim=True)

    def detached(x, factor):
        return factor * x / x.norm(dim=-1, keepdim=True).detach()

    exercise = replace(check_scaled, right=normalized, mistakes={})
    exercise(detached)
    backward = replace(exercise, backward=True)
    backward(normalized)

    def in_place(x, factor):
        x /= x.norm(dim=-1, keepdim=True)
        return factor * x

    with pytest.raises(AssertionError, match="modified by an inplace operation"):
        backward(in_place)
    backward(lambda x, factor: normalized(x.mul_(2), factor))
    message = said(backward, detached)
    assert "the gradient with respect to x: expected" in message
    message = said(backward, lambda x, factor: normalized(x.detach(), factor))
    assert "the gradient with respect to x: expected" in message
    named = replace(backward, mistakes={"the norm was detached": detached})
    assert said(named, detached) == "the norm was detached"


def test_each_call_draws_the_same_numbers_and_leaves_the_generator_alone() -> None:
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    exercise = replace(check_scaled, right=lambda x, factor: torch.rand(3) + factor)
    exercise(lambda x, factor: factor + torch.rand(3))
    assert torch.equal(torch.rand(2), expected)


def test_a_case_draws_the_same_numbers_each_time() -> None:
    one, other = (case(X, X, T=2, C=3).arguments for _ in range(2))
    assert torch.equal(one[0], other[0])
    assert not torch.equal(one[0], one[1])
