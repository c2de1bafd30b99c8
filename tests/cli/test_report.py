"""The report says what was measured, and its figure shows the floor."""

from pathlib import Path

import torch

from llm_foundations.cli import report
from llm_foundations.cli.model_folder import load_model
from llm_foundations.cli.story_data import encode, train_tokenizer
from llm_foundations.data.stories.language import Language
from llm_foundations.evaluation.loss import Excess

RESULT = Excess(0.5, 0.4, 0.1, 12.0, 0.5)


def test_lines_stand_below_each_other() -> None:
    assert report.lines(RESULT, {"perplexity": "2"}).splitlines() == [
        "loss        0.500 nats per token",
        "floor       0.400 nats per token: no model can do better",
        "excess      0.100 nats per token, 12.0 ± 0.5 per document",
        "perplexity  2",
    ]


def test_a_uniform_model_is_measured_by_hand(trained: Path) -> None:
    model, tokenizer = load_model(trained)
    with torch.no_grad():
        model.lm_head.weight.zero_()
    result = report.measure(model, tokenizer, Language("tiny"), 10)
    assert abs(result.loss - torch.tensor(float(tokenizer.vocab_size)).log()) < 1e-4


def test_counting_more_leaves_less() -> None:
    language = Language("tiny")
    tokenizer = train_tokenizer(language, 300)
    training = [encode(tokenizer, text) for text in language.documents("train", 500)]
    few, many = (
        report.five_gram_excess(tokenizer, language, documents, 30)
        for documents in (training[:20], training)
    )
    assert 0 < many < few


def test_samples_end_where_they_are_told_to(trained: Path) -> None:
    model, tokenizer = load_model(trained)
    texts = report.write_samples(model, tokenizer, ["A", "B"], max_new_tokens=3)
    assert [text[0] for text in texts] == ["A", "B"]
    assert all(len(tokenizer.encode_ordinary(text)) <= 4 + 3 for text in texts)


def test_the_figure_is_an_svg_with_its_labels(trained: Path, tmp_path: Path) -> None:
    path = tmp_path / "loss.svg"
    report.draw_loss(trained / "metrics.jsonl", RESULT, path)
    text = path.read_text()
    for label in ("floor", "training loss", "new documents", "million tokens"):
        assert label in text
