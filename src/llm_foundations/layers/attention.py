"""Scaled dot-product attention: the plain form, and the fused form that models use.

A mask is bool and True means "may attend", as in PyTorch's
`scaled_dot_product_attention`.
"""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional as F

from llm_foundations.layers.blockwise import blockwise_causal_attention, use_blockwise


def scaled_dot_product_attention(
    q: Float[Tensor, "*batch T D"],
    k: Float[Tensor, "*batch S D"],
    v: Float[Tensor, "*batch S V"],
    mask: Bool[Tensor, "*#batch #T #S"] | None = None,
) -> tuple[Float[Tensor, "*batch T V"], Float[Tensor, "*batch T S"]]:
    r"""Mix the values, each query by how well it matches each key.

    Computes $\mathrm{softmax}(q k^\top / \sqrt{D})\, v$ step by step, and keeps
    the weights so that they can be looked at.

    Args:
        q: What each position looks for.
        k: What each position offers to be found by.
        v: What each position hands over.
        mask: True where a query may attend to a key. A query that may attend to
            nothing gets weights, and so a result, of zero.

    Returns:
        The mixed values, and the weights: each row sums to 1, or to 0 if all of
        it is masked.

    Raises:
        ValueError: If the shapes do not fit together, or there is no key.
        TypeError: If the mask is not bool.

    Examples:
        >>> q, k = torch.tensor([[2.0, 1.0]]), torch.tensor([[1.0, 0.0], [0.0, 1.0]])
        >>> mixed, weights = scaled_dot_product_attention(q, k, v=k)
        >>> [round(w, 3) for w in weights[0].tolist()]
        [0.67, 0.33]

    Reference:
        Vaswani et al. (2017), section 3.2.1, equation 1,
        <https://arxiv.org/abs/1706.03762>
    """
    _check_shapes(q, k, v)
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # (..., T, S)
    if mask is None:
        weights = scores.softmax(dim=-1)
    else:
        _check_mask(mask, scores.shape)
        weights = scores.masked_fill(~mask, float("-inf")).softmax(dim=-1)
        # Softmax over a row of -inf is 0/0. Zero is what PyTorch's function gives.
        weights = weights.masked_fill(~mask.any(-1, keepdim=True), 0.0)
    return weights @ v, weights


def fused_attention(
    q: Float[Tensor, "*batch T D"],
    k: Float[Tensor, "*batch S D"],
    v: Float[Tensor, "*batch S V"],
    mask: Bool[Tensor, "*#batch #T #S"] | None = None,
) -> Float[Tensor, "*batch T V"]:
    """Compute the same result in one kernel that never stores the weights.

    Memory grows with T + S instead of T times S, unless there is a mask: the mask
    itself has an entry for each pair.

    The arguments, errors and masked rows are those of
    [`scaled_dot_product_attention`][llm_foundations.layers.attention.scaled_dot_product_attention];
    a test holds the two equal, forward and gradient.

    Reference:
        Dao et al. (2022), FlashAttention, <https://arxiv.org/abs/2205.14135>
    """
    _check_shapes(q, k, v)
    if mask is not None:
        _check_mask(mask, (*q.shape[:-1], k.shape[-2]))
        mask = _with_four_axes(mask)
    # On a CPU, PyTorch's kernel takes four axes and nothing else: given fewer, it
    # computes the plain form in silence.
    q4, k4, v4 = map(_with_four_axes, (q, k, v))
    mixed = F.scaled_dot_product_attention(q4, k4, v4, attn_mask=mask)
    return mixed.reshape(*q.shape[:-1], v.shape[-1])


def attention(  # noqa: PLR0913 - one door has all that models ask for
    q: Float[Tensor, "B H T D"],
    k: Float[Tensor, "B G S D"],
    v: Float[Tensor, "B G S D"],
    attn_mask: Bool[Tensor, "..."] | Float[Tensor, "..."] | None = None,
    causal: bool = False,
    scale: float | None = None,
    dropout: float = 0.0,
) -> Float[Tensor, "B H T D"]:
    r"""Compute multi-head scaled dot-product attention, as every model of the package.

    This is the one place where a model's attention is computed. It picks the fastest
    form that gives the result of
    [`scaled_dot_product_attention`][llm_foundations.layers.attention.scaled_dot_product_attention].

    Args:
        q: Queries, head by head.
        k: Keys. With fewer key-value heads than query heads, neighboring query heads
            share one (grouped-query attention).
        v: Values.
        attn_mask: Bool, True where a query may attend, or a float that is added to the
            scores. Its shape must broadcast to (B, H, T, S).
        causal: Hide the keys behind each query; needs T = S and no mask.
        scale: What the scores are multiplied by; $1 / \sqrt{D}$ if not given.
        dropout: Probability of dropping an attention weight.

    Examples:
        >>> q = torch.zeros(1, 2, 3, 4)
        >>> k = v = torch.ones(1, 1, 3, 4)  # one key-value head for two query heads
        >>> attention(q, k, v, causal=True)[0, 1, :, 0].tolist()
        [1.0, 1.0, 1.0]
    """
    scale = q.shape[-1] ** -0.5 if scale is None else scale
    if causal and attn_mask is None and not dropout and use_blockwise(q, k):
        return blockwise_causal_attention(q, k, v, scale)
    return F.scaled_dot_product_attention(
        q,
        k,
        v,
        attn_mask=attn_mask,
        dropout_p=dropout,
        is_causal=causal,
        scale=scale,
        enable_gqa=q.shape[1] != k.shape[1],
    )


def attention_with_logsumexp(
    q: Float[Tensor, "*batch T D"],
    k: Float[Tensor, "*batch S D"],
    v: Float[Tensor, "*batch S V"],
    mask: Bool[Tensor, "*#batch #T #S"] | None = None,
) -> tuple[Float[Tensor, "*batch T V"], Float[Tensor, "*batch T"]]:
    r"""Mix the values as above, and return the log-sum-exp of each row of scores.

    From it the weights can be computed again, as the backward pass of FlashAttention
    does: $w = \exp(q k^\top / \sqrt{D} - L)$. Two results over different keys combine
    with the weights $\mathrm{softmax}(L_1, L_2)$.

    The arguments and errors are those of
    [`scaled_dot_product_attention`][llm_foundations.layers.attention.scaled_dot_product_attention].

    Returns:
        The mixed values, and $L$, in nats: minus infinity where all keys are masked.

    Examples:
        >>> q, k = torch.zeros(1, 2), torch.zeros(4, 2)
        >>> mixed, logsumexp = attention_with_logsumexp(q, k, v=k)
        >>> round(logsumexp.item(), 4)  # ln 4
        1.3863

    Reference:
        Dao et al. (2022), section 3.1, <https://arxiv.org/abs/2205.14135>
    """
    _check_shapes(q, k, v)
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # (..., T, S)
    if mask is not None:
        _check_mask(mask, scores.shape)
        scores = scores.masked_fill(~mask, float("-inf"))
    logsumexp = scores.logsumexp(dim=-1)
    weights = (scores - logsumexp[..., None]).exp()
    weights = weights.masked_fill(logsumexp.isneginf()[..., None], 0.0)
    return weights @ v, logsumexp


def biased_attention(
    q: Float[Tensor, "*batch T D"],
    k: Float[Tensor, "*batch S D"],
    v: Float[Tensor, "*batch S V"],
    bias: Float[Tensor, "*#batch #T #S"],
    scale: float | None = None,
) -> tuple[Float[Tensor, "*batch T V"], Float[Tensor, "*batch T S"]]:
    r"""Mix the values as above, with a number added to each score.

    This is how ALiBi and T5 tell positions apart. Minus infinity forbids a key.

    Args:
        q: What each position looks for.
        k: What each position offers to be found by.
        v: What each position hands over.
        bias: What is added to the scores, after they are scaled.
        scale: What the scores are multiplied by; $1 / \sqrt{D}$ if not given.

    Returns:
        The mixed values and the weights; zeros where every key is forbidden.

    Raises:
        ValueError: If the shapes do not fit together, or there is no key.
    """
    _check_shapes(q, k, v)
    scale = q.shape[-1] ** -0.5 if scale is None else scale
    _check_fits_scores("bias", bias, (*q.shape[:-1], k.shape[-2]))
    scores = q @ k.transpose(-2, -1) * scale + bias
    forbidden = scores.isneginf().all(dim=-1, keepdim=True)
    weights = scores.masked_fill(forbidden, 0.0).softmax(dim=-1)
    weights = weights.masked_fill(forbidden, 0.0)
    return weights @ v, weights


def _with_four_axes(x: Tensor) -> Tensor:
    return x[(None,) * (4 - x.ndim)] if x.ndim < 4 else x


def _check_shapes(q: Tensor, k: Tensor, v: Tensor) -> None:
    named = f"q {tuple(q.shape)}, k {tuple(k.shape)}, v {tuple(v.shape)}"
    if min(q.ndim, k.ndim, v.ndim) < 2:
        raise ValueError(f"q, k and v need a position and a width axis, got {named}")
    if q.shape[-1] != k.shape[-1]:
        raise ValueError(f"queries and keys differ in width: {named}")
    if k.shape[-2] != v.shape[-2]:
        raise ValueError(f"keys and values differ in number: {named}")
    if 0 in (q.shape[-1], k.shape[-2]):
        raise ValueError(f"there is no key to attend to: {named}")
    if not q.shape[:-2] == k.shape[:-2] == v.shape[:-2]:
        raise ValueError(f"q, k and v differ in their batch axes: {named}")


def _check_fits_scores(name: str, x: Tensor, scores: Sequence[int]) -> None:
    axes = zip(x.shape[::-1], scores[::-1], strict=False)
    if x.ndim > len(scores) or any(n not in (1, m) for n, m in axes):
        raise ValueError(
            f"{name} of shape {tuple(x.shape)} does not fit scores of shape "
            f"{tuple(scores)}"
        )


def _check_mask(mask: Tensor, shape: Sequence[int]) -> None:
    if mask.dtype != torch.bool:
        raise TypeError(
            f"mask must be bool (True = may attend), got {mask.dtype}; "
            "an additive mask converts by `mask == 0`"
        )
    _check_fits_scores("mask", mask, shape)
