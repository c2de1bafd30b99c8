"""What every tokenizer here can do, and all that the rest of the course asks of one."""

from collections.abc import Iterable
from typing import Protocol, runtime_checkable


@runtime_checkable
class Tokenizer(Protocol):
    """Text to token ids and back.

    Any class with these members is one; none has to be derived from it. Bytes, for
    example, are a tokenizer of 256 tokens and no special ones.

    Examples:
        >>> class Bytes:
        ...     vocab_size, special_tokens = 256, {}
        ...     def encode(self, text): return list(text.encode())
        ...     def decode(self, ids): return bytes(ids).decode()
        >>> tokenizer: Tokenizer = Bytes()
        >>> tokenizer.encode("hé")
        [104, 195, 169]
    """

    special_tokens: dict[str, int]
    """The id of each special token: `special_tokens["<|endoftext|>"]`."""

    @property
    def vocab_size(self) -> int:
        """One more than the largest id: the rows that an embedding needs."""

    def encode(self, text: str) -> list[int]:
        """Turn text into ids; special tokens in it become their ids."""

    def decode(self, ids: Iterable[int]) -> str:
        """Turn ids into text; special tokens are written out."""
