import random
from collections import Counter

import numpy as np
import pytest
import torch

from llm_foundations.models.ngram.counts import NGramCounts

CHANCE = random.Random(5)
DOCUMENTS = [
    [CHANCE.randrange(4) for _ in range(CHANCE.randint(0, 9))] for _ in range(30)
]
START = 4


def plain_counts(k: int) -> Counter[tuple[int, ...]]:
    """Count in a dictionary all runs of `k` that end in a token."""
    padded = [[START] * 2 + document for document in DOCUMENTS]
    return Counter(
        tuple(d[i - k + 1 : i + 1]) for d in padded for i in range(2, len(d))
    )


@pytest.mark.parametrize("k", [1, 2, 3])
def test_counts_are_those_of_a_dictionary(k: int) -> None:
    counts = NGramCounts(DOCUMENTS, n=3, vocab_size=4)
    plain, level = plain_counts(k), counts.levels[k - 1]
    assert level.counts.sum() == sum(plain.values())
    assert len(level.counts) == len(plain)
    for gram, count in plain.items():
        padded = (START,) * (3 - k) + gram
        found = counts.find(np.array([padded[:-1]]), np.array([padded[-1:]]))[k - 1]
        assert level.counts[found.gram[0, 0]] == count
        if k < 3:
            left = {other for other in plain_counts(k + 1) if other[1:] == gram}
            assert level.continuations[found.gram[0, 0]] == len(left)


def test_what_never_occurred_is_not_found() -> None:
    counts = NGramCounts([[0, 1], [1, 2]], n=3, vocab_size=4)
    none, one, two = counts.find(np.array([[3, 1]]), np.array([[2, 3]]))
    assert none.gram[0].tolist() == [2, -1]  # 2 occurred, 3 did not
    assert one.context[0, 0] >= 0
    assert one.gram[0, 0] >= 0
    assert one.gram[0, 1] == -1
    assert (two.context[0, 0], *two.gram[0]) == (-1, -1, -1)


def test_tensors_and_lists_count_alike() -> None:
    lists = NGramCounts([[0, 1, 1]], n=2, vocab_size=2)
    tensors = NGramCounts([torch.tensor([0, 1, 1])], n=2, vocab_size=2)
    for a, b in zip(lists.levels[1], tensors.levels[1], strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_shortened_counts_are_those_of_shorter_n_grams(n: int) -> None:
    long = NGramCounts(DOCUMENTS, n=3, vocab_size=4)
    counted, shortened = NGramCounts(DOCUMENTS, n, vocab_size=4), long.shortened(n)
    assert (shortened.n, shortened.vocab_size) == (n, 4)
    for a, b in zip(counted.levels, shortened.levels, strict=True):
        for ours, theirs in zip(a, b, strict=True):
            np.testing.assert_array_equal(ours, theirs)
    assert (long.n, len(long.levels)) == (3, 3)


@pytest.mark.parametrize("n", [0, 4])
def test_counts_are_shortened_to_a_length_that_was_counted(n: int) -> None:
    with pytest.raises(ValueError, match=f"n must be from 1 to 3, got {n}"):
        NGramCounts(DOCUMENTS, n=3, vocab_size=4).shortened(n)


@pytest.mark.parametrize(
    ("documents", "n", "message"),
    [
        ([], 2, "no token"),
        ([[]], 2, "no token"),
        ([[0, 4]], 2, "from 0 to 3: id 4"),
        ([[-1]], 2, "id -1"),
        ([[[0]]], 2, r"shape \(1, 1\)"),
        ([[0]], 0, "n=0"),
    ],
)
def test_errors(documents, n: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        NGramCounts(documents, n=n, vocab_size=4)
