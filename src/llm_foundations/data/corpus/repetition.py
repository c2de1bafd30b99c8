"""How much of a text repeats itself: lines, paragraphs and runs of words.

All measures are shares between 0 and 1. What is counted as a duplicate is every
occurrence after the first, and no character twice.

A line ends where `str.splitlines` ends it: at LF, CR LF, CR, form feed, or one of
Unicode's separators. A line that only holds white space is empty.

Reference:
    Rae et al. (2021), appendix A.1.1, "Repetition removal",
    <https://arxiv.org/abs/2112.11446>
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from llm_foundations.checks import check_integer

Split = Callable[[str], list[str]]
"""How a text is cut: `lines` or `paragraphs`."""


def lines(text: str) -> list[str]:
    r"""Return the lines that are not empty, without white space at the ends.

    Examples:
        >>> lines("one\n\n  two ")
        ['one', 'two']
    """
    return _stripped(text.splitlines())


def paragraphs(text: str) -> list[str]:
    r"""Return what stands between empty lines, or Unicode's paragraph separators.

    Every line ends in `\n` afterwards, so that copies with other line ends are equal.

    Examples:
        >>> paragraphs("one\r\ntwo\r\n  \r\nthree")
        ['one\ntwo', 'three']
    """
    all_lines = text.replace("\u2029", "\n\n").splitlines()
    groups = groupby(all_lines, key=lambda line: bool(line.strip()))
    return _stripped("\n".join(group) for is_filled, group in groups if is_filled)


def duplicate_pieces(text: str, split: Split) -> float:
    r"""Return the share of lines, or of paragraphs, that have occurred before.

    Examples:
        >>> duplicate_pieces("a\nb\na\na", split=lines)
        0.5
    """
    pieces = split(text)
    return 1 - len(set(pieces)) / len(pieces) if pieces else 0.0


def duplicate_characters(text: str, split: Split) -> float:
    r"""Return the share of characters in lines, or paragraphs, that came before.

    Examples:
        >>> duplicate_characters("aaa\nbb\naaa", split=lines)
        0.375
    """
    pieces = split(text)
    total = sum(map(len, pieces))
    return 1 - sum(map(len, set(pieces))) / total if total else 0.0


def top_ngram(text: str, n: int) -> float:
    """Return the share of the characters of all words that the commonest n-gram covers.

    Of n-grams that are equally common the longest counts. White space is not
    counted.

    Raises:
        ValueError: If `n` is less than 1.

    Examples:
        >>> top_ngram("to be or not to be", n=2)
        0.6153846153846154
    """
    words = text.split()
    grams = _ngrams(words, n)
    if not grams:
        return 0.0
    counts = Counter(grams)
    top = max(counts, key=lambda gram: (counts[gram], sum(map(len, gram))))
    return _covered(words, n, (i for i, gram in enumerate(grams) if gram == top))


def duplicate_ngrams(text: str, n: int) -> float:
    """Return the share of the characters of all words in n-grams that came before.

    Raises:
        ValueError: If `n` is less than 1.

    Examples:
        >>> duplicate_ngrams("a b c d a b c", n=3)
        0.42857142857142855
    """
    words = text.split()
    seen: set[tuple[str, ...]] = set()
    repeats = []
    for start, gram in enumerate(_ngrams(words, n)):
        if gram in seen:
            repeats.append(start)
        seen.add(gram)
    return _covered(words, n, repeats)


def _stripped(pieces: Iterable[str]) -> list[str]:
    return [stripped for piece in pieces if (stripped := piece.strip())]


def _ngrams(words: Sequence[str], n: int) -> list[tuple[str, ...]]:
    check_integer("n", n)
    return list(zip(*(words[i:] for i in range(n)), strict=False))


def _covered(words: Sequence[str], n: int, starts: Iterable[int]) -> float:
    positions = {start + i for start in starts for i in range(n)}
    total = sum(map(len, words))
    return sum(len(words[i]) for i in positions) / total if total else 0.0
