"""Multi-head attention: self-attention, cross-attention, and shared key-value heads."""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from llm_foundations.checks import check_integer, check_number, check_width
from llm_foundations.layers.attention import attention
from llm_foundations.layers.cache import LayerCache


class MultiHeadAttention(nn.Module):
    r"""Multi-head self-attention: several heads attend side by side.

    Each head $h$ attends in its own width $D$; their results are joined and mixed:
    $\mathrm{concat}_h(\mathrm{attention}(x W^q_h, x W^k_h, x W^v_h))\, W^o$. With fewer
    key-value heads than heads, neighboring heads share keys and values: grouped-query
    attention, and multi-query attention where there is one.

    Args:
        d_model: Width of each position's vector.
        n_heads: Number of query heads.
        n_kv_heads: Number of key-value heads; `n_heads` if not given. Fewer is
            grouped-query attention (GQA), 1 is multi-query attention (MQA).
        d_head: Width of one head; `d_model / n_heads` if not given.
        bias: Whether the four projections add a bias.
        dropout: Share of the attention weights dropped in training.

    Attributes:
        scale: What the scores are multiplied by, $1 / \sqrt{D}$ unless set.

    Raises:
        ValueError: If the sizes do not divide, or `dropout` is not in 0 to 1.

    Examples:
        >>> import torch
        >>> from llm_foundations.layers.masks import causal_mask
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
            x: One vector per position.
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
        q, k, v = self.split_heads(self.q_proj(x)), *self.project_kv(x)
        if rotate is not None:
            q, k = rotate(q), rotate(k)
        if cache is not None:
            k, v = cache.append(k, v)
        return self.attend(q, k, v, mask, causal)

    def split_heads(self, x: Float[Tensor, "B T HD"]) -> Float[Tensor, "B H T D"]:
        """Give each head its own slice of every position."""
        return x.view(*x.shape[:2], -1, self.d_head).transpose(1, 2)

    def project_kv(
        self, x: Float[Tensor, "B S C"]
    ) -> tuple[Float[Tensor, "B G S D"], Float[Tensor, "B G S D"]]:
        """Return what the positions of `x` offer, head by head."""
        return self.split_heads(self.k_proj(x)), self.split_heads(self.v_proj(x))

    def attend(
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
        mixed = attention(q, k, v, mask, causal, self.scale, dropout)
        return self.o_proj(mixed.transpose(1, 2).flatten(2))

    def _check_input(self, name: str, x: Tensor) -> None:
        if x.ndim != 3:
            raise ValueError(f"{name} must be (B, T, C), got shape {tuple(x.shape)}")
        check_width(name, x.shape, self.d_model)


class CrossAttention(MultiHeadAttention):
    """Cross-attention: queries from one sequence, keys and values from another.

    The arguments are those of
    [`MultiHeadAttention`][llm_foundations.layers.multi_head_attention.MultiHeadAttention].

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
            x: The vectors that are projected to queries.
            source: The vectors that are projected to keys and values.
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
        return self.attend(self.split_heads(self.q_proj(x)), k, v, mask)


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
