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

_WORDWISE = {GPT2_PATTERN, CL100K_PATTERN}
"""Patterns of which no piece reaches, or looks, across the border of two words."""
_WORD_BORDER = re.compile(r"(?<=\S)(?= \S)")


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


def settled(pieces: list[str], n_open: int) -> int:
    """Count the pieces that more text at the end could not change.

    Two pieces are held back, because a pattern looks no further than that: with
    GPT-2's, "'" and "r" become "'re" when "e" follows.

    Args:
        pieces: The pieces of the text so far.
        n_open: Characters at the end that may be the start of a special token.
    """
    n_pieces = len(pieces)
    while n_pieces and n_open > 0:
        n_pieces -= 1
        n_open -= len(pieces[n_pieces])
    return max(0, n_pieces - 2)
