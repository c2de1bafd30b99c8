"""How often each run of tokens occurs, in sorted arrays.

A dictionary from tuples to counts is the plain form, and what a test compares
with; it needs some 200 bytes an n-gram. Here each *context*, the run of tokens
before a token, has a number at its own level (its length), and both contexts and
n-grams are sorted integers that a binary search finds:

    key of a context of k tokens   (number of its last k - 1) * (V + 1) + its first
    key of an n-gram of k + 1      (number of its context)    * V       + its last

The number of a context's shorter self is thus part of its key, which is what a
model needs that backs off to less context. Before its first token a document is
padded with a token that never is predicted, number V.
"""

import copy
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Int64
from torch import Tensor

Ids = Int64[np.ndarray, "..."]
"""Token ids, or places of rows, as one array."""
Document = Sequence[int] | Tensor
"""Token ids of any kind: characters, words, pieces of words."""


class Level(NamedTuple):
    """The n-grams of one length."""

    context_keys: Ids
    """The contexts, sorted; the number of each is its place."""
    gram_keys: Ids
    """The n-grams, sorted."""
    counts: Ids
    """How often each n-gram occurs."""
    continuations: Ids
    """After how many different tokens each n-gram occurs; of the longest, `counts`."""
    contexts: Ids
    """The number of each n-gram's context."""


class Found(NamedTuple):
    """Where contexts and n-grams stand in a level; -1 if they never occurred."""

    context: Ids
    """Places of the contexts."""
    gram: Ids
    """Places of the n-grams."""


class NGramCounts:
    """The counts of all n-grams up to one length.

    Args:
        documents: What to count; all tokens are held in memory, 8 bytes each.
        n: The length of the longest n-grams.
        vocab_size: The number of different tokens.

    Raises:
        ValueError: If there is no token, or an id is not in 0 to `vocab_size - 1`.

    Examples:
        >>> counts = NGramCounts([[0, 1, 0, 1, 1]], n=2, vocab_size=2)
        >>> counts.levels[0].counts.tolist(), counts.levels[1].counts.tolist()
        ([2, 3], [2, 1, 1, 1])
    """

    def __init__(self, documents: Iterable[Document], n: int, vocab_size: int) -> None:
        """Count every n-gram of the documents."""
        if n < 1 or vocab_size < 1:
            raise ValueError(
                f"n and vocab_size must be at least 1: {n=}, {vocab_size=}"
            )
        self.n, self.vocab_size = n, vocab_size
        contexts, tokens = self.pairs(documents)
        self.levels = self._count(contexts, tokens)

    def pairs(self, documents: Iterable[Document]) -> tuple[Ids, Ids]:
        """Return each token of the documents, and the `n - 1` tokens before it.

        Returns:
            Contexts of shape (tokens, n - 1), padded with the number V; tokens.

        Raises:
            ValueError: If there is no token, or an id is not in the vocabulary.
        """
        padding = np.full(self.n - 1, self.vocab_size)
        padded = [np.concatenate([padding, self._checked(d)]) for d in documents]
        stream = np.concatenate([np.empty(0, dtype=np.int64), *padded])
        if not any(len(d) > len(padding) for d in padded):
            raise ValueError("there is no token in the documents")
        windows = np.lib.stride_tricks.sliding_window_view(stream, self.n)
        windows = windows[stream[self.n - 1 :] < self.vocab_size]
        return windows[:, :-1], windows[:, -1]

    def shortened(self, n: int) -> "NGramCounts":
        """Return the counts of the n-grams up to a smaller length, without counting.

        Raises:
            ValueError: If `n` is not between 1 and the length that was counted.

        Examples:
            >>> counts = NGramCounts([[0, 1, 0, 1, 1]], n=3, vocab_size=2)
            >>> len(counts.levels), len(counts.shortened(2).levels)
            (3, 2)
        """
        if not 1 <= n <= self.n:
            raise ValueError(f"n must be from 1 to {self.n}, got {n}")
        shorter = copy.copy(self)
        last = self.levels[n - 1]
        longest = last._replace(continuations=last.counts)
        shorter.n, shorter.levels = n, [*self.levels[: n - 1], longest]
        return shorter

    def find(self, contexts: Ids, tokens: Ids) -> list[Found]:
        """Look n-grams up at every level.

        Args:
            contexts: Shape (P, n - 1).
            tokens: Shape (P, K): K tokens to look up after each context.

        Returns:
            For each level, from no context to the longest, the numbers of the
            contexts (P, 1) and of the n-grams (P, K).
        """
        number = np.zeros((len(contexts), 1), dtype=np.int64)
        found = []
        for k, level in enumerate(self.levels):
            if k:
                keys = self._extended(number, contexts[:, -k, None])
                number = _place(level.context_keys, keys)
            grams = _place(level.gram_keys, number * self.vocab_size + tokens)
            found.append(Found(number, grams))
        return found

    def _checked(self, document: Document) -> Ids:
        ids = np.asarray(document, dtype=np.int64)
        bad = ids[(ids < 0) | (ids >= self.vocab_size)]
        if ids.ndim != 1 or bad.size:
            what = f"id {bad[0]}" if bad.size else f"shape {ids.shape}"
            raise ValueError(
                f"a document is one axis of ids from 0 to {self.vocab_size - 1}: {what}"
            )
        return ids

    def _extended(self, number: Ids, token: Ids) -> Ids:
        keys: Ids = number * (self.vocab_size + 1) + token
        return keys

    def _count(self, contexts: Ids, tokens: Ids) -> list[Level]:
        number = np.zeros(len(tokens), dtype=np.int64)
        levels = []
        for k in range(self.n):
            keys = self._extended(number, contexts[:, -k]) if k else number
            context_keys, number = np.unique(keys, return_inverse=True)
            grams = number * self.vocab_size + tokens
            gram_keys, counts = np.unique(grams, return_counts=True)
            of_gram = gram_keys // self.vocab_size
            levels.append(Level(context_keys, gram_keys, counts, counts, of_gram))
        for k in range(self.n - 1):
            continuations = self._continuations(levels[k + 1])
            levels[k] = levels[k]._replace(continuations=continuations)
        return levels

    def _continuations(self, longer: Level) -> Ids:
        """Count the n-grams of a level for each n-gram that they end in."""
        shorter = longer.context_keys // (self.vocab_size + 1)
        last = longer.gram_keys % self.vocab_size
        keys = shorter[longer.contexts] * self.vocab_size + last
        continuations: Ids = np.unique(keys, return_counts=True)[1]
        return continuations


def _place(keys: Ids, wanted: Ids) -> Ids:
    """Return the place of each wanted key, or -1.

    After a context of number -1 every key is negative, and so has no place either.
    """
    place = np.searchsorted(keys, wanted).clip(max=len(keys) - 1)
    found: Ids = np.where(keys[place] == wanted, place, -1)
    return found
