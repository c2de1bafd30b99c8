"""Learning the merges of byte pair encoding from text.

The most frequent pair of neighbours becomes one token, again and again. Pairs that
are equally frequent are common, and each implementation has its own rule for them
(`ties`), so that merges of the same text differ from the first tie on:

- `"ids"`: the pair with the smaller ids, first id first. Bytes have the ids 0 to 255,
  merged tokens the next ones.
- `"tokenizers"`: the same, but with bytes in the order of the characters that GPT-2's
  alphabet writes them as, where the space comes after all letters. So Hugging Face's
  `tokenizers` learns, with its byte-level alphabet as initial alphabet.
- `"bytes"`: the greatest pair of byte strings in lexicographic order, as assignment 1
  of Stanford's CS336 asks for.

The three give equally good tokenizers. minbpe's rule, the pair that comes first in
the text, is not offered: a count of words does not know what came first.

A word in training is a `str` whose characters are token ids, `chr(id)`: a merge is
then one `str.replace`, which works from the left and never overlaps, as it must.
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from operator import add
from typing import Literal

from llm_foundations.tokenizers.bpe.byte_alphabet import write_bytes

Ties = Literal["ids", "tokenizers", "bytes"]
"""Which of equally frequent pairs is merged first."""
Merge = tuple[bytes, bytes]
"""Two neighbouring pieces that become one."""
SINGLE_BYTES = [bytes([byte]) for byte in range(256)]
"""The pieces that every vocabulary starts from."""
REVERSED = {byte: chr(255 - byte) for byte in range(256)}
"""Bytes as characters such that the greater comes first."""
END = chr(256)
"""What follows the last byte of a token, so that the longer comes first."""


def learn_merges_plainly(
    counts: Mapping[str, int], n_tokens: int, ties: Ties = "ids"
) -> list[Merge]:
    """Learn merges the obvious way: count all pairs anew before each merge.

    [`learn_merges`][llm_foundations.tokenizers.bpe.training.learn_merges] gives the
    same, hundreds of times faster.

    Args:
        counts: How often each piece of text occurs.
        n_tokens: Size of the vocabulary to reach: 256 bytes and the merged ones.
        ties: Which of equally frequent pairs merges first.

    Reference:
        Sennrich, Haddow and Birch (2016), algorithm 1,
        <https://arxiv.org/abs/1508.07909>
    """
    tokens = Symbols(ties)
    words = {tokens.word(piece): count for piece, count in counts.items()}
    merges: list[Merge] = []
    while len(tokens) < n_tokens:
        pairs: Counter[str] = Counter()
        for word, count in words.items():
            for pair in pairs_of(word):
                pairs[pair] += count
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], tokens.key(pair)))
        merges.append(tokens.pair(best))
        merged = tokens.add(b"".join(merges[-1]))
        words = {word.replace(best, merged): count for word, count in words.items()}
    return merges


def learn_merges(
    counts: Mapping[str, int], n_tokens: int, ties: Ties = "ids"
) -> list[Merge]:
    """Learn merges, recounting only the words that a merge changes.

    Args:
        counts: How often each piece of text occurs.
        n_tokens: Size of the vocabulary to reach: 256 bytes and the merged ones. It
            stays smaller if every piece has become one token before.
        ties: Which of equally frequent pairs merges first.

    Returns:
        The merges in the order in which they were learned.

    Raises:
        ValueError: If `ties` is none of the rules.

    Examples:
        >>> learn_merges({"low": 5, "lower": 2, "newest": 6, "widest": 3}, 256 + 3)
        [(b'e', b's'), (b'es', b't'), (b'l', b'o')]
        >>> learn_merges({"low": 5, "lower": 2}, 256 + 1, ties="bytes")
        [(b'o', b'w')]
    """
    tokens = Symbols(ties)
    words = {tokens.word(piece): n for piece, n in counts.items()}
    pairs = PairCounts(words, tokens.key)
    merges: list[Merge] = []
    while len(tokens) < n_tokens and (best := pairs.pop_most_frequent()):
        merges.append(tokens.pair(best))
        pairs.merge(best, tokens.add(b"".join(merges[-1])))
    return merges


class Symbols:
    """The tokens of a training as characters, and the order of pairs in a tie.

    Args:
        ties: The rule.

    Raises:
        ValueError: If there is no such rule.

    Examples:
        >>> symbols = Symbols("ids")
        >>> symbols.word("ab"), symbols.pair("ab")
        ('ab', (b'a', b'b'))
    """

    def __init__(self, ties: Ties) -> None:
        if ties not in ("ids", "tokenizers", "bytes"):
            raise ValueError(f"{ties=} is none of 'ids', 'tokenizers' and 'bytes'")
        order = write_bytes if ties == "tokenizers" else bytes
        self._tokens = sorted(SINGLE_BYTES, key=order)
        self._of_byte = {byte[0]: i for i, byte in enumerate(self._tokens)}
        self.key = self._reversed if ties == "bytes" else str
        """What equally frequent pairs are sorted by, ending in the pair itself."""

    def __len__(self) -> int:
        """Count the tokens."""
        return len(self._tokens)

    def word(self, piece: str) -> str:
        """The symbols of the bytes of some text."""
        return piece.encode().decode("latin-1").translate(self._of_byte)

    def pair(self, symbols: str) -> Merge:
        """The bytes that two symbols stand for."""
        return self._tokens[ord(symbols[0])], self._tokens[ord(symbols[1])]

    def add(self, token: bytes) -> str:
        """Make a symbol for a new token."""
        self._tokens.append(token)
        return chr(len(self._tokens) - 1)

    def _reversed(self, pair: str) -> str:
        left, right = (token.decode("latin-1") for token in self.pair(pair))
        return f"{left}{END}{right}{END}".translate(REVERSED) + pair


def pairs_of(word: str) -> Iterator[str]:
    """The neighbours in a word of symbols, two characters each.

    Examples:
        >>> list(pairs_of("abba"))
        ['ab', 'bb', 'ba']
    """
    return map(add, word, word[1:])


class PairCounts:
    """How often each pair of neighbours occurs, kept right while words change.

    The heap holds for each pair a count that is right or too high, so its top is
    the most frequent pair once its count has proved right.

    Args:
        words: How often each word occurs; a character is a symbol.
        key: What equally frequent pairs are sorted by; it ends in the pair itself.
    """

    def __init__(
        self, words: Mapping[str, int], key: Callable[[str], str] = str
    ) -> None:
        self._key = key
        self._words, self._word_counts = list(words), list(words.values())
        self.counts: defaultdict[str, int] = defaultdict(int)
        # Words that hold the pair, some more than once, and some that no longer do.
        self._where: defaultdict[str, list[int]] = defaultdict(list)
        for i, word in enumerate(self._words):
            for pair in pairs_of(word):
                self.counts[pair] += self._word_counts[i]
                self._where[pair].append(i)
        self._heap = [(-count, key(pair)) for pair, count in self.counts.items()]
        heapq.heapify(self._heap)

    def pop_most_frequent(self) -> str | None:
        """The most frequent pair, which is then to be merged; None if there is none."""
        while self._heap:
            negative_count, key = heapq.heappop(self._heap)
            count = self.counts[pair := key[-2:]]
            if count == -negative_count and count > 0:
                return pair
            if count > 0:
                heapq.heappush(self._heap, (-count, key))
        return None

    def merge(self, pair: str, merged: str) -> int:
        """Put one symbol for the pair in every word, and count how often."""
        n_merged = 0
        changes: defaultdict[str, int] = defaultdict(int)
        for i in set(self._where.pop(pair)):
            old, count = self._words[i], self._word_counts[i]
            if pair not in old:
                continue
            self._words[i] = new = old.replace(pair, merged)
            n_merged += count * (len(old) - len(new))
            for gone in pairs_of(old):
                changes[gone] -= count
            for come in pairs_of(new):
                changes[come] += count
                if merged in come:
                    self._where[come].append(i)
        self._apply(changes)
        return n_merged

    def _apply(self, changes: Mapping[str, int]) -> None:
        for pair, change in changes.items():
            self.counts[pair] += change
            if change > 0:
                heapq.heappush(self._heap, (-self.counts[pair], self._key(pair)))
