"""Which position may read which: windows, cached steps, and biases on the scores.

A bool mask is True where a query may attend. An additive bias is a float that is added
to the scores; minus infinity forbids. The simplest masks, `causal_mask` and
`padding_mask`, stand in [`layers.attention`][llm_foundations.layers.attention].
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from llm_foundations.checks import check_integer


def causal_mask(n: int) -> Bool[Tensor, "n n"]:
    """Return the mask that hides the future: row i may attend to columns 0 to i.

    Args:
        n: The number of positions.

    Raises:
        ValueError: If `n` is less than 1.

    Examples:
        >>> causal_mask(3).int().tolist()
        [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
    """
    check_integer("n", n)
    return torch.ones(n, n, dtype=torch.bool).tril()


def padding_mask(lengths: Int[Tensor, " B"], n: int) -> Bool[Tensor, "B 1 n"]:
    """Return the mask that hides what fills a batch up to its longest row.

    Args:
        lengths: How many of the positions of each row are real; they come first.
        n: The number of positions of the batch.

    Returns:
        True where a key is real. The axis of length 1 stands for all queries, so
        `causal_mask(n) & padding_mask(lengths, n)` is both masks at once.

    Raises:
        ValueError: If `lengths` is no vector, `n` is less than 1, or a length is not
            in 0 to `n`.

    Examples:
        >>> padding_mask(torch.tensor([1, 3]), n=3).int().tolist()
        [[[1, 0, 0]], [[1, 1, 1]]]
    """
    check_integer("n", n)
    if lengths.ndim != 1:
        raise ValueError(f"lengths must be one axis, got shape {tuple(lengths.shape)}")
    outside = [length for length in lengths.tolist() if not 0 <= length <= n]
    if outside:
        raise ValueError(f"lengths must be in 0 to {n}, got {outside[0]}")
    return (torch.arange(n, device=lengths.device) < lengths[:, None])[:, None]


def sliding_window_mask(
    n_queries: int, n_keys: int, window: int, device: torch.device | None = None
) -> Bool[Tensor, "T S"]:
    """Return the causal mask that also hides what lies `window` or more behind.

    The queries are the last of the keys, as they are when a cache holds the earlier
    ones.

    Args:
        n_queries: The number of new positions.
        n_keys: The number of positions that can be read, the new ones included.
        window: How many positions a query sees, itself included.
        device: Where the mask is made.

    Raises:
        ValueError: If a size is less than 1, or there are fewer keys than queries.

    Examples:
        >>> sliding_window_mask(4, 4, window=2).int().tolist()
        [[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]]
        >>> sliding_window_mask(1, 4, window=3).int().tolist()
        [[0, 1, 1, 1]]

    Reference:
        Jiang et al. (2023), Mistral 7B, section 2, <https://arxiv.org/abs/2310.06825>
    """
    check_integer("n_queries", n_queries)
    check_integer("n_keys", n_keys, least=n_queries)
    check_integer("window", window)
    visible = torch.ones(n_queries, n_keys, dtype=torch.bool, device=device)
    newest = n_keys - n_queries  # the column of the first query itself
    return visible.tril(newest) & visible.triu(newest - window + 1)


def decoder_mask(
    n_queries: int,
    n_keys: int,
    window: int | None = None,
    mask: Bool[Tensor, "B #T P"] | None = None,
    device: torch.device | None = None,
) -> tuple[Bool[Tensor, "#B 1 T S"] | None, bool]:
    """Join the causal rule, the window and the caller's mask for one forward pass.

    Args:
        n_queries: The number of new positions.
        n_keys: The number of positions that can be read, the new ones included.
        window: How many positions a query sees, itself included; None for all.
        mask: The caller's own, over all tokens read so far, forgotten ones included.
        device: Where the mask is made.

    Returns:
        The mask, with an axis for the heads, and False; or, where the causal rule
        alone holds and the fast kernel applies it by itself, None and whether it must.
    """
    window = n_keys if window is None else window
    sees_all = mask is None and window >= n_keys
    if sees_all and n_queries in (1, n_keys):
        return None, n_queries > 1
    visible = sliding_window_mask(n_queries, n_keys, window, device)
    if mask is None:
        return visible[None, None], False
    _check_caller_mask(mask, n_queries, n_keys)
    return (visible & mask[..., -n_keys:])[:, None], False


def biased(
    bias: Float[Tensor, "#B #H T S"], mask: Bool[Tensor, "B #T S"] | None
) -> Float[Tensor, "B H T S"]:
    """Join what is added to the scores with a mask: forbidden is minus infinity.

    Raises:
        ValueError: If the mask is not (B, T, S) or (B, 1, S).
        TypeError: If the mask is not bool.

    Examples:
        >>> mask = torch.tensor([[[True, False]]])
        >>> biased(torch.zeros(1, 1, 1, 2), mask).tolist()
        [[[[0.0, -inf]]]]
    """
    if mask is None:
        return bias
    n_queries, n_keys = bias.shape[-2:]
    _check_caller_mask(mask, n_queries, n_keys)
    if mask.shape[2] != n_keys:
        raise ValueError(f"mask must be over {n_keys} keys, got {tuple(mask.shape)}")
    return bias.masked_fill(~mask[:, None], float("-inf"))


def decoder_bias(
    bias: Float[Tensor, "#B #H T S"], mask: Bool[Tensor, "B #T P"] | None = None
) -> Float[Tensor, "B H T S"]:
    """Join what is added to the scores with the causal rule and the caller's mask.

    Args:
        bias: Its shape tells how many queries are new and how many keys there are.
        mask: The caller's own, over all tokens read so far.
    """
    n_queries, n_keys = bias.shape[-2:]
    visible = sliding_window_mask(n_queries, n_keys, n_keys, bias.device)[None]
    if mask is not None:
        _check_caller_mask(mask, n_queries, n_keys)
        visible = visible & mask[..., -n_keys:]
    return biased(bias, visible)


def _check_caller_mask(mask: Tensor, n_queries: int, n_keys: int) -> None:
    if mask.dtype != torch.bool:
        raise TypeError(f"mask must be bool (True = may attend), got {mask.dtype}")
    fits = mask.ndim == 3 and mask.shape[1] in (1, n_queries)
    if not fits or mask.shape[2] < n_keys:
        raise ValueError(
            f"mask must be (B, 1 or {n_queries}, at least {n_keys}), got shape "
            f"{tuple(mask.shape)}"
        )
