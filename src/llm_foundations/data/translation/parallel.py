"""Sentence pairs as rows of token ids, source and target side by side."""

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from llm_foundations.data.translation.sentences import Pair
from llm_foundations.tokenizers.words import WordTokenizer, split_words

PAD, START, END = 0, 1, 2
"""The ids of what fills a row up, begins a target and ends it."""
SPECIAL_TOKENS = ("<pad>", "<start>", "<end>", "<unk>")
"""They have the first ids of the vocabulary."""


class ParallelText:
    """Sentence pairs in one vocabulary that both languages share, a token a word.

    Args:
        pairs: The sentences. Their words are the vocabulary.

    Attributes:
        tokenizer: Of both languages; a word that is in no pair is `<unk>`.
        n_source: How many columns of `rows` belong to the source.
        rows: Ids, one row a pair: the source, filled up to the longest, then the
            target with `<start>` before it and `<end>` behind it, filled up too.

    Raises:
        ValueError: If there is no pair.

    Examples:
        >>> from llm_foundations.data import translation
        >>> text = ParallelText([translation.read("The cat slept.")])
        >>> text.tokenizer.vocabulary.tokens[4:]
        ['.', 'Le', 'The', 'a', 'cat', 'chat', 'dormi', 'slept']
        >>> text.rows.tolist(), text.n_source
        ([[6, 8, 11, 4, 1, 5, 9, 7, 10, 4, 2]], 4)

    Reference:
        One vocabulary for both: Vaswani et al. (2017), section 5.1,
        <https://arxiv.org/abs/1706.03762>
    """

    def __init__(self, pairs: Iterable[Pair]) -> None:
        """Collect the words and write the rows."""
        kept = list(pairs)
        if not kept:
            raise ValueError("there is no pair to read")
        words = {w for p in kept for w in split_words(f"{p.english} {p.french}")}
        tokens = [*SPECIAL_TOKENS, *sorted(words)]
        self.tokenizer = WordTokenizer(tokens, SPECIAL_TOKENS, "<unk>")
        encode = self.tokenizer.encode
        sources = _filled([encode(pair.english) for pair in kept])
        targets = _filled([[START, *encode(pair.french), END] for pair in kept])
        self.n_source = sources.shape[1]
        self.rows = np.concatenate((sources, targets), axis=1)

    @property
    def vocab_size(self) -> int:
        """Tokens in all, the special ones included."""
        return self.tokenizer.vocab_size

    def encode(self, sentences: Sequence[str]) -> Int[Tensor, "B S"]:
        """Turn sentences into the rows that an encoder reads, filled up."""
        rows = [self.tokenizer.encode(sentence) for sentence in sentences]
        return torch.from_numpy(_filled(rows))

    def decode(self, ids: Iterable[int]) -> str:
        """Turn what a decoder wrote into words, without what only frames them."""
        return self.tokenizer.decode(i for i in ids if i not in (PAD, START, END))


def _filled(rows: Sequence[Sequence[int]]) -> np.ndarray:
    """Lay rows of different lengths into a matrix, filled up at their ends."""
    filled = np.full((len(rows), max(map(len, rows))), PAD, dtype=np.int64)
    for i, row in enumerate(rows):
        filled[i, : len(row)] = row
    return filled
