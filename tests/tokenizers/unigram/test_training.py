import math
from collections import Counter
from itertools import pairwise

import pytest

from llm_foundations.tokenizers.unigram.training import (
    em_step,
    learn_unigram,
    prune,
    seed_pieces,
)

COUNTS = {"▁hug": 10, "▁hugs": 5, "▁pug": 5, "▁pun": 12, "▁bun": 4}


def test_seeds_are_the_characters_and_what_covers_most_text() -> None:
    # "ab" covers 2 letters 6 times, "abab" 4 letters 3 times: the alphabet decides.
    scores = seed_pieces({"abab": 3}, 3)
    assert set(scores) == {"a", "b", "ab"}
    assert sum(map(math.exp, scores.values())) == pytest.approx(1.0)


def test_one_step_by_hand() -> None:
    half = math.log(1 / 2)
    scores, log_likelihood = em_step({"ab": 3}, {"a": half, "b": half, "ab": half})
    assert log_likelihood == pytest.approx(3 * math.log(3 / 4))
    assert scores == pytest.approx(
        {"a": math.log(1 / 4), "b": math.log(1 / 4), "ab": math.log(1 / 2)}
    )


def test_no_step_makes_the_text_less_likely() -> None:
    scores = seed_pieces(COUNTS, 40)
    found = []
    for _ in range(12):
        scores, log_likelihood = em_step(COUNTS, scores)
        found.append(log_likelihood)
    assert all(after > before - 1e-3 for before, after in pairwise(found))
    assert found[-1] > found[0] + 1


def test_the_piece_that_is_missed_least_goes() -> None:
    scores = {"a": -1.0, "b": -1.0, "ab": -1.1, "ba": -1.9, "bab": -9.0}
    assert set(prune(scores, 4)) == {"a", "b", "ab", "ba"}
    assert set(prune(scores, 3)) == {"a", "b", "ab"}
    assert set(prune(scores, 0)) == {"a", "b"}


def test_learning_reaches_the_size_and_keeps_the_characters() -> None:
    scores = learn_unigram(COUNTS, 14)
    assert len(scores) == 14
    assert set("▁hugspbn") <= set(scores)
    assert "▁pun" in scores
    assert sum(map(math.exp, scores.values())) == pytest.approx(1.0)
    assert list(scores.values()) == sorted(scores.values(), reverse=True)
    assert set(learn_unigram(COUNTS, 2)) == set("▁hugspbn")
    assert learn_unigram({}, 5) == {}


def test_a_bigger_vocabulary_makes_the_text_more_likely(prose: str) -> None:
    counts = Counter(f"▁{word}" for word in prose.split()[:500])
    small, large = (learn_unigram(counts, n) for n in (150, 250))
    assert em_step(counts, large)[1] > em_step(counts, small)[1]
