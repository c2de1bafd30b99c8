import math

import pytest
from hypothesis import given, settings, strategies as st

from llm_foundations.tokenizers.unigram.lattice import expected_counts, viterbi_segment

PIECES = {"a": -1.5, "b": -2.0, "c": -2.5, "ab": -2.2, "bc": -4.0, "abc": -5.0}
WORDS = st.text("abc", min_size=1, max_size=7)


def every_cut(word: str) -> list[list[str]]:
    if not word:
        return [[]]
    return [
        [word[:end], *rest]
        for end in range(1, len(word) + 1)
        if word[:end] in PIECES
        for rest in every_cut(word[end:])
    ]


def score(cut: list[str]) -> float:
    return sum(PIECES[piece] for piece in cut)


@settings(deadline=None)
@given(WORDS)
def test_no_other_cut_is_better(word: str) -> None:
    found = viterbi_segment(word, PIECES, longest=3, unknown=-99.0)
    assert "".join(found) == word
    assert score(found) == pytest.approx(max(map(score, every_cut(word))))


@settings(deadline=None)
@given(WORDS)
def test_every_cut_is_weighed_by_its_probability(word: str) -> None:
    cuts = every_cut(word)
    total = sum(math.exp(score(cut)) for cut in cuts)
    found = expected_counts(word, PIECES, longest=3)
    assert found.log_probability == pytest.approx(math.log(total))
    for piece in PIECES:
        expected = sum(cut.count(piece) * math.exp(score(cut)) for cut in cuts) / total
        counted = sum(share for p, share in found.counts if p == piece)
        assert counted == pytest.approx(expected)


def test_equal_ways_end_in_the_longest_piece() -> None:
    pieces = {"a": -1.0, "aa": -2.0}
    assert viterbi_segment("aaa", pieces, longest=2, unknown=-9.0) == ["a", "aa"]


def test_an_unknown_character_is_a_piece_of_its_own() -> None:
    assert viterbi_segment("a?b", PIECES, longest=3, unknown=-20.0) == ["a", "?", "b"]


def test_a_long_word_does_not_underflow() -> None:
    found = expected_counts("a" * 2000, {"a": -10.0}, longest=1)
    assert found.log_probability == pytest.approx(-20_000.0)
