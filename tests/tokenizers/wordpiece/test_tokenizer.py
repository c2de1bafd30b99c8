import json

import pytest
from tokenizers import Tokenizer, pre_tokenizers

from llm_foundations.tokenizers.files.tokenizer_json import to_json
from llm_foundations.tokenizers.wordpiece.tokenizer import (
    WordPieceTokenizer,
    normalize,
    split_words,
)


def test_the_longest_piece_goes_first_even_where_that_fails() -> None:
    pieces = ["[UNK]", "a", "ab", "##b", "##c", "##bc"]
    tokenizer = WordPieceTokenizer(pieces, ["[UNK]"])
    assert tokenizer.cut("abc") == ["ab", "##c"]
    assert tokenizer.cut("abbc") == ["ab", "##bc"]
    # "a", "##b", "##x" would do no better: a word is cut whole or unknown.
    assert tokenizer.encode("abx ab") == [0, 2]


def test_words_and_punctuation_are_cut_as_by_the_library(old_characters) -> None:
    text = "".join(f"a{c}b {c}{c}c" for c in old_characters[:70_000:2])
    theirs = pre_tokenizers.BertPreTokenizer().pre_tokenize_str(text)
    assert split_words(text) == [word for word, _ in theirs]


@pytest.mark.parametrize("lowercase", [True, False])
def test_ids_equal_the_library(prose: str, tricky, lowercase: bool) -> None:
    words = set(prose.split()[:600])
    tokenizer = WordPieceTokenizer.train([" ".join(words)], 200, lowercase=lowercase)
    twin = Tokenizer.from_str(json.dumps(to_json(tokenizer)))
    for text in [prose, *tricky, "ÀÉ [MASK]ed [CLS]", "x" * 100, "x" * 101]:
        ids = tokenizer.encode(text)
        assert ids == twin.encode(text, add_special_tokens=False).ids
        assert tokenizer.decode(ids) == twin.decode(ids, skip_special_tokens=False)


def test_case_and_accents_are_one_setting() -> None:
    assert normalize("Ébène\t北", lower=True) == "ebene  北 "
    assert normalize("Ébène\t北", lower=False) == "Ébène  北 "


def test_trained_pieces_come_after_the_special_tokens() -> None:
    tokenizer = WordPieceTokenizer.train(["Hug hug hugs"], 12)
    assert tokenizer.vocabulary.tokens[:5] == [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
    ]
    assert tokenizer.decode(tokenizer.encode("HUGS [MASK]")) == "hugs [MASK]"
