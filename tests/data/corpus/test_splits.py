import math
from collections import Counter

import pytest

from llm_foundations.data.corpus.splits import split_of

HALVES = {"train": 0.5, "test": 0.5}
FIRST_SIX = ["train", "train", "train", "train", "test", "train"]
TEXTS = [f"Document number {i}." for i in range(4000)]


def test_shares_are_kept() -> None:
    counts = Counter(split_of(t, {"a": 0.7, "b": 0.2, "c": 0.1}) for t in TEXTS)
    for split, share in {"a": 0.7, "b": 0.2, "c": 0.1}.items():
        error = (share * (1 - share) / len(TEXTS)) ** 0.5
        assert abs(counts[split] / len(TEXTS) - share) < 4 * error


def test_a_split_is_the_same_everywhere_and_for_copies() -> None:
    assert [split_of(t, HALVES) for t in TEXTS[:6]] == FIRST_SIX
    assert all(split_of(t, HALVES) == split_of(t.upper() + " ", HALVES) for t in TEXTS)


def test_another_seed_gives_other_splits() -> None:
    moved = sum(split_of(t, HALVES) != split_of(t, HALVES, seed=1) for t in TEXTS)
    assert 0.45 < moved / len(TEXTS) < 0.55


@pytest.mark.parametrize("shares", [{}, {"a": 0.5}, {"a": 1.0, "b": 0.5}])
def test_shares_must_add_up(shares: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="add up to 1"):
        split_of("text", shares)


@pytest.mark.parametrize("share", [-0.5, 1.5, math.nan, math.inf, "0.5"])
def test_a_share_is_a_number_in_0_to_1(share: float) -> None:
    with pytest.raises(ValueError, match=f"the share of 'b' must be .* got {share!r}"):
        split_of("text", {"a": 0.5, "b": share})
