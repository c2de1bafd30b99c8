"""The model of a run is what its settings say, and its first step is not its last."""

from pathlib import Path

import torch

from llm_foundations.cli.run_config import RunConfig
from llm_foundations.cli.story_run import StoryRun, legal_line
from llm_foundations.data.stories.language import Language
from llm_foundations.tokenizers.bpe.tokenizer import BPETokenizer
from llm_foundations.training.callbacks import read_metrics


def test_the_seed_decides_the_first_weights(tmp_path: Path) -> None:
    sizes = {"d_model": 16, "n_heads": 2, "d_ff": 32}
    settings = {"size": "tiny", "vocab_size": 300, **sizes}
    runs = [StoryRun(RunConfig(**settings, seed=seed), tmp_path) for seed in (1, 1, 2)]
    weights = [run.model.blocks[0].attention.q_proj.weight for run in runs]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
    assert runs[0].train_config.n_steps == 1700
    assert not list(tmp_path.iterdir())


def test_the_log_holds_losses_and_the_measured_excess(trained: Path) -> None:
    log = read_metrics(trained / "metrics.jsonl")
    assert [line["step"] for line in log] == [1, 2, 3, 4, 5, 6]
    assert all("excess" in line for line in log)
    assert log[-1]["loss"] < log[0]["loss"]


def test_legal_samples_are_counted(monkeypatch) -> None:
    story = next(Language("tiny").documents("train"))
    samples = iter([[story, "No story.", story, story]])
    monkeypatch.setattr(
        "llm_foundations.cli.report.write_samples", lambda *_: next(samples)
    )
    tokenizer = BPETokenizer.train([], 257)
    line = legal_line(None, tokenizer, Language("tiny"), 4)
    assert line == "75% of 4 samples are stories from end to end"
