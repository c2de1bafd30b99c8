"""One token for each word: short sequences, and no answer to a word never seen."""

from collections.abc import Iterable

import regex

from llm_foundations.tokenizers.special_tokens import (
    SpecialTokens,
    TakesSpecialTokens,
    count_between,
)
from llm_foundations.tokenizers.vocabulary import Vocabulary, most_common

WORD = regex.compile(r"\w+|[^\w\s]+")
"""A word, or a run of punctuation."""


def split_words(text: str) -> list[str]:
    """Cut text into words and runs of punctuation; white space is lost.

    Examples:
        >>> split_words("Don't stop... now!")
        ['Don', "'", 't', 'stop', '...', 'now', '!']
    """
    words: list[str] = WORD.findall(text)
    return words


class WordTokenizer(TakesSpecialTokens):
    """Text to one id a word and back, with a space between any two.

    Args:
        tokens: The special tokens and the words, in the order of their ids.
        special_tokens: Which of the tokens are special.
        unknown: The special token that stands for any other word.

    Examples:
        >>> tokenizer = WordTokenizer.train(["the cat saw the dog"], vocab_size=4)
        >>> tokenizer.vocabulary.tokens
        ['<unk>', 'the', 'cat', 'dog']
        >>> tokenizer.decode(tokenizer.encode("the cat ate the  dog"))
        'the cat <unk> the dog'
    """

    def __init__(
        self,
        tokens: Iterable[str],
        special_tokens: Iterable[str] = ("<unk>",),
        unknown: str = "<unk>",
    ) -> None:
        self.vocabulary = Vocabulary(tokens, special_tokens, unknown)
        self._special = SpecialTokens(self.vocabulary.special_tokens)
        self.special_tokens = self._special.special_ids

    @classmethod
    def train(
        cls,
        texts: Iterable[str],
        vocab_size: int,
        special_tokens: Iterable[str] = ("<unk>",),
    ) -> "WordTokenizer":
        """Give ids to the most frequent words, equal ones in alphabetical order.

        Args:
            texts: Documents. Special tokens inside them are not learned from.
            vocab_size: Tokens in all; fewer if the text has fewer words.
            special_tokens: They get the first ids; the first stands for the unknown.

        Raises:
            ValueError: If `vocab_size` has no room for the special tokens.
        """
        names = list(special_tokens)
        if vocab_size < len(names):
            raise ValueError(f"{vocab_size=} has no room for {names}")
        counts = count_between(names, texts, split_words)
        words = most_common(counts, vocab_size - len(names))
        return cls([*names, *words], names, names[0])

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

    def decode(self, ids: Iterable[int]) -> str:
        """Turn ids into text, a space between any two tokens."""
        return " ".join(self.vocabulary.tokens_of(ids))

    def _encode_text(self, text: str) -> list[int]:
        return [self.vocabulary.id_of(word) for word in split_words(text)]

    def _is_ordinary(self, name: str) -> bool:
        return name in self.vocabulary

    def _take(self, ids: dict[str, int]) -> None:
        self.vocabulary.add(ids)
