import random
from collections import Counter

import pytest

from llm_foundations.data.stories.partition import drawn, random_source, split_of


def number(source: random.Random) -> str:
    return str(source.getrandbits(40))


def numbers(split, n, seed=0) -> list[str]:  # type: ignore[no-untyped-def]
    return list(drawn(number, str, split, n, seed))


def test_shares_of_the_splits() -> None:
    counts = Counter(split_of(str(i)) for i in range(8000))
    assert abs(counts["train"] - 6000) < 200
    assert abs(counts["validation"] - 1000) < 120
    assert abs(counts["test"] - 1000) < 120


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_items_are_of_their_split_whatever_the_seed(split: str) -> None:
    drawn_twice = numbers(split, 20) + numbers(split, 20, seed=1)
    assert {split_of(text) for text in drawn_twice} == {split}
    assert len(set(drawn_twice)) == 40


def test_the_same_seed_gives_the_same_items() -> None:
    assert numbers("train", 5) == numbers("train", 9)[:5]
    assert random_source("a", 1).random() == random_source("a", 1).random()
    assert random_source("a", 1).random() != random_source("a", 2).random()


def test_none_is_without_end() -> None:
    items = drawn(number, str, "train", None, 0)
    assert [next(items) for _ in range(3)] == numbers("train", 3)


def test_mistakes_are_named() -> None:
    with pytest.raises(ValueError, match=r"split must be one of .* got 'dev'"):
        numbers("dev", 1)
    with pytest.raises(ValueError, match="n must be at least 0, got -1"):
        numbers("train", -1)
    assert numbers("train", 0) == []
