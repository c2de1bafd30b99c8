r"""Byte pair encoding on bytes: every text has tokens, and every token has bytes.

Text is cut into pieces by a pattern; each piece starts as its UTF-8 bytes; then
neighbours merge, in the order in which the merges were learned.
"""

from collections.abc import Iterable, Iterator, Mapping

from llm_foundations.tokenizers.bpe.merging import merge, merge_table
from llm_foundations.tokenizers.bpe.split_patterns import GPT2_PATTERN, Splitter
from llm_foundations.tokenizers.bpe.training import (
    SINGLE_BYTES,
    Merge,
    Ties,
    learn_merges,
)
from llm_foundations.tokenizers.normalization import check_unicode
from llm_foundations.tokenizers.special_tokens import (
    SpecialTokens,
    TakesSpecialTokens,
    count_between,
    number,
)
from llm_foundations.tokenizers.token_cache import TokenCache

LONGEST_PART = 1 << 13
"""Characters of a stream that are encoded together, if they come together."""


class BPETokenizer(TakesSpecialTokens):
    """Text to token ids and back, losing nothing.

    Args:
        vocabulary: The id of each token's bytes. It holds the 256 single bytes.
        merge_ranks: The rank of each pair of tokens that merges; lower goes first.
        pattern: How text is cut into pieces; see `split_patterns`.
        special_tokens: The id of each special token. One that is in the vocabulary
            too, with the same id, as in GPT-2's files, is taken out of it.
        ignore_merges: Take a piece that is itself a token as it is, without
            merging. tiktoken does so, and Llama 3. It makes a difference only
            where a vocabulary has tokens that its merges do not lead to.

    Raises:
        ValueError: If a byte is missing, an id stands for two tokens, or a merge
            needs a token that the vocabulary has not, or that is special.

    Examples:
        >>> tokenizer = BPETokenizer.train(["low lower lowest"], vocab_size=260)
        >>> tokenizer.encode("lower<|endoftext|>")
        [257, 101, 114, 259]
        >>> tokenizer.decode([257, 101, 114, 259])
        'lower<|endoftext|>'
    """

    def __init__(
        self,
        vocabulary: Mapping[bytes, int],
        merge_ranks: Mapping[tuple[bytes, bytes], int],
        pattern: str = GPT2_PATTERN,
        special_tokens: Mapping[str, int] | None = None,
        *,
        ignore_merges: bool = False,
    ) -> None:
        self._special = SpecialTokens(special_tokens or {})
        self.special_tokens = self._special.special_ids
        self.vocabulary = dict(vocabulary)
        for name, i in self.special_tokens.items():
            if self.vocabulary.get(name.encode()) == i:
                del self.vocabulary[name.encode()]
        self.merge_ranks = dict(merge_ranks)
        self.pattern = pattern
        self.ignore_merges = ignore_merges
        self._splitter = Splitter(pattern)
        self._tokens = _tokens(self.vocabulary, self._special.ids)
        self._byte_ids = _byte_ids(self.vocabulary)
        self._table = merge_table(self.vocabulary, self.merge_ranks)
        self._ids_of_piece = TokenCache(self._encode_piece)
        self._ids_of_word = TokenCache(self._encode_word)

    @classmethod
    def train(
        cls,
        texts: Iterable[str],
        vocab_size: int,
        pattern: str = GPT2_PATTERN,
        special_tokens: Iterable[str] = ("<|endoftext|>",),
        ties: Ties = "ids",
    ) -> "BPETokenizer":
        """Learn a vocabulary from text.

        Bytes get the ids 0 to 255, merged tokens the next ones in the order in
        which they were learned, special tokens the last ones.

        Args:
            texts: Documents. Special tokens inside them are not learned from.
            vocab_size: Tokens in all. There are fewer if the text does not have
                enough different pairs.
            pattern: How text is cut into pieces.
            special_tokens: Their names.
            ties: Which of equally frequent pairs merges first; see `bpe_training`.

        Raises:
            ValueError: If `vocab_size` has no room for the bytes and special tokens,
                or `ties` is none of the rules.
        """
        names = list(special_tokens)
        n_tokens = vocab_size - len(names)
        if n_tokens < 256:
            raise ValueError(
                f"{vocab_size=} has no room for 256 bytes "
                f"and {len(names)} special tokens"
            )
        splitter = Splitter(pattern)
        words = count_between(names, texts, splitter.words)
        merges = learn_merges(splitter.count(words), n_tokens, ties)
        return cls.from_merges(merges, pattern, names)

    @classmethod
    def from_merges(
        cls,
        merges: Iterable[Merge],
        pattern: str = GPT2_PATTERN,
        special_tokens: Iterable[str] = (),
    ) -> "BPETokenizer":
        """Take merges that are already learned, numbered as `train` numbers them.

        Without any merge, this is the untrained tokenizer: one token for each byte.

        Args:
            merges: The pairs in the order in which they merge.
            pattern: How text is cut into pieces.
            special_tokens: Their names; they get the last ids.

        Raises:
            ValueError: If a merge needs a token that no merge before it makes, or
                comes twice.

        Examples:
            >>> BPETokenizer.from_merges([(b"l", b"o"), (b"lo", b"w")]).encode("low!")
            [257, 33]
            >>> BPETokenizer.from_merges([]).encode("low!")
            [108, 111, 119, 33]
        """
        ranks: dict[Merge, int] = {}
        vocabulary = {token: i for i, token in enumerate(SINGLE_BYTES)}
        for rank, (left, right) in enumerate(merges):
            if left not in vocabulary or right not in vocabulary:
                raise ValueError(
                    f"merge {rank}, {(left, right)}, needs a token made by none before"
                )
            if ranks.setdefault((left, right), rank) != rank:
                raise ValueError(f"merge {rank}, {(left, right)}, comes twice")
            vocabulary.setdefault(left + right, len(vocabulary))
        names = number(special_tokens, len(vocabulary))
        return cls(vocabulary, ranks, pattern, names)

    @classmethod
    def from_ranks(
        cls,
        ranks: Mapping[bytes, int],
        pattern: str,
        special_tokens: Mapping[str, int] | None = None,
    ) -> "BPETokenizer":
        """Take a vocabulary in tiktoken's form, where a token's id is its rank.

        Any two neighbours merge that together are a token.

        Examples:
            >>> ranks = {bytes([i]): i for i in range(256)} | {b"ab": 256}
            >>> BPETokenizer.from_ranks(ranks, GPT2_PATTERN).encode("abc")
            [256, 99]
        """
        merge_ranks = {
            (token[:i], token[i:]): rank
            for token, rank in ranks.items()
            for i in range(1, len(token))
            if token[:i] in ranks and token[i:] in ranks
        }
        return cls(ranks, merge_ranks, pattern, special_tokens, ignore_merges=True)

    @property
    def vocab_size(self) -> int:
        """One more than the largest id: the rows that an embedding needs."""
        return max(self._tokens) + 1

    def encode(self, text: str) -> list[int]:
        """Turn text into ids; special tokens in it become their ids.

        Raises:
            ValueError: If the text holds a lone surrogate.
        """
        return self._special.encode(text, self._encode_text)

    def encode_ordinary(self, text: str) -> list[int]:
        """Turn text into ids as if there were no special tokens.

        This is for text from strangers, which must not be able to end a document.

        Raises:
            ValueError: If the text holds a lone surrogate.
        """
        return self._special.encode_ordinary(text, self._encode_text)

    def encode_stream(self, chunks: Iterable[str]) -> Iterator[int]:
        r"""Encode text that comes in chunks, as if it came whole.

        What more text could change is kept until it cannot: the longest piece, or
        the longest run that the pattern looks ahead over. Memory does not grow with
        the text otherwise, neither with its lines nor with `chunks` that are long.

        Some patterns never allow to tell: those that look back (`(?<=`, `^`, `\\b`),
        and those of rare constructs. Then text is kept up to the next special token.
        With added tokens that take white space with them, or of which some are
        normalized and some are not, as a file may have them, it is kept to its end.

        Args:
            chunks: Parts of one text, cut anywhere: an open file, for example.

        Examples:
            >>> tokenizer = BPETokenizer.train(["hello hello"], vocab_size=262)
            >>> list(tokenizer.encode_stream(["he", "llo<|end", "oftext|>"]))
            [259, 261]
        """
        text, wanted = "", 0
        for part in _in_parts(chunks):
            check_unicode(part)
            text += part
            # Doubling what is wanted keeps the time linear where no border comes.
            if len(text) >= wanted:
                ids, text = self._encode_settled(text)
                yield from ids
                wanted = 2 * len(text)
        yield from self.encode(text)

    def decode(self, ids: Iterable[int]) -> str:
        r"""Turn ids into text; bytes that are no UTF-8 become U+FFFD.

        Raises:
            ValueError: If an id is not in the vocabulary.
        """
        return self.decode_bytes(ids).decode("utf-8", errors="replace")

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        """Turn ids into the bytes that they stand for, complete characters or not.

        Raises:
            ValueError: If an id is not in the vocabulary.
        """
        try:
            return b"".join(map(self._tokens.__getitem__, ids))
        except KeyError as error:
            raise ValueError(f"no token has the id {error}") from None

    def _encode_text(self, text: str) -> list[int]:
        return self._ids_of_word.of_all(self._splitter.words(text))

    def _encode_settled(self, text: str) -> tuple[list[int], str]:
        """The ids that no text to come can change, and the text that they leave."""
        parts, ordinary, end = self._special.settled(text)
        ids = self._special.encode_parts(parts, self._encode_text)
        words = self._splitter.settled(ordinary)
        ids += self._ids_of_word.of_all(words)
        return ids, ordinary[sum(map(len, words)) :] + end

    def _is_ordinary(self, name: str) -> bool:
        return name.encode() in self.vocabulary

    def _take(self, ids: dict[str, int]) -> None:
        self._tokens |= {i: name.encode() for name, i in ids.items()}

    def _encode_word(self, word: str) -> list[int]:
        return self._ids_of_piece.of_all(self._splitter.pieces(word))

    def _encode_piece(self, piece: str) -> list[int]:
        data = piece.encode()
        if self.ignore_merges and data in self.vocabulary:
            return [self.vocabulary[data]]
        return merge(map(self._byte_ids.__getitem__, data), self._table)


def _byte_ids(vocabulary: Mapping[bytes, int]) -> list[int]:
    if missing := [byte for byte in SINGLE_BYTES if byte not in vocabulary]:
        raise ValueError(f"the vocabulary has no token for the bytes {missing}")
    return [vocabulary[byte] for byte in SINGLE_BYTES]


def _tokens(
    vocabulary: Mapping[bytes, int], special_tokens: Mapping[str, int]
) -> dict[int, bytes]:
    tokens = {i: token for token, i in vocabulary.items()}
    names = [(name.encode(), i) for name, i in special_tokens.items()]
    for token, i in vocabulary.items() if len(tokens) < len(vocabulary) else names:
        if tokens.setdefault(i, token) != token:
            raise ValueError(
                f"two tokens have the same id: {i} is {token!r} and {tokens[i]!r}"
            )
    return tokens


def _in_parts(chunks: Iterable[str]) -> Iterator[str]:
    for chunk in chunks:
        for start in range(0, len(chunk), LONGEST_PART):
            yield chunk[start : start + LONGEST_PART]
