"""BERT's second objective: does this sentence follow that one?"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch.nn.utils.rnn import pad_sequence

from llm_foundations.training.objectives.language_modeling import LMBatch


def next_sentence(
    documents: Sequence[Sequence[Sequence[int]]],
    cls_id: int,
    sep_id: int,
    pad_id: int = 0,
    generator: torch.Generator | None = None,
) -> LMBatch:
    """Ask whether the second sentence follows the first.

    Each pair of neighbours stays together, or has its second sentence replaced by
    one of another document, with equal chance.

    Args:
        documents: For each document the token ids of its sentences; at least two
            documents.
        cls_id: The id before the first sentence.
        sep_id: The id after each sentence.
        pad_id: What fills a row up to the longest.
        generator: The source of randomness.

    Returns:
        The inputs are the ids and the segments (0 up to the first `sep_id`, then
        1). A target is 0 where the second sentence follows and 1 where it does not,
        as in BERT.

    Raises:
        ValueError: If there is only one document, or no pair of sentences.

    Reference:
        Devlin et al. (2019), section 3.1, <https://arxiv.org/abs/1810.04805>
    """
    if len(documents) < 2 or not any(len(d) > 1 for d in documents):
        raise ValueError("needs two documents, and one with two sentences")
    rows, segments, targets = [], [], []
    for index, document in enumerate(documents):
        for first, second in pairwise(document):
            swapped = _draw(2, generator) == 1
            if swapped:
                second = _foreign_sentence(documents, index, generator)
            rows.append(torch.tensor([cls_id, *first, sep_id, *second, sep_id]))
            segments.append(
                torch.arange(len(rows[-1])).ge(len(first) + 2).long(),
            )
            targets.append(int(swapped))
    inputs = pad_sequence(rows, batch_first=True, padding_value=pad_id)
    labels = torch.tensor(targets)
    counts = torch.ones_like(labels, dtype=torch.bool)
    return LMBatch((inputs, pad_sequence(segments, batch_first=True)), labels, counts)


def _draw(n: int, generator: torch.Generator | None) -> int:
    return int(torch.randint(n, (), generator=generator))


def _foreign_sentence(
    documents: Sequence[Sequence[Sequence[int]]],
    index: int,
    generator: torch.Generator | None,
) -> Sequence[int]:
    """Draw a sentence from any document but one."""
    others = [d for i, d in enumerate(documents) if i != index and len(d) > 0]
    document = others[_draw(len(others), generator)]
    return document[_draw(len(document), generator)]
