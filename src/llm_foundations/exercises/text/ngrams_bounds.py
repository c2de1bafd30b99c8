"""Exercises of the lesson on counting words: predecessors, and bounds from guesses."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count
from typing import Any

from llm_foundations.exercises.exercise import Exercise, Function, case

_Documents = Sequence[Sequence[str]]
_Pair = tuple[str, str]


def _pairs(documents: _Documents) -> list[_Pair]:
    return [p for d in documents for p in zip(d, list(d)[1:], strict=False)]


def _joined(documents: _Documents) -> list[_Pair]:
    return _pairs([[word for document in documents for word in document]])


def _with_start(documents: _Documents) -> list[_Pair]:
    return _pairs([["", *document] for document in documents])


def _shares(
    pairs_of: Callable[[_Documents], list[_Pair]] = _pairs,
    side: int = 1,
    distinct: Callable[[list[_Pair]], Iterable[_Pair]] = set,
    divided_by: Callable[[list[_Pair], set[str]], float] = (
        lambda pairs, words: len(set(pairs))
    ),
) -> Function:
    """Return a right answer with one of its parts replaced."""

    def continuation_shares(documents: _Documents) -> dict[str, float]:
        words = {word for document in documents for word in document}
        pairs = pairs_of(documents)
        counts = Counter(pair[side] for pair in distinct(pairs))
        whole = divided_by(pairs, words) or 1
        return {word: counts[word] / whole for word in words}

    return continuation_shares


def _once_per_document(documents: _Documents) -> list[_Pair]:
    return [pair for document in documents for pair in set(_pairs([document]))]


def _per_occurrence(documents: _Documents) -> dict[str, float]:
    counts = Counter(word for document in documents for word in document)
    before = _shares(divided_by=lambda pairs, words: 1)(documents)
    return {word: count / counts[word] for word, count in before.items()}


def _without_doubles(documents: _Documents) -> list[_Pair]:
    return [(a, b) for a, b in _pairs(documents) if a != b]


def _frequency(documents: _Documents) -> dict[str, float]:
    counts = Counter(word for document in documents for word in document)
    return {word: count / counts.total() for word, count in counts.items()}


def _only_preceded(documents: _Documents) -> dict[str, float]:
    found: dict[str, float] = _shares()(documents)
    return {word: share for word, share in found.items() if share}


def _in_alphabet(result: Any, documents: _Documents) -> Any:
    """Return the shares in order; a word that is missing shows as a name."""
    return {word: float(result[word]) for word in sorted(result)}


_DOCUMENTS = [
    ["the", "fox", "sat", "down", "and", "cried"],
    ["the", "goat", "sat", "down", "and", "cried", "and", "cried"],
    ["Pip", "met", "the", "fox", "and", "Pip", "danced"],
    ["then", "Pip", "sat"],
    ["a", "very", "very", "old", "fox", "and", "a", "very", "old", "goat"],
]

check_continuation_shares = Exercise(
    "check_continuation_shares",
    right=_shares(),
    cases=[
        case([["a", "b", "a", "b", "c"]], when="for the document a b a b c"),
        case(_DOCUMENTS, when="for the five documents about Pip"),
        case(
            [["x", "y"], ["z", "y"], ["x", "y", "y"], ["w"]],
            when="for the documents x y, z y, x y y and w",
        ),
    ],
    mistakes={
        "that is how often each word occurs: count the different words before it": (
            _frequency
        ),
        "count each pair of neighbors once, however often it occurs": (
            _shares(distinct=list, divided_by=lambda pairs, words: len(pairs)),
            _shares(distinct=list),
        ),
        "a pair that occurs in several documents is still one pair: make one set of "
        "all documents": (
            _shares(
                _once_per_document,
                distinct=list,
                divided_by=lambda pairs, words: len(pairs),
            ),
            _shares(_once_per_document, distinct=list),
        ),
        "a word may follow itself, as in very very: that pair counts, too": (
            _shares(_without_doubles)
        ),
        "divide by the number of all different pairs, not by how often the word "
        "occurs": _per_occurrence,
        "these are the words that come after it: count those that come before": (
            _shares(side=0)
        ),
        "the last word of a document isn't before the first word of the next": (
            _shares(_joined)
        ),
        "nothing comes before the first word of a document: it has no pair there": (
            _shares(_with_start)
        ),
        "these are numbers of predecessors: divide them by their sum": (
            _shares(divided_by=lambda pairs, words: 1)
        ),
        "divide by the number of different pairs, not by the number of words": (
            _shares(divided_by=lambda pairs, words: len(words))
        ),
        "divide by the number of different pairs, not of all pairs": (
            _shares(divided_by=lambda pairs, words: len(pairs))
        ),
        "a word that only ever begins documents is in the dictionary too, with 0": (
            _only_preceded
        ),
    },
    properties={
        "return a dictionary with a number for each word, got {}": (
            lambda result, documents: isinstance(result, Mapping),
            lambda documents: [0.5],
        ),
    },
    observe=_in_alphabet,
    verdict="What follows many different words may follow a new one.",
)
"""The share of all different pairs of neighbors that end in each word."""


def _bounds(
    log: Callable[[float], float] = math.log,
    factor: Callable[[int], float] = float,
    beyond: bool = True,
    cut: bool = False,
) -> Function:
    """Return a right answer with one of its parts replaced."""

    def entropy_bounds(tries: Iterable[int]) -> tuple[float, float]:
        counts = Counter(int(number) for number in tries)
        last = min(
            (i for i in range(1, max(counts) + 2) if not counts[i]),
            default=max(counts),
        )
        steps = range(1, last) if cut else range(1, max(counts) + beyond)
        q = {i: counts[i] / counts.total() for i in range(1, max(counts) + 2)}
        lower = sum(factor(i) * (q[i] - q[i + 1]) * log(i) for i in steps)
        return lower, -sum(q[i] * log(q[i]) for i in steps if q[i])

    return entropy_bounds


def _of_ranked(tries: Iterable[int]) -> tuple[float, float]:
    """Number the shares by their order, as if no number of tries were missing."""
    counts = sorted(Counter(tries).items())
    again = [i + 1 for i, (_, count) in enumerate(counts) for _ in range(count)]
    found: tuple[float, float] = _bounds()(again)
    return found


def _only_what_came(tries: Iterable[int]) -> tuple[float, float]:
    counts = Counter(int(number) for number in tries)
    q = {i: count / counts.total() for i, count in counts.items()}
    lower = sum(i * (q[i] - q.get(i + 1, 0)) * math.log(i) for i in q)
    return lower, -sum(share * math.log(share) for share in q.values())


def _up_to(last: Callable[[Counter[int]], int]) -> Function:
    """Return an answer whose sum of the lower bound ends elsewhere."""

    def entropy_bounds(tries: Iterable[int]) -> tuple[float, float]:
        tries = list(tries)
        counts = Counter(map(int, tries))
        terms = (
            i * (counts[i] - counts[i + 1]) / len(tries) * math.log(i)
            for i in range(1, last(counts) + 1)
        )
        upper: float = _bounds()(tries)[1]
        return sum(terms), upper

    return entropy_bounds


def _next_that_came(
    order: Callable[[Counter[int]], list[tuple[int, int]]], is_last_kept: bool = True
) -> Function:
    """Return an answer that takes the next share of a list without the zeros."""

    def entropy_bounds(tries: Iterable[int]) -> tuple[float, float]:
        tries = list(tries)
        pairs = order(Counter(map(int, tries)))
        after = [count for _, count in pairs[1:]] + [0] * is_last_kept
        lower = sum(
            i * (count - following) / len(tries) * math.log(i)
            for (i, count), following in zip(pairs, after, strict=False)
        )
        upper: float = _bounds()(tries)[1]
        return lower, upper

    return entropy_bounds


def _with_counts(tries: Iterable[int]) -> tuple[float, float]:
    tries = list(tries)
    lower, upper = _bounds()(tries)
    return lower * len(tries), upper * len(tries)


def _swapped(tries: Iterable[int]) -> tuple[float, float]:
    lower, upper = _bounds()(tries)
    return upper, lower


def _negated(tries: Iterable[int]) -> tuple[float, float]:
    lower, upper = _bounds()(tries)
    return lower, -upper


def _mean_log(tries: Iterable[int]) -> tuple[float, float]:
    tries = list(tries)
    upper = _bounds()(tries)[1]
    return sum(math.log(number) for number in tries) / len(tries), upper


check_entropy_bounds = Exercise(
    "check_entropy_bounds",
    right=_bounds(),
    cases=[
        case([1, 2, 1, 3, 1, 2, 1], when="for the tries 1 2 1 3 1 2 1"),
        case([1, 1, 4, 2, 1, 2, 1, 1, 4], when="for the tries 1 1 4 2 1 2 1 1 4"),
        case([3, 1, 1, 2, 7, 1, 1, 1, 2, 3, 1, 9], when="for twelve tries, up to 9"),
        case([2, 2, 1, 5, 1], when="for the tries 2 2 1 5 1"),
        case([1, 1, 1, 1], when="if every first guess is right"),
    ],
    returns=("the lower bound", "the upper bound"),
    mistakes={
        "return the lower bound first, then the upper one": _swapped,
        "the upper bound has a minus: logarithms of shares are negative": _negated,
        "these are bits: take the natural logarithm": _bounds(math.log2),
        "that is a logarithm to base 10: take the natural one": _bounds(math.log10),
        "the sum goes on to the largest number of tries: the last term of the lower "
        "bound has a q that follows it, which is 0": (
            _bounds(beyond=False),
            _up_to(lambda counts: max(counts) - 1),
        ),
        "some numbers of tries may be missing: don't stop at the first of them": (
            _bounds(cut=True),
            _up_to(lambda counts: next(i for i in count(1) if not counts[i]) - 1),
        ),
        "go up to the largest number of tries, not to how many different ones came": (
            _up_to(len)
        ),
        "the q after q_i is that of i + 1 tries, and 0 if it never came: yours is "
        "that of the next number that did come": (
            _next_that_came(lambda counts: sorted(counts.items())),
            _next_that_came(lambda counts: sorted(counts.items()), is_last_kept=False),
            _next_that_came(lambda counts: counts.most_common()),
        ),
        "a number of tries that never came has a term in the lower bound, too: its q "
        "is 0, but not always the next one": _only_what_came,
        "i is the number of tries, also where a smaller number never came: don't "
        "renumber the shares": _of_ranked,
        "in the lower bound, each term has the factor i in front, too": (
            _bounds(factor=lambda i: 1.0)
        ),
        "that is the mean logarithm of the tries: the lower bound takes differences "
        "of neighboring shares, times i": _mean_log,
        "q is a share: divide the counts by the number of letters": _with_counts,
    },
    verdict="From ranks alone, without a single probability.",
)
"""Shannon's bounds of the entropy of a language from the number of tries per letter."""
