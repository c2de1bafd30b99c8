"""The command writes samples, the same ones for the same seed."""

from pathlib import Path

import pytest

from llm_foundations.cli.main import main


def written(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["generate", *arguments]) == 0
    return capsys.readouterr().out


def test_a_prompt_is_continued(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = written(capsys, str(trained), "--prompt", "Once there", "--seed", "1")
    assert first.startswith("Once there")
    again = written(capsys, str(trained), "--prompt", "Once there", "--seed", "1")
    assert first == again
    other = written(capsys, str(trained), "--prompt", "Once there", "--seed", "2")
    assert first != other


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--samples", "0"), "--samples must be at least 1, got 0"),
        (
            ("--temperature", "0"),
            "temperature must be a finite number greater than 0, got 0.0",
        ),
        (("--temperature", "nan"), "temperature must be a finite number greater than"),
        (("--temperature", "inf"), "temperature must be a finite number greater than"),
        (("--seed", str(2**64)), "seed must be in "),
        (("--prompt", "word " * 400), "tokens leaves no room in the context of"),
    ],
)
def test_bad_arguments(
    trained: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    message: str,
) -> None:
    assert main(["generate", str(trained), *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert len(error.splitlines()) == 1


def test_a_folder_without_a_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["generate", str(tmp_path)]) == 2
    expected = f"{tmp_path} holds no trained model: no config.json"
    assert expected in capsys.readouterr().err
