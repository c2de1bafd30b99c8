"""Answers that readers might write to the exercises on datasets."""

import numpy as np
import torch

from llm_foundations.exercises.text.datasets import (
    check_clusters,
    check_cut_documents,
    check_mask_counts,
    check_signatures,
)
from tests.exercises.answers import accepts, refuses

FOX, OWL = [3, 2, 1, 1], [3, 1, 6, 1]


def _masks_by_sets(true, found):
    hidden = [set(range(a, b)) for a, b in found]
    pieces = [set(range(a, b)) for a, b in true]
    masked = [p for p in pieces if any(p <= h for h in hidden)]
    alarms = [h for h in hidden if not any(p & h for p in pieces)]
    return [len(masked), len(pieces) - len(masked), len(alarms)]


def _cut_by_tokens(lengths, row):
    names = [i for i, n in enumerate(lengths) for _ in range(n)]
    rows = [set(names[i : i + row]) for i in range(0, len(names), row)]
    return sum(sum(i in names for names in rows) > 1 for i in range(len(lengths)))


def _clusters_by_rounds(n, pairs):
    names = np.arange(n)
    for _ in range(n):
        for a, b in pairs:
            names[[a, b]] = min(names[a], names[b])
    return names


def _clusters_one_round(n, pairs):
    names = list(range(n))
    for a, b in sorted(pairs):
        names[b] = names[a]
    return names


test_signatures_accept = accepts(
    check_signatures,
    [
        lambda: (FOX, OWL, 0.5, 0.4),
        lambda: [tuple(FOX), np.array(OWL), 2 / 4, 2 / 5],
        lambda: (torch.tensor(FOX), OWL, np.float64(0.5), 0.4),
    ],
)
test_signatures_refuse = refuses(
    check_signatures,
    {
        "smallest number": lambda: ([8, 9, 9, 8], [9, 9, 8, 5], 0.25, 0.4),
        "only once": lambda: (FOX, OWL, 0.5, 0.2857),
        "not of one text": lambda: (FOX, OWL, 0.5, 0.667),
        "two signatures only": lambda: (FOX, OWL, 0.4, 0.4),
    },
)
test_mask_counts_accept = accepts(check_mask_counts, [_masks_by_sets])
test_mask_counts_refuse = refuses(
    check_mask_counts,
    {
        "hides more than the address": lambda true, found: (
            sum(piece in found for piece in true),
            sum(piece not in found for piece in true),
            sum(piece not in true for piece in found),
        ),
        "returned": lambda true, found: None,
    },
)
test_cut_documents_accept = accepts(check_cut_documents, [_cut_by_tokens])
test_cut_documents_refuse = refuses(
    check_cut_documents,
    {
        "is cut, too": lambda lengths, row: len([n for n in lengths if n > row]),
        "expected": lambda lengths, row: 7,
    },
)
test_clusters_accept = accepts(check_clusters, [_clusters_by_rounds])
test_clusters_refuse = refuses(check_clusters, {"expected": _clusters_one_round})
