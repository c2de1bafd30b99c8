r"""How text is cut into pieces before byte pair encoding merges inside them.

No token of a byte-level tokenizer crosses the border of two pieces, so the pattern
decides what a token can be: a word with the space before it, up to three digits.

The patterns read the same in `regex`, in tiktoken and in Hugging Face's
`tokenizers`, so that they can travel in a `tokenizer.json`. The three know
different Unicode versions: on a letter that a newer version added they may differ.

A `{1,3}+` is possessive to `regex` and tiktoken. To Oniguruma, the engine of
`tokenizers`, it is "one to three, any number of times": 12345 would stay whole.
"""

import re
from collections import Counter
from collections.abc import Mapping

import regex

GPT2_PATTERN = (
    r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+"
    r"|\s++$|\s+(?!\S)|\s"
)
r"""GPT-2's pattern, nearly in tiktoken's faster wording.

tiktoken writes `\p{L}++` where nothing follows that a shorter match could help.
`\p{L}+` cuts the same, and `regex` runs it a tenth faster.

Reference:
    `r50k_pat_str` of `tiktoken_ext.openai_public`; Radford et al. (2019),
    section 2.2, <https://github.com/openai/gpt-2/blob/master/src/encoder.py>
"""

CL100K_PATTERN = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"
)
r"""The pattern of `cl100k_base` (GPT-4): case-blind, digits by three.

It differs from tiktoken's text in one place, `\p{N}{1,3}` for `\p{N}{1,3}+`, where
nothing follows that a shorter match could help. The older wording that Llama 3's
`tokenizer.json` carries differs in what it does: it cuts a line feed from spaces
that end the text, where tiktoken keeps them as one piece.

Reference:
    `cl100k_base` of `tiktoken_ext.openai_public`,
    <https://github.com/openai/tiktoken/blob/main/tiktoken_ext/openai_public.py>
"""

_ESCAPE = r"\\[pP]\{\^?\w+\}|\\[sSdDrnt]|\\[^\w\s]"


def _core(escape: str, group: str) -> regex.Pattern[str]:
    """Patterns of literals, escapes, classes, groups, repeats and alternatives."""
    return regex.compile(
        r"(?:\\s\+\+\$"  # the end of the text, and never that of a line
        rf"|{escape}|\[\^?(?:{escape}|(?!&&)[^\[\]\\])+\]|{group}"
        r"|[)|.]|[?*+][?+]?|\{\d+(?:,\d*)?\}(?![?+])|[^\\\[\](){}^$.|?*+])*"
    )


_FORWARD = _core(rf"{_ESCAPE}|\\[wW]", r"\(\?(?:i?:|[=!>])")
"""Patterns that never look back."""
_PORTABLE = _core(
    _ESCAPE,
    # Without what Oniguruma folds into one letter, as "ss" into "ß", and ranges.
    r"\(\?(?::|<?[=!]|>)|\(\?i:(?:(?!ss|st|ff|fi|fl)['a-z|\[\]])+\)",
)
"""Patterns that `regex` and Oniguruma read in the same way."""
_WORDWISE = {GPT2_PATTERN, CL100K_PATTERN}
"""Patterns of which no piece reaches, or looks, across the border of two words."""
_WORD_BORDER = re.compile(r"(?<=\S)(?= \S)")


def check_portable(pattern: str) -> None:
    r"""Refuse a pattern that `tokenizers` might read in another way than `regex`.

    Raises:
        ValueError: If it is not made of what both have in common. `\w` and `\b` are
            not: the one takes "²" for a letter. Neither is `$`, the end of a line to
            the one and of the text to the other, except in `\s++$`.

    Examples:
        >>> check_portable(GPT2_PATTERN)
        >>> check_portable(r"\p{N}{1,3}+|\P{N}")
        Traceback (most recent call last):
        ...
        ValueError: the split pattern '\\p{N}{1,3}+|\\P{N}' may mean something ...
    """
    if not _PORTABLE.fullmatch(pattern):
        raise ValueError(
            f"the split pattern {pattern!r} may mean something else to the engine of "
            "`tokenizers` than to `regex`"
        )


class Splitter:
    """Cuts text into pieces that together are the text again.

    Args:
        pattern: A regular expression of the `regex` package that matches every
            character of every text.

    Raises:
        ValueError: If the pattern captures groups, or is none.

    Examples:
        >>> Splitter(GPT2_PATTERN).split("It's 12345  km")
        ['It', "'s", ' 12345', ' ', ' km']
        >>> Splitter(CL100K_PATTERN).split("It's 12345  km")
        ['It', "'s", ' ', '123', '45', ' ', ' km']
    """

    def __init__(self, pattern: str) -> None:
        try:
            self._compiled = regex.compile(pattern)
        except regex.error as error:
            raise ValueError(f"{pattern!r} is no pattern: {error}") from None
        if self._compiled.groups:
            raise ValueError(f"{pattern!r} captures groups: write (?:...) for (...)")
        self.pattern = pattern
        self._wordwise = pattern in _WORDWISE
        # It fails after the last piece. So the engine asks for more text as soon as it
        # reaches the end, and tells which pieces it had found before that.
        looks_back = not _FORWARD.fullmatch(pattern)
        probe = f"(?:((?>{pattern})))*+(?!)"
        self._probe = None if looks_back else regex.compile(probe)

    def split(self, text: str) -> list[str]:
        """Cut `text` into pieces.

        Raises:
            ValueError: If the pattern leaves part of the text out.
        """
        pieces: list[str] = self._compiled.findall(text)
        if len("".join(pieces)) != len(text):
            raise ValueError(
                f"the split pattern {self.pattern!r} skips part of the text"
            )
        return pieces

    def words(self, text: str) -> list[str]:
        r"""Cut `text` into words, each of which can be cut into pieces by itself.

        A word begins at each single space between visible characters. Words come
        again and again, so that remembering them saves most of the cutting. With a
        pattern that is not one of this module, each piece counts as a word.

        Examples:
            >>> Splitter(GPT2_PATTERN).words("It's  1\n new day.")
            ["It's  1\n new", ' day.']
        """
        if not self._wordwise:
            return self.split(text)
        if " ".join(text.split()) != text:
            return _WORD_BORDER.split(text)
        # There is no other white space: the same, twice as fast.
        return text.replace(" ", "\n ").split("\n")

    def settled(self, text: str) -> list[str]:
        r"""Cut the beginning of a longer text as far as what follows cannot matter.

        A piece is certain if the search for it, and for every piece before it, ended
        before the end of `text`. If the pattern can look back, or uses what is not in
        the common core of the engines, nothing is certain.

        Returns:
            Words as of `words`, though they may be cut into pieces already.

        Examples:
            >>> Splitter(GPT2_PATTERN).settled("It's 12 km  ")
            ["It's", ' 12', ' km']
            >>> threes_from_the_right = r"\d{1,3}(?=(?:\d{3})*(?!\d))|\D"
            >>> Splitter(threes_from_the_right).settled("$1234")
            ['$']
        """
        words = self.words(text)[:-1] if self._wordwise else []
        rest = text[sum(map(len, words)) :]
        match = self._probe and self._probe.match(rest, partial=True)
        if not match:
            return words
        pieces = match.captures(1)
        if match.end(1) == len(rest):  # It might grow.
            pieces = pieces[:-1]
        return words + pieces

    def pieces(self, word: str) -> list[str]:
        """Cut a word that `words` found into its pieces."""
        return self.split(word) if self._wordwise else [word]

    def count(self, words: Mapping[str, int]) -> Counter[str]:
        """Count pieces, given how often each word occurs.

        Examples:
            >>> Splitter(GPT2_PATTERN).count({" day.": 2, " day": 1})
            Counter({' day': 3, '.': 2})
        """
        counts: Counter[str] = Counter()
        for word, count in words.items():
            for piece in self.pieces(word):
                counts[piece] += count
        return counts
