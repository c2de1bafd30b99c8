"""Copies found: exact ones by their hash, near ones by MinHash.

Two documents are alike in the measure in which they share *shingles*, runs of
`n` words: the Jaccard index, shared shingles over all shingles of the two. To
compare every pair is out of the question, so each document is reduced to a
signature. For a random hash function, the smallest hash over a document's
shingles is the same for two documents with a probability that is their Jaccard
index. Cutting the signature into bands, and comparing those documents alone that
agree on a whole band, finds the likely pairs without looking at the others.

Reference:
    Broder (1997), "On the resemblance and containment of documents"; Leskovec,
    Rajaraman and Ullman, "Mining of Massive Datasets", sections 3.3 and 3.4;
    Lee et al. (2021), "Deduplicating Training Data Makes Language Models Better",
    <https://arxiv.org/abs/2107.06499>
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from jaxtyping import UInt32

from llm_foundations.checks import check_integer, check_number
from llm_foundations.data.corpus.words import words
from llm_foundations.tokenizers.normalization import (
    collapse_whitespace,
    fold_case,
    unicode_form,
)


def canonical(text: str) -> str:
    """Return the text without the differences that a copy may show.

    Unicode form, case and white space are made uniform.

    Examples:
        >>> canonical("The  CAFE\u0301") == canonical("the café")
        True
    """
    return collapse_whitespace(fold_case(unicode_form(text, "NFKC")))


def unique_documents(documents: Iterable[str]) -> Iterator[str]:
    """Yield each document whose canonical text has not been seen yet.

    Keeps 16 bytes a document, not its text.

    Examples:
        >>> list(unique_documents(["One.", "Two.", "one. "]))
        ['One.', 'Two.']
    """
    seen: set[bytes] = set()
    for document in documents:
        digest = hashlib.blake2b(canonical(document).encode(), digest_size=16).digest()
        if digest not in seen:
            seen.add(digest)
            yield document


def without_repeated_lines(documents: Sequence[str]) -> list[str]:
    r"""Remove each line that occurs more than once in a corpus, wherever it occurs.

    Such lines are mostly menus, headers and footers. Lines are compared exactly, but
    for the line end. Those that only hold white space stay, as they part paragraphs.

    Examples:
        >>> without_repeated_lines(["Menu\nOne.\n", "Menu\nTwo.\n"])
        ['One.\n', 'Two.\n']
    """
    counts = Counter(line for text in documents for line in text.splitlines())

    def cleaned(text: str) -> str:
        pairs = zip(text.splitlines(), text.splitlines(keepends=True), strict=True)
        kept = (whole for line, whole in pairs if counts[line] == 1 or not line.strip())
        return "".join(kept)

    return [cleaned(text) for text in documents]


def shingles(text: str, n: int = 3) -> set[str]:
    """Return every run of `n` words, in lower case and without punctuation.

    A text of fewer words is one shingle. In scripts that are written without spaces
    between words, each character counts as a word (see
    [`words`][llm_foundations.data.corpus.words.words]). A text without any word,
    such as a row of emoji, has shingles of its symbols.

    Raises:
        ValueError: If `n` is less than 1.

    Examples:
        >>> sorted(shingles("To be, or not to be", n=3))
        ['be or not', 'not to be', 'or not to', 'to be or']
        >>> sorted(shingles("我爱北京。", n=3))
        ['我 爱 北', '爱 北 京']
    """
    check_integer("n", n)
    text = canonical(text)
    found = words(text) or list(text.replace(" ", ""))
    if len(found) < n:
        return {" ".join(found)}
    return {" ".join(found[i : i + n]) for i in range(len(found) - n + 1)}


def jaccard(a: set[str], b: set[str]) -> float:
    """Return shared elements over all elements: 1 for equal sets, 0 for disjoint ones.

    Examples:
        >>> jaccard({"a", "b", "c"}, {"b", "c", "d"})
        0.5
    """
    return len(a & b) / len(a | b) if a or b else 1.0


class MinHash:
    """Signatures whose agreement estimates the Jaccard index.

    Hash function `i` sends a shingle with the 64-bit hash `x` to the upper half of
    `a[i] * x + b[i]`, modulo 2^64 (multiply-shift). The estimate from `k` functions
    has the standard error `sqrt(J * (1 - J) / k)`.

    Args:
        n_hashes: The length of a signature.
        n: The number of words of a shingle.
        seed: The seed of the hash functions.

    Raises:
        ValueError: If a number is less than 1.

    Examples:
        >>> minhash = MinHash()
        >>> a, b = map(minhash.signature, ("To be or not", "To be, or not!"))
        >>> minhash.similarity(a, b)
        1.0
    """

    def __init__(self, n_hashes: int = 128, n: int = 3, seed: int = 0) -> None:
        """Draw the hash functions."""
        check_integer("n_hashes", n_hashes)
        check_integer("n", n)
        random = np.random.RandomState(seed)
        self.n_hashes, self.n = n_hashes, n
        self._a, self._b = random.randint(
            0, 2**64, size=(2, n_hashes, 1), dtype=np.uint64
        ) | np.uint64(1)

    def signature(self, text: str) -> UInt32[np.ndarray, " n_hashes"]:
        """Reduce a text to the smallest value that each hash function takes on it."""
        hashes = np.array([_hash(shingle) for shingle in shingles(text, self.n)])
        values: UInt32[np.ndarray, "n_hashes n"] = (
            (self._a * hashes + self._b) >> np.uint64(32)
        ).astype(np.uint32)
        smallest: UInt32[np.ndarray, " n_hashes"] = values.min(axis=1)
        return smallest

    @staticmethod
    def similarity(
        a: UInt32[np.ndarray, " n_hashes"], b: UInt32[np.ndarray, " n_hashes"]
    ) -> float:
        """Estimate the Jaccard index of two texts from their signatures."""
        return float((a == b).mean())


class NearDuplicates:
    """An index that finds for each new document the first one that it nearly copies.

    The signature is cut into bands of `n_rows`. Two documents with Jaccard index J
    agree on one of `b` bands with probability `1 - (1 - J^n_rows)^b`, and only then
    are their signatures compared. Of each document that is kept the index holds its
    signature and its bands, about 2 kB, and not its text.

    Args:
        threshold: The estimated Jaccard index from which a document is a copy.
        minhash: What makes the signatures; None for 128 hashes of 3 words.
        n_rows: The number of hashes of a band.

    Raises:
        ValueError: If the threshold is not in (0, 1], or the bands do not come out.

    Examples:
        >>> index = NearDuplicates(threshold=0.5)
        >>> text = "The cat sat on the mat and looked at the rain."
        >>> index.add(text), index.add("Dogs bark."), index.add(text + " It slept.")
        (None, None, 0)
    """

    def __init__(
        self, threshold: float = 0.7, minhash: MinHash | None = None, n_rows: int = 4
    ) -> None:
        """Prepare the rows of hashes that documents are compared by."""
        self.minhash = minhash or MinHash()
        n_hashes = self.minhash.n_hashes
        check_number("threshold", threshold, above=0, most=1)
        check_integer("n_rows", n_rows)
        if n_hashes % n_rows:
            raise ValueError(f"{n_hashes} hashes do not divide into bands of {n_rows}")
        self.threshold, self.n_rows = threshold, n_rows
        self._signatures: dict[int, UInt32[np.ndarray, " n_hashes"]] = {}
        self._bands: dict[tuple[int, bytes], list[int]] = {}
        self._n_seen = 0

    def add(self, text: str) -> int | None:
        """Look a document up, and remember it if it is new.

        Returns:
            The number of the most similar document before it, counted from 0 over
            all that were added, or None if none reaches the threshold.
        """
        number, self._n_seen = self._n_seen, self._n_seen + 1
        signature = self.minhash.signature(text)
        bands = list(
            enumerate(row.tobytes() for row in signature.reshape(-1, self.n_rows))
        )
        candidates = {other for band in bands for other in self._bands.get(band, ())}
        original = self._best(signature, candidates)
        if original is None:
            self._signatures[number] = signature
            for band in bands:
                self._bands.setdefault(band, []).append(number)
        return original

    def _best(
        self, signature: UInt32[np.ndarray, " n_hashes"], candidates: set[int]
    ) -> int | None:
        similarity = {
            other: self.minhash.similarity(signature, self._signatures[other])
            for other in candidates
        }
        best = max(sorted(similarity), key=similarity.__getitem__, default=None)
        return best if best is not None and similarity[best] >= self.threshold else None


def distinct_documents(
    documents: Iterable[str], index: NearDuplicates | None = None
) -> Iterator[str]:
    """Yield each document that is no near copy of one before it.

    Args:
        documents: The documents, in the order in which the first of a kind is kept.
        index: The index to use, which may know documents already; None for a new one.
    """
    index = index or NearDuplicates()
    return (document for document in documents if index.add(document) is None)


def _hash(shingle: str) -> np.uint64:
    digest = hashlib.blake2b(shingle.encode(), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little"))
