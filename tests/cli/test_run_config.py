"""Settings come from defaults, a file and single arguments, in this order."""

from pathlib import Path

import pytest

from llm_foundations.cli.run_config import RunConfig


def test_the_later_source_wins(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text("seed = 3\nn_steps = 7\n")
    config = RunConfig.read(path, n_steps=9, precision=None)
    assert (config.seed, config.n_steps, config.precision) == (3, 9, "float32")
    assert RunConfig.read(None) == RunConfig()


def test_saved_and_loaded(tmp_path: Path) -> None:
    config = RunConfig(size="tiny", learning_rate=0.5)
    config.save(tmp_path)
    assert RunConfig.load(tmp_path) == config


def test_a_saved_file_with_an_unknown_setting(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"colour": "red"}')
    with pytest.raises(ValueError, match=r"run\.json: no setting 'colour'"):
        RunConfig.load(tmp_path)


def test_a_seed_may_be_zero_and_a_size_may_not() -> None:
    assert RunConfig(seed=0).seed == 0
    with pytest.raises(ValueError, match="d_model must be at least 1, got 0"):
        RunConfig(d_model=0)
