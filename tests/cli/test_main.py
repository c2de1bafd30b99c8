"""The command's front door: verbs, help, and mistakes in one line."""

import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

from llm_foundations.cli import main as front

pytestmark = pytest.mark.unseen


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


SOURCE = Path(front.__file__).parents[2]
RUN = "import sys; from llm_foundations.cli.main import main; sys.exit(main())"


def start(*words: str, **streams) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", RUN, *words],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        stderr=subprocess.PIPE,
        text=True,
        **streams,
    )


def test_a_closed_pipe_ends_a_verb_quietly() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with start("count", "--all", stdout=writing) as process:
        os.close(writing)
        assert process.communicate()[1] == ""
    assert process.returncode == 141


def test_the_first_line_can_be_taken_from_a_pipe() -> None:
    with start("count", "--all", stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Word2Vec")
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_help_into_a_closed_pipe_is_quiet() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with start("count", "--help", stdout=writing) as process:
        os.close(writing)
        assert process.communicate()[1] == ""


def test_a_full_disk_is_said_in_one_line() -> None:
    with (
        open("/dev/full", "w") as full,
        start("count", "--all", stdout=full) as process,
    ):
        _, err = process.communicate()
    assert process.returncode == 2
    assert err == "llm-foundations count: [Errno 28] No space left on device\n"


def test_ctrl_c_ends_a_verb_quietly(monkeypatch, capsys) -> None:
    def run(options) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("llm_foundations.cli.count.run", run)
    assert front.main(["count", "GPT-2 XL"]) == 130
    assert capsys.readouterr() == ("", "")
