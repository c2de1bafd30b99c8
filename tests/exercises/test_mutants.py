"""Every checker rejects plausible wrong answers, each with a message of its own."""

import importlib.util
from pathlib import Path

import pytest

from llm_foundations import exercises

FOLDER = Path(__file__).with_name("mutants")


def load(path: Path) -> dict:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.MUTANTS


MUTANTS = {
    name: rows for path in FOLDER.glob("*.py") for name, rows in load(path).items()
}
CASES = [
    pytest.param(name, function, message, id=f"{name}-{message}")
    for name, rows in MUTANTS.items()
    for function, message in rows
]


@pytest.mark.parametrize(("name", "function", "message"), CASES)
def test_a_wrong_answer_is_named(name: str, function, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        getattr(exercises, name)(function)


@pytest.mark.parametrize("name", exercises.__all__)
def test_every_checker_has_three_mutants_with_messages_of_their_own(name: str) -> None:
    messages = [message for _, message in MUTANTS.get(name, [])]
    assert len(messages) >= 3
    assert len(set(messages)) == len(messages)


@pytest.mark.parametrize("name", exercises.__all__)
def test_a_stub_is_answered_patiently(name: str, capsys) -> None:
    def stub(*arguments):
        raise NotImplementedError("your code here")

    getattr(exercises, name)(stub)
    assert capsys.readouterr().out == f"{name}: not written yet\n"
