from collections.abc import Callable

import pytest
import regex
from hypothesis import given, settings, strategies as st
from tokenizers import normalizers

from llm_foundations.tokenizers.normalization import (
    check_unicode,
    collapse_whitespace,
    fold_case,
    isolate_cjk,
    lowercase,
    split_sentences,
    strip_accents,
    strip_control,
    unicode_form,
)


def bert(**steps: bool) -> Callable[[str], str]:
    off = dict.fromkeys(
        ("clean_text", "handle_chinese_chars", "strip_accents", "lowercase"), False
    )
    return normalizers.BertNormalizer(**{**off, **steps}).normalize_str


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (strip_control, bert(clean_text=True)),
        (isolate_cjk, bert(handle_chinese_chars=True)),
        (strip_accents, bert(strip_accents=True)),
        (lowercase, bert(lowercase=True)),
    ],
)
def test_each_step_of_bert_equals_the_library_on_every_character(
    ours, theirs, old_characters: list[str]
) -> None:
    # Vertical tab, form feed and U+0085 are control characters and white space:
    # the library and BERT's own code ask for "control" first.
    assert [c for c in old_characters if ours(c) != theirs(c)] == []


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_unicode_forms_equal_the_library(form, old_characters: list[str]) -> None:
    theirs = getattr(normalizers, form)().normalize_str
    assert [c for c in old_characters if unicode_form(c, form) != theirs(c)] == []
    together = "".join(old_characters[::-1])  # marks meet letters
    assert unicode_form(together, form) == theirs(together)


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(ValueError, match="'NFX' is none of"):
        unicode_form("a", "NFX")  # type: ignore[arg-type]


def test_white_space_is_unicodes_and_not_pythons() -> None:
    assert collapse_whitespace("a\x1cb\x1fc") == "a\x1cb\x1fc"
    assert collapse_whitespace("\u3000a\x85 \u2029b\t") == "a b"


@settings(deadline=None)
@given(st.text())
def test_steps_done_twice_change_nothing_more(text: str) -> None:
    for step in (collapse_whitespace, strip_control, fold_case):
        once = step(text)
        assert step(once) == once


def test_check_unicode_names_the_surrogate_and_its_place() -> None:
    check_unicode("any text \x00 \U0001f600 \uffff")
    with pytest.raises(ValueError, match=r"lone surrogate U\+DC80"):
        check_unicode("ab\udc80\ud800")
    with pytest.raises(TypeError, match="expected a string, got bytes"):
        check_unicode(b"ab")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", []),
        (" \n", []),
        ("No mark at all", ["No mark at all"]),
        ("It fell. It rose.", ["It fell.", "It rose."]),
        ("Pi is 3.14. So what?", ["Pi is 3.14.", "So what?"]),
        ("J. R. met Prof. Li. They ran!", ["J. R. met Prof. Li.", "They ran!"]),
        ('"Stop!" She ran.', ['"Stop!"', "She ran."]),
        ("Well... maybe. Yes… No.", ["Well... maybe.", "Yes…", "No."]),
        ("你好。再见。", ["你好。", "再见。"]),
        ("He said no. no more.", ["He said no. no more."]),
        ("One.\n\nTwo.", ["One.", "Two."]),
        ("The tapstr. Then", ["The tapstr.", "Then"]),
    ],
)
def test_sentences(text: str, sentences: list[str]) -> None:
    assert split_sentences(text) == sentences


@settings(deadline=None)
@given(st.text("aB.!?… \n\"')。”", max_size=40))
def test_sentences_lose_nothing_but_white_space(text: str) -> None:
    def squeeze(t: str) -> str:
        return regex.sub(r"\s", "", t)

    assert squeeze("".join(split_sentences(text))) == squeeze(text)
