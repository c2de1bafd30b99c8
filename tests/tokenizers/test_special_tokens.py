import pytest

from llm_foundations.tokenizers.special_tokens import (
    SpecialTokens,
    count_between,
    number,
)


def test_names_are_numbered_in_order() -> None:
    assert number(["<b>", "<a>"], first_id=7) == {"<b>": 7, "<a>": 8}
    with pytest.raises(ValueError, match="comes twice"):
        number(["<a>", "<a>"], first_id=0)


def test_the_longest_name_counts_and_its_signs_are_no_pattern() -> None:
    special = SpecialTokens({"[A]": 0, "[A]+": 1, ".": 2})
    assert special.split("x[A]+[A]A.") == ["x", "[A]+", "", "[A]", "A", ".", ""]
    assert special.max_length == 4


def test_without_names_nothing_is_special() -> None:
    assert SpecialTokens({}).split("a<b>") == ["a<b>"]
    with pytest.raises(ValueError, match="empty string"):
        SpecialTokens({"": 0})


def test_the_text_between_is_encoded_by_itself() -> None:
    special = SpecialTokens({"<s>": 9})
    assert special.encode("ab<s><s>c", lambda part: [len(part)]) == [2, 9, 9, 1]
    assert special.encode("", lambda part: [len(part)]) == []
    with pytest.raises(ValueError, match="lone surrogate"):
        special.encode("a<s>\udc00", lambda part: [])


def test_special_tokens_are_not_counted() -> None:
    counts = count_between(["<s>"], ["ab<s>b", "<s>"], list)
    assert counts == {"a": 1, "b": 2}
