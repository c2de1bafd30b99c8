"""Special tokens: marks in the text that are one token each, and never cut.

They carry what text cannot: where a document ends, what is masked, who speaks. Text
of strangers may contain their names, so every tokenizer here can also read text
without them (`encode_ordinary`).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

import regex

from llm_foundations.tokenizers.normalization import check_unicode

WHITE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
    "\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
"""Unicode's white space; `str.strip` alone would take U+001C to U+001F too."""


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


class AddedToken(str):
    """The name of an added token, with the rules by which `tokenizers` finds it.

    It is a string and can stand wherever a special token's name can. A plain
    string is a special token that is found in the text as it is.

    Attributes:
        special: Whether it is a mark and not text: `encode_ordinary` passes over
            special tokens and finds the others.
        normalized: Whether it is looked for, normalized, in the normalized text, and
            only after all tokens that are not.
        strips_left: Whether it takes the white space to its left with it.
        strips_right: Whether it takes the white space to its right with it.

    Examples:
        >>> tokens = {AddedToken("Covid", normalized=True, special=False): 7}
        >>> SpecialTokens(tokens, normalize=str.lower).split("My COVID test")
        ['my ', 'Covid', ' test']
    """

    special: bool
    normalized: bool
    strips_left: bool
    strips_right: bool

    def __new__(
        cls,
        name: str,
        *,
        special: bool = True,
        normalized: bool = False,
        strips_left: bool = False,
        strips_right: bool = False,
    ) -> "AddedToken":
        """Make the name, and keep the rules beside it."""
        token = super().__new__(cls, name)
        token.special, token.normalized = special, normalized
        token.strips_left, token.strips_right = strips_left, strips_right
        return token

    @classmethod
    def of(cls, name: str) -> "AddedToken":
        """The name itself if it has rules, or else with the rules of a plain one."""
        return name if isinstance(name, cls) else cls(name)


class _Finder:
    """Finds some added tokens: the leftmost, and of those that start there the longest.

    Args:
        tokens: The token that each text stands for.
    """

    def __init__(self, tokens: Mapping[str, AddedToken]) -> None:
        self.tokens = tokens
        self.is_plain = all(
            text == token and not (token.strips_left or token.strips_right)
            for text, token in tokens.items()
        )
        texts = sorted(tokens, key=len, reverse=True)
        self._pattern = regex.compile(f"({'|'.join(map(regex.escape, texts))})")

    def split(self, text: str) -> list[str]:
        if not self.tokens:
            return [text]
        if self.is_plain:
            return self._pattern.split(text)
        parts: list[str] = []
        end = 0
        for match in self._pattern.finditer(text):
            token = self.tokens[match[0]]
            before, after = text[end : match.start()], text[match.end() :]
            parts += [before.rstrip(WHITE) if token.strips_left else before, token]
            end = match.end()
            if token.strips_right:
                end += len(after) - len(after.lstrip(WHITE))
        return [*parts, text[end:]]

    def up_to(self, text: str, limit: int) -> tuple[list[str], int]:
        """What `split` gives up to the last token that starts before `limit`."""
        parts: list[str] = []
        end = 0
        for match in self._pattern.finditer(text) if self.tokens else ():
            if match.start() >= limit:
                break
            parts += [text[end : match.start()], match[0]]
            end = match.end()
        return parts, end


class SpecialTokens:
    """Finds special tokens in text, and other added tokens.

    Where two start at the same place, the longer one counts.

    Args:
        ids: The id of each token: plain names, or `AddedToken`s.
        normalize: What is done to ordinary text before it is cut, if anything.

    Raises:
        ValueError: If a name is empty, or two are the same once normalized.

    Examples:
        >>> SpecialTokens({"<a>": 0, "<a><b>": 1}).split("x<a><b>y")
        ['x', '<a><b>', 'y']
    """

    def __init__(
        self, ids: Mapping[str, int], normalize: Callable[[str], str] | None = None
    ) -> None:
        if "" in ids:
            raise ValueError("a special token cannot be the empty string")
        self.ids = dict(ids)
        self.max_length = max(map(len, ids), default=0)
        self.normalize = normalize
        tokens = [AddedToken.of(name) for name in ids]
        self._raw = _Finder({t: t for t in tokens if not t.normalized})
        self._later = _Finder(_normalized_names(tokens, normalize))
        ordinary: dict[str, int] = {t: ids[t] for t in tokens if not t.special}
        self.special_ids = {t: i for t, i in self.ids.items() if t not in ordinary}
        everything_is_ordinary = len(ordinary) == len(ids)
        self._ordinary = (
            self if everything_is_ordinary else SpecialTokens(ordinary, normalize)
        )

    def split(self, text: str) -> list[str]:
        """Cut text into ordinary parts (even places) and tokens (odd ones).

        The ordinary parts are normalized.
        """
        parts = self._raw.split(text)
        if self.normalize is None and not self._later.tokens:
            return parts
        normalize = self.normalize or str
        cut = []
        for place, part in enumerate(parts):
            cut += [part] if place % 2 else self._later.split(normalize(part))
        return cut

    def settled(self, text: str) -> tuple[list[str], str, str]:
        """Cut the beginning of a longer text as far as what follows cannot matter.

        Returns:
            What `split` gives up to the last token that is certain; the ordinary
            text after it; and the end of the text, which may begin a token. If the
            rules of a token do not allow to tell, all of the text is this end.
        """
        if not self._is_plain():
            return [], "", text
        limit = max(0, len(text) - max(0, self.max_length - 1))
        finder = self._raw if self._raw.tokens else self._later
        parts, end = finder.up_to(text, limit)
        limit = max(end, limit)
        return parts, text[end:limit], text[limit:]

    def encode(self, text: str, encode_text: Callable[[str], list[int]]) -> list[int]:
        """Encode the parts between the tokens, and put these in as they are.

        Raises:
            ValueError: If the text holds a lone surrogate.
        """
        check_unicode(text)
        return self.encode_parts(self.split(text), encode_text)

    def encode_ordinary(
        self, text: str, encode_text: Callable[[str], list[int]]
    ) -> list[int]:
        """Encode text as if there were no special tokens, only the other added ones.

        Raises:
            ValueError: If the text holds a lone surrogate.
        """
        if self._ordinary.ids or self.normalize:
            return self._ordinary.encode(text, encode_text)
        check_unicode(text)
        return encode_text(text)

    def encode_parts(
        self, parts: list[str], encode_text: Callable[[str], list[int]]
    ) -> list[int]:
        """Encode what `split` gives."""
        ids: list[int] = []
        for place, part in enumerate(parts):
            if place % 2:
                ids.append(self.ids[part])
            elif part:
                ids += encode_text(part)
        return ids

    def _is_plain(self) -> bool:
        in_one_go = not (self._raw.tokens and self._later.tokens)
        plain = self._raw.is_plain and self._later.is_plain
        return in_one_go and plain and self.normalize is None


def _normalized_names(
    tokens: Iterable[AddedToken], normalize: Callable[[str], str] | None
) -> dict[str, AddedToken]:
    names: dict[str, AddedToken] = {}
    for token in tokens:
        if token.normalized:
            name = normalize(token) if normalize else str(token)
            if not name:
                raise ValueError(f"nothing of {token!r} is left once normalized")
            if name in names:
                raise ValueError(
                    f"{names[name]!r} and {token!r} are the same once normalized"
                )
            names[name] = token
    return names


class TakesSpecialTokens:
    """A tokenizer to which special tokens can be added later."""

    special_tokens: dict[str, int]
    """The id of each special token."""
    _special: SpecialTokens

    @property
    def added_tokens(self) -> dict[str, int]:
        """The id of each special token and of each other token found beforehand."""
        return dict(self._special.ids)

    def add_special_tokens(self, names: Iterable[str]) -> None:
        """Add special tokens; they get the next ids, and no other id changes.

        A token that is already special keeps its id. A model that was built for the
        tokenizer needs more rows in its embedding afterwards: `vocab_size` grows.

        Args:
            names: Their names, or `AddedToken`s.

        Raises:
            ValueError: If a name is empty, or that of an ordinary token.

        Examples:
            >>> from llm_foundations.tokenizers.bpe.tokenizer import BPETokenizer
            >>> tokenizer = BPETokenizer.from_merges([])
            >>> tokenizer.add_special_tokens(["<|user|>"])
            >>> tokenizer.encode("<|user|>hi")
            [256, 104, 105]
        """
        new = [name for name in dict.fromkeys(names) if name not in self._special.ids]
        if taken := [str(name) for name in new if self._is_ordinary(name)]:
            raise ValueError(f"{taken} are ordinary tokens of the vocabulary already")
        ids = number(new, self.vocab_size)
        special = SpecialTokens(self._special.ids | ids, self._special.normalize)
        self._take(ids)
        self._special, self.special_tokens = special, special.special_ids

    @property
    def vocab_size(self) -> int:
        """One more than the largest id."""
        raise NotImplementedError

    def _is_ordinary(self, name: str) -> bool:
        raise NotImplementedError

    def _take(self, ids: dict[str, int]) -> None:
        """Make room for new tokens, so that their ids can be decoded."""
        raise NotImplementedError


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
