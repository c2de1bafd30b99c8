"""Learning WordPiece's pieces: each new one makes the text as likely as it can.

The code that learned BERT's vocabulary is not published. This is the criterion of
the paper that WordPiece comes from, with the simplest language model: each piece
has the probability with which it occurs. Every merge looks at every pair, so it
suits a few thousand different words.
"""

import math
from collections import Counter
from collections.abc import Mapping

from llm_foundations.tokenizers.bpe.training import PairCounts


def likelihood_gain(n_pair: int, n_left: int, n_right: int, n_all: int) -> float:
    """The nats that merging two different pieces adds to the text's log-likelihood.

    With `n` occurrences of each piece and `N` of all, the text has the
    log-likelihood `sum(n log n) - N log N`. The merge takes `n_pair` occurrences
    from the left and from the right piece, gives them to a new piece, and makes
    the text that much shorter.

    Args:
        n_pair: Occurrences of the two pieces side by side.
        n_left: Occurrences of the left piece.
        n_right: Occurrences of the right piece.
        n_all: Occurrences of all pieces.

    Examples:
        >>> round(likelihood_gain(2, 2, 2, 4), 3)  # "ab ab": 4 log 2, then certainty
        2.773
    """
    before = _n_log_n(n_left) + _n_log_n(n_right) - _n_log_n(n_all)
    after = _n_log_n(n_left - n_pair) + _n_log_n(n_right - n_pair)
    return after + _n_log_n(n_pair) - _n_log_n(n_all - n_pair) - before


def learn_pieces(counts: Mapping[str, int], n_pieces: int) -> list[str]:
    """Learn pieces from words and how often each occurs.

    Args:
        counts: How often each word occurs.
        n_pieces: Pieces to reach. The characters of the words are pieces in any
            case. There are fewer if no merge makes the text more likely.

    Returns:
        The characters in the order of the alphabet, then the merged pieces in the
        order in which they were learned.

    Examples:
        >>> learn_pieces({"hug": 10, "hugs": 5, "pug": 5}, 8)
        ['##g', '##s', '##u', 'h', 'p', '##ug', 'hug', 'pug']

    Reference:
        Schuster and Nakajima (2012), Japanese and Korean voice search, section 3.
    """
    words = {tuple([w[0], *(f"##{c}" for c in w[1:])]): n for w, n in counts.items()}
    pieces = sorted({piece for word in words for piece in word})
    ids = {piece: i for i, piece in enumerate(pieces)}
    symbols = {"".join(chr(ids[p]) for p in word): n for word, n in words.items()}
    pairs, singles = PairCounts(symbols), _count_symbols(symbols)
    while len(pieces) < n_pieces and (best := _best_pair(pairs.counts, singles)):
        merged = chr(len(pieces))
        left, right = (pieces[ord(symbol)] for symbol in best)
        pieces.append(left + right.removeprefix("##"))
        n_merged = pairs.merge(best, merged)
        singles[merged] = n_merged
        singles.subtract({best[0]: n_merged})
        singles.subtract({best[1]: n_merged})
    return pieces


def _count_symbols(words: Mapping[str, int]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for word, count in words.items():
        for symbol in word:
            counts[symbol] += count
    return counts


def _best_pair(pairs: Mapping[str, int], singles: Counter[str]) -> str | None:
    """The pair whose merge gains most, if any gains."""
    n_all = singles.total()
    gains = ((-_gain(p, n, singles, n_all), p) for p, n in pairs.items() if n)
    loss, pair = min(gains, default=(0.0, None))
    return pair if loss < 0 else None


def _gain(pair: str, n_pair: int, singles: Counter[str], n_all: int) -> float:
    n_left, n_right = singles[pair[0]], singles[pair[1]]
    if pair[0] != pair[1]:
        return likelihood_gain(n_pair, n_left, n_right, n_all)
    # Three in a row are two pairs but one merge, which takes two of one piece.
    n_pair = min(n_pair, n_left // 2)
    before = _n_log_n(n_left) - _n_log_n(n_all)
    after = _n_log_n(n_left - 2 * n_pair) + _n_log_n(n_pair)
    return after - _n_log_n(n_all - n_pair) - before


def _n_log_n(n: int) -> float:
    return n * math.log(n) if n else 0.0
