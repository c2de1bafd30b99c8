"""A short run on stories learns, is repeatable, and stays above the floor."""

import math

import pytest
import torch
from torch import nn

from llm_foundations.evaluation.loss import document_nll
from llm_foundations.experiments.stories import END, Stories


class Bigrams(nn.Module):
    def __init__(self, vocab_size: int) -> None:
        super().__init__()
        self.table = nn.Embedding(vocab_size, vocab_size)
        nn.init.zeros_(self.table.weight)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.table(ids)


def test_a_story_begins_with_the_end_of_another() -> None:
    stories = Stories(n_train=20, n_held_out=2)
    end = stories.tokenizer.special_tokens[END]
    assert stories.encode("") == [end]
    assert stories.encode("There once")[0] == end
    assert len(stories.encode("There once")) == 3


def test_the_loss_before_training_is_that_of_a_uniform_guess() -> None:
    stories = Stories(n_train=20, n_held_out=5)
    loss = stories.loss(Bigrams(stories.vocab_size))
    assert loss == pytest.approx(math.log(stories.vocab_size))


def test_training_learns_the_same_twice_and_the_floor_is_below() -> None:
    losses = []
    for _ in range(2):
        stories = Stories(n_train=30, n_held_out=5)
        model = Bigrams(stories.vocab_size)
        stories.train(model, n_steps=60, batch_size=2, length=40)
        losses.append(stories.loss(model))
    assert losses[0] == losses[1] < math.log(stories.vocab_size)
    assert 0 < stories.floor() < losses[0]


def test_training_returns_the_loss_before_each_step() -> None:
    stories = Stories(n_train=30, n_held_out=2)
    model = Bigrams(stories.vocab_size)
    losses = stories.train(model, n_steps=20, batch_size=2, length=40)
    assert len(losses) == 20
    assert losses[0] == pytest.approx(math.log(stories.vocab_size))
    assert losses[-1] < losses[0]


def test_loss_and_floor_count_the_same_words() -> None:
    stories = Stories(n_train=20, n_held_out=2)
    model = Bigrams(stories.vocab_size)
    texts = list(stories.language.documents("validation", 2))
    end = stories.tokenizer.special_tokens[END]
    documents = [[*stories.encode(text), end] for text in texts]
    n_words = sum(map(len, documents)) - 2
    expected = document_nll(model, documents).sum().item() / n_words
    assert stories.loss(model) == pytest.approx(expected)
    nats = -sum(map(stories.language.log_probability, texts))
    assert stories.floor() == pytest.approx(nats / n_words)


def test_the_optimizer_and_its_rate_are_the_callers() -> None:
    stories = Stories(n_train=20, n_held_out=2)
    changes = []
    for rate in (0.5, 0.25):
        model = Bigrams(stories.vocab_size)
        stories.train(model, 1, optimizer="sgd", learning_rate=rate)
        changes.append(model.table.weight.detach())
    assert changes[0].any()
    torch.testing.assert_close(changes[0], 2 * changes[1])
