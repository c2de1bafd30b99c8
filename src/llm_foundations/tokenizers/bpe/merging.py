"""Applying the merges of byte pair encoding to one piece of text.

A merge has a rank: the lower, the earlier it was learned. Of all neighbours that
can merge, those of the lowest rank do, the leftmost first, until none can.
"""

import heapq
from array import array
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import NamedTuple

NEVER = 1 << 62
"""The rank of a pair that does not merge."""
LONG_PIECE = 64
"""Bytes from which on the heap is quicker than looking at every pair."""


class MergeTable(NamedTuple):
    """What merges, in which order, to what."""

    ranks: dict[tuple[int, int], int]
    """The rank of each pair of token ids that merges."""
    merged: dict[int, int]
    """The id of the token that a merge of this rank gives."""


def merge_plainly(ids: Iterable[int], table: MergeTable) -> list[int]:
    """Merge by looking at every pair before every merge.

    Quick for a word; its time grows with the square of the length.

    Examples:
        >>> table = MergeTable({(1, 2): 0, (3, 1): 1}, {0: 3, 1: 4})
        >>> merge_plainly([1, 2, 1, 2, 1], table)
        [3, 4]
    """
    ids = list(ids)
    while True:
        ranks = [table.ranks.get(pair, NEVER) for pair in pairwise(ids)]
        lowest = min(ranks, default=NEVER)
        if lowest == NEVER:
            return ids
        place = ranks.index(lowest)
        ids[place : place + 2] = [table.merged[lowest]]


def merge_with_heap(ids: Iterable[int], table: MergeTable) -> list[int]:
    """Merge the same way in near-linear time, for pieces of any length.

    The heap holds `rank * n + place` of each pair that merges: one integer, which
    sorts by rank and then by place. An entry whose pair is gone is passed over.
    """
    # Both ends meet in a last place, whose id of -1 merges with nothing.
    ids = array("q", [*ids, -1])
    n = len(ids) - 1
    left, right = array("q", [n, *range(n)]), array("q", [*range(1, n + 1), n])
    ranks = table.ranks
    heap = [
        ranks[pair] * n + place
        for place, pair in enumerate(pairwise(ids))
        if pair in ranks
    ]
    heapq.heapify(heap)
    while heap:
        rank, place = divmod(heapq.heappop(heap), n)
        taken = right[place]
        if ranks.get((ids[place], ids[taken])) != rank:
            continue
        ids[place], ids[taken] = table.merged[rank], -1
        right[place] = right[taken]
        left[right[place]] = place
        for i, j in ((left[place], place), (place, right[place])):
            if (ids[i], ids[j]) in ranks:
                heapq.heappush(heap, ranks[ids[i], ids[j]] * n + i)
    return [i for i in ids if i >= 0]


def merge(ids: Iterable[int], table: MergeTable) -> list[int]:
    """Merge in the way that suits the length."""
    ids = list(ids)
    way = merge_plainly if len(ids) < LONG_PIECE else merge_with_heap
    return way(ids, table)


def merge_table(
    vocabulary: Mapping[bytes, int], merge_ranks: Mapping[tuple[bytes, bytes], int]
) -> MergeTable:
    """Write merges of bytes as merges of ids.

    Raises:
        ValueError: If a merge needs a token that is not in the vocabulary.
    """
    ranks, merged = {}, {}
    try:
        for (left, right), rank in merge_ranks.items():
            ranks[vocabulary[left], vocabulary[right]] = rank
            merged[rank] = vocabulary[left + right]
    except KeyError as error:
        raise ValueError(
            f"a merge needs {error}, which is no token, or a special one"
        ) from None
    return MergeTable(ranks, merged)
