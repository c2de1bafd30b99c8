"""Sentence pairs as rows of ids."""

import pytest

from llm_foundations.data.translation import sentences as translation
from llm_foundations.data.translation.parallel import END, PAD, START, ParallelText

SENTENCES = ("The cat chased the mouse.", "The owl slept.")


def text() -> ParallelText:
    return ParallelText(translation.read(sentence) for sentence in SENTENCES)


def test_a_row_is_source_then_framed_target() -> None:
    words = text().tokenizer.vocabulary.tokens_of
    first, second = text().rows.tolist()
    n = text().n_source
    assert words(first[:n]) == ["The", "cat", "chased", "the", "mouse", "."]
    assert words(first[n:]) == (
        ["<start>", "Le", "chat", "a", "poursuivi", "la", "souris", ".", "<end>"]
    )
    assert words(second[:n]) == ["The", "owl", "slept", ".", "<pad>", "<pad>"]
    assert words(second[n:])[-3:] == ["<end>", "<pad>", "<pad>"]


def test_the_special_tokens_come_first() -> None:
    assert (PAD, START, END) == (0, 1, 2)
    tokens = text().tokenizer.vocabulary.tokens
    assert tokens[:4] == ["<pad>", "<start>", "<end>", "<unk>"]
    assert text().vocab_size == len(tokens) == len(set(tokens))


def test_sentences_are_encoded_alike_and_filled() -> None:
    rows = text().encode(SENTENCES)
    assert rows.tolist() == text().rows[:, : text().n_source].tolist()


def test_an_unknown_word_is_named_so() -> None:
    ids = text().encode(["The cat sneezed."])[0].tolist()
    assert text().decode(ids) == "The cat <unk> ."


def test_decoding_leaves_the_frame_out() -> None:
    row = text().rows[1, text().n_source :].tolist()
    assert text().decode(row) == "Le hibou a dormi ."


def test_no_pair_is_refused() -> None:
    with pytest.raises(ValueError, match="no pair"):
        ParallelText([])
