"""An exercise as data: a right answer, the calls it is tried on, and known mistakes.

A mistake is a function, written once beside the hint that it deserves. The checker runs
it to recognize a reader's answer, and the tests run it as a wrong answer.
"""

import copy
import inspect
import math
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from llm_foundations.exercises.comparing import (
    difference,
    floats_of,
    leaves_of,
    short,
    tidy,
)

Function = Callable[..., Any]
"""What a reader writes."""


@dataclass(frozen=True)
class Drawn:
    """A tensor argument, drawn when its case is made.

    Args:
        axes: The names of its axes, separated by blanks: "B T D".
        make: What draws it, from a shape and a `generator`; standard normal numbers
            if not given.
    """

    axes: str
    make: Function = torch.randn


@dataclass(frozen=True, eq=False)
class Case:
    """One call of a reader's function.

    Args:
        arguments: What the function is given; each call gets a copy.
        sizes: The length of each axis by its name. Different axes have different
            lengths, so that no answer is right only because two of them agree.
        when: What is said of the call in place of its arguments: "with large scores".
        why: Why two axes have the same length, or two numbers the same value.
    """

    arguments: tuple[Any, ...]
    sizes: Mapping[str, int]
    when: str = ""
    why: str = ""


def case(*arguments: Any, when: str = "", why: str = "", **sizes: int) -> Case:
    """Return a case, with its `Drawn` arguments drawn from a seed of its own."""
    generator = torch.Generator().manual_seed(0)

    def made(argument: Any) -> Any:
        if not isinstance(argument, Drawn):
            return argument
        shape = [sizes[axis] for axis in argument.axes.split()]
        return argument.make(shape, generator=generator)

    return Case(tuple(map(made, arguments)), sizes, when, why)


@dataclass(eq=False)
class _Outcome:
    """What came of a call: a result and what is compared of it, or an error."""

    arguments: tuple[Any, ...]
    result: Any = None
    seen: Any = None
    error: Exception | None = None


@dataclass(frozen=True, eq=False)
class Exercise:
    """A checker that readers call with their function.

    It prints the verdict if the function passes, and one line if the function is still
    a stub that raises `NotImplementedError`.

    Args:
        name: The name of the checker: "check_attention".
        right: A right answer; None if `properties` alone decide. Where it raises, a
            reader's function must raise an error of the same type.
        cases: The calls on which answers are compared.
        mistakes: Plausible wrong answers by the hint that each deserves, the commonest
            first. Several that deserve one hint are a tuple.
        verdict: What is known about a function that passes.
        properties: What must hold, in order, by what is said if it does not: a function
            of the result and of the arguments as the call left them. It returns True if
            the property holds. A string that it returns instead takes the place of `{}`
            in the hint. A property that raises does not hold. In a tuple, wrong answers
            that lack the property follow it.
        observe: What is compared of a result, from it and the arguments as the call
            left them; the result itself if not given.
        returns: What to call the parts of a result that is a tuple.
        within: By how much numbers may differ; if None, by the rounding of float32.
        backward: Whether gradients with respect to the arguments are compared, too.
        why: Why there are fewer than three cases.

    Raises:
        AssertionError: If the function is wrong; the message names the mistake.
    """

    name: str
    right: Function | None
    cases: Sequence[Case]
    mistakes: Mapping[str, Function | tuple[Function, ...]]
    verdict: str
    properties: Mapping[str, Function | tuple[Function, ...]] = field(
        default_factory=dict
    )
    observe: Function | None = None
    returns: Sequence[str] = ()
    within: float | None = None
    backward: bool = False
    why: str = ""

    def __call__(self, function: Function) -> None:
        """Print the verdict on a reader's function, or raise what is wrong with it."""
        try:
            mistake = self._mistake_of(function)
        except NotImplementedError:
            print(f"{self.name}: not written yet")
            return
        if mistake:
            raise AssertionError(mistake)
        print(f"{self.name}: right. {self.verdict}")

    def wrong_answers(self) -> Iterator[tuple[str, Function]]:
        """Return every wrong answer that is known, with the hint that it gets."""
        for hint, mistakes in self.mistakes.items():
            yield from ((hint, mistake) for mistake in _tuple(mistakes))
        for hint, (_, *lacking) in self._properties().items():
            yield from ((hint, mistake) for mistake in lacking)

    def _properties(self) -> dict[str, tuple[Function, ...]]:
        return {hint: _tuple(given) for hint, given in self.properties.items()}

    def _mistake_of(self, function: Function) -> str | None:
        if not callable(function):
            return f"give {self.name} the function itself, without parentheses"
        answers = self._try(function)
        rights = self._try(self.right) if self.right else [None] * len(self.cases)
        faults = {
            i: fault
            for i, (answer, right) in enumerate(zip(answers, rights, strict=True))
            if (fault := self._fault(answer, right, self.cases[i]))
        }
        if not faults:
            return None
        smallest = min(faults, key=lambda i: _n_entries(self.cases[i].arguments))
        named = None
        if any(not answers[i].error for i in faults):
            named = self._recognize(answers, rights, smallest)
        return named or faults[smallest]

    def _try(self, function: Function) -> list[_Outcome]:
        return [self._run(function, case) for case in self.cases]

    def _run(self, function: Function, case: Case) -> _Outcome:
        arguments = copy.deepcopy(case.arguments)
        try:
            with _sheltered(), torch.enable_grad():
                given = tuple(map(_leaf, arguments)) if self.backward else arguments
                result = tidy(function(*given))
                seen = self._seen(result, given)
                if self.backward:
                    seen = {"the result": seen, **self._gradients(result, arguments)}
        except Exception as error:
            # PyTorch raises the same type for a dtype that it cannot handle.
            is_stub = isinstance(error, NotImplementedError)
            if is_stub and "not implemented for" not in str(error):
                raise
            return _Outcome(arguments, error=error)
        return _Outcome(given, result, seen)

    def _seen(self, result: Any, arguments: tuple[Any, ...]) -> Any:
        if self.observe is None:
            return result
        try:
            return tidy(self.observe(result, *arguments))
        except Exception:
            return _Unusable()

    def _gradients(self, result: Any, leaves: tuple[Any, ...]) -> dict[str, Tensor]:
        """Differentiate a weighted sum of the results with respect to the leaves."""
        named = {
            f"the gradient with respect to {name}": leaf
            for name, leaf in zip(self._parameters(), leaves, strict=False)
            if _is_floating(leaf)
        }
        loss = sum(_weighted(part) for part in leaves_of(result) if _is_floating(part))
        if not isinstance(loss, Tensor) or not loss.requires_grad:
            return {name: torch.zeros_like(leaf) for name, leaf in named.items()}
        found = torch.autograd.grad(
            loss, list(named.values()), allow_unused=True, materialize_grads=True
        )
        return dict(zip(named, found, strict=True))

    def _fault(
        self, answer: _Outcome, right: _Outcome | None, case: Case
    ) -> str | None:
        """Say what is wrong with an answer to one case, knowing no mistake."""
        when = self._describe(case)
        if right and right.error:
            return _not_raised(right.error, answer, when)
        if answer.error:
            return f"{when} it raised {_told(answer.error)}"
        is_silent = right is not None and right.result is None
        if answer.result is None and not self.observe and not is_silent:
            return f"{when}, nothing was returned: end with return"
        if hint := self._unmet(answer):
            return hint
        said = self._unlike(answer, right, case) if right else None
        return f"{when}, {said}" if said else None

    def _unmet(self, answer: _Outcome) -> str | None:
        """Return the hint of the first property that does not hold."""
        for hint, (holds, *_) in self._properties().items():
            try:
                found = holds(answer.result, *answer.arguments)
                met = not isinstance(found, str) and bool(found)
            except Exception:
                found, met = None, False
            if not met:
                said = found if isinstance(found, str) else short(answer.result)
                return hint.replace("{}", said)
        return None

    def _unlike(self, answer: _Outcome, right: _Outcome, case: Case) -> str | None:
        if isinstance(answer.seen, _Unusable):
            return difference(right.result, answer.result) or (
                f"the result cannot be used: {short(answer.result)}"
            )
        said = difference(right.seen, answer.seen, self.within, self.returns)
        if said is None or case.arguments:
            return said
        # Without arguments what is right is the solution, so that is not told.
        form = difference(right.seen, answer.seen, math.inf, self.returns)
        return form or f"this is not right: {short(answer.result)}"

    def _recognize(
        self, answers: list[_Outcome], rights: Sequence[_Outcome | None], at: int
    ) -> str | None:
        """Return the hint of the known mistake that explains the answers best."""
        best, most = None, 0
        for hint, mistakes in self.mistakes.items():
            for mistake in _tuple(mistakes):
                wrong = self._try(mistake)
                likeness = self._likeness(wrong, answers, rights[at], at)
                if likeness > most:
                    best, most = hint, likeness
        return best

    def _likeness(
        self, wrong: list[_Outcome], answers: list[_Outcome], right: Any, at: int
    ) -> int:
        """Count agreements; those of an answer that is like a mistake nowhere are 0.

        What agrees in every case is recognized. What agrees in the failing case alone
        is recognized by four floating-point numbers, which do not agree by accident.
        """
        agreements = list(map(self._agree, wrong, answers))
        n = len(agreements)
        if all(agreements):
            return 3 * n
        if agreements[at] and len(floats_of(answers[at].seen)) >= 4:
            return n + sum(agreements)
        seen = [leaves_of(outcome.seen) for outcome in (wrong[at], answers[at])]
        if right is None or len({*map(len, seen), len(leaves_of(right.seen))}) > 1:
            return 0
        return int(any(map(self._is_wrong_part, *seen, leaves_of(right.seen))))

    def _agree(self, ours: _Outcome, theirs: _Outcome) -> bool:
        if ours.error or theirs.error:
            return ours.error is not None and isinstance(theirs.error, type(ours.error))
        return difference(ours.seen, theirs.seen, self.within) is None

    def _is_wrong_part(self, wrong: Any, found: Any, right: Any) -> bool:
        """Whether a part of a result shows a mistake that other parts do not."""
        return (
            len(floats_of(found)) >= 4
            and difference(wrong, found, self.within) is None
            and difference(right, found, self.within) is not None
        )

    def _describe(self, case: Case) -> str:
        if case.when or not case.arguments:
            return case.when or "called without arguments"
        names = [*self._parameters(), *[""] * len(case.arguments)]
        return "with " + ", ".join(map(_described, names, case.arguments))

    def _parameters(self) -> list[str]:
        known = [self.right, *(mistake for _, mistake in self.wrong_answers())]
        try:
            first = next(function for function in known if function)
            found = inspect.signature(first).parameters.values()
        except (StopIteration, TypeError, ValueError):
            return []
        return [p.name for p in found if p.kind == p.POSITIONAL_OR_KEYWORD]


class _Unusable:
    """What is observed of a result that has not the form of a right one."""


def _tuple(functions: Function | tuple[Function, ...]) -> tuple[Function, ...]:
    return functions if isinstance(functions, tuple) else (functions,)


@contextmanager
def _sheltered() -> Iterator[None]:
    """Let every call draw the same random numbers, and leave the reader's alone."""
    state = torch.get_rng_state()
    torch.default_generator.manual_seed(0)
    try:
        with warnings.catch_warnings():
            # What NumPy says of its functions being given tensors, which they can read.
            warnings.filterwarnings("ignore", "__array_wrap__", DeprecationWarning)
            yield
    finally:
        torch.set_rng_state(state)


def _is_floating(value: Any) -> bool:
    return isinstance(value, Tensor) and value.is_floating_point()


def _leaf(argument: Any) -> Any:
    """Return a copy that may be changed in place, of a tensor with a gradient."""
    if not _is_floating(argument):
        return argument
    return argument.requires_grad_().clone()


def _weighted(part: Tensor) -> Tensor:
    weights = torch.arange(part.numel(), dtype=part.dtype).cos()
    return (part * weights.view(part.shape)).sum()


def _n_entries(value: Any) -> int:
    if isinstance(value, Tensor):
        return value.numel()
    parts = value.values() if isinstance(value, Mapping) else value
    return sum(map(_n_entries, parts)) if isinstance(value, list | tuple | dict) else 0


def _described(name: str, value: Any) -> str:
    if isinstance(value, Tensor) and value.numel() > 4:
        return f"{name or 'a tensor'} of shape {tuple(value.shape)}"
    return f"{name}={short(value)}" if name else short(value)


def _not_raised(expected: Exception, answer: _Outcome, when: str) -> str | None:
    if isinstance(answer.error, type(expected)):
        return None
    got = _told(answer.error) if answer.error else short(answer.result)
    return f"{when} it should raise {type(expected).__name__}, got {got}"


def _told(error: Exception) -> str:
    """Name an error, and the last line of the reader's own code that it came from."""
    lines = str(error).splitlines()
    said = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [frame for frame in frames if not _is_in(frame, Path(__file__))]
    own = [frame for frame in theirs if frame.filename == theirs[0].filename]
    if not own or _is_in(own[0], Path(torch.__file__)):
        return said
    last, code = own[-1], own[-1].line or ""
    code = f", `{code}`" if 0 < len(code) <= 60 else ""
    return f"{said} (line {last.lineno}{code})"


def _is_in(frame: traceback.FrameSummary, package: Path) -> bool:
    return package.parent in Path(frame.filename).parents
