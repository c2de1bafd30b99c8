"""Words of many scripts, with and without spaces, and texts that hold none."""

import re

import pytest

from llm_foundations.data.corpus.words import words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("To be, or not to be?", ["To", "be", "or", "not", "to", "be"]),
        ("snake_case, 3rd x²", ["snake_case", "3rd", "x²"]),
        ("दिन और दान", ["दिन", "और", "दान"]),  # vowel signs are marks
        ("தமிழ் মা", ["தமிழ்", "মা"]),
        ("e\u0301te\u0301", ["e\u0301te\u0301"]),  # accents apart from their letters
        ("שָׁלוֹם עולם", ["שָׁלוֹם", "עולם"]),
        ("می\u200cروم کم", ["می\u200cروم", "کم"]),  # joined without joining
        ("한국어 말", ["한국어", "말"]),
        ("我们 爱。", ["我", "们", "爱"]),
        ("コーヒーを", ["コ", "ー", "ヒ", "ー", "を"]),
        ("ดีมาก", ["ดี", "ม", "า", "ก"]),
        ("ខ្មែរ", ["ខ្", "មែ", "រ"]),
        ("Python3を使う", ["Python3", "を", "使", "う"]),
        ("❤\ufe0f 👍🏽 \u200d!? …", []),
        ("", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_plain_english_has_the_words_of_re() -> None:
    text = "".join(map(chr, range(1, 128))) + " It's 3 o'clock_ish; I'm (well-)fed."
    assert words(text) == re.findall(r"\w+", text)
