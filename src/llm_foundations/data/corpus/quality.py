"""Rules of thumb that tell text from what is left over of a web page.

Each rule measures one number and says between which limits it must lie. The
rules, and all limits, are those of MassiveText, on which Gopher was trained.
A word is what stands between white space, and the limits are those of English: a
text in a script without spaces, such as Chinese, is one long word and fails.

Reference:
    Rae et al. (2021), "Scaling Language Models: Methods, Analysis & Insights
    from Training Gopher", appendix A.1.1, <https://arxiv.org/abs/2112.11446>
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from llm_foundations.data.corpus.repetition import (
    duplicate_characters,
    duplicate_ngrams,
    duplicate_pieces,
    lines,
    paragraphs,
    top_ngram,
)

STOP_WORDS = frozenset(("the", "be", "to", "of", "and", "that", "have", "with"))
"""The English words of which a document must hold two."""
BULLETS = ("•", "●", "*", "-", "‣", "◦")
"""How a line of a list may begin."""
ELLIPSES = ("...", "…")
"""The two ways to write an ellipsis."""


@dataclass(frozen=True)
class Rule:
    """A number that can be measured on a text, and its limits, both allowed."""

    name: str
    """What is measured."""
    measure: Callable[[str], float]
    """The function that measures it."""
    least: float = 0.0
    """The smallest value that passes."""
    most: float = math.inf
    """The largest value that passes."""

    def __post_init__(self) -> None:
        """Refuse limits that nothing can pass."""
        if not self.least <= self.most:  # which NaN is not, either
            raise ValueError(
                f"{self.name}: least must be at most most, got {self.least} and "
                f"{self.most}"
            )

    def passes(self, text: str) -> bool:
        """Say whether the text keeps the rule."""
        return self.least <= self.measure(text) <= self.most


def failed_rules(text: str, rules: Iterable[Rule] | None = None) -> dict[str, float]:
    """Return the rules that a text breaks, each with the value measured.

    Args:
        text: The document.
        rules: The rules to apply; None for all of `GOPHER_RULES`.

    Returns:
        An empty mapping if the text passes.

    Examples:
        >>> failed_rules("The page was not found. Go to the start.", QUALITY_RULES)
        {'words': 9}
    """
    measured = ((rule, rule.measure(text)) for rule in rules or GOPHER_RULES)
    return {
        rule.name: value
        for rule, value in measured
        if not rule.least <= value <= rule.most
    }


def word_count(text: str) -> int:
    """Count the words."""
    return len(text.split())


def mean_word_length(text: str) -> float:
    """Return the characters of a word on average; 0 without words."""
    words = text.split()
    return _share(sum(map(len, words)), len(words))


def hash_signs_per_word(text: str) -> float:
    """Return the number of `#` for each word."""
    return _share(text.count("#"), word_count(text))


def ellipses_per_word(text: str) -> float:
    """Return the number of ellipses for each word."""
    return _share(sum(map(text.count, ELLIPSES)), word_count(text))


def bullet_line_share(text: str) -> float:
    """Return the share of lines that begin with a bullet; empty lines are none."""
    shown = lines(text)
    return _share(sum(line.startswith(BULLETS) for line in shown), len(shown))


def ellipsis_line_share(text: str) -> float:
    """Return the share of lines that end in an ellipsis; empty lines are none."""
    shown = lines(text)
    return _share(sum(line.endswith(ELLIPSES) for line in shown), len(shown))


def alphabetic_word_share(text: str) -> float:
    """Return the share of words that hold a letter."""
    words = text.split()
    return _share(sum(any(map(str.isalpha, word)) for word in words), len(words))


def stop_word_count(text: str) -> int:
    """Count the different words of `STOP_WORDS` that occur, in any case."""
    return len(STOP_WORDS.intersection(text.lower().split()))


def _share(part: float, whole: int) -> float:
    return part / whole if whole else 0.0


def _repetition_rules() -> Iterable[Rule]:
    for name, split in ("lines", lines), ("paragraphs", paragraphs):
        pieces = partial(duplicate_pieces, split=split)
        characters = partial(duplicate_characters, split=split)
        yield Rule(f"duplicate {name}", pieces, most=0.30)
        yield Rule(f"characters in duplicate {name}", characters, most=0.20)
    for n, most in ((2, 0.20), (3, 0.18), (4, 0.16)):
        yield Rule(
            f"characters in the top {n}-gram", partial(top_ngram, n=n), most=most
        )
    for n, most in ((5, 0.15), (6, 0.14), (7, 0.13), (8, 0.12), (9, 0.11), (10, 0.10)):
        measure = partial(duplicate_ngrams, n=n)
        yield Rule(f"characters in duplicate {n}-grams", measure, most=most)


QUALITY_RULES = (
    Rule("words", word_count, least=50, most=100_000),
    Rule("mean word length", mean_word_length, least=3, most=10),
    Rule("hash signs a word", hash_signs_per_word, most=0.1),
    Rule("ellipses a word", ellipses_per_word, most=0.1),
    Rule("lines with a bullet", bullet_line_share, most=0.9),
    Rule("lines ending in an ellipsis", ellipsis_line_share, most=0.3),
    Rule("words with a letter", alphabetic_word_share, least=0.8),
    Rule("stop words", stop_word_count, least=2),
)
"""MassiveText's "quality filtering"."""
REPETITION_RULES = tuple(_repetition_rules())
"""MassiveText's "repetition removal", limits of its table A1."""
GOPHER_RULES = QUALITY_RULES + REPETITION_RULES
"""Both sets."""
