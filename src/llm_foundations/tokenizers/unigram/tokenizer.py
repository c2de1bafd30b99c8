"""Unigram: of all ways to cut a word, the most probable one.

A space is written "▁" and belongs to the word after it. A "▁" in the text itself
comes back as a space.
"""

from collections.abc import Iterable, Mapping
from itertools import groupby

import regex

from llm_foundations.tokenizers.special_tokens import (
    SpecialTokens,
    TakesSpecialTokens,
    count_between,
)
from llm_foundations.tokenizers.token_cache import TokenCache
from llm_foundations.tokenizers.unigram.lattice import viterbi_segment
from llm_foundations.tokenizers.unigram.training import learn_unigram
from llm_foundations.tokenizers.vocabulary import Vocabulary

SPACE = "▁"
"""The sign that a space is written as."""
WORD = regex.compile(f"{SPACE}?[^{SPACE}]+|{SPACE}")
"""A word with the space before it."""
UNKNOWN_PENALTY = 10.0
"""Nats by which an unknown character is less likely than the rarest piece."""


def split_words(text: str) -> list[str]:
    """Cut text before each space, and write the space as "▁".

    Examples:
        >>> split_words("to be  or")
        ['to', '▁be', '▁', '▁or']
    """
    words: list[str] = WORD.findall(text.replace(" ", SPACE))
    return words


class UnigramTokenizer(TakesSpecialTokens):
    """Text to the most probable ids and back.

    Args:
        scores: The log-probability of each piece, in nats, in the order of the ids;
            those of special tokens count for nothing.
        special_tokens: Which of the pieces are special.
        unknown: The special token that stands for characters not in any piece.

    Examples:
        >>> scores = {"<unk>": 0.0, "h": -3.0, "u": -3.0, "g": -3.0, "hu": -4.0}
        >>> tokenizer = UnigramTokenizer({**scores, "ug": -3.5})
        >>> tokenizer.cut("hug")  # -3.0 - 3.5 is more than -4.0 - 3.0
        ['h', 'ug']
        >>> tokenizer.encode("hugo")
        [1, 5, 0]

    Reference:
        Kudo (2018), Subword Regularization, section 3.2,
        <https://arxiv.org/abs/1804.10959>
    """

    def __init__(
        self,
        scores: Mapping[str, float],
        special_tokens: Iterable[str] = ("<unk>",),
        unknown: str = "<unk>",
    ) -> None:
        self.scores = dict(scores)
        self.vocabulary = Vocabulary(self.scores, special_tokens, unknown)
        self._special = SpecialTokens(self.vocabulary.special_tokens)
        self.special_tokens = self._special.special_ids
        self._pieces = {p: s for p, s in scores.items() if p in self.vocabulary}
        self._longest = max(map(len, self._pieces), default=1)
        self._unknown_score = min(self.scores.values()) - UNKNOWN_PENALTY
        self._ids_of = TokenCache(self._encode_word)

    @classmethod
    def train(
        cls,
        texts: Iterable[str],
        vocab_size: int,
        special_tokens: Iterable[str] = ("<unk>",),
    ) -> "UnigramTokenizer":
        """Learn pieces and their probabilities from text.

        Args:
            texts: Documents. Special tokens inside them are not learned from.
            vocab_size: Tokens in all, unless the text's characters alone are more,
                or its substrings fewer.
            special_tokens: They get the first ids; the first stands for the unknown.
        """
        names = list(special_tokens)
        counts = count_between(names, texts, split_words)
        learned = learn_unigram(counts, vocab_size - len(names))
        return cls(dict.fromkeys(names, 0.0) | learned, names, names[0])

    @property
    def vocab_size(self) -> int:
        """Tokens in all, the special ones included."""
        return len(self.vocabulary)

    def encode(self, text: str) -> list[int]:
        """Turn text into ids; special tokens in it become their ids."""
        return self._special.encode(text, self._encode_text)

    def encode_ordinary(self, text: str) -> list[int]:
        """Turn text into ids as if there were no special tokens."""
        return self._special.encode_ordinary(text, self._encode_text)

    def cut(self, word: str) -> list[str]:
        """Cut one word into the pieces whose probabilities have the highest product.

        Unknown characters side by side stay together.
        """
        pieces = viterbi_segment(word, self._pieces, self._longest, self._unknown_score)
        runs = groupby(pieces, key=self.vocabulary.__contains__)
        return [
            piece for known, run in runs for piece in (run if known else ["".join(run)])
        ]

    def decode(self, ids: Iterable[int]) -> str:
        """Turn ids into text."""
        return "".join(self.vocabulary.tokens_of(ids)).replace(SPACE, " ")

    def _encode_word(self, word: str) -> list[int]:
        return [self.vocabulary.id_of(piece) for piece in self.cut(word)]

    def _encode_text(self, text: str) -> list[int]:
        return self._ids_of.of_all(split_words(text))

    def _is_ordinary(self, name: str) -> bool:
        return name in self.vocabulary

    def _take(self, ids: dict[str, int]) -> None:
        self.vocabulary.add(ids)
