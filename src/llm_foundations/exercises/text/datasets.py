"""The exercises of the lesson on datasets."""

from collections.abc import Sequence

from llm_foundations.exercises.exercise import Exercise, case

_Pairs = Sequence[tuple[int, int]]


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
