import os
import subprocess
import sys

import pytest

from llm_foundations.cli.main import main
from llm_foundations.cli.stories import scored
from llm_foundations.data.stories.language import Language

pytestmark = pytest.mark.unseen

TINY = Language("tiny")
RUN = "import sys; from llm_foundations.cli.main import main; sys.exit(main())"
COMMAND = [
    *(sys.executable, "-c", RUN, "stories"),
    *("--size", "tiny"),
]
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def test_stories_are_written_one_a_line(capsys) -> None:
    assert main(["stories", "--documents", "3", "--size", "tiny", "--seed", "4"]) == 0
    assert capsys.readouterr().out.splitlines() == list(TINY.documents("train", 3, 4))


def test_scores_of_a_file(tmp_path, capsys) -> None:
    good, other = TINY.documents("test", 2)
    path = tmp_path / "stories.txt"
    path.write_text(f"{good}\nOnce there was a dragon.\n\n{other}")
    assert main(["stories", "--size", "tiny", "--score", str(path)]) == 0
    nats = [-TINY.log_probability(text) for text in (good, other)]
    assert capsys.readouterr().out.splitlines() == [
        f"{nats[0]:.3f}",
        "illegal at character 17: 'dragon.', expected 'fox named ', 'hare named ',"
        " 'frog named ', 'mouse named ', 'bear named '",
        "illegal at character 0: the end, expected 'Once there was ',"
        " 'There once lived ', 'This is the story of ', 'Far away lived ',"
        " 'Do you know ' or 1 more",
        f"{nats[1]:.3f}",
        f"legal: 2 of 4, {sum(nats) / 2:.3f} nats per legal document",
    ]


def test_nothing_legal_has_no_mean() -> None:
    assert list(scored(TINY, [])) == ["legal: 0 of 0"]
    assert list(scored(TINY, ["x"]))[-1] == "legal: 0 of 1"


def test_lines_are_read_as_they_come() -> None:
    def lines():
        yield from TINY.documents("train", 1)
        raise AssertionError("the second line was read before the first was scored")

    assert float(next(scored(TINY, lines()))) > 0


def test_windows_line_ends_are_no_mistake() -> None:
    text = next(TINY.documents("train"))
    assert list(scored(TINY, [text + "\r\n"]))[-1].startswith("legal: 1 of 1")


def test_files_that_cannot_be_read(tmp_path, capsys) -> None:
    missing, binary = tmp_path / "missing.txt", tmp_path / "weights.bin"
    binary.write_bytes(b"\xff\xfe\x00")
    for path, message in [
        (missing, "No such file or directory"),
        (tmp_path, "Is a directory"),
        (binary, "invalid start byte"),
    ]:
        assert main(["stories", "--score", str(path)]) == 2
        error = capsys.readouterr().err
        assert error.startswith("llm-foundations stories: ")
        assert str(path) in error
        assert message in error
        assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--documents", "many"], "invalid int value: 'many'"),
        (["--size", "huge"], "invalid choice: 'huge'"),
    ],
)
def test_bad_arguments(arguments: list[str], message: str, capsys) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["stories", *arguments])
    assert stop.value.code == 2
    assert message in capsys.readouterr().err


def test_a_negative_number_of_documents(capsys) -> None:
    assert main(["stories", "--documents", "-1"]) == 2
    assert capsys.readouterr().err == (
        "llm-foundations stories: n must be at least 0, got -1\n"
    )


def test_a_reader_that_leaves_early_ends_the_command_quietly() -> None:
    with subprocess.Popen(
        [*COMMAND, "--documents", "100000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().strip() == next(TINY.documents("train"))
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 141  # as a program that SIGPIPE ends


def test_scores_of_standard_input() -> None:
    text = next(TINY.documents("train"))
    done = subprocess.run(
        [*COMMAND, "--score", "-"],
        env=ENVIRONMENT,
        input=text,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[0] == f"{-TINY.log_probability(text):.3f}"
