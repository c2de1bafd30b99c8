"""The share that is right, by hand; and training that finds an easy answer."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from llm_foundations.experiments.positions import Text, recall_accuracy, teach


def echo(n_rows: int, n_tokens: int) -> Text:
    """The answer is the token itself; the last position is not asked."""
    token_ids = torch.arange(n_tokens).remainder(3).expand(n_rows, n_tokens)
    return (
        token_ids,
        token_ids,
        (torch.arange(n_tokens) < n_tokens - 1).expand(n_rows, n_tokens),
    )


class Constant(nn.Module):
    """Always answers 1."""

    def forward(self, token_ids: Tensor) -> Tensor:
        return F.one_hot(torch.ones_like(token_ids), 3).float()


def test_what_is_asked_in_the_second_half_counts() -> None:
    # Tokens 0 1 2 0 1 2 0 1 2 0: of places 5 to 8, with 2 0 1 2, one is 1.
    assert recall_accuracy(Constant(), echo, n_tokens=10) == pytest.approx(1 / 4)


def test_as_many_tokens_are_read_at_every_length() -> None:
    drawn = []

    def task(n_rows: int, n_tokens: int) -> Text:
        drawn.append(n_rows * n_tokens)
        return echo(n_rows, n_tokens)

    for n_tokens in (32, 256, 10_000):
        recall_accuracy(Constant(), task, n_tokens)
    assert drawn == [4096, 4096, 10_000]


def test_teaching_teaches() -> None:
    torch.manual_seed(0)
    model = nn.Embedding(3, 3)
    teach(model, echo, n_steps=300, n_tokens=9)
    assert recall_accuracy(model, echo, n_tokens=30) == 1
    loss = F.cross_entropy(model.weight, torch.arange(3))
    assert loss < 0.1  # random weights have more than 1


def test_what_is_not_asked_teaches_nothing() -> None:
    def never_two(n_rows: int, n_tokens: int) -> Text:
        token_ids, answers, asked = echo(n_rows, n_tokens)
        return token_ids, answers, asked & (token_ids < 2)

    model = nn.Embedding(3, 3)
    before = model.weight.detach().clone()
    teach(model, never_two, n_steps=5)
    changed = (model.weight != before).any(dim=1)
    assert changed.tolist() == [True, True, False]
