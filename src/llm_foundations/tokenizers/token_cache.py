"""Remember the tokens of words: natural text repeats a few of them most of the time."""

from collections.abc import Callable, Iterable
from itertools import chain

MAX_REMEMBERED = 1 << 16
"""Words whose tokens are remembered."""
MAX_LENGTH = 64
"""Characters from which on a word is too rare to be worth remembering."""


class TokenCache(dict[str, list[int]]):
    """The ids of each word, worked out when first asked for.

    It keeps the first short words that come and no more, so that memory stays
    bounded on text that never repeats itself.

    Args:
        encode: Works out the ids of one word.

    Examples:
        >>> ids_of = TokenCache(lambda word: [len(word)])
        >>> ids_of["four"], "four" in ids_of
        ([4], True)
    """

    def __init__(self, encode: Callable[[str], list[int]]) -> None:
        super().__init__()
        self._encode = encode

    def __missing__(self, word: str) -> list[int]:
        """Work out the ids of a word that is not remembered."""
        ids = self._encode(word)
        if len(word) < MAX_LENGTH and len(self) < MAX_REMEMBERED:
            self[word] = ids
        return ids

    def of_all(self, words: Iterable[str]) -> list[int]:
        """The ids of the words, one after the other."""
        return list(chain.from_iterable(map(self.__getitem__, words)))
