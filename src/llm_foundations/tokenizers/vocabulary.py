"""A list of tokens that are strings: an id is a place in the list."""

from collections.abc import Iterable, Mapping


class Vocabulary:
    """Tokens by id and ids by token, with one token for all that is unknown.

    Args:
        tokens: Every token once, in the order of the ids.
        special_tokens: Which of them are marks and not text.
        unknown: Which of these stands for what is not in the vocabulary.

    Raises:
        ValueError: If a token comes twice or is empty, or if a special token is
            missing.

    Examples:
        >>> vocabulary = Vocabulary(["<unk>", "a", "b"], ["<unk>"], "<unk>")
        >>> vocabulary.id_of("b"), vocabulary.id_of("c")
        (2, 0)
    """

    def __init__(
        self, tokens: Iterable[str], special_tokens: Iterable[str], unknown: str
    ) -> None:
        self.tokens = list(tokens)
        self.ids = {token: i for i, token in enumerate(self.tokens)}
        self.unknown = unknown
        if len(self.ids) < len(self.tokens) or "" in self.ids:
            raise ValueError("a token comes twice, or is empty")
        special = {*special_tokens, unknown}
        if missing := special - self.ids.keys():
            raise ValueError(f"special tokens without a place: {sorted(missing)}")
        by_id = sorted(special, key=self.ids.__getitem__)
        self.special_tokens = {token: self.ids[token] for token in by_id}
        self._ordinary = {t: i for t, i in self.ids.items() if t not in special}

    def __len__(self) -> int:
        """Count the tokens."""
        return len(self.tokens)

    def add(self, special_tokens: Iterable[str]) -> None:
        """Give the next ids to special tokens that are not there yet."""
        for token in special_tokens:
            self.ids[token] = self.special_tokens[token] = len(self.tokens)
            self.tokens.append(token)

    def id_of(self, token: str) -> int:
        """The id of a token that is text, or of the unknown one."""
        return self._ordinary.get(token, self.ids[self.unknown])

    def __contains__(self, token: str) -> bool:
        """Whether a token that is text has an id."""
        return token in self._ordinary

    def tokens_of(self, ids: Iterable[int]) -> list[str]:
        """The tokens that the ids stand for.

        Raises:
            ValueError: If an id is not in the vocabulary.
        """
        tokens = []
        for i in ids:
            if not 0 <= i < len(self.tokens):
                raise ValueError(f"no token has the id {i}: 0 to {len(self) - 1} do")
            tokens.append(self.tokens[i])
        return tokens


def most_common(counts: Mapping[str, float], n: int) -> list[str]:
    """The `n` keys with the highest counts, equal ones in the order of the alphabet.

    Examples:
        >>> most_common({"b": 2, "a": 2, "c": 3}, 2)
        ['c', 'a']
    """
    return sorted(counts, key=lambda key: (-counts[key], key))[:n]
