import json

import pytest
from tokenizers import Tokenizer, pre_tokenizers

from llm_foundations.tokenizers.files.tokenizer_json import to_json
from llm_foundations.tokenizers.words import WordTokenizer, split_words


def test_the_most_frequent_words_get_ids() -> None:
    texts = ["b b a a c", "b<eos>d"]
    tokenizer = WordTokenizer.train(texts, 5, ("<unk>", "<eos>"))
    assert tokenizer.vocabulary.tokens == ["<unk>", "<eos>", "b", "a", "c"]
    assert tokenizer.encode("a d<eos>b") == [3, 0, 1, 2]
    assert tokenizer.decode([3, 0, 1, 2]) == "a <unk> <eos> b"
    assert tokenizer.vocab_size == 5


def test_words_are_cut_as_the_library_cuts_them(old_characters: list[str]) -> None:
    text = "".join(f"a{c}b {c}{c}!" for c in old_characters[:70_000:2])
    theirs = pre_tokenizers.Whitespace().pre_tokenize_str(text)
    assert split_words(text) == [word for word, _ in theirs]


def test_ids_equal_the_library(prose: str, tricky: list[str]) -> None:
    tokenizer = WordTokenizer.train([prose], 500, ("<unk>", "<|endoftext|>"))
    twin = Tokenizer.from_str(json.dumps(to_json(tokenizer)))
    for text in [prose, *tricky]:
        ids = tokenizer.encode(text)
        assert ids == twin.encode(text).ids
        assert tokenizer.decode(ids) == twin.decode(ids, skip_special_tokens=False)


def test_a_vocabulary_has_room_for_its_special_tokens() -> None:
    with pytest.raises(ValueError, match="vocab_size=1 has no room"):
        WordTokenizer.train(["a"], 1, ("<unk>", "<eos>"))


def test_a_word_that_spells_a_special_token_is_unknown() -> None:
    tokenizer = WordTokenizer.train(["stop it"], 9, ("<unk>", "stop"))
    assert tokenizer.encode("stop") == [1]
    assert tokenizer.encode_ordinary("stop") == [0]
