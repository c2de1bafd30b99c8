"""The share that is right, by hand; and training that finds an easy answer."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from llm_foundations.data.recall import Text
from llm_foundations.evaluation.recall import share_right, teach


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
    assert share_right(Constant(), echo, n_tokens=10) == pytest.approx(1 / 4)


def test_teaching_teaches() -> None:
    torch.manual_seed(0)
    model = nn.Embedding(3, 3)
    first = teach(model, echo, n_steps=1)
    assert teach(model, echo, n_steps=300, n_tokens=9) < 0.1 < first
    assert share_right(model, echo, n_tokens=30) == 1
