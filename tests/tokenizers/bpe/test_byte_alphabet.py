import pytest
from tokenizers import decoders, pre_tokenizers

from llm_foundations.tokenizers.bpe.byte_alphabet import read_bytes, write_bytes


def test_every_byte_comes_back() -> None:
    every = bytes(range(256))
    assert read_bytes(write_bytes(every)) == every
    assert set(write_bytes(every)) == set(pre_tokenizers.ByteLevel.alphabet())


def test_bytes_are_written_as_the_library_writes_them() -> None:
    text = "ab \n\t\x00é你\U0001f600\x7f\xad"
    split = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    [(theirs, _)] = split.pre_tokenize_str(text)
    assert write_bytes(text.encode()) == theirs
    assert decoders.ByteLevel().decode([theirs]) == text


def test_other_characters_are_refused() -> None:
    with pytest.raises(ValueError, match=r"'你'.* stand for no byte"):
        read_bytes("a你")
