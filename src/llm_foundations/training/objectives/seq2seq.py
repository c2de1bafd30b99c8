"""What an encoder-decoder is asked to predict, with the true target before its eyes."""

from jaxtyping import Int
from torch import Tensor

from llm_foundations.training.objectives.language_modeling import LMBatch


def teacher_forcing(
    rows: Int[Tensor, "B L"], n_source: int, pad_id: int = 0
) -> LMBatch:
    """Predict each target token from the source and the true tokens before it.

    Args:
        rows: Source and target side by side, the target between its start and its
            end token, as in
            [`ParallelText.rows`][llm_foundations.data.translation.parallel.ParallelText].
        n_source: How many columns belong to the source.
        pad_id: What the rows are filled up with; it is neither read nor predicted.

    Returns:
        The inputs are the source, the target without its last column, and the mask
        of the source. The targets are the target without its first column.

    Raises:
        ValueError: If a row leaves no source to read or nothing to predict.

    Examples:
        >>> import torch
        >>> example = teacher_forcing(torch.tensor([[5, 6, 0, 1, 7, 8, 2]]), n_source=3)
        >>> [x.int().tolist() for x in example.inputs]
        [[[5, 6, 0]], [[1, 7, 8]], [[[1, 1, 0]]]]
        >>> example.targets.tolist()
        [[7, 8, 2]]

    Reference:
        Williams and Zipser (1989), <https://doi.org/10.1162/neco.1989.1.2.270>
    """
    if rows.ndim != 2 or not 1 <= n_source <= rows.shape[1] - 2:
        raise ValueError(
            f"{n_source=} leaves no source or no target of rows of shape "
            f"{tuple(rows.shape)}"
        )
    source, target = rows[:, :n_source], rows[:, n_source:]
    targets = target[:, 1:]
    inputs = (source, target[:, :-1], (source != pad_id)[:, None])
    return LMBatch(inputs, targets, targets != pad_id)
