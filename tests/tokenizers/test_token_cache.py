import pytest

from llm_foundations.tokenizers import token_cache as memory
from llm_foundations.tokenizers.token_cache import TokenCache


def test_each_word_is_worked_out_once() -> None:
    asked: list[str] = []

    def encode(word: str) -> list[int]:
        asked.append(word)
        return [len(word), 0]

    ids_of = TokenCache(encode)
    assert ids_of.of_all(["to", "be", "to"]) == [2, 0, 2, 0, 2, 0]
    assert asked == ["to", "be"]


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MAX_REMEMBERED", 2)
    ids_of = TokenCache(lambda word: [ord(c) for c in word])
    assert ids_of.of_all("abcabc") == [97, 98, 99, 97, 98, 99]
    assert set(ids_of) == {"a", "b"}


def test_long_words_are_not_kept() -> None:
    ids_of = TokenCache(lambda word: [len(word)])
    assert ids_of["x" * 64] == [64]
    assert not ids_of
