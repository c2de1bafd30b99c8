import pickle

import pytest

from llm_foundations.tokenizers import (
    CharacterTokenizer,
    UnigramTokenizer,
    WordPieceTokenizer,
    WordTokenizer,
)
from llm_foundations.tokenizers.files.tokenizer_json import from_json, to_json
from llm_foundations.tokenizers.special_tokens import (
    AddedToken,
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


def test_rules_by_hand() -> None:
    left, right = (
        AddedToken("<l>", strips_left=True),
        AddedToken("<r>", strips_right=True),
    )
    special = SpecialTokens({left: 0, right: 1})
    assert special.split("a \n<l> b <r>\t c") == ["a", "<l>", " b ", "<r>", "c"]
    # U+001C is no white space to Unicode.
    assert special.split("a\x1c<l>") == ["a\x1c", "<l>", ""]
    assert special.settled("a<l>b") == ([], "", "a<l>b")


def test_tokens_of_the_text_as_it_is_come_first() -> None:
    names = {AddedToken("ab", normalized=True): 0, AddedToken("BC"): 1}
    special = SpecialTokens(names, str.lower)
    assert special.split("ABC AB") == ["a", "BC", " ", "ab", ""]
    with pytest.raises(ValueError, match="'Ab' and 'aB' are the same once normalized"):
        SpecialTokens(
            {AddedToken(n, normalized=True): 0 for n in ("Ab", "aB")}, str.lower
        )
    with pytest.raises(ValueError, match="nothing of ' ' is left"):
        SpecialTokens({AddedToken(" ", normalized=True): 0}, str.strip)


def test_tokens_that_are_no_marks_are_found_in_ordinary_text() -> None:
    special = SpecialTokens({"<s>": 0, AddedToken("covid", special=False): 1})
    assert special.special_ids == {"<s>": 0}
    assert special.encode_ordinary("<s>covid", lambda part: [len(part)]) == [3, 1]
    assert special.encode("<s>covid", lambda part: [len(part)]) == [0, 1]


def test_what_may_begin_a_token_is_not_settled() -> None:
    special = SpecialTokens({"<s>": 0, "<s>2": 1})
    assert special.settled("ab<s>cd<s>") == (["ab", "<s>"], "cd", "<s>")
    assert special.settled("ab<s>2cd<") == (["ab", "<s>2"], "", "cd<")
    assert SpecialTokens({}).settled("ab") == ([], "ab", "")


def test_a_token_keeps_its_rules_on_the_way_to_another_process() -> None:
    token = pickle.loads(pickle.dumps(AddedToken("a", strips_left=True, special=False)))
    assert (token, token.strips_left, token.special) == ("a", True, False)
    assert AddedToken.of(token) is token
    assert AddedToken.of("b").special


@pytest.mark.parametrize(
    "tokenizer",
    [
        CharacterTokenizer(["<unk>", "a"]),
        WordTokenizer(["<unk>", "a"]),
        UnigramTokenizer({"<unk>": 0.0, "a": -1.0}),
        WordPieceTokenizer(["[UNK]", "a"], ["[UNK]"], lowercase=True),
    ],
)
def test_special_tokens_can_be_added_to_every_kind(tokenizer) -> None:
    tokenizer.add_special_tokens(["<B>", "<c>"])
    assert tokenizer.encode("a<c>a<B>") == [1, 3, 1, 2]
    assert tokenizer.vocab_size == 4
    assert "<B>" in tokenizer.decode([2])
    assert tokenizer.special_tokens["<c>"] == 3
    assert from_json(to_json(tokenizer)).encode("a<c>") == [1, 3]
    with pytest.raises(ValueError, match=r"\['a'\] are ordinary tokens"):
        tokenizer.add_special_tokens(["a"])


def test_special_tokens_are_not_counted() -> None:
    counts = count_between(["<s>"], ["ab<s>b", "<s>"], list)
    assert counts == {"a": 1, "b": 2}
