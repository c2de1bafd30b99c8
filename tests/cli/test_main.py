"""The command's front door: verbs, help, and mistakes in one line."""

import sys
import types

import pytest

from llm_foundations.cli import main as front


@pytest.fixture
def fail_verb(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(options) -> int:
        if options.n < 0:
            raise ValueError(f"n must be at least 0, got {options.n}")
        return options.n

    module = types.ModuleType("llm_foundations.cli.fail")
    module.add_arguments = lambda parser: parser.add_argument("n", type=int)
    module.run = run
    monkeypatch.setitem(sys.modules, "llm_foundations.cli.fail", module)
    monkeypatch.setitem(front.VERBS, "fail", "Fail on purpose.")


@pytest.mark.usefixtures("fail_verb")
def test_a_verb_gets_its_arguments_and_gives_the_status() -> None:
    assert front.main(["fail", "3"]) == 3


@pytest.mark.usefixtures("fail_verb")
def test_a_mistake_is_answered_in_one_line(capsys) -> None:
    assert front.main(["fail", "--", "-1"]) == 2
    assert capsys.readouterr().err == (
        "llm-foundations fail: n must be at least 0, got -1\n"
    )


def test_an_unknown_verb_is_named(capsys) -> None:
    with pytest.raises(SystemExit, match="2"):
        front.main(["sing"])
    assert "invalid choice: 'sing'" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["sing"], ["train", "--steps", "many"]])
def test_what_cannot_be_read_is_answered_in_one_line(capsys, words) -> None:
    with pytest.raises(SystemExit, match="2"):
        front.main(words)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("llm-foundations")
    assert line.endswith("(--help says what there is)")
