"""Learning a unigram vocabulary: start with too many pieces, drop the least missed.

Expectation-maximisation gives each piece the probability with which it occurs over
all ways to cut all words, weighted by how probable each way is.
"""

import math
from collections import defaultdict
from collections.abc import Mapping

from llm_foundations.tokenizers.unigram.lattice import expected_counts, viterbi_segment
from llm_foundations.tokenizers.vocabulary import most_common

MAX_PIECE_LENGTH = 16
"""Characters of the longest piece."""
SEEDS_PER_PIECE = 10
"""Pieces to start from, for each one wanted."""
KEPT = 0.75
"""Share of the pieces that each round keeps."""
EM_STEPS = 2
"""Steps of expectation-maximisation in each round."""
LEAST = 1e-6
"""Expected occurrences that every piece has at least, so that its logarithm exists."""

Scores = dict[str, float]
"""The log-probability of each piece, in nats."""


def learn_unigram(counts: Mapping[str, int], n_pieces: int) -> Scores:
    """Learn pieces and their log-probabilities.

    Args:
        counts: How often each word occurs.
        n_pieces: Pieces to reach. Single characters always stay.

    Returns:
        The log-probability of each piece, the most probable first.

    Examples:
        >>> scores = learn_unigram({"▁un": 9, "▁undo": 5, "▁do": 6}, 7)
        >>> list(scores)[:2]
        ['▁un', '▁do']

    Reference:
        Kudo (2018), section 3.2, <https://arxiv.org/abs/1804.10959>
    """
    scores = seed_pieces(counts, SEEDS_PER_PIECE * n_pieces)
    while True:
        for _ in range(EM_STEPS):
            scores, _ = em_step(counts, scores)
        if len(scores) <= n_pieces or all(len(piece) == 1 for piece in scores):
            return dict(sorted(scores.items(), key=lambda item: (-item[1], item[0])))
        scores = prune(scores, max(n_pieces, int(KEPT * len(scores))))


def seed_pieces(counts: Mapping[str, int], n_pieces: int) -> Scores:
    """Start from all characters, and the substrings that cover the most text."""
    found: defaultdict[str, int] = defaultdict(int)
    for word, count in counts.items():
        for start in range(len(word)):
            for end in range(start + 1, min(len(word), start + MAX_PIECE_LENGTH) + 1):
                found[word[start:end]] += count * (end - start)
    characters = {piece: n for piece, n in found.items() if len(piece) == 1}
    longer = {piece: n for piece, n in found.items() if len(piece) > 1}
    kept = most_common(longer, max(0, n_pieces - len(characters)))
    return _log_shares({p: found[p] / len(p) for p in [*characters, *kept]})


def em_step(counts: Mapping[str, int], scores: Scores) -> tuple[Scores, float]:
    """Estimate the probabilities anew, once.

    Returns:
        The new log-probabilities, and the log-likelihood of the text under the old
        ones in nats, which no step makes smaller.
    """
    expected: defaultdict[str, float] = defaultdict(float)
    log_likelihood, longest = 0.0, max(map(len, scores), default=1)
    for word, count in counts.items():
        found = expected_counts(word, scores, longest)
        log_likelihood += count * found.log_probability
        for piece, share in found.counts:
            expected[piece] += count * share
    kept = {piece: max(expected[piece], LEAST) for piece in scores}
    return _log_shares(kept), log_likelihood


def prune(scores: Scores, n_pieces: int) -> Scores:
    """Keep all characters, and the pieces without which the text would lose most.

    Without a piece, its occurrences would be cut into the next best way.
    """
    loss = {}
    for piece, score in scores.items():
        if len(piece) > 1:
            others = viterbi_segment(piece, scores, len(piece) - 1, -math.inf)
            next_best = sum(scores[other] for other in others)
            loss[piece] = math.exp(score) * (score - next_best)
    n_characters = len(scores) - len(loss)
    kept = set(most_common(loss, max(0, n_pieces - n_characters)))
    return {p: s for p, s in scores.items() if len(p) == 1 or p in kept}


def _log_shares(counts: Mapping[str, float]) -> Scores:
    total = sum(counts.values())
    return {piece: math.log(n / total) for piece, n in counts.items()}
