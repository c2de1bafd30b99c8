r"""The words of a text in any script, found without a dictionary.

A word is a run of letters, digits and the marks that belong to them, as in Unicode
Technical Standard 18, annex C. The `\w` of Python's `re` leaves out the marks, and so
cuts Hindi at every vowel sign.

Chinese, Japanese, Thai, Lao, Khmer and Burmese put no spaces between words. There,
each character counts as a word, together with the marks on it: where a word ends is
only known with a dictionary, and to compare texts, runs of characters serve as well.
"""

import re

import regex

_RUN = regex.compile(r"(?![\p{M}\p{Join_Control}])[\w\p{No}]+")
# The scripts without spaces, and much else, but neither Latin letters nor punctuation.
_FAR = re.compile("[\u0e00-\u1fff\u2e80-\U0003ffff]")
_UNSPACED = (
    r"[[\p{L}\p{Nl}]&&[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Bopomofo}"
    r"\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]]"
)
_PIECE = regex.compile(rf"{_UNSPACED}\p{{M}}*|[^{_UNSPACED}]+", regex.V1)


def words(text: str) -> list[str]:
    """Return the words of a text, without punctuation, symbols and emoji.

    Examples:
        >>> words("Don't stop: दिन, 3 日本")
        ['Don', 't', 'stop', 'दिन', '3', '日', '本']

    Reference:
        <https://www.unicode.org/reports/tr18/#Compatibility_Properties>
    """
    runs: list[str] = _RUN.findall(text)
    if not _FAR.search(text):
        return runs
    return [word for run in runs for word in _PIECE.findall(run)]
