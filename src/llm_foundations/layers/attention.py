"""Scaled dot-product attention: the plain form, its fused twin, and the masks.

A mask is bool and True means "may attend", as in PyTorch's
`scaled_dot_product_attention`.
"""

import math
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional as F

from llm_foundations.checks import check_integer, check_number, check_width
from llm_foundations.layers.cache import LayerCache
from llm_foundations.layers.cpu import blockwise_causal_attention, use_blockwise


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


class MultiHeadAttention(nn.Module):
    r"""Let every position read from its own sequence, with several heads at once.

    Each head $h$ attends in its own width $D$; their results are joined and mixed:
    $\mathrm{concat}_h(\mathrm{attention}(x W^q_h, x W^k_h, x W^v_h))\, W^o$. With fewer
    key-value heads than heads, neighbouring heads share keys and values: grouped-query
    attention, and multi-query attention where there is one.

    Args:
        d_model: Width of each position's vector.
        n_heads: Heads that ask.
        n_kv_heads: Heads that answer; `n_heads` if not given.
        d_head: Width of one head; `d_model / n_heads` if not given.
        bias: Whether the four projections add a bias.
        dropout: Share of the attention weights dropped in training.

    Attributes:
        scale: What the scores are multiplied by, $1 / \sqrt{D}$ unless set.

    Raises:
        ValueError: If the sizes do not divide, or `dropout` is not in 0 to 1.

    Examples:
        >>> import torch
        >>> from llm_foundations.layers.attention import causal_mask
        >>> attention = MultiHeadAttention(d_model=8, n_heads=4, n_kv_heads=2)
        >>> tuple(attention(torch.zeros(1, 3, 8), causal_mask(3)).shape)
        (1, 3, 8)

    Reference:
        Vaswani et al. (2017), section 3.2.2, <https://arxiv.org/abs/1706.03762>;
        Shazeer (2019), multi-query, <https://arxiv.org/abs/1911.02150>;
        Ainslie et al. (2023), grouped-query, <https://arxiv.org/abs/2305.13245>
    """

    def __init__(
        self,
        d_model: int,
        n_heads: int,
        n_kv_heads: int | None = None,
        d_head: int | None = None,
        bias: bool = True,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        n_kv_heads = n_heads if n_kv_heads is None else n_kv_heads
        check_heads(d_model, n_heads, n_kv_heads, d_head)
        check_number("dropout", dropout, least=0, most=1)
        self.d_model = d_model
        self.d_head = d_model // n_heads if d_head is None else d_head
        self.scale = self.d_head**-0.5
        self.dropout = dropout
        self.q_proj = nn.Linear(d_model, n_heads * self.d_head, bias=bias)
        self.k_proj = nn.Linear(d_model, n_kv_heads * self.d_head, bias=bias)
        self.v_proj = nn.Linear(d_model, n_kv_heads * self.d_head, bias=bias)
        self.o_proj = nn.Linear(n_heads * self.d_head, d_model, bias=bias)

    def forward(
        self,
        x: Float[Tensor, "B T C"],
        mask: Bool[Tensor, "..."] | Float[Tensor, "..."] | None = None,
        causal: bool = False,
        rotate: Callable[[Tensor], Tensor] | None = None,
        cache: LayerCache | None = None,
    ) -> Float[Tensor, "B T C"]:
        """Return what each position reads.

        Args:
            x: One vector a position.
            mask: Bool, True where a query may attend, or a float that is added to the
                scores: (T, S) for all, (B, T, S) for each sequence, (B, H, T, S) for
                each head.
            causal: Let the kernel itself hide the future; then no mask is needed.
            rotate: Applied to queries and keys before they meet, as rotary positions
                are.
            cache: Keys and values of earlier positions, to which these are added.

        Raises:
            ValueError: If `x`, the mask or the cache is of another shape, or `causal`
                comes with a mask or with earlier positions.
            TypeError: If the mask is neither bool nor float.
        """
        self._check_input("x", x)
        q, k, v = self.split(self.q_proj(x)), *self.project_kv(x)
        if rotate is not None:
            q, k = rotate(q), rotate(k)
        if cache is not None:
            k, v = cache.append(k, v)
        return self.read(q, k, v, mask, causal)

    def split(self, x: Float[Tensor, "B T HD"]) -> Float[Tensor, "B H T D"]:
        """Give each head its own slice of every position."""
        return x.view(*x.shape[:2], -1, self.d_head).transpose(1, 2)

    def project_kv(
        self, x: Float[Tensor, "B S C"]
    ) -> tuple[Float[Tensor, "B G S D"], Float[Tensor, "B G S D"]]:
        """Return what the positions of `x` offer, head by head."""
        return self.split(self.k_proj(x)), self.split(self.v_proj(x))

    def read(
        self,
        q: Float[Tensor, "B H T D"],
        k: Float[Tensor, "B G S D"],
        v: Float[Tensor, "B G S D"],
        mask: Bool[Tensor, "..."] | Float[Tensor, "..."] | None = None,
        causal: bool = False,
    ) -> Float[Tensor, "B T C"]:
        """Let the queries attend to the keys, join the heads, and mix them."""
        if causal and (mask is not None or q.shape[2] != k.shape[2]):
            raise ValueError(
                "causal=True needs as many queries as keys and no mask, got "
                f"{q.shape[2]} queries, {k.shape[2]} keys and mask={mask is not None}"
            )
        if mask is not None:
            mask = _with_heads(mask, (*q.shape[:3], k.shape[2]))
        dropout = self.dropout if self.training else 0.0
        if causal and mask is None and not dropout and use_blockwise(q, k):
            mixed = blockwise_causal_attention(q, k, v, self.scale)
        else:
            mixed = F.scaled_dot_product_attention(
                q,
                k,
                v,
                attn_mask=mask,
                dropout_p=dropout,
                is_causal=causal,
                scale=self.scale,
                enable_gqa=q.shape[1] != k.shape[1],
            )
        return self.o_proj(mixed.transpose(1, 2).flatten(2))

    def _check_input(self, name: str, x: Tensor) -> None:
        if x.ndim != 3:
            raise ValueError(f"{name} must be (B, T, C), got shape {tuple(x.shape)}")
        check_width(name, x.shape, self.d_model)


class CrossAttention(MultiHeadAttention):
    """Let every position read from another sequence, as a decoder from its encoder.

    The arguments are those of
    [`MultiHeadAttention`][llm_foundations.layers.attention.MultiHeadAttention].

    Reference:
        Vaswani et al. (2017), section 3.2.3, <https://arxiv.org/abs/1706.03762>
    """

    def forward(  # type: ignore[override]
        self,
        x: Float[Tensor, "B T C"],
        source: Float[Tensor, "B S C"],
        mask: Bool[Tensor, "..."] | Float[Tensor, "..."] | None = None,
        cache: LayerCache | None = None,
    ) -> Float[Tensor, "B T C"]:
        """Return what each position of `x` reads from `source`.

        Args:
            x: The vectors that ask.
            source: The vectors that answer.
            mask: As in `MultiHeadAttention`.
            cache: Where the source's keys and values are kept after the first call;
                later calls read them there and do not look at `source`.

        Raises:
            ValueError: If `x`, `source` or the mask is of another shape, or the two are
                not of one batch size.
            TypeError: If the mask is neither bool nor float.
        """
        self._check_input("x", x)
        if cache is None or cache.source is None:
            self._check_input("source", source)
            project_kv = self.project_kv(source)
            if cache is not None:
                cache.source = project_kv
        else:
            project_kv = cache.source
        k, v = project_kv
        if len(x) != len(k):
            raise ValueError(f"x has {len(x)} sequences, the source {len(k)}")
        return self.read(self.split(self.q_proj(x)), k, v, mask)


def _with_heads(mask: Tensor, scores: tuple[int, ...]) -> Tensor:
    """Return a mask with an axis for the heads, after a check of its shape and type."""
    if mask.dtype != torch.bool and not mask.is_floating_point():
        raise TypeError(
            f"mask must be bool (True = may attend) or float, got {mask.dtype}"
        )
    if mask.ndim == 3:
        mask = mask[:, None]  # the same for every head
    axes = mask.shape
    if len(axes) not in (2, 4) or any(map(_differ, axes[::-1], scores[::-1])):
        raise ValueError(
            f"mask of shape {tuple(axes)} does not fit scores of shape {scores}: it "
            "must be (T, S), (B, T, S) or (B, H, T, S), with 1 for an axis it shares"
        )
    return mask


def _differ(n: int, m: int) -> bool:
    return n != m and n != 1


def check_heads(
    d_model: int, n_heads: int, n_kv_heads: int, d_head: int | None = None
) -> None:
    """Refuse sizes that cannot be split among heads.

    Raises:
        ValueError: Naming the sizes that do not fit.
    """
    check_integer("d_model", d_model)
    check_integer("n_heads", n_heads)
    check_integer("n_kv_heads", n_kv_heads)
    if d_head is not None:
        check_integer("d_head", d_head)
    if d_head is None and d_model % n_heads:
        raise ValueError(f"{d_model=} is not divisible by {n_heads=}")
    if n_heads % n_kv_heads:
        raise ValueError(f"{n_heads=} is not divisible by {n_kv_heads=}")
