"""The model in the repository is what its card says, and loads in both libraries."""

import json
from functools import cache
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from llm_foundations.cli import report
from llm_foundations.cli.model_folder import load_model
from llm_foundations.cli.run_config import RunConfig
from llm_foundations.cli.story_data import END
from llm_foundations.cli.story_run import N_DOCUMENTS, StoryRun
from llm_foundations.data.stories.language import Language
from llm_foundations.evaluation.loss import grammatical_prefix, grammatical_rate
from llm_foundations.evaluation.skills import SKILLS, Probe, probes, skill_rates
from llm_foundations.experiments.storyteller import head_roles
from scripts.tools import storyteller
from scripts.tools.figures import difference
from scripts.tools.storyteller import (
    CARD,
    CONFIG,
    FOLDER,
    N_PROBES,
    N_SAMPLES,
    RECORD,
)

RESULTS = json.loads((RECORD / "results.json").read_text())
LAST = RESULTS["looks"][-1]
PAGE = CARD.read_text(encoding="utf-8")
MODEL, TOKENIZER = load_model(FOLDER)
LANGUAGE = Language("small")


@cache
def all_probes() -> dict[str, list[Probe]]:
    return probes(LANGUAGE, N_PROBES)


def test_the_file_is_small_and_its_numbers_are_half_as_long() -> None:
    path = FOLDER / "model.safetensors"
    assert path.stat().st_size < 2_000_000
    assert {w.dtype for w in load_file(path).values()} == {torch.float16}
    assert all(torch.equal(w, w.half().float()) for w in MODEL.parameters())
    assert RESULTS["parameters"] == sum(w.numel() for w in MODEL.parameters())


def test_transformers_computes_the_same() -> None:
    theirs = AutoModelForCausalLM.from_pretrained(FOLDER, dtype=torch.float32)
    ids = torch.tensor([TOKENIZER.encode("Once there was a fox. Where was she?")])
    with torch.no_grad():
        torch.testing.assert_close(MODEL(ids), theirs(ids).logits)


def test_it_is_as_near_to_the_floor_as_the_card_says() -> None:
    n = 40
    result = report.measure(MODEL, TOKENIZER, LANGUAGE, n)
    spread = 4 * LAST["standard_error"] * (N_DOCUMENTS / n) ** 0.5
    assert result.divergence == pytest.approx(LAST["divergence"], abs=spread)
    assert 3 * LAST["excess"] < RESULTS["five_gram_excess"]
    assert LAST["loss"] - LAST["excess"] == pytest.approx(LAST["floor"], abs=2e-4)


def test_it_writes_stories_as_often_as_the_card_says() -> None:
    texts = report.write_samples(MODEL, TOKENIZER, [""] * N_SAMPLES)
    rate = grammatical_rate(texts, LANGUAGE.log_probability)
    # The seed is the card's, but rounding differs between processors.
    assert rate == pytest.approx(LAST["legal"], abs=0.06)
    prefix = grammatical_prefix(texts, LANGUAGE)
    assert prefix == pytest.approx(RESULTS["grammatical_prefix"], abs=0.04)


def test_its_skills_are_those_of_the_last_row() -> None:
    n = 25
    start = TOKENIZER.special_tokens[END]
    few = {skill: asked[:n] for skill, asked in all_probes().items()}
    rates = skill_rates(MODEL, TOKENIZER, start, few)
    for skill in SKILLS:
        spread = 4 * (LAST[skill] * (1 - LAST[skill]) / n) ** 0.5 + 0.01
        assert rates[skill] == pytest.approx(LAST[skill], abs=spread), skill


def test_what_the_card_says_in_words() -> None:
    assert LAST["excess"] < 0.010
    assert LAST["legal"] == pytest.approx(3 / 5, abs=0.02)
    assert LAST["answers"] == pytest.approx(12 / 13, abs=0.01)
    looks = RESULTS["looks"]
    songs = {round(seen["n_tokens"] / 1e6, 2): seen["songs"] for seen in looks}
    assert (songs[0.64], songs[1.27]) == (0, 1)
    assert len(looks) == 10


def test_its_heads_do_what_the_card_says() -> None:
    texts = list(LANGUAGE.documents("validation", 40))
    rows = head_roles(MODEL, TOKENIZER, texts)
    best = max((r for r in rows if r.role == "answer: whom"), key=lambda r: r.weight)
    assert (best.layer, best.head) == (3, 3)
    assert best.weight > 0.98
    others = [r for r in rows if (r.layer, r.head, r.role) == (3, 0, "answer: whom")]
    assert others[0].weight > 0.85
    assert others[0].cost < 0.1 < best.cost


def test_the_card_and_the_picture_are_made_of_the_results() -> None:
    assert RunConfig.load(RECORD) == CONFIG
    assert storyteller.card(PAGE, RESULTS, CONFIG) == PAGE
    assert f"| loss | {LAST['loss']:.3f} nats per token |" in PAGE
    drawn = storyteller.figure(RESULTS)
    assert difference((RECORD / "skills.svg").read_text(), drawn) == ""


@pytest.fixture
def tiny_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StoryRun:
    """A run of two steps, whose files go to a folder of their own."""
    for name in ("FOLDER", "RECORD", "CARD"):
        monkeypatch.setattr(storyteller, name, tmp_path / name.lower())
    sizes = {"N_DOCUMENTS": 4, "N_SAMPLES": 1, "N_PROBES": 2, "N_TRACED": 2}
    for name, n in sizes.items():
        monkeypatch.setattr(storyteller, name, n)
    monkeypatch.setattr(storyteller, "LOOKS", (1,))
    sizes = {"d_model": 16, "n_layers": 1, "n_heads": 2, "d_ff": 32}
    lengths = {"n_steps": 3, "batch_size": 2, "context_length": 512}
    config = RunConfig("tiny", vocab_size=300, checkpoint_every=1, **sizes, **lengths)
    return StoryRun(config, tmp_path / "run")


def test_a_run_that_is_killed_goes_on_and_writes_everything(
    tiny_run: StoryRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(self, trainer, metrics) -> None:
        if trainer.step == 3:
            raise KeyboardInterrupt
        look(self, trainer, metrics)

    look = storyteller.Looks.__call__
    monkeypatch.setattr(storyteller.Looks, "__call__", killed)
    with pytest.raises(KeyboardInterrupt):
        storyteller.train(tiny_run)
    monkeypatch.setattr(storyteller.Looks, "__call__", look)
    run = StoryRun(tiny_run.config, tiny_run.folder)
    log = storyteller.train(run)
    assert [line["step"] for line in log] == [1, 2, 3]
    storyteller.CARD.write_text(CARD.read_text())
    storyteller.write(run, log)
    results = json.loads((storyteller.RECORD / "results.json").read_text())
    assert [seen["n_tokens"] for seen in results["looks"]] == [
        log[0]["n_tokens"],
        log[2]["n_tokens"],
    ]
    assert "| architecture | Llama: 1 layers of 2 heads" in storyteller.CARD.read_text()
    load_model(storyteller.FOLDER)
