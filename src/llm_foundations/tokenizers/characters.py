"""One token for each character: the shortest vocabulary, the longest sequences."""

from collections.abc import Iterable

from llm_foundations.tokenizers.special_tokens import (
    SpecialTokens,
    TakesSpecialTokens,
    count_between,
)
from llm_foundations.tokenizers.vocabulary import Vocabulary


class CharacterTokenizer(TakesSpecialTokens):
    """Text to one id a character and back.

    A character is one code point: an emoji with a skin colour is two.

    Args:
        tokens: The special tokens and the characters, in the order of their ids.
        special_tokens: Which of the tokens are special.
        unknown: The special token that stands for any other character.

    Examples:
        >>> tokenizer = CharacterTokenizer.train(["abba"])
        >>> tokenizer.encode("bad")
        [2, 1, 0]
        >>> tokenizer.decode([2, 1, 0])
        'ba<unk>'
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
        cls, texts: Iterable[str], special_tokens: Iterable[str] = ("<unk>",)
    ) -> "CharacterTokenizer":
        """Give an id to each character of the text, in the order of the code points.

        Args:
            texts: Documents. Special tokens inside them are not learned from.
            special_tokens: They get the first ids; the first stands for the unknown.
        """
        names = list(special_tokens)
        characters = count_between(names, texts, list)
        return cls([*names, *sorted(characters)], names, names[0])

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
        """Turn ids into text."""
        return "".join(self.vocabulary.tokens_of(ids))

    def _encode_text(self, text: str) -> list[int]:
        return [self.vocabulary.id_of(character) for character in text]

    def _is_ordinary(self, name: str) -> bool:
        return name in self.vocabulary

    def _take(self, ids: dict[str, int]) -> None:
        self.vocabulary.add(ids)
