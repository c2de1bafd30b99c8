import re
from itertools import chain

import pytest
import regex
import tiktoken
import tiktoken_ext.openai_public
from hypothesis import example, given, settings, strategies as st
from tokenizers import Regex, pre_tokenizers

from llm_foundations.tokenizers.bpe.split_patterns import (
    CL100K_PATTERN,
    GPT2_PATTERN,
    Splitter,
    check_portable,
)

BOTH = pytest.mark.parametrize("pattern", [GPT2_PATTERN, CL100K_PATTERN])
TEXT = st.text(" \n\r\t\u00a0'sdmtlvreSLK\u017fxé1²٣.,!_<\u0301\x1c你", max_size=30)
# As Llama 3's tokenizer.json has it.
OLDER_CL100K = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def tiktoken_pieces(text: str, pattern: str, expected: list[str]) -> list[str]:
    """The pieces that tiktoken sees: a piece that is a token stays whole."""
    tokens = {bytes([byte]): None for byte in range(256)}
    tokens |= {piece.encode(): None for piece in expected}
    ranks = {token: rank for rank, token in enumerate(tokens)}
    encoding = tiktoken.Encoding(
        "pieces", pat_str=pattern, mergeable_ranks=ranks, special_tokens={}
    )
    ids = encoding.encode_ordinary(text)
    return [encoding.decode_single_token_bytes(i).decode(errors="replace") for i in ids]


def library_pieces(text: str, pattern: str) -> list[str]:
    split = pre_tokenizers.Split(Regex(pattern), "isolated")
    return [piece for piece, _ in split.pre_tokenize_str(text)]


def test_the_patterns_are_tiktokens(monkeypatch: pytest.MonkeyPatch) -> None:
    public = tiktoken_ext.openai_public
    monkeypatch.setattr(public, "load_tiktoken_bpe", lambda *_, **__: {})
    possessive = GPT2_PATTERN.replace("}+", "}++").replace("]+", "]++")
    assert public.r50k_pat_str == possessive
    theirs = public.cl100k_base()["pat_str"]
    assert theirs.replace("{1,3}+", "{1,3}") == CL100K_PATTERN


@pytest.mark.parametrize(
    ("text", "gpt2", "cl100k"),
    [
        ("I'LL", ["I", "'", "LL"], ["I", "'LL"]),
        ("1234567", ["1234567"], ["123", "456", "7"]),
        ("a  b", ["a", " ", " b"], ["a", " ", " b"]),
        ("!!\n\n", ["!!", "\n\n"], ["!!\n\n"]),
        ("(x)", ["(", "x", ")"], ["(x", ")"]),
    ],
)
def test_pieces_by_hand(text: str, gpt2: list[str], cl100k: list[str]) -> None:
    assert Splitter(GPT2_PATTERN).split(text) == gpt2
    assert Splitter(CL100K_PATTERN).split(text) == cl100k


@BOTH
def test_pieces_equal_both_libraries_on_tricky_text(pattern: str, tricky) -> None:
    for text in tricky:
        pieces = Splitter(pattern).split(text)
        assert tiktoken_pieces(text, pattern, pieces) == pieces
        assert library_pieces(text, pattern) == pieces


@BOTH
def test_pieces_equal_both_libraries_on_every_character(
    pattern: str, old_characters: list[str]
) -> None:
    text = "".join(f"x{c}1{c}{c} {c}y\n" for c in old_characters[:70_000:3])
    pieces = Splitter(pattern).split(text)
    assert library_pieces(text, pattern) == pieces
    assert tiktoken_pieces(text, pattern, pieces) == pieces


@BOTH
@settings(deadline=None, max_examples=200)
@given(text=TEXT)
def test_pieces_equal_both_libraries(pattern: str, text: str) -> None:
    pieces = Splitter(pattern).split(text)
    assert "".join(pieces) == text
    assert tiktoken_pieces(text, pattern, pieces) == pieces
    assert library_pieces(text, pattern) == pieces


@BOTH
@settings(deadline=None, max_examples=500)
@given(text=TEXT)
@example("a\t\n\t b")  # the white space before a word is no word's end
@example("  a b")
@example("a b ")
def test_words_can_be_cut_one_by_one(pattern: str, text: str) -> None:
    splitter = Splitter(pattern)
    words = splitter.words(text)
    assert "".join(words) == text
    assert list(chain(*map(splitter.pieces, words))) == splitter.split(text)


@BOTH
def test_words_can_be_cut_one_by_one_around_every_kind_of_space(pattern: str) -> None:
    every = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x110000)]))
    spaces = {*regex.findall(r"\s", every), *re.findall(r"\s", every)}
    assert {" ", "\n", "\x1c", "\xa0", "\u3000"} <= spaces
    text = "".join(
        f"x{c} {c}1 {c} {c} y{c}z" for c in [*sorted(spaces), "e\u0301", "!"]
    )
    splitter = Splitter(pattern)
    words = splitter.words(text)
    assert "".join(words) == text
    assert len(words) > 9
    assert list(chain(*map(splitter.pieces, words))) == splitter.split(text)


def test_words_begin_at_single_spaces() -> None:
    words = Splitter(GPT2_PATTERN).words
    assert words("one two, three") == ["one", " two,", " three"]
    assert words("one  two\n three four") == ["one  two\n three", " four"]
    assert words("") == [""]


def test_a_pattern_of_somebody_elses_makes_its_own_words() -> None:
    splitter = Splitter(r"[^o]+|o")  # its pieces reach across spaces
    words = splitter.words("one two")
    assert words == ["o", "ne tw", "o"]
    assert [splitter.pieces(word) for word in words] == [["o"], ["ne tw"], ["o"]]


def test_pieces_are_counted_as_often_as_their_words() -> None:
    counts = Splitter(GPT2_PATTERN).count({" it's": 2, " it": 3})
    assert counts == {" it": 5, "'s": 2}


def test_the_older_wording_of_cl100k_cuts_the_end_otherwise() -> None:
    assert Splitter(CL100K_PATTERN).split("a\n  ") == ["a", "\n  "]
    assert Splitter(OLDER_CL100K).split("a\n  ") == ["a", "\n", "  "]


def test_a_possessive_range_is_no_possessive_range_to_oniguruma() -> None:
    assert library_pieces("12345", r"\p{N}{1,3}+") == ["12345"]
    assert Splitter(r"\p{N}{1,3}+").split("12345") == ["123", "45"]


def test_patterns_that_lose_text_are_refused() -> None:
    with pytest.raises(ValueError, match="captures groups"):
        Splitter(r"(\w+)|\s")
    with pytest.raises(ValueError, match="is no pattern"):
        Splitter("(")
    with pytest.raises(ValueError, match="skips part of the text"):
        Splitter(r"\w+").split("two words")


PATTERNS = [
    GPT2_PATTERN,
    CL100K_PATTERN,
    OLDER_CL100K,
    r"\d{1,3}(?=(?:\d{3})*(?!\d))|\D",
    r"\d{1,3}(?=(?:\d{3})*\b)|[\s\S]",
    r"(?<=a)b|[\s\S]",
    r"a(?:b*c)?|[\s\S]",
    r"(?:ab)+|[\s\S]",
    r"(?:ab)+?c|(?:ab){2}|[\s\S]",
    r"(?>(?:a|ab)*)c|[\s\S]",
    r"a(?=b$)|ab|[\s\S]",
    r"a$|a.|[\s\S]",
    r"a(?!b(?!c))|ab|[\s\S]",
    r"^a|[\s\S]",
    r"(?i)AB+|[\s\S]",
    r"a|(?=b)|[\s\S]",
    r"b*|[\s\S]",
    r"(?:a|b(?=1*2))+|[\s\S]",
    r"\w+\s*|\W",
    r".+\n?|\n",
    r"[^b]{2,4}|[\s\S]",
]


@settings(deadline=None, max_examples=500)
@given(
    text=st.text("abc12 \n", max_size=25) | TEXT,
    cut=st.integers(0, 25),
    pattern=st.sampled_from(PATTERNS),
)
@example("1234567890123", 12, PATTERNS[3])
@example("abab", 2, PATTERNS[7])
@example("ab", 1, PATTERNS[10])
def test_no_more_text_changes_what_is_settled(text: str, cut: int, pattern) -> None:
    splitter = Splitter(pattern)
    words = splitter.settled(text[:cut])
    pieces = list(chain(*map(splitter.pieces, words)))
    whole = [piece for piece in splitter.split(text) if piece]
    assert whole[: len(pieces)] == pieces


def pattern_strategy() -> st.SearchStrategy[str]:
    atom = st.sampled_from(["a", "b", "1", r"\d", "[ab]", "[^a]", r"\s", r"\S", "."])
    repeat = st.sampled_from(["", "", "?", "*", "+", "++", "*?", "+?", "{2}", "{1,2}"])
    look = st.sampled_from(["(?:", "(?:", "(?=", "(?!", "(?>"])

    def grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        grouped = st.builds(lambda g, x, r: f"{g}{x}){r}", look, inner, repeat)
        grouped = grouped.filter(lambda p: p[:3] in ("(?:", "(?>") or p[-1] == ")")
        joined = st.lists(inner | grouped, min_size=1, max_size=3)
        return joined.map("".join) | joined.map("|".join)

    simple = st.builds(str.__add__, atom, repeat)
    return st.recursive(simple, grow, max_leaves=6).map(lambda p: f"{p}|[\\s\\S]")


@settings(deadline=None, max_examples=500)
@given(pattern=pattern_strategy(), text=st.text("ab1 ", max_size=12), data=st.data())
def test_no_more_text_changes_what_any_pattern_settles(pattern, text, data) -> None:
    splitter = Splitter(pattern)
    cut = data.draw(st.integers(0, len(text)))
    pieces = splitter.settled(text[:cut])
    whole = [piece for piece in splitter.split(text) if piece]
    assert whole[: len(pieces)] == pieces


@pytest.mark.parametrize("pattern", [*PATTERNS[:4], r"\S+|\s", r"(?:ab)+|[\s\S]"])
def test_most_of_a_text_is_settled(pattern: str) -> None:
    text = "ab c 12\n" * 1000
    assert sum(map(len, Splitter(pattern).settled(text))) > len(text) - 10
    assert Splitter(r"(?<=a)b|[\s\S]").settled(text) == []
    assert Splitter(GPT2_PATTERN).settled("") == []


@pytest.mark.parametrize("pattern", [GPT2_PATTERN, CL100K_PATTERN, *PATTERNS[2:4]])
def test_common_patterns_are_portable(pattern: str) -> None:
    check_portable(pattern)


NOT_PORTABLE = [
    r"\p{N}{1,3}+|\P{N}",
    r"\w+|\W",
    r"a$|a\n|[\s\S]",
    r"^a\t|[\s\S]",
    r"\h+|[\s\S]",
    r"(?i:ss)+|[\s\S]",
    r"(?i:[a-z])+|[\s\S]",
    r"(?i:\p{Lu})+|[\s\S]",
]


@pytest.mark.parametrize("pattern", NOT_PORTABLE)
def test_patterns_that_the_library_reads_otherwise_are_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="may mean something else"):
        check_portable(pattern)
    text = "12345 a² ßss\na\t0 Aa\na\u0130"
    assert library_pieces(text, pattern) != Splitter(pattern).split(text)
