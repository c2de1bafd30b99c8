"""The block that a transformer repeats: read from the others, then think alone."""

from collections.abc import Callable

from jaxtyping import Bool, Float
from torch import Tensor, nn

from llm_foundations.checks import check_number
from llm_foundations.layers.cache import LayerCache


def pre_norm(
    x: Float[Tensor, "B T C"],
    norm: Callable[[Tensor], Tensor],
    sublayer: Callable[[Tensor], Tensor],
) -> Float[Tensor, "B T C"]:
    """Add to `x` what the sublayer makes of the normalised `x`.

    The sum itself is never normalised: every layer adds to one stream, which gradients
    run along unhindered.

    Reference:
        Xiong et al. (2020), <https://arxiv.org/abs/2002.04745>
    """
    return x + sublayer(norm(x))


def post_norm(
    x: Float[Tensor, "B T C"],
    norm: Callable[[Tensor], Tensor],
    sublayer: Callable[[Tensor], Tensor],
) -> Float[Tensor, "B T C"]:
    """Normalise the sum of `x` and what the sublayer makes of it.

    Reference:
        Vaswani et al. (2017), section 3.1, <https://arxiv.org/abs/1706.03762>
    """
    return norm(x + sublayer(x))


class TransformerBlock(nn.Module):
    """Attention over one sequence, then a feed-forward layer, each with its residual.

    An encoder hands it a mask of padding, a decoder one that hides the future.

    Args:
        attention: A layer of
            [`multi_head_attention`][llm_foundations.layers.attention].
        feed_forward: A layer of [`feed_forward`][llm_foundations.layers.feed_forward]
            or [`experts`][llm_foundations.layers.experts].
        norm: Makes one normalisation layer; called once for each residual.
        residual: [`pre_norm`][llm_foundations.layers.block.pre_norm] or
            [`post_norm`][llm_foundations.layers.block.post_norm].
        dropout: Share of each sublayer's result dropped in training.

    Raises:
        ValueError: If `dropout` is not in 0 to 1.

    Examples:
        >>> import torch
        >>> from llm_foundations.layers.feed_forward import FeedForward
        >>> from llm_foundations.layers.multi_head_attention import MultiHeadAttention
        >>> attention, feed_forward = MultiHeadAttention(8, 2), FeedForward(8, 32)
        >>> block = TransformerBlock(attention, feed_forward, lambda: nn.LayerNorm(8))
        >>> tuple(block(torch.zeros(1, 3, 8)).shape)
        (1, 3, 8)
    """

    def __init__(
        self,
        attention: nn.Module,
        feed_forward: nn.Module,
        norm: Callable[[], nn.Module],
        residual: Callable[..., Tensor] = pre_norm,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        check_number("dropout", dropout, least=0, most=1)
        self.attention_norm = norm()
        self.attention = attention
        self.feed_forward_norm = norm()
        self.feed_forward = feed_forward
        self.residual = residual
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        x: Float[Tensor, "B T C"],
        mask: Bool[Tensor, "..."] | Float[Tensor, "..."] | None = None,
        causal: bool = False,
        rotate: Callable[[Tensor], Tensor] | None = None,
        cache: LayerCache | None = None,
    ) -> Float[Tensor, "B T C"]:
        """Return the residual stream after this block.

        Args:
            x: The residual stream before it.
            mask: Bool, True where a query may attend, or a float that is added to the
                scores.
            causal: Hide the future; then no mask is needed.
            rotate: Applied to queries and keys, as rotary embeddings are.
            cache: The layer's KV cache, to which the new keys and values are added.
        """

        def attend(h: Tensor) -> Tensor:
            return self.dropout(self.attention(h, mask, causal, rotate, cache))

        def think(h: Tensor) -> Tensor:
            return self.dropout(self.feed_forward(h))

        x = self.residual(x, self.attention_norm, attend)
        return self.residual(x, self.feed_forward_norm, think)


class CrossBlock(TransformerBlock):
    """A decoder's block that also reads from an encoder, between its two other parts.

    Args:
        attention: Reads the decoder's own sequence.
        cross_attention: Reads the encoder's.
        feed_forward: As in `TransformerBlock`, like the rest.
        norm: Makes one normalisation layer; called three times.
        residual: `pre_norm` or `post_norm`.
        dropout: Share of each sublayer's result dropped in training.
    """

    def __init__(
        self,
        attention: nn.Module,
        cross_attention: nn.Module,
        feed_forward: nn.Module,
        norm: Callable[[], nn.Module],
        residual: Callable[..., Tensor] = pre_norm,
        dropout: float = 0.0,
    ) -> None:
        super().__init__(attention, feed_forward, norm, residual, dropout)
        self.cross_norm = norm()
        self.cross_attention = cross_attention

    def forward(  # type: ignore[override]
        self,
        x: Float[Tensor, "B T C"],
        source: Float[Tensor, "B S C"],
        mask: Bool[Tensor, "..."] | Float[Tensor, "..."] | None = None,
        source_mask: Bool[Tensor, "..."] | None = None,
        causal: bool = False,
        cache: LayerCache | None = None,
    ) -> Float[Tensor, "B T C"]:
        """Return the stream after this block.

        Args:
            x: The stream before it.
            source: The encoder's result.
            mask: Over the decoder's own positions.
            source_mask: Over the encoder's positions.
            causal: See `MultiHeadAttention`.
            cache: For both attention layers.
        """

        def attend(h: Tensor) -> Tensor:
            return self.dropout(self.attention(h, mask, causal, None, cache))

        def attend_source(h: Tensor) -> Tensor:
            return self.dropout(self.cross_attention(h, source, source_mask, cache))

        def think(h: Tensor) -> Tensor:
            return self.dropout(self.feed_forward(h))

        x = self.residual(x, self.attention_norm, attend)
        x = self.residual(x, self.cross_norm, attend_source)
        return self.residual(x, self.feed_forward_norm, think)
