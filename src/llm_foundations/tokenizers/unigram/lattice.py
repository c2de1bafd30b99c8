"""All ways to cut a word into known pieces: the best of them, and their sum.

A way goes from place to place in the word, a piece at a time. Probabilities are
kept as logarithms, because those of long words are too small for a float.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple


def viterbi_segment(
    word: str, pieces: Mapping[str, float], longest: int, unknown: float
) -> list[str]:
    """Cut a word into the pieces whose probabilities have the highest product.

    This is Viterbi's algorithm: the best way to a place is the best way to an
    earlier one, and one piece. Of equal ways, the one with the longer last piece
    wins.

    Args:
        word: The characters to cut.
        pieces: The log-probability of each piece.
        longest: Characters in the longest piece.
        unknown: The log-probability of a character that is no piece.

    Examples:
        >>> pieces = {"h": -3.0, "u": -3.0, "g": -3.0, "hu": -4.0, "ug": -3.5}
        >>> viterbi_segment("hug", pieces, longest=2, unknown=-14.0)
        ['h', 'ug']
    """
    best, starts = [0.0], [0]
    for end in range(1, len(word) + 1):
        known = _pieces_to(word, end, pieces, longest)
        ways = [(best[start] + score, -start) for start, score in known]
        if word[end - 1] not in pieces:
            ways.append((best[end - 1] + unknown, 1 - end))
        score, negative_start = max(ways)
        best.append(score)
        starts.append(-negative_start)
    return _trace(word, starts)


def _trace(word: str, starts: list[int]) -> list[str]:
    """Read the pieces off, from the last back to the first."""
    cut, end = [], len(word)
    while end:
        cut.append(word[starts[end] : end])
        end = starts[end]
    return cut[::-1]


class Expected(NamedTuple):
    """What all ways to cut a word have in common."""

    log_probability: float
    """Of the word: the sum over all ways, in nats."""
    counts: list[tuple[str, float]]
    """How often each piece occurs at each place, averaged over all ways."""


def expected_counts(word: str, pieces: Mapping[str, float], longest: int) -> Expected:
    """Weigh every way to cut a word by its probability.

    Args:
        word: The characters to cut; each one is a piece.
        pieces: The log-probability of each piece.
        longest: Characters in the longest piece.

    Examples:
        >>> half = math.log(0.5)
        >>> found = expected_counts("ab", {"a": half, "b": half, "ab": half}, 2)
        >>> round(math.exp(found.log_probability), 6)  # 1/2, and 1/2 times 1/2
        0.75
        >>> [(piece, round(count, 3)) for piece, count in found.counts]
        [('ab', 0.667), ('b', 0.333), ('a', 0.333)]
    """
    size = len(word)
    ending = [_pieces_to(word, end, pieces, longest) for end in range(size + 1)]
    before = [0.0]
    for arcs in ending[1:]:
        before.append(_log_sum([before[start] + p for start, p in arcs]))
    # What leaves each place is collected while the places after it are finished.
    leaving: list[list[float]] = [[] for _ in range(size)] + [[0.0]]
    counts = []
    for end in range(size, 0, -1):
        after = _log_sum(leaving[end])
        for start, p in ending[end]:
            leaving[start].append(p + after)
            share = math.exp(before[start] + p + after - before[size])
            counts.append((word[start:end], share))
    return Expected(before[size], counts)


def _pieces_to(
    word: str, end: int, pieces: Mapping[str, float], longest: int
) -> list[tuple[int, float]]:
    """Where each piece that ends here starts, and its log-probability."""
    return [
        (start, pieces[word[start:end]])
        for start in range(max(0, end - longest), end)
        if word[start:end] in pieces
    ]


def _log_sum(logs: list[float]) -> float:
    """The logarithm of the sum of the numbers with these logarithms."""
    top = max(logs)
    return top + math.log(sum(math.exp(log - top) for log in logs))
