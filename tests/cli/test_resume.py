"""A run that was interrupted ends as if it had not been."""

from pathlib import Path

import pytest

from llm_foundations.cli.main import main
from llm_foundations.training.callbacks import MetricsLog


def interrupt_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    log = MetricsLog.__call__

    def interrupted(self: MetricsLog, trainer: object, metrics: dict) -> None:
        log(self, trainer, metrics)
        if metrics["step"] == step:
            raise KeyboardInterrupt

    monkeypatch.setattr(MetricsLog, "__call__", interrupted)


def test_resumed_equals_never_stopped(
    tmp_path: Path,
    settings: Path,
    trained: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "run"
    with monkeypatch.context() as patch:
        interrupt_at(patch, step=5)
        assert main(["train", str(folder), "--config", str(settings)]) == 130
    assert f"go on with: llm-foundations resume {folder}" in capsys.readouterr().out
    assert not (folder / "model.safetensors").exists()
    assert main(["resume", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "on from step 4 of 6; 1 steps were lost and are taken again" in said
    for name in ("model.safetensors", "config.json", "tokenizer.json"):
        assert (folder / name).read_bytes() == (trained / name).read_bytes()


def test_what_cannot_be_resumed(
    tmp_path: Path, settings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["resume", str(tmp_path)]) == 2
    assert f"{tmp_path} holds no run" in capsys.readouterr().err
    (tmp_path / "run.json").write_text('{"size": "tiny", "n_steps": 6}')
    assert main(["resume", str(tmp_path)]) == 2
    assert "no checkpoint yet" in capsys.readouterr().err
    (tmp_path / "run.json").write_text('{"size"')
    assert main(["resume", str(tmp_path)]) == 2
    assert f"{tmp_path / 'run.json'}: " in capsys.readouterr().err


def test_a_truncated_checkpoint_is_named(
    tmp_path: Path, trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "run.json").write_bytes((trained / "run.json").read_bytes())
    (tmp_path / "checkpoints").mkdir()
    whole = (trained / "checkpoints" / "last.safetensors").read_bytes()
    path = tmp_path / "checkpoints" / "last.safetensors"
    path.write_bytes(whole[: len(whole) // 2])
    assert main(["resume", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert f"{path} is truncated" in error
    assert len(error.splitlines()) == 1
