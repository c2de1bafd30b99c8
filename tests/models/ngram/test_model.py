import math

import pytest
import torch

from llm_foundations.models.ngram.counts import NGramCounts
from llm_foundations.models.ngram.model import NGramModel
from llm_foundations.models.ngram.smoothing import AddK

TEXT = "the cat sat on the mat and the dog sat on the cat"
LETTERS = sorted(set(TEXT))
IDS = [LETTERS.index(letter) for letter in TEXT]


@pytest.fixture(name="model")
def fitted() -> NGramModel:
    return NGramModel(n=3, vocab_size=len(LETTERS)).fit([IDS])


def test_a_bigram_by_hand() -> None:
    model = NGramModel(2, vocab_size=3, smoothing=AddK(1)).fit([[0, 1, 0, 2]])
    # start 0, then 1 after 0, 0 after 1, 2 after 0; each count plus 1, over plus 3.
    p = 2 / 4 * 2 / 5 * 2 / 4 * 2 / 5
    assert model.log_probability([0, 1, 0, 2]) == pytest.approx(math.log(p))
    assert model.perplexity([[0, 1, 0, 2]]) == pytest.approx(p ** (-1 / 4))


def test_uniform_without_knowledge_has_the_perplexity_of_the_vocabulary() -> None:
    model = NGramModel(1, vocab_size=7, smoothing=AddK(1e12)).fit([[0]])
    assert model.perplexity([[1, 2, 3]]) == pytest.approx(7)


def test_all_roads_lead_to_the_same_probabilities(model: NGramModel) -> None:
    logits = model(torch.tensor([IDS, IDS]))
    assert logits.shape == (2, len(IDS), len(LETTERS))
    tokens = model.token_log_probs(IDS)
    by_step = torch.stack(
        [model.next_log_probs(IDS[:i])[IDS[i]] for i in range(len(IDS))]
    )
    torch.testing.assert_close(by_step, tokens)
    by_row = logits[0, :-1].gather(-1, torch.tensor(IDS[1:])[:, None])[:, 0]
    torch.testing.assert_close(by_row.double(), tokens[1:], rtol=1.3e-6, atol=1e-5)
    torch.testing.assert_close(logits[0], logits[1])


def test_rows_are_distributions_and_causal(model: NGramModel) -> None:
    token_ids = torch.tensor([IDS])
    logits = model(token_ids)
    torch.testing.assert_close(logits.exp().sum(-1), torch.ones(1, len(IDS)))
    token_ids[0, 9] = 0
    torch.testing.assert_close(model(token_ids)[:, :9], logits[:, :9])


def test_a_document_begins_anew(model: NGramModel) -> None:
    apart = model.log_probability(IDS[:9]) + model.log_probability(IDS[9:])
    assert apart != pytest.approx(model.log_probability(IDS))


def test_longer_contexts_fit_the_training_text_better() -> None:
    perplexities = [
        NGramModel(n, len(LETTERS)).fit([IDS]).perplexity([IDS]) for n in (1, 2, 3, 4)
    ]
    assert perplexities == sorted(perplexities, reverse=True)


def test_generation_follows_the_only_path() -> None:
    model = NGramModel(2, vocab_size=4, smoothing=AddK(0)).fit([[0, 1, 2, 3]])
    generator = torch.Generator().manual_seed(0)
    assert model.generate([], 10, generator, eos_id=3) == [0, 1, 2, 3]
    assert model.generate([1], 1, generator) == [1, 2]
    assert model.generate(torch.tensor([1, 2]), 0, generator) == [1, 2]


def test_generation_draws_from_the_distribution(model: NGramModel) -> None:
    generator = torch.Generator().manual_seed(1)
    drawn = [model.generate(IDS[:2], 1, generator)[-1] for _ in range(2000)]
    p = model.next_log_probs(IDS[:2]).exp()
    share = torch.tensor(drawn).bincount(minlength=len(p)) / 2000
    assert (share - p).abs().max() < 4 * 0.5 / 2000**0.5


def test_start_of_document_matters_to_generation_after_few_tokens() -> None:
    model = NGramModel(3, vocab_size=3, smoothing=AddK(0)).fit([[0, 1, 0, 2]])
    # "0" at the start is followed by 1; "1 0" by 2.
    assert model.next_log_probs([0]).exp().tolist() == [0, 1, 0]
    generator = torch.Generator().manual_seed(0)
    assert model.generate([], 4, generator) == [0, 1, 0, 2]


def test_models_may_share_counts() -> None:
    counts = NGramCounts([IDS], n=2, vocab_size=len(LETTERS))
    shared = NGramModel(2, len(LETTERS), AddK(1)).fit_counts(counts)
    own = NGramModel(2, len(LETTERS), AddK(1)).fit([IDS])
    assert shared.log_probability(IDS) == own.log_probability(IDS)
    with pytest.raises(ValueError, match="counts of n=2"):
        NGramModel(3, len(LETTERS)).fit_counts(counts)


def test_errors(model: NGramModel) -> None:
    with pytest.raises(RuntimeError, match="call fit first"):
        NGramModel(2, 3).log_probability([0])
    with pytest.raises(ValueError, match="n=0"):
        NGramModel(0, 3)
    with pytest.raises(ValueError, match="at least one token"):
        model.perplexity([[]])
    with pytest.raises(ValueError, match=f"id {len(LETTERS)}"):
        model.log_probability([len(LETTERS)])
