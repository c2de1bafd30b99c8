"""The exercises of the lesson on datasets."""

from collections.abc import Sequence
from itertools import accumulate

from llm_foundations.exercises.exercise import Exercise, case

_Pairs = Sequence[tuple[int, int]]
_Counts = tuple[int, int, int]
_FOX, _OWL, _ESTIMATE, _EXACT = [3, 2, 1, 1], [3, 1, 6, 1], 0.5, 0.4


check_signatures = Exercise(
    "check_signatures",
    right=lambda: (_FOX, _OWL, _ESTIMATE, _EXACT),
    cases=[case()],
    why="the answer consists of numbers from paper",
    within=0.006,
    returns=("the first signature", "the second signature", "the estimate", "exact"),
    mistakes={
        "MinHash keeps the smallest number of each column": (
            lambda: ([8, 9, 9, 8], [9, 9, 8, 5], 0.25, _EXACT),
        ),
        "count a shingle that both texts have only once": (
            lambda: (_FOX, _OWL, _ESTIMATE, 2 / 7),
            lambda: (_FOX, _OWL, _ESTIMATE, 4 / 7),
        ),
        "the Jaccard index divides by the shingles of both, not of one text": (
            lambda: (_FOX, _OWL, _ESTIMATE, 2 / 4),
            lambda: (_FOX, _OWL, _ESTIMATE, 2 / 3),
        ),
        "the estimate uses the two signatures only": (
            lambda: (_FOX, _OWL, _EXACT, _EXACT),
        ),
        "compare the signatures position by position": (
            lambda: (_FOX, _OWL, 0.75, _EXACT),
        ),
        "a signature has one number for each hash function": (
            lambda: ([2, 1, 1, 3], [2, 1, 4], _ESTIMATE, _EXACT),
        ),
    },
    verdict="Four hashes can say 0.25 or 0.50, but never 0.40.",
)
"""Two signatures on paper, what they estimate, and the Jaccard index."""


def _mask_counts(true: _Pairs, found: _Pairs) -> _Counts:
    masked = sum(any(a <= start and end <= b for a, b in found) for start, end in true)
    alarms = sum(all(b <= start or end <= a for start, end in true) for a, b in found)
    return masked, len(true) - masked, alarms


def _equal_only(true: _Pairs, found: _Pairs) -> _Counts:
    masked = len(set(map(tuple, true)) & set(map(tuple, found)))
    return masked, len(true) - masked, len(found) - masked


def _any_overlap(true: _Pairs, found: _Pairs) -> _Counts:
    masked = sum(any(a < end and start < b for a, b in found) for start, end in true)
    return masked, len(true) - masked, _mask_counts(true, found)[2]


def _alarms_unless_whole(true: _Pairs, found: _Pairs) -> _Counts:
    masked, missed, _ = _mask_counts(true, found)
    whole = sum(any(a <= start and end <= b for start, end in true) for a, b in found)
    return masked, missed, len(found) - whole


def _touching(true: _Pairs, found: _Pairs) -> _Counts:
    masked, missed, _ = _mask_counts(true, found)
    alarms = sum(all(b < start or end < a for start, end in true) for a, b in found)
    return masked, missed, alarms


def _lengths_only(true: _Pairs, found: _Pairs) -> _Counts:
    masked, missed, _ = _mask_counts(true, found)
    return masked, missed, len(found) - masked


check_mask_counts = Exercise(
    "check_mask_counts",
    right=_mask_counts,
    cases=[
        case([(9, 24)], [(9, 24)]),
        case([(4, 8)], [], when="where nothing is found"),
        case([(5, 20), (30, 42)], [(3, 22), (30, 36), (50, 58)]),
        case([(10, 20), (40, 52), (60, 75)], [(0, 10), (20, 26), (44, 50), (58, 80)]),
        case([(2, 6), (7, 9), (30, 34)], [(0, 12), (29, 33)]),
    ],
    returns=("masked", "missed", "false alarms"),
    mistakes={
        "a mask that hides more than the address hides the address": _equal_only,
        "an address is still legible if a mask hides a part of it": _any_overlap,
        "a mask that hides a part of an address is not a false alarm": (
            _alarms_unless_whole
        ),
        "the end is the position after the last character: touching is not hiding": (
            _touching
        ),
        "the false alarms can't be found by subtracting two counts": _lengths_only,
    },
    verdict="A mask is judged by three counts, and none of them follows from the rest.",
)
"""What a mask of personal data hides, what it misses, and what it hides for nothing."""


def _n_cut(lengths: Sequence[int], row: int) -> int:
    ends = list(accumulate(lengths))
    starts = [end - n for end, n in zip(ends, lengths, strict=True)]
    pairs = zip(starts, ends, strict=True)
    return sum(start // row != (end - 1) // row for start, end in pairs)


def _n_cuts(lengths: Sequence[int], row: int) -> int:
    ends = list(accumulate(lengths))
    starts = [end - n for end, n in zip(ends, lengths, strict=True)]
    return sum(
        (end - 1) // row - start // row for start, end in zip(starts, ends, strict=True)
    )


def _cut_at_the_end(lengths: Sequence[int], row: int) -> int:
    ends = list(accumulate(lengths))
    starts = [end - n for end, n in zip(ends, lengths, strict=True)]
    return sum(a // row != b // row for a, b in zip(starts, ends, strict=True))


def _each_from_a_new_row(lengths: Sequence[int], row: int) -> int:
    used = n = 0
    for length in lengths:
        used += length
        if used > row:
            n, used = n + 1, 0
    return n


check_cut_documents = Exercise(
    "check_cut_documents",
    right=_n_cut,
    cases=[
        case([3, 4, 2], 5),
        case([4, 4, 4, 4], 8),
        case([5, 5, 10], 5),
        case([23, 1, 6, 2], 7),
        case([6, 3, 9, 2, 8], 10),
    ],
    mistakes={
        "a document that ends where its row ends is whole": _cut_at_the_end,
        "count a document once, however often it is cut": _n_cuts,
        "a short document is cut, too, where a row ends inside it": (
            lambda lengths, row: sum(length > row for length in lengths)
        ),
        "what doesn't fit goes on in the next row: keep its tokens": (
            _each_from_a_new_row
        ),
    },
    verdict="No padding at all, and this is its price.",
)
"""How many documents are cut if they are laid end to end in rows."""


def _clusters(n: int, pairs: _Pairs) -> list[int]:
    names = list(range(n))
    for a, b in pairs:
        old, new = max(names[a], names[b]), min(names[a], names[b])
        names = [new if name == old else name for name in names]
    return names


def _direct(n: int, pairs: _Pairs) -> list[int]:
    near: list[set[int]] = [{i} for i in range(n)]
    for a, b in pairs:
        near[a].add(b)
        near[b].add(a)
    return [min(group) for group in near]


def _one_page(n: int, pairs: _Pairs) -> list[int]:
    names = list(range(n))
    for a, b in pairs:
        names[a] = names[b] = min(names[a], names[b])
    return names


check_clusters = Exercise(
    "check_clusters",
    right=_clusters,
    cases=[
        case(4, []),
        case(5, [(0, 1), (1, 2)]),
        case(7, [(5, 6), (2, 3), (3, 5), (0, 4)]),
        case(9, [(8, 7), (7, 6), (6, 5), (1, 3), (3, 8)]),
    ],
    mistakes={
        "a copy of a copy belongs to the cluster, too": _direct,
        "when two clusters meet, rename every page of one of them": _one_page,
        "give each cluster its smallest number": lambda n, pairs: [
            max(i for i, name in enumerate(_clusters(n, pairs)) if name == mine)
            for mine in _clusters(n, pairs)
        ],
    },
    verdict="Split by these numbers, and no copy leaks.",
)
"""The cluster of each page, from pairs of near duplicates."""
