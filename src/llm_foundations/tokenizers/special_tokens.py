"""Special tokens: marks in the text that are one token each, and never cut.

They carry what text cannot: where a document ends, what is masked, who speaks. Text
of strangers may contain their names, so every tokenizer here can also read text
without them (`encode_ordinary`).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

import regex

from llm_foundations.tokenizers.normalization import check_unicode


def number(names: Iterable[str], first_id: int) -> dict[str, int]:
    """Give the names the ids from `first_id` on, in their order.

    Raises:
        ValueError: If a name comes twice.

    Examples:
        >>> number(["<pad>", "<eos>"], first_id=300)
        {'<pad>': 300, '<eos>': 301}
    """
    names = list(names)
    ids = {name: first_id + i for i, name in enumerate(names)}
    if len(ids) < len(names):
        raise ValueError(f"a special token comes twice in {names}")
    return ids


class SpecialTokens:
    """Finds special tokens in text.

    Where two start at the same place, the longer one counts.

    Args:
        ids: The id of each special token.

    Raises:
        ValueError: If a name is empty.

    Examples:
        >>> SpecialTokens({"<a>": 0, "<a><b>": 1}).split("x<a><b>y")
        ['x', '<a><b>', 'y']
    """

    def __init__(self, ids: Mapping[str, int]) -> None:
        if "" in ids:
            raise ValueError("a special token cannot be the empty string")
        self.ids = dict(ids)
        names = sorted(ids, key=len, reverse=True)
        self.max_length = len(names[0]) if names else 0
        self._pattern = regex.compile(f"({'|'.join(map(regex.escape, names))})")

    def split(self, text: str) -> list[str]:
        """Cut text into ordinary parts (even places) and special tokens (odd ones)."""
        return self._pattern.split(text) if self.ids else [text]

    def encode(
        self, text: str, encode_ordinary: Callable[[str], list[int]]
    ) -> list[int]:
        """Encode the parts between special tokens, and put these in as they are.

        Raises:
            ValueError: If the text holds a lone surrogate.
        """
        check_unicode(text)
        ids: list[int] = []
        for place, part in enumerate(self.split(text)):
            if place % 2:
                ids.append(self.ids[part])
            elif part:
                ids += encode_ordinary(part)
        return ids


def count_between(
    special_tokens: Iterable[str],
    texts: Iterable[str],
    cut: Callable[[str], Iterable[str]],
) -> Counter[str]:
    """Count what `cut` makes of the text between special tokens.

    Examples:
        >>> count_between(["<eos>"], ["a b<eos>a"], str.split)
        Counter({'a': 2, 'b': 1})
    """
    special = SpecialTokens(dict.fromkeys(special_tokens, 0))
    counts: Counter[str] = Counter()
    for text in texts:
        for part in special.split(text)[::2]:
            counts.update(cut(part))
    return counts
