"""The table, its tied head, and ids that are not in it."""

import math

import pytest
import torch
from torch.nn import functional as F

from llm_foundations.layers.embedding import TokenEmbedding


def test_a_lookup_is_a_product_with_one_hot_rows() -> None:
    embedding, ids = TokenEmbedding(5, 3), torch.tensor([[0, 4], [2, 2]])
    expected = F.one_hot(ids, 5).float() @ embedding.weight
    torch.testing.assert_close(embedding(ids), expected)


def test_the_tied_head_scores_by_dot_products() -> None:
    embedding, x = TokenEmbedding(5, 3), torch.randn(2, 3)
    scores = embedding.unembed(x)
    assert scores.shape == (2, 5)
    torch.testing.assert_close(scores[1, 4], x[1] @ embedding.weight[4])


def test_one_weight_collects_both_gradients() -> None:
    embedding = TokenEmbedding(5, 3)
    embedding.unembed(embedding(torch.tensor([1]))).sum().backward()
    assert embedding.weight.grad is not None
    expected = embedding.weight[1].expand(5, 3).clone()  # every row was scored
    expected[1] += embedding.weight.sum(0)  # and row 1 was looked up
    torch.testing.assert_close(embedding.weight.grad, expected)


@pytest.mark.parametrize("bad", [-1, 5, 99])
def test_an_unknown_id_is_named(bad: int) -> None:
    with pytest.raises(ValueError, match=f"id {bad} is not in 0 to 4"):
        TokenEmbedding(5, 3)(torch.tensor([[0, bad, 1]]))


def test_the_first_vectors_are_small() -> None:
    torch.manual_seed(0)
    assert TokenEmbedding(1000, 64).weight.std().item() == pytest.approx(0.02, rel=0.02)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ((0, 3), "vocab_size must be at least 1, got 0"),
        ((5, -3), "d_model must be at least 1, got -3"),
        ((5, 3, math.nan), "std must be a finite number at least 0, got nan"),
        ((5, 3, -0.1), "std must be a finite number at least 0, got -0.1"),
    ],
)
def test_settings_out_of_range(settings: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TokenEmbedding(*settings)


def test_vectors_of_another_width() -> None:
    with pytest.raises(ValueError, match=r"x must have 3 features .* shape \(2, 4\)"):
        TokenEmbedding(5, 3).unembed(torch.zeros(2, 4))
