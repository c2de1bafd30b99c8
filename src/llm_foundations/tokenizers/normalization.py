r"""Text made uniform: Unicode forms, case, accents, white space, sentences.

Every function here but `check_unicode` destroys a difference: "é" written as one
character or as two, "Apple" and "apple", two spaces and one. It helps a model that
would otherwise learn the same word twice, and it hurts where the difference was
the meaning.

White space means Unicode's property White_Space: `\s` of the `regex` package.
Python's own `str.split` and `re` also cut at U+001C to U+001F, which tiktoken
and Hugging Face's `tokenizers` do not.
"""

import unicodedata
from itertools import pairwise
from typing import Literal

import regex

UnicodeForm = Literal["NFC", "NFD", "NFKC", "NFKD"]
"""The four normal forms: C composes, D decomposes, K also drops looks."""

HIDDEN = {"Cc", "Cf", "Co"}
"""Unicode categories of control, format and private characters."""
WHITE_SPACE = regex.compile(r"\s+")
"""A run of white space."""
CJK = regex.compile(
    "([\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002a6df"
    "\U0002a700-\U0002b81f\U0002b820-\U0002ceaf\U0002f800-\U0002fa1f])"
)
"""One Chinese character, by BERT's ranges."""
CLOSING = r"[\p{Pe}\p{Pf}\"']*"
"""Brackets and quotes that may follow a full stop."""
SENTENCE_END = regex.compile(rf"[.!?…]+{CLOSING}\s+|[\u3002\uff01\uff1f]+{CLOSING}\s*")
"""Where a sentence may end."""
ABBREVIATION = regex.compile(
    r"\b(?:Mrs?|Ms|Dr|Prof|St|Jr|Sr|vs|cf|Figs?|figs?|Eqs?|eqs?|pp?|vol|etc|al|e\.g|i\.e"
    r"|\p{Lu}(?:\.\p{Lu})*)$"
)
"""Words whose full stop ends no sentence."""


def check_unicode(text: str) -> None:
    r"""Refuse text that no file and no tokenizer can hold.

    Raises:
        TypeError: If `text` is not a string.
        ValueError: If it holds half a surrogate pair, which is no character and
            which UTF-8 cannot write.

    Examples:
        >>> check_unicode("\ud83d")
        Traceback (most recent call last):
        ...
        ValueError: text[0] is the lone surrogate U+D83D, which UTF-8 cannot encode
    """
    if not isinstance(text, str):
        raise TypeError(f"expected a string, got {type(text).__name__}")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"text[{error.start}] is the lone surrogate "
            f"U+{ord(text[error.start]):04X}, which UTF-8 cannot encode"
        ) from None


def unicode_form(text: str, form: UnicodeForm) -> str:
    """Write equal characters with equal code points.

    Raises:
        ValueError: If `form` is not one of the four.

    Examples:
        >>> [len(unicode_form("é", form)) for form in ("NFC", "NFD")]
        [1, 2]
        >>> unicode_form("x² ﬁne", "NFKC")  # the square is lost
        'x2 fine'

    Reference:
        Unicode Standard Annex 15, <https://www.unicode.org/reports/tr15/>
    """
    if form not in ("NFC", "NFD", "NFKC", "NFKD"):
        raise ValueError(f"{form=} is none of NFC, NFD, NFKC, NFKD")
    return unicodedata.normalize(form, text)


def strip_accents(text: str) -> str:
    """Drop every nonspacing mark, after NFD has taken letters and marks apart.

    Marks with a width of their own stay, as in "की", and so do "ø" and "ł", which no
    normal form takes apart.

    Examples:
        >>> strip_accents("Crème brûlée")
        'Creme brulee'
    """
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(c for c in decomposed if unicodedata.category(c) != "Mn")


def lowercase(text: str) -> str:
    """Lower each character by itself, as BERT's tokenizer in `tokenizers` does.

    `str.lower` looks at the neighbours too: it ends a Greek word in "ς".

    Examples:
        >>> lowercase("ΟΔΟΣ"), "ΟΔΟΣ".lower()
        ('οδοσ', 'οδος')
    """
    return text.lower() if text.isascii() else "".join(c.lower() for c in text)


def fold_case(text: str) -> str:
    """Make words comparable that differ in case alone, in every script.

    Examples:
        >>> fold_case("STRASSE") == fold_case("Straße")
        True
    """
    return text.casefold()


def collapse_whitespace(text: str) -> str:
    r"""Turn each run of white space into one space, and drop it at both ends.

    Examples:
        >>> collapse_whitespace("  one\n\ttwo\u00a0 three ")
        'one two three'
    """
    return WHITE_SPACE.sub(" ", text).strip(" ")


def strip_control(text: str) -> str:
    r"""Drop control and format characters, and make each white space a plain one.

    Tab, line feed and carriage return count as white space. U+FFFD, the sign of
    bytes that could not be read, goes too. Emoji joined by U+200D come apart. Some
    characters that show nothing, such as U+FE0F and U+3164, stay: they are marks or
    letters.

    Examples:
        >>> strip_control("a\u200bb\tc\x00")
        'ab c'

    Reference:
        Devlin et al. (2018), BERT, `_clean_text` in
        <https://github.com/google-research/bert/blob/master/tokenization.py>
    """
    kept = (
        c
        for c in text
        if c in "\t\n\r" or (c != "\ufffd" and unicodedata.category(c) not in HIDDEN)
    )
    return regex.sub(r"\s", " ", "".join(kept))


def isolate_cjk(text: str) -> str:
    """Put a space on both sides of each Chinese character, as BERT does.

    Examples:
        >>> isolate_cjk("ab北京")
        'ab 北  京 '
    """
    return CJK.sub(r" \1 ", text)


def split_sentences(text: str) -> list[str]:
    """Cut text after full stops, question and exclamation marks.

    A rule of thumb: a full stop does not end a sentence after a known abbreviation
    or an initial, nor before a small letter. It is wrong where an abbreviation ends
    a sentence ("Bring pens etc. Do not be late.") and where it is not known.

    Returns:
        The sentences without the white space around them. Nothing else is lost.

    Examples:
        >>> split_sentences("Dr. Ada came at 5 p.m. to see Mr. Li. He was out! Why?")
        ['Dr. Ada came at 5 p.m. to see Mr. Li.', 'He was out!', 'Why?']
    """
    ends = [m.end() for m in SENTENCE_END.finditer(text) if _ends_sentence(text, m)]
    parts = [text[i:j].strip() for i, j in pairwise([0, *ends, len(text)])]
    return [part for part in parts if part]


def _ends_sentence(text: str, mark: regex.Match[str]) -> bool:
    if not mark[0].startswith((".", "…")):
        return True
    # No abbreviation of ours is longer than eight characters.
    before = text[max(0, mark.start() - 9) : mark.start()]
    return not (
        text[mark.end() : mark.end() + 1].islower() or ABBREVIATION.search(before)
    )
