"""Learning the merges of byte pair encoding from text.

The most frequent pair of neighbours becomes one token, again and again. Where two
pairs are equally frequent, the one with the smaller ids wins, first id first: so
the same text gives the same merges everywhere, and the same as `tokenizers`.

A word in training is a `str` whose characters are token ids, `chr(id)`: a merge is
then one `str.replace`, which works from the left and never overlaps, as it must.
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from operator import add

Merge = tuple[bytes, bytes]
"""Two neighbouring pieces that become one."""
SINGLE_BYTES = [bytes([byte]) for byte in range(256)]
"""The pieces that every vocabulary starts from."""


def learn_merges_plainly(counts: Mapping[str, int], n_tokens: int) -> list[Merge]:
    """Learn merges the obvious way: count all pairs anew before each merge.

    [`learn_merges`][llm_foundations.tokenizers.bpe_training.learn_merges] gives the
    same, hundreds of times faster.

    Args:
        counts: How often each piece of text occurs.
        n_tokens: Size of the vocabulary to reach: 256 bytes and the merged ones.

    Reference:
        Sennrich, Haddow and Birch (2016), algorithm 1,
        <https://arxiv.org/abs/1508.07909>
    """
    words = {_as_word(piece): count for piece, count in counts.items()}
    merges: list[Merge] = []
    tokens = SINGLE_BYTES.copy()
    while len(tokens) < n_tokens:
        pairs: Counter[str] = Counter()
        for word, count in words.items():
            for pair in pairs_of(word):
                pairs[pair] += count
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merged = chr(len(tokens))
        words = {word.replace(best, merged): count for word, count in words.items()}
        merges.append((tokens[ord(best[0])], tokens[ord(best[1])]))
        tokens.append(b"".join(merges[-1]))
    return merges


def learn_merges(counts: Mapping[str, int], n_tokens: int) -> list[Merge]:
    """Learn merges, recounting only the words that a merge changes.

    Args:
        counts: How often each piece of text occurs.
        n_tokens: Size of the vocabulary to reach: 256 bytes and the merged ones. It
            stays smaller if every piece has become one token before.

    Returns:
        The merges in the order in which they were learned.

    Examples:
        >>> learn_merges({"low": 5, "lower": 2, "newest": 6, "widest": 3}, 256 + 3)
        [(b'e', b's'), (b'es', b't'), (b'l', b'o')]
    """
    pairs = PairCounts({_as_word(piece): n for piece, n in counts.items()})
    merges: list[Merge] = []
    tokens = SINGLE_BYTES.copy()
    while len(tokens) < n_tokens and (best := pairs.pop_most_frequent()):
        pairs.merge(best, chr(len(tokens)))
        merges.append((tokens[ord(best[0])], tokens[ord(best[1])]))
        tokens.append(b"".join(merges[-1]))
    return merges


def _as_word(piece: str) -> str:
    return piece.encode().decode("latin-1")


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
    """

    def __init__(self, words: Mapping[str, int]) -> None:
        self._words, self._word_counts = list(words), list(words.values())
        self.counts: defaultdict[str, int] = defaultdict(int)
        # Words that hold the pair, some more than once, and some that no longer do.
        self._where: defaultdict[str, list[int]] = defaultdict(list)
        for i, word in enumerate(self._words):
            for pair in pairs_of(word):
                self.counts[pair] += self._word_counts[i]
                self._where[pair].append(i)
        self._heap = [(-count, pair) for pair, count in self.counts.items()]
        heapq.heapify(self._heap)

    def pop_most_frequent(self) -> str | None:
        """The most frequent pair, which is then to be merged; None if there is none."""
        while self._heap:
            negative_count, pair = heapq.heappop(self._heap)
            count = self.counts[pair]
            if count == -negative_count and count > 0:
                return pair
            if count > 0:
                heapq.heappush(self._heap, (-count, pair))
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
                heapq.heappush(self._heap, (-self.counts[pair], pair))
