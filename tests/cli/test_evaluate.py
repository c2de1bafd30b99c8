"""The command measures what `train` measured."""

from pathlib import Path

import pytest

from llm_foundations.cli.main import main


def test_loss_floor_excess(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--documents", "20", "--samples", "3"]
    assert main(["evaluate", str(trained), *arguments]) == 0
    said = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert list(said) == ["loss", "floor", "excess", "perplexity", "legal"]
    loss, floor, excess = (float(said[n].split()[0]) for n in list(said)[:3])
    assert excess == pytest.approx(loss - floor, abs=0.0015)
    assert 0.1 < floor < 1 < loss < 6
    assert said["legal"] == "0% of 3 samples are stories from end to end"


@pytest.mark.parametrize("name", ["--documents", "--samples"])
def test_too_few(trained: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main(["evaluate", str(trained), name, "0"]) == 2
    assert f"{name} must be at least" in capsys.readouterr().err
