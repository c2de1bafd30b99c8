"""The exercises of the lesson on counting words."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count
from typing import Any

from llm_foundations.exercises.exercise import Exercise, Function, case

_Weights = Sequence[float]
_TRUE, _MODEL = (1 / 2, 1 / 8, 3 / 8), (0.55, 0.3, 0.15)  # fox, goat, owl after owl
_AFTER, _ALL = (2, 1, 0), (3 / 8, 2 / 8, 3 / 8)


def _cross(p: _Weights, q: _Weights) -> float:
    return -sum(a * math.log(b) for a, b in zip(p, q, strict=True) if a)


_ENTROPY, _LOSS = _cross(_TRUE, _TRUE), _cross(_TRUE, _MODEL)
_BACKWARD = _cross(_MODEL, _TRUE) - _cross(_MODEL, _MODEL)


def _mixed(
    follows: _Weights = _AFTER, shorter: _Weights = _ALL, m: float = 2
) -> Function:
    """Return the answer of someone who mixed other counts."""
    total = sum(follows) + m
    model = [(c + m * p) / total for c, p in zip(follows, shorter, strict=True)]
    return _spinner(model[2], _cross(_TRUE, model))


def _spinner(
    owl: float = _MODEL[2], loss: float = _LOSS, excess: float | None = None
) -> Function:
    """Return an answer with some of its numbers replaced."""
    gap = loss - _ENTROPY if excess is None else excess
    return lambda: (owl, gap, math.exp(loss))


def _shown(result: Any) -> list[float]:
    """Round as the exercise asks, with the same weight on all three numbers."""
    owl, excess, perplexity = (float(number) for number in result)
    return [owl, excess, perplexity / 10]


def _wrong_numbers(result: Any) -> bool | str:
    names = ("the probability of owl", "the excess", "the perplexity")
    found = [float(number) for number in result]
    rights = (_MODEL[2], _LOSS - _ENTROPY, math.exp(_LOSS))
    wrong = [
        f"{name} is not {value:.4g}"
        for name, value, right, within in zip(
            names, found, rights, (0.0012, 0.0012, 0.012), strict=True
        )
        if not abs(value - right) <= within
    ]
    return "; ".join(wrong) or True


check_spinner_by_hand = Exercise(
    "check_spinner_by_hand",
    right=_spinner(),
    cases=[case()],
    why="the answer consists of numbers from paper",
    observe=_shown,
    within=0.0012,
    returns=("the probability of owl", "the excess", "the perplexity divided by 10"),
    mistakes={
        "that is add-one: here two imaginary occurrences are shared out among all "
        "words": _mixed(shorter=(1 / 3, 1 / 3, 1 / 3), m=3),
        "the imaginary occurrences are shared out as the words are among all eight "
        "spins, not evenly": _mixed(shorter=(1 / 3, 1 / 3, 1 / 3)),
        "count what came after owl, not what came before it": _mixed((1, 1, 0)),
        "that is one imaginary occurrence: m is 2": _mixed(m=1),
        "mix by counts, (c + m p) / (total + m): that is a mean of both shares": (
            _mixed(m=3)
        ),
        "those are the shares of all spins: count what followed owl": (
            _spinner(_ALL[2], _cross(_TRUE, _ALL))
        ),
        "divide by all five occurrences, three real and two imaginary": (
            _spinner(0.25, _cross(_TRUE, [p * 5 / 3 for p in _MODEL]))
        ),
        "all eight spins count for the shorter context, the first one too": (
            _mixed(shorter=(3 / 7, 2 / 7, 2 / 7))
        ),
        "the first number is the probability of owl after owl": (
            _spinner(owl=_MODEL[0]),
            _spinner(owl=_MODEL[1]),
        ),
        "these are bits: take the natural logarithm": (
            _spinner(excess=(_LOSS - _ENTROPY) / math.log(2)),
            _spinner(loss=_LOSS / math.log(2)),
        ),
        "weight the model's surprisals by the true probabilities, not by how often "
        "each word came up": (
            _spinner(loss=_cross((2 / 3, 1 / 3, 0), _MODEL)),
            _spinner(loss=_cross(_ALL, _MODEL)),
        ),
        "the second number is the excess: subtract the entropy from the "
        "cross-entropy": _spinner(excess=_LOSS),
        "the surprisals are the model's, and the weights are the spinner's: you have "
        "them the other way round": (
            _spinner(excess=_BACKWARD),
            _spinner(loss=_cross(_MODEL, _TRUE)),
            _spinner(loss=_cross(_MODEL, _TRUE), excess=_BACKWARD),
        ),
        "the excess is never negative: it is the cross-entropy minus the entropy": (
            _spinner(excess=_ENTROPY - _LOSS)
        ),
        "the perplexity of the model is e to its cross-entropy, not to the entropy": (
            lambda: (_MODEL[2], _LOSS - _ENTROPY, math.exp(_ENTROPY))
        ),
        "the perplexity is e to the cross-entropy, since these are nats, not 2 to "
        "it": lambda: (_MODEL[2], _LOSS - _ENTROPY, 2**_LOSS),
        "the perplexity is e to the whole cross-entropy, not to the excess": (
            lambda: (_MODEL[2], _LOSS - _ENTROPY, math.exp(_LOSS - _ENTROPY))
        ),
    },
    properties={
        "return three numbers: the probability, the excess and the perplexity, got "
        "{}": (
            lambda result: len(_shown(result)) == 3,
            lambda: _MODEL[2],
            lambda: (_MODEL[2], _LOSS),
        ),
        "{}": (
            _wrong_numbers,
            lambda: (0.5, 0.186, 3.19),
            lambda: (0.15, 0.5, 3.19),
        ),
    },
    verdict="What never followed owl still gets its share of all words.",
)
"""Two orders interpolated by hand, with the excess and perplexity of the mixture."""


_UNKNOWN = "<unknown>"
_Counts = Mapping[str, int]


def _smoothed(
    total: Callable[[_Counts, Sequence[str]], float] = (
        lambda follows, vocabulary: sum(follows.values()) + len(vocabulary) + 1
    ),
    unknown: Callable[[_Counts, Sequence[str]], float] = (
        lambda follows, vocabulary: 1 + _outside(follows, vocabulary)
    ),
    add: int = 1,
) -> Function:
    """Return a right answer with one of its parts replaced."""

    def add_one(follows: _Counts, vocabulary: Sequence[str]) -> dict[str, float]:
        whole = total(follows, vocabulary)
        chances = {word: (follows.get(word, 0) + add) / whole for word in vocabulary}
        return chances | {_UNKNOWN: unknown(follows, vocabulary) / whole}

    return add_one


def _outside(follows: _Counts, vocabulary: Sequence[str]) -> int:
    return sum(count for word, count in follows.items() if word not in vocabulary)


def _broken(follows: _Counts, vocabulary: Sequence[str]) -> dict[str, float]:
    total = sum(follows.values()) + len(follows)
    chances = {word: (count + 1) / total for word, count in follows.items()}
    return chances | {_UNKNOWN: 1 / total}


def _each_unknown(follows: _Counts, vocabulary: Sequence[str]) -> dict[str, float]:
    words = [*dict.fromkeys([*vocabulary, *follows]), _UNKNOWN]
    whole = sum(follows.values()) + len(words)
    return {word: (follows.get(word, 0) + 1) / whole for word in words}


def _rescaled(follows: _Counts, vocabulary: Sequence[str]) -> dict[str, float]:
    chances = _broken(follows, vocabulary)
    return {word: chance / sum(chances.values()) for word, chance in chances.items()}


def _is_whole(result: Any) -> bool | str:
    total = math.fsum(float(chance) for chance in result.values())
    return math.isclose(total, 1, rel_tol=1e-6) or f"{total:.4g}"


def _in_order(result: Any, follows: _Counts, vocabulary: Sequence[str]) -> Any:
    return [float(result.get(word, math.nan)) for word in (*vocabulary, _UNKNOWN)]


check_add_one = Exercise(
    "check_add_one",
    right=_smoothed(),
    cases=[
        case({"fox": 2, "owl": 1}, ["fox", "goat", "owl", "hen"]),
        case({"goat": 3, "yak": 2, "gnu": 1}, ["fox", "goat", "owl", "hen", "duck"]),
        case({}, ["fox", "goat"]),
        case({"emu": 4}, ["fox", "goat", "owl"]),
        case({"fox": 1, "goat": 5}, ["goat", "fox"]),
    ],
    mistakes={
        "the probabilities add up to more than 1: each word of the vocabulary and "
        "<unknown> has an imaginary occurrence, not only the words that were seen": (
            _broken,
            _smoothed(total=lambda f, v: sum(f.values()) + len(f)),
            _smoothed(total=lambda f, v: max(sum(f.values()) + len(f), 1)),
        ),
        "a word that was never seen has a probability too: go through the "
        "vocabulary, not through what was seen": _rescaled,
        "<unknown> needs an imaginary occurrence of its own: the total counts one "
        "more than the vocabulary has words": (
            _smoothed(total=lambda f, v: sum(f.values()) + len(v)),
            _smoothed(
                total=lambda f, v: sum(f.values()) + len(v),
                unknown=lambda f, v: _outside(f, v),
            ),
        ),
        "all words outside the vocabulary are one word, <unknown>: they have no "
        "entries of their own": _each_unknown,
        "words outside the vocabulary that were seen are occurrences of <unknown>: "
        "add their counts up": (
            _smoothed(unknown=lambda f, v: 1),
            _smoothed(
                total=lambda f, v: sum(f.get(w, 0) for w in v) + len(v) + 1,
                unknown=lambda f, v: 1,
            ),
            _smoothed(unknown=lambda f, v: 1 + sum(w not in v for w in f)),
        ),
        "nothing was added: what was never seen still has a probability of 0": (
            _smoothed(
                total=lambda f, v: max(sum(f.values()), 1), unknown=_outside, add=0
            )
        ),
    },
    properties={
        "return a dictionary of probabilities, got {}": (
            lambda result, follows, vocabulary: isinstance(result, Mapping),
            lambda follows, vocabulary: 0.5,
        ),
        "return one probability for each word of the vocabulary and one for "
        "<unknown>: {} is missing": (
            lambda result, follows, vocabulary: (
                ", ".join(w for w in (*vocabulary, _UNKNOWN) if w not in result) or True
            ),
            lambda follows, vocabulary: {w: 1 / len(vocabulary) for w in vocabulary},
        ),
        "the probabilities add up to {}, not to 1": (
            lambda result, follows, vocabulary: _is_whole(result),
            lambda follows, vocabulary: dict.fromkeys((*vocabulary, _UNKNOWN), 0.9),
        ),
    },
    observe=_in_order,
    verdict="Whatever comes next, the probabilities share exactly 1.",
)
"""Add-one smoothing with a word for everything outside the vocabulary."""


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
