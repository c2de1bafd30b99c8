"""Surprisal by hand, independent of batching, and beside the true one."""

import math

import pytest
import torch
from torch import nn

from llm_foundations.data.stories.language import Language
from llm_foundations.evaluation.loss import (
    document_nll,
    excess,
    grammatical_prefix,
    grammatical_rate,
    perplexity,
)


class Bigrams(nn.Module):
    """Logits that depend on the last token alone, and on dropout."""

    def __init__(self, logits: torch.Tensor) -> None:
        super().__init__()
        self.table = nn.Embedding.from_pretrained(logits)
        self.dropout = nn.Dropout(0.5)

    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        return self.dropout(self.table(token_ids))


def test_nats_by_hand() -> None:
    # After 0: tokens 0, 1 with 1/4, 3/4. After 1: 1/2 each.
    model = Bigrams(torch.tensor([[0.25, 0.75], [0.5, 0.5]]).log())
    nats = document_nll(model, [[0, 1, 1], [0, 0]])
    wanted = torch.tensor([math.log(4 / 3) + math.log(2), math.log(4)])
    torch.testing.assert_close(nats, wanted)
    assert perplexity(model, [[0, 1, 1], [0, 0]]) == pytest.approx((32 / 3) ** (1 / 3))
    assert model.training


def test_batches_and_order_do_not_matter() -> None:
    torch.manual_seed(0)
    model = Bigrams(torch.randn(9, 9))
    documents = [torch.randint(9, (n,)).tolist() for n in (5, 2, 17, 9, 3, 12, 2)]
    alone = torch.stack([document_nll(model, [d])[0] for d in documents])
    for batch_size in (1, 2, 100):
        torch.testing.assert_close(document_nll(model, documents, batch_size), alone)


def test_a_uniform_guess_is_perplexed_by_all_tokens() -> None:
    model = Bigrams(torch.zeros(50, 50))
    assert perplexity(model, [[0, 7, 3], [1, 2]]) == pytest.approx(50)


def test_the_truth_has_no_excess_on_average() -> None:
    # Documents drawn from the model itself: its surprisal is the true one, and a
    # worse model's difference is its divergence, here log 2 - H(0.8) per token.
    torch.manual_seed(0)
    draws = (torch.rand(4000, 5) < 0.8).long()
    documents = [[0, *row] for row in draws.tolist()]
    true = Bigrams(torch.tensor([[0.2, 0.8]]).log().expand(2, 2).clone())
    guess = Bigrams(torch.zeros(2, 2))
    nats = [document_nll(model, documents).tolist() for model in (guess, true)]
    result = excess(*nats, n_tokens=5 * len(documents))
    entropy = -(0.2 * math.log(0.2) + 0.8 * math.log(0.8))
    assert (
        abs(result.divergence - 5 * (math.log(2) - entropy)) < 4 * result.standard_error
    )
    assert result.loss == pytest.approx(math.log(2))
    assert result.excess == pytest.approx(result.loss - result.floor)
    assert result.divergence == pytest.approx(5 * result.excess)
    assert excess(nats[1], nats[1], 10).excess == 0.0


def test_legal_prefix_is_the_mean_fraction_before_the_first_error() -> None:
    language = Language("tiny")
    (story,) = language.documents("train", 1)
    assert grammatical_prefix([story], language) == 1.0
    assert grammatical_prefix([story, "x" + story], language) == 0.5
    broken = story[:60] + "#" * 40
    assert grammatical_prefix([broken], language) == pytest.approx(0.6)
    assert grammatical_prefix([""], language) == 0.0
    with pytest.raises(ValueError, match="at least one text"):
        grammatical_prefix([], language)


def test_legal_rate() -> None:
    assert grammatical_rate(["1", "x", "2", "3"], int) == 0.75
    with pytest.raises(ValueError, match="at least one text"):
        grammatical_rate([], int)
    with pytest.raises(ZeroDivisionError):  # what is no verdict is not swallowed
        grammatical_rate(["1"], lambda text: 1 / 0)


@pytest.mark.parametrize("documents", [[], [[1]], [[1, 2], []]])
def test_documents_that_say_nothing(documents: list[list[int]]) -> None:
    with pytest.raises(ValueError, match="each of at least two tokens"):
        document_nll(Bigrams(torch.zeros(3, 3)), documents)


@pytest.mark.parametrize(("model", "true"), [([1.0], [1.0]), ([1.0, 2.0], [1.0])])
def test_excess_needs_pairs(model: list[float], true: list[float]) -> None:
    with pytest.raises(ValueError, match=f"got {len(model)} and {len(true)}"):
        excess(model, true, 1)


def test_numbers_that_measure_nothing() -> None:
    with pytest.raises(ValueError, match="batch_size must be at least 1, got -1"):
        document_nll(nn.Linear(2, 2), [[1, 2]], batch_size=-1)
    with pytest.raises(ValueError, match="n_tokens must be at least 1, got 0"):
        excess([1.0, 2.0], [1.0, 1.0], n_tokens=0)


def test_the_standard_error_by_hand() -> None:
    # The differences are 1, 2, 3 and 6: mean 3, squared deviations 4 + 1 + 0 + 9.
    result = excess([11.0, 12.0, 13.0, 16.0], [10.0] * 4, n_tokens=20)
    assert result.divergence == pytest.approx(3.0)
    assert result.standard_error == pytest.approx(math.sqrt(14 / 3 / 4))
