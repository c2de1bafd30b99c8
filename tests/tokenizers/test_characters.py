import json

import pytest
from hypothesis import given, settings, strategies as st
from tokenizers import Tokenizer

from llm_foundations.tokenizers.characters import CharacterTokenizer
from llm_foundations.tokenizers.files.tokenizer_json import to_json


def test_ids_follow_the_code_points() -> None:
    tokenizer = CharacterTokenizer.train(["b a", "<eos>!"], ("<unk>", "<eos>"))
    assert tokenizer.vocabulary.tokens == ["<unk>", "<eos>", " ", "!", "a", "b"]
    assert tokenizer.encode("ab<eos>?") == [4, 5, 1, 0]
    assert tokenizer.vocab_size == 6


@settings(deadline=None)
@given(st.text())
def test_text_of_known_characters_comes_back(text: str) -> None:
    tokenizer = CharacterTokenizer.train([text])
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_ids_equal_the_library(prose: str, tricky: list[str]) -> None:
    tokenizer = CharacterTokenizer.train([prose], ("<unk>", "<|endoftext|>"))
    twin = Tokenizer.from_str(json.dumps(to_json(tokenizer)))
    for text in [prose, *tricky]:
        ids = tokenizer.encode(text)
        assert ids == twin.encode(text).ids
        assert tokenizer.decode(ids) == twin.decode(ids, skip_special_tokens=False)


def test_special_tokens_spelled_out_are_characters() -> None:
    tokenizer = CharacterTokenizer.train(["<unk> knu"])
    assert tokenizer.encode("unk<unk>")[-1] == 0
    assert 0 not in tokenizer.encode_ordinary("unk")
    with pytest.raises(ValueError, match="lone surrogate"):
        tokenizer.encode("\ud800")
