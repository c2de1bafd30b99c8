"""What every checker shares: a verdict, a patient answer to a stub, a named mistake."""

import functools
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

Function = Callable[..., Any]
"""What a reader writes."""


def checker(verdict: str) -> Callable[[Callable[[Function], None]], Function]:
    """Make a function of assertions into a checker that readers call.

    The checker prints `verdict` if the reader's function passes, and one line if
    it is still a stub that raises `NotImplementedError`. What fails raises
    `AssertionError`, whose message names the mistake.

    Args:
        verdict: What is known about a function that passes.
    """

    def decorate(check: Callable[[Function], None]) -> Function:
        @functools.wraps(check)
        def run(function: Function) -> None:
            try:
                check(function)
            except NotImplementedError:
                print(f"{check.__name__}: not written yet")
            else:
                print(f"{check.__name__}: right. {verdict}")

        return run

    return decorate


def require(condition: Any, mistake: str) -> None:
    """Raise `AssertionError(mistake)` unless the condition holds."""
    if not condition:
        raise AssertionError(mistake)


def refuse(result: Any, mistakes: Mapping[str, Tensor]) -> None:
    """Raise `AssertionError` if a result is what one of the known mistakes gives.

    Args:
        result: What the reader's function returned.
        mistakes: What there is to say about a mistake, and what comes of it.
    """
    for mistake, wrong in mistakes.items():
        require(not same(wrong, result), mistake)


def call(function: Function, *arguments: Any, when: str) -> Any:
    """Call the reader's function; what it raises becomes a mistake with a place."""
    try:
        return function(*arguments)
    except Exception as error:
        # PyTorch raises the same type for a dtype that it cannot handle.
        is_stub = isinstance(error, NotImplementedError)
        if is_stub and "not implemented for" not in str(error):
            raise
        kind = type(error).__name__
        raise AssertionError(f"{when} it raised {kind}: {error}") from error


def returned(function: Function, *arguments: Any, when: str) -> Any:
    """Call the reader's function, which must not end without `return`."""
    result = call(function, *arguments, when=when)
    require(result is not None, f"{when} nothing was returned: end with return")
    return result


def same(ours: Tensor, theirs: Any) -> bool:
    """Tell whether two results have one shape and the same numbers (NaN is none)."""
    if not isinstance(theirs, Tensor) or ours.shape != theirs.shape:
        return False
    return torch.allclose(ours, theirs.to(ours.dtype), atol=1e-5, rtol=1e-4)


def number(result: Any) -> float:
    """Return the one number that a function returned, or name what it is instead."""
    is_number = isinstance(result, (int, float))
    if isinstance(result, Tensor):
        is_number = result.numel() == 1
    require(is_number, f"return a number, got {shape_of(result)}")
    return float(result)


def shape_of(result: Any) -> Any:
    """Name the shape of a tensor, or the type of anything else."""
    return tuple(result.shape) if isinstance(result, Tensor) else type(result).__name__
