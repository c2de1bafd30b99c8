"""What the callbacks write, keep, show and stop."""

import json
from pathlib import Path

import pytest
import torch

from llm_foundations.training.callbacks import (
    EarlyStopping,
    MetricsLog,
    ModelCheckpoint,
    ProgressBar,
    evaluate_every,
    read_metrics,
)
from llm_foundations.training.checkpoints import load_checkpoint
from llm_foundations.training.config import TrainConfig
from llm_foundations.training.loop import Trainer
from llm_foundations.training.objectives.language_modeling import causal_lm
from tests.training.tiny import CountingBatches, TinyModel


def make_trainer(*callbacks: object, n_steps: int = 10) -> Trainer:
    torch.manual_seed(0)
    config = TrainConfig(n_steps)
    return Trainer(TinyModel(), causal_lm, CountingBatches(), config, callbacks)


def feed(name: str, values: list[float]) -> object:
    """Return a callback that hands out these values, one a step."""
    left = iter(values)
    return lambda trainer, metrics: metrics.update({name: next(left)})


def test_every_measures_on_the_nth_steps_and_the_last() -> None:
    def measure(trainer: Trainer) -> dict[str, float]:
        assert not trainer.model.training
        return {"measured": trainer.step}

    seen: list[float | None] = []
    keep = lambda trainer, metrics: seen.append(metrics.get("measured"))  # noqa: E731
    trainer = make_trainer(evaluate_every(4, measure), keep)
    trainer.fit()
    assert seen == [None, None, None, 4, None, None, None, 8, None, 10]
    with pytest.raises(ValueError, match="at least 1, got 0"):
        evaluate_every(0, measure)


def test_the_model_is_back_in_training_after_a_measurement() -> None:
    modes: list[bool] = []
    trainer = make_trainer(evaluate_every(1, lambda trainer: {}))
    trainer.model.dropout.register_forward_hook(
        lambda module, *_: modes.append(module.training)
    )
    trainer.fit()
    assert modes == [True] * 10


def test_the_log_has_a_line_a_step(tmp_path: Path) -> None:
    path = tmp_path / "new" / "metrics.jsonl"
    make_trainer(MetricsLog(path)).fit()
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["step"] for line in lines] == list(range(1, 11))
    assert set(lines[0]) >= {"loss", "grad_norm", "learning_rate", "n_tokens"}


def test_a_resumed_log_drops_what_is_done_again_and_a_cut_line(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text("".join(f'{{"step": {n}}}\n' for n in range(1, 8)) + '{"ste')
    assert len(read_metrics(path)) == 7
    trainer = make_trainer(MetricsLog(path))
    trainer.step = 5
    trainer.fit()
    assert [line["step"] for line in read_metrics(path)] == list(range(1, 11))
    assert "loss" in read_metrics(path)[5]


def test_a_log_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert read_metrics(tmp_path / "nowhere") == []


def test_early_stop_waits_as_long_as_it_was_told() -> None:
    values = [5.0, 4.0, 4.0, 4.5, 3.0, 3.5, 3.2, 3.1, 2.0, 1.0]
    trainer = make_trainer(feed("loss", values), EarlyStopping("loss", patience=3))
    trainer.fit()
    assert trainer.step == 8
    assert trainer.stopped


def test_early_stop_ignores_steps_without_the_metric() -> None:
    trainer = make_trainer(EarlyStopping("absent", patience=1))
    trainer.fit()
    assert trainer.step == 10
    with pytest.raises(ValueError, match="patience must be at least 1, got 0"):
        EarlyStopping("loss", patience=0)


def test_an_equal_value_is_no_better() -> None:
    trainer = make_trainer(feed("loss", [4.0] * 10), EarlyStopping("loss", patience=3))
    trainer.fit()
    assert trainer.step == 4  # the first is the best, and three in a row equal it


def test_a_state_is_saved_every_positive_number_of_steps(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="n_steps must be at least 1, got 0"):
        ModelCheckpoint(tmp_path, 0)


def test_best_and_last_are_kept_and_the_memory_survives(tmp_path: Path) -> None:
    values = [5.0, 4.0, 3.0, 6.0, 6.0, 6.0, 6.0, 6.0, 6.0, 6.0]
    stop = EarlyStopping("score", patience=4)
    trainer = make_trainer(
        feed("score", values), stop, ModelCheckpoint(tmp_path, 5, metric="score")
    )
    trainer.fit()
    assert load_checkpoint(tmp_path / "best.safetensors")["step"] == 3
    last = load_checkpoint(tmp_path / "last.safetensors")
    assert last["step"] == 7
    assert last["callbacks"] == {
        "EarlyStopping": {"best": 3.0, "n_worse": 4},
        "ModelCheckpoint": {"best": 3.0},
    }
    again = EarlyStopping("score", patience=4)
    resumed = make_trainer(again, ModelCheckpoint(tmp_path, 5, metric="score"))
    resumed.load_state_dict(last)
    assert (again.best, again.n_worse) == (3.0, 4)


def test_without_a_metric_only_the_last_is_kept(tmp_path: Path) -> None:
    make_trainer(ModelCheckpoint(tmp_path, 4)).fit()
    assert [path.name for path in tmp_path.iterdir()] == ["last.safetensors"]


def test_the_bar_shows_loss_excess_and_speed(capsys: pytest.CaptureFixture) -> None:
    trainer = make_trainer(ProgressBar(floor=0.5))
    trainer.fit()
    shown = capsys.readouterr().err
    assert "10/10" in shown
    for word in ("loss=", "excess=", "tokens/s="):
        assert word in shown
