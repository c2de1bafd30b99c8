"""Documents of any length packed into rows of one length, and kept apart in there.

A row begins where a document begins. Documents in one row do not see each other:
`document_mask` hides each from the others, so that every document is predicted as
if it stood alone. What is left of a row is padding, and counts as no document.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from jaxtyping import Bool, Int, Int32
from torch import Tensor

from llm_foundations.checks import check_integer
from llm_foundations.data.batches.windows import cut_document

Row = list[Sequence[int]]
"""The documents of one row, each as its token ids."""


def pack_in_order(documents: Iterable[Sequence[int]], length: int) -> Iterator[Row]:
    """Fill one row after another; a document that has no room begins the next.

    A document longer than a row is cut into pieces.

    Args:
        documents: Their token ids, with whatever marks their beginning and end.
        length: The length of a row.

    Raises:
        ValueError: If `length` is less than 1.

    Examples:
        >>> list(pack_in_order([[1, 2], [3, 4, 5], [6]], length=4))
        [[[1, 2]], [[3, 4, 5], [6]]]
    """
    row: Row = []
    for piece in _pieces(documents, length):
        if sum(map(len, row)) + len(piece) > length:
            yield row
            row = []
        row.append(piece)
    if row:
        yield row


def pack_best_fit(
    documents: Iterable[Sequence[int]], length: int, n_open: int = 256
) -> Iterator[Row]:
    """Put each document into the fullest of the open rows that still has room for it.

    Much less padding than `pack_in_order` needs, and the rows hold the same
    documents. When there are too many open rows the fullest is given out.

    Args:
        documents: Their token ids, with whatever marks their beginning and end.
        length: The length of a row.
        n_open: How many rows are kept open, and so in memory.

    Raises:
        ValueError: If `length` or `n_open` is less than 1.

    Examples:
        >>> list(pack_best_fit([[1, 2], [3, 4, 5], [6, 7]], length=4))
        [[[1, 2], [6, 7]], [[3, 4, 5]]]

    Reference:
        Ding et al. (2024), "Fewer Truncations Improve Language Modeling",
        <https://arxiv.org/abs/2404.10830>
    """
    check_integer("n_open", n_open)
    rows: dict[int, Row] = {}
    room: list[tuple[int, int]] = []  # free tokens and number of each open row, sorted
    for number, piece in enumerate(_pieces(documents, length)):
        place = bisect_left(room, (len(piece), -1))
        free, name = room.pop(place) if place < len(room) else (length, number)
        rows.setdefault(name, []).append(piece)
        insort(room, (free - len(piece), name))
        if room[0][0] == 0 or len(room) > n_open:
            yield rows.pop(room.pop(0)[1])
    yield from (rows[name] for _, name in room)


def fill(row: Row, length: int, pad_id: int = 0) -> Int32[np.ndarray, "2 {length}"]:
    """Return the token ids of a row, and beneath each the number of its document.

    Documents count from 1; padding has the number 0.

    Raises:
        ValueError: If the row is longer than `length`.

    Examples:
        >>> fill([[7, 8], [9]], length=4).tolist()
        [[7, 8, 9, 0], [1, 1, 2, 0]]
    """
    n_used = sum(map(len, row))
    if n_used > length:
        raise ValueError(f"a row of {length} cannot hold {n_used} ids")
    filled = np.array([[pad_id], [0]], dtype=np.int32).repeat(length, axis=1)
    filled[0, :n_used] = np.concatenate([np.empty(0), *row])
    filled[1, :n_used] = np.repeat(np.arange(1, len(row) + 1), [len(d) for d in row])
    return filled


def document_mask(document_ids: Int[Tensor, "B T"]) -> Bool[Tensor, "B T T"]:
    """Return the mask that keeps the documents of a row apart.

    Args:
        document_ids: The number of each position's document, 0 for padding.

    Returns:
        True where query and key are of the same document and not padding; for a
        causal model, `document_mask(document_ids) & causal_mask(T)`.

    Raises:
        ValueError: If `document_ids` are not rows (B, T).

    Examples:
        >>> import torch
        >>> document_mask(torch.tensor([[1, 1, 2, 0]]))[0].int().tolist()
        [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]
    """
    if document_ids.ndim != 2:
        shape = tuple(document_ids.shape)
        raise ValueError(f"document_ids must be rows (B, T), got shape {shape}")
    query, key = document_ids[:, :, None], document_ids[:, None, :]
    return (query == key) & (key > 0)


def document_positions(document_ids: Int[Tensor, "B T"]) -> Int[Tensor, "B T"]:
    """Return each position counted from the start of its document.

    Examples:
        >>> import torch
        >>> document_positions(torch.tensor([[1, 1, 2, 2, 2, 0]])).tolist()
        [[0, 1, 0, 1, 2, 0]]
    """
    return document_mask(document_ids).tril(-1).sum(-1)


def predicts_next(document_ids: Int[Tensor, "B T"]) -> Bool[Tensor, "B T-1"]:
    """Say where the next position is of the same document, and so to be predicted.

    Examples:
        >>> import torch
        >>> predicts_next(torch.tensor([[1, 1, 2, 2, 0]])).int().tolist()
        [[1, 0, 1, 0]]
    """
    following = document_ids[:, 1:]
    return (document_ids[:, :-1] == following) & (following > 0)


def _pieces(documents: Iterable[Sequence[int]], length: int) -> Iterator[Sequence[int]]:
    check_integer("length", length)
    for document in documents:
        yield from (piece for piece in cut_document(document, length) if len(piece))
