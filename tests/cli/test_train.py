"""The command trains, and answers every bad argument in one line."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from safetensors.torch import load_file

from llm_foundations.cli.main import main
from llm_foundations.cli.run_config import RunConfig
from llm_foundations.cli.train import start
from tests.cli.test_resume import interrupt_at


def test_the_folder_has_all_that_was_promised(trained: Path) -> None:
    names = {path.name for path in trained.iterdir()}
    assert names == {
        *("checkpoints", "config.json", "loss.svg", "metrics.jsonl"),
        *("model.safetensors", "run.json", "tokenizer.json", "tokenizer_config.json"),
    }


def test_the_result_is_printed(
    tmp_path: Path, settings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["train", str(tmp_path / "run"), "--config", str(settings)]
    assert main([*arguments, "--steps", "2"]) == 0
    printed = capsys.readouterr()
    words = [line.split()[0] for line in printed.out.splitlines()]
    names = ["loss", "floor", "excess", "5-gram", "legal", "trained", "files"]
    assert words[-7:] == names
    assert "0% of 100 samples are stories" in printed.out
    assert "2/2" in printed.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("n_step = 5", "no setting 'n_step'; there are size, vocab_size"),
        ("n_steps = 0", "n_steps must be at least 1, got 0"),
        ("n_steps = 2.5", "n_steps must be int, got 2.5"),
        (
            "learning_rate = nan",
            "learning_rate must be a finite number greater than 0, got nan",
        ),
        (
            "learning_rate = inf",
            "learning_rate must be a finite number greater than 0, got inf",
        ),
        (
            "adam_lr_ratio = -0.5",
            "adam_lr_ratio must be a finite number greater than 0, got -0.5",
        ),
        (f"seed = {2**64}", f"seed must be in {-(2**63)} to {2**63 - 1}, got {2**64}"),
        ("n_steps = true", "n_steps must be int, got True"),
        ("n_steps =", "run.toml: "),
        ("size = 'huge'", "'huge'"),
        ("vocab_size = 100", "vocab_size=100 has no room"),
        ("n_heads = 5", "d_model=96 is not divisible by n_heads=5"),
        ("precision = 'int8'", "precision must be one of float32, bf16, fp16"),
        ("context_length = 5", "do not fit into the context of 5"),
    ],
)
def test_a_bad_file_is_answered_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    path = tmp_path / "run.toml"
    path.write_text(text)
    folder = tmp_path / "run"
    assert main(["train", str(folder), "--config", str(path)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("llm-foundations train: ")
    assert message in error
    assert len(error.splitlines()) == 1
    assert not folder.exists()


def test_a_missing_file_and_a_used_folder(
    tmp_path: Path, trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", str(tmp_path), "--config", str(tmp_path / "none")]) == 2
    assert "No such file or directory" in capsys.readouterr().err
    assert main(["train", str(trained)]) == 2
    assert f"{trained} is not empty; choose another" in capsys.readouterr().err


@pytest.fixture
def one_process() -> Iterator[None]:
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    yield
    dist.destroy_process_group()


@pytest.mark.usefixtures("one_process")
def test_torchrun_may_repeat_the_command(
    tmp_path: Path,
    settings: Path,
    trained: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    config, folder = RunConfig.read(settings), tmp_path / "run"
    with monkeypatch.context() as patch:
        interrupt_at(patch, step=5)
        assert start(config, folder) == 130
    with pytest.raises(ValueError, match="holds a run with other settings"):
        start(RunConfig(), folder)
    assert start(config, folder) == 0
    assert "on from step 4 of 6" in capsys.readouterr().out
    ours, theirs = (load_file(f / "model.safetensors") for f in (folder, trained))
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
