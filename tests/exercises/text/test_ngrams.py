"""Answers that readers might write to the exercises on counting words."""

import itertools
import math
from collections import Counter, defaultdict

import numpy as np
import torch

from llm_foundations.exercises.text.ngrams import (
    check_add_one,
    check_spinner_by_hand,
)
from llm_foundations.exercises.text.ngrams_bounds import (
    check_continuation_shares,
    check_entropy_bounds,
)
from tests.exercises.answers import accepts, refuses

test_spinner_accepts = accepts(
    check_spinner_by_hand,
    [
        lambda: (0.15, 0.186, 3.19),
        lambda: [0.150, 0.1865, 3.193],
        lambda: np.array([0.15, 0.187, 3.19]),
        lambda: (torch.tensor(0.75 / 5), 0.1865, 3.1925),
        lambda: (number for number in (0.15, 0.187, 3.2)),
    ],
)
test_spinner_refuses = refuses(
    check_spinner_by_hand,
    {
        "that is add-one": lambda: (1 / 6, 0.181, 3.176),
        "not what came before": lambda: (0.1875, 0.19, 3.202),
        "shared out as the words are among all": lambda: (0.1333, 0.2329, 3.344),
        "m is 2": lambda: (0.09375, 0.3194, 3.646),
        "these are bits": lambda: (0.15, 0.269, 3.193),
        "not by how often each word came up": lambda: (0.15, -0.1744, 2.225),
        "the second number is the excess": lambda: (0.15, 1.161, 3.193),
        "never negative": lambda: (0.15, -0.1865, 3.193),
        "not to the entropy": lambda: (0.15, 0.1865, 2.649),
        "not 2 to it": lambda: (0.15, 0.1865, 2.236),
        "not to the excess": lambda: (0.15, 0.1865, 1.205),
        "owl after owl": lambda: (0.55, 0.1865, 3.193),
        "return three numbers": lambda: 0.15,
        "the excess is not 0.1": lambda: (0.15, 0.1, 3.19),
        "the probability of owl is not 2; the perplexity is not 4": (
            lambda: (2, 0.186, 4)
        ),
    },
)


def with_a_loop(follows, vocabulary):
    result = {}
    size = 0
    for word in [*vocabulary, "<unknown>"]:
        result[word] = 1
        size += 1
    for word in follows:
        key = word if word in vocabulary else "<unknown>"
        result[key] += follows[word]
        size += follows[word]
    for word in result:
        result[word] = np.float64(result[word]) / size
    return result


def with_a_tensor(follows, vocabulary):
    places = {word: i for i, word in enumerate(vocabulary)}
    counts = torch.ones(len(vocabulary) + 1, dtype=torch.float64)
    for word, count in follows.items():
        counts[places.get(word, -1)] += count
    shares = counts / counts.sum()
    return defaultdict(float, zip([*vocabulary, "<unknown>"], shares, strict=True))


def in_place(follows, vocabulary):
    follows["<unknown>"] = 0
    for word in [w for w in follows if w not in [*vocabulary, "<unknown>"]]:
        follows["<unknown>"] += follows.pop(word)
    for word in vocabulary:
        follows.setdefault(word, 0)
    total = sum(follows.values()) + len(follows)
    return {word: (count + 1) / total for word, count in follows.items()}


def only_the_vocabulary(follows, vocabulary):
    total = sum(follows.values()) + len(vocabulary)
    return {word: (follows.get(word, 0) + 1) / total for word in vocabulary}


def unknown_once(follows, vocabulary):
    total = sum(follows.values()) + len(vocabulary) + 1
    chances = {word: (follows.get(word, 0) + 1) / total for word in vocabulary}
    return chances | {"<unknown>": 1 / total}


def seen_kinds(follows, vocabulary):
    total = max(sum(follows.values()) + len(follows), 1)
    return {w: (follows.get(w, 0) + 1) / total for w in [*vocabulary, "<unknown>"]}


test_add_one_accepts = accepts(check_add_one, [with_a_loop, with_a_tensor, in_place])
test_add_one_refuses = refuses(
    check_add_one,
    {
        "<unknown> is missing": only_the_vocabulary,
        "add their counts up": unknown_once,
        "add up to": seen_kinds,
        "dictionary of probabilities": lambda follows, vocabulary: list(follows),
        "it raised KeyError": lambda follows, vocabulary: {
            word: follows[word] for word in vocabulary
        },
        "got None": lambda follows, vocabulary: None,
    },
)


def with_sets(documents):
    before = defaultdict(set)
    for document in documents:
        for i, word in enumerate(document):
            before[word]
            if i:
                before[word].add(document[i - 1])
    total = sum(len(found) for found in before.values())
    return {word: len(found) / total for word, found in before.items()}


def with_numpy(documents):
    words = sorted({word for document in documents for word in document})
    seen = np.zeros((len(words), len(words)), dtype=bool)
    for document in documents:
        ids = np.array([words.index(word) for word in document])
        seen[ids[:-1], ids[1:]] = True
    return dict(zip(words, seen.sum(0) / seen.sum(), strict=True))


def every_occurrence(documents):
    counts = Counter(word for document in documents for word in document[1:])
    words = {word for document in documents for word in document}
    return {word: counts[word] / counts.total() for word in words}


def across_documents(documents):
    text = [word for document in documents for word in document]
    pairs = set(itertools.pairwise(text))
    return {word: sum(b == word for _, b in pairs) / len(pairs) for word in text}


def followers(documents):
    pairs = {pair for d in documents for pair in itertools.pairwise(d)}
    words = {word for d in documents for word in d}
    return {word: sum(a == word for a, _ in pairs) / len(pairs) for word in words}


def numbers_of_predecessors(documents):
    pairs = {pair for d in documents for pair in itertools.pairwise(d)}
    return {word: sum(b == word for _, b in pairs) for d in documents for word in d}


def without_first_words(documents):
    return {word: share for word, share in with_sets(documents).items() if share > 0}


def a_set_for_each_document(documents):
    pairs = [pair for d in documents for pair in set(itertools.pairwise(d))]
    words = {word for d in documents for word in d}
    return {word: sum(b == word for _, b in pairs) / len(pairs) for word in words}


def by_own_frequency(documents):
    counts = Counter(word for document in documents for word in document)
    found = numbers_of_predecessors(documents)
    return {word: found[word] / counts[word] for word in found}


def no_word_after_itself(documents):
    pairs = {p for d in documents for p in itertools.pairwise(d) if p[0] != p[1]}
    words = {word for d in documents for word in d}
    return {word: sum(b == word for _, b in pairs) / len(pairs) for word in words}


test_continuation_accepts = accepts(
    check_continuation_shares,
    [with_sets, with_numpy, lambda documents: Counter(with_sets(documents))],
)
test_continuation_refuses = refuses(
    check_continuation_shares,
    {
        "count each pair of neighbors once": every_occurrence,
        "isn't before the first word": across_documents,
        "come after it": followers,
        "with 0": without_first_words,
        "make one set of all documents": a_set_for_each_document,
        "not by how often the word occurs": by_own_frequency,
        "a word may follow itself": no_word_after_itself,
        "divide them by their sum": numbers_of_predecessors,
        "a number for each word": lambda documents: 3,
    },
)


def with_arrays(tries):
    q = np.bincount(np.asarray(list(tries)))[1:] / len(tries)
    i = np.arange(1, len(q) + 1)
    lower = (i * (q - np.append(q[1:], 0)) * np.log(i)).sum()
    kept = q[q > 0]
    return np.array([lower, -(kept * np.log(kept)).sum()])


def summed_by_parts(tries):
    n, lower, upper = len(tries), 0.0, 0.0
    for i in range(1, max(tries) + 1):
        share = tries.count(i) / n
        if i > 1:
            lower += share * (i * math.log(i) - (i - 1) * math.log(i - 1))
        if share > 0:
            upper -= share * math.log(share)
    return [lower, upper]


def only_what_came(tries):
    n, counts = len(tries), Counter(tries)
    lower = sum(
        i * (counts[i] - counts[i + 1]) / n * math.log(i) for i in sorted(counts)
    )
    return lower, -sum(c / n * math.log(c / n) for c in counts.values())


def like_pandas_without_reindex(tries):
    i, counts = np.unique(list(tries), return_counts=True)
    q = counts / counts.sum()
    lower = (i * (q - np.append(q[1:], 0)) * np.log(i)).sum()
    return lower, -(q * np.log(q)).sum()


def lower_up_to(last):
    def bounds(tries):
        n, counts = len(tries), Counter(tries)
        steps = range(1, last(tries) + 1)
        lower = sum(i * (counts[i] - counts[i + 1]) / n * math.log(i) for i in steps)
        return lower, -sum(c / n * math.log(c / n) for c in counts.values())

    return bounds


test_bounds_accepts = accepts(
    check_entropy_bounds,
    [
        with_arrays,
        summed_by_parts,
        lambda tries: torch.tensor(summed_by_parts(tries)),
    ],
)
test_bounds_refuses = refuses(
    check_entropy_bounds,
    {
        "these are bits": lambda tries: [b / math.log(2) for b in with_arrays(tries)],
        "the lower bound first": lambda tries: with_arrays(tries)[::-1],
        "has a minus": lambda tries: with_arrays(tries) * [1, -1],
        "that is the mean logarithm": lambda tries: (
            np.log(tries).mean(),
            with_arrays(tries)[1],
        ),
        "never came has a term": only_what_came,
        "that of the next number that did come": like_pandas_without_reindex,
        "goes on to the largest": lower_up_to(lambda tries: max(tries) - 1),
        "not to how many different": lower_up_to(lambda tries: len(set(tries))),
        "it raised ValueError": lambda tries: math.log(0),
        "expected 2 numbers": lambda tries: 0.5,
    },
)
