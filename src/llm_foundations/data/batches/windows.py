"""Rows of equal length cut from what is longer."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Int, Integer
from torch import Tensor

from llm_foundations.checks import check_integer


def sliding_windows(
    token_ids: Int[Tensor, " n"] | Integer[np.ndarray, " n"],
    length: int,
    stride: int | None = None,
) -> Int[Tensor, "W {length}"]:
    """Return every window of a stream, without copying it.

    This is the plain way to make rows of a corpus: join all of it and cut. A row
    then starts anywhere, in the middle of a sentence, and a model has to guess
    what came before; `llm_foundations.data.batches.packing` starts rows at documents.

    Args:
        token_ids: The stream, as a tensor or as a NumPy array.
        length: The length of a row.
        stride: The distance from one row's start to the next; None for `length`,
            with which rows do not overlap.

    Returns:
        The rows as a tensor; what does not fill one at the end is left out.

    Raises:
        ValueError: If `length` or `stride` is less than 1, or the stream has more than
            one axis or is shorter than one row.

    Examples:
        >>> import torch
        >>> sliding_windows(torch.arange(7), length=3, stride=2).tolist()
        [[0, 1, 2], [2, 3, 4], [4, 5, 6]]
    """
    stride = length if stride is None else stride
    check_integer("length", length)
    check_integer("stride", stride)
    stream = torch.as_tensor(token_ids)
    if stream.ndim != 1:
        raise ValueError(f"the stream must be (n,), got shape {tuple(stream.shape)}")
    if len(stream) < length:
        raise ValueError(f"{len(stream)} ids do not fill a row of {length}")
    return stream.unfold(0, length, stride)


def cut_document(
    document: Sequence[int], length: int, overlap: int = 0
) -> list[Sequence[int]]:
    """Cut a document into pieces of at most `length`, the first at its start.

    Args:
        document: Its token ids.
        length: The length of a piece; only the last may be shorter.
        overlap: How many tokens of each piece are repeated in the next, so that no
            prediction but the first piece's has to do with less context.

    Raises:
        ValueError: If `length` is less than 1, or `overlap` not in 0 to `length - 1`.

    Examples:
        >>> cut_document([1, 2, 3, 4, 5], length=3, overlap=1)
        [[1, 2, 3], [3, 4, 5]]
        >>> cut_document([1, 2], length=3)
        [[1, 2]]
    """
    check_integer("length", length)
    check_integer("overlap", overlap, least=0, most=length - 1)
    step = length - overlap
    starts = range(0, max(len(document) - overlap, 1), step)
    return [document[start : start + length] for start in starts]
