import math

import pytest

from llm_foundations.data.corpus.repetition import (
    duplicate_characters,
    duplicate_ngrams,
    duplicate_pieces,
    lines,
    paragraphs,
    top_ngram,
)


def test_lines_and_paragraphs() -> None:
    text = "a\nbb\n\n\n a \n\nccc"
    assert lines(text) == ["a", "bb", "a", "ccc"]
    assert paragraphs(text) == ["a\nbb", "a", "ccc"]
    assert duplicate_pieces(text, lines) == 0.25
    assert duplicate_characters(text, lines) == pytest.approx(1 / 7)
    assert duplicate_pieces(text, paragraphs) == 0


def test_the_longest_of_the_commonest_counts() -> None:
    # "a b" and "cc dd" stand twice each; 8 of 16 characters are in "cc dd".
    assert top_ngram("a b x cc dd yyy a b cc dd", n=2) == pytest.approx(8 / 16)


def test_no_character_counts_twice() -> None:
    assert top_ngram("very very very very", n=2) == 1
    assert duplicate_ngrams("a a a a a a", n=2) == pytest.approx(5 / 6)


def test_the_first_occurrence_is_no_duplicate() -> None:
    assert duplicate_ngrams("a b c d e a b c", n=3) == pytest.approx(3 / 8)
    assert duplicate_ngrams("a b c d e", n=3) == 0


@pytest.mark.parametrize("text", ["", "  ", "one"])
def test_too_little_text_repeats_nothing(text: str) -> None:
    assert top_ngram(text, 2) == duplicate_ngrams(text, 5) == 0
    assert duplicate_pieces(text, lines) == duplicate_characters(text, lines) == 0


@pytest.mark.parametrize("n", [0, -1, math.nan])
def test_an_ngram_has_at_least_one_word(n: int) -> None:
    for measure in (top_ngram, duplicate_ngrams):
        with pytest.raises(ValueError, match=f"n must be .* got {n}"):
            measure("to be", n)


ENDS = ["\n", "\r\n", "\r", "\u2028", "\x85", "\f", "\v"]


@pytest.mark.parametrize("end", ENDS)
def test_every_line_end_counts(end: str) -> None:
    text = f"one{end}two{end}{end}three{end} \t{end}four"
    assert lines(text) == ["one", "two", "three", "four"]
    assert paragraphs(text) == ["one\ntwo", "three", "four"]
    copies = end.join(["same words", "", "same words", "", "another", "", "third"])
    assert duplicate_pieces(copies, split=paragraphs) == 0.25
    assert duplicate_pieces(copies, split=lines) == 0.25


def test_a_paragraph_separator_needs_no_empty_line() -> None:
    assert paragraphs("one\u2029two") == ["one", "two"]


def test_line_ends_do_not_tell_copies_apart() -> None:
    assert duplicate_pieces("a\r\nb\r\n\r\na\nb", split=paragraphs) == 0.5
