"""The Transformer of 2017: post-norm, sinusoidal positions, one shared embedding."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from llm_foundations.layers.attention import scaled_dot_product_attention
from llm_foundations.layers.block import CrossBlock, TransformerBlock, post_norm
from llm_foundations.layers.cache import KVCache
from llm_foundations.layers.embedding import TokenEmbedding
from llm_foundations.layers.feed_forward import FeedForward
from llm_foundations.layers.masks import decoder_mask
from llm_foundations.layers.multi_head_attention import (
    CrossAttention,
    MultiHeadAttention,
    check_heads,
)
from llm_foundations.layers.normalization import LayerNorm
from llm_foundations.layers.positions import SinusoidalPositions
from llm_foundations.models.config import check_fields


@dataclass(frozen=True)
class EncoderDecoderConfig:
    """The sizes of a Transformer. The defaults are those of the paper's base model.

    Raises:
        ValueError: If the sizes cannot be.
    """

    vocab_size: int = 37000
    """How many token ids there are, of both languages together."""
    d_model: int = 512
    """Width of each position's vector; even, for sine and cosine."""
    n_layers: int = 6
    """Blocks of the encoder, and of the decoder."""
    n_heads: int = 8
    """Heads of each attention layer."""
    d_ff: int = 2048
    """Width inside the feed-forward layers."""
    dropout: float = 0.1
    """Share of embeddings and results dropped in training."""
    norm_eps: float = 1e-5
    """Added to the variance in LayerNorm."""

    def __post_init__(self) -> None:
        check_heads(self.d_model, self.n_heads, self.n_heads)
        check_fields(self)


class EncoderDecoder(nn.Module):
    """An encoder that reads the source, and a decoder that writes its translation.

    Source, target and head share one embedding, multiplied by the root of `d_model`
    where it enters.

    Args:
        config: Its sizes.

    Examples:
        >>> config = EncoderDecoderConfig(10, d_model=8, n_layers=1, n_heads=2, d_ff=16)
        >>> source, target = torch.tensor([[4, 5, 6]]), torch.tensor([[1, 7]])
        >>> tuple(EncoderDecoder(config)(source, target).shape)
        (1, 2, 10)

    Reference:
        Vaswani et al. (2017), sections 3.1 and 3.4, <https://arxiv.org/abs/1706.03762>
    """

    def __init__(self, config: EncoderDecoderConfig) -> None:
        super().__init__()
        self.config = config
        self.token_embedding = TokenEmbedding(
            config.vocab_size, config.d_model, std=config.d_model**-0.5
        )
        self.position_embedding = SinusoidalPositions(config.d_model)
        self.dropout = nn.Dropout(config.dropout)
        layers = range(config.n_layers)
        self.encoder_blocks = nn.ModuleList(_encoder_block(config) for _ in layers)
        self.decoder_blocks = nn.ModuleList(_decoder_block(config) for _ in layers)

    def forward(
        self,
        source_ids: Int[Tensor, "B S"],
        target_ids: Int[Tensor, "B T"],
        source_mask: Bool[Tensor, "B 1 S"] | None = None,
        mask: Bool[Tensor, "B #T T"] | None = None,
    ) -> Float[Tensor, "B T V"]:
        """Score every token as the target's next, at every target position.

        Args:
            source_ids: The tokens that are read.
            target_ids: The tokens written so far, the start token first.
            source_mask: True where a source token is real.
            mask: True where a target token may be attended to. The future never is.

        Raises:
            ValueError: If an id is unknown.
        """
        source = self.encode(source_ids, source_mask)
        return self.head(self.decode(target_ids, source, source_mask, mask))

    def encode(
        self,
        source_ids: Int[Tensor, "B S"],
        mask: Bool[Tensor, "B 1 S"] | None = None,
    ) -> Float[Tensor, "B S C"]:
        """Return each source token's vector in its context."""
        x = self._embed(source_ids, start=0)
        for block in self.encoder_blocks:
            x = block(x, mask)
        return x

    def decode(
        self,
        target_ids: Int[Tensor, "B T"],
        source: Float[Tensor, "B S C"],
        source_mask: Bool[Tensor, "B 1 S"] | None = None,
        mask: Bool[Tensor, "B #T P"] | None = None,
        cache: KVCache | None = None,
    ) -> Float[Tensor, "B T C"]:
        """Return each target token's last vector; with a cache, of the new ones."""
        n_new = target_ids.shape[1]
        x = self._embed(target_ids, start=cache.length if cache else 0)
        n_keys = cache.n_keys(n_new) if cache else n_new
        rule, causal = decoder_mask(n_new, n_keys, None, mask, x.device)
        layer_caches = cache.layers if cache else [None] * len(self.decoder_blocks)
        for block, layer_cache in zip(self.decoder_blocks, layer_caches, strict=True):
            x = block(x, source, rule, source_mask, causal, layer_cache)
        return x

    def head(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch V"]:
        """Score every token for each vector of the decoder."""
        return self.token_embedding.unembed(x)

    @torch.no_grad()
    def alignment(
        self,
        source_ids: Int[Tensor, "B S"],
        target_ids: Int[Tensor, "B T"],
        source_mask: Bool[Tensor, "B 1 S"] | None = None,
    ) -> list[Float[Tensor, "B H T S"]]:
        """Return how much each target position reads of each source token, by block.

        These are the weights of cross-attention, which a forward pass does not keep.
        The row of a position is what it reads to write the *next* token.

        Args:
            source_ids: As in `forward`, like the rest.
            target_ids: The start token first.
            source_mask: True where a source token is real.
        """
        found: list[Tensor] = []

        def look(layer: CrossAttention, inputs: tuple[Any, ...]) -> None:
            q = layer.split_heads(layer.q_proj(inputs[0]))
            k, v = layer.project_kv(inputs[1])
            mask = None if source_mask is None else source_mask[:, None]
            found.append(scaled_dot_product_attention(q, k, v, mask)[1])

        layers = [m for m in self.modules() if isinstance(m, CrossAttention)]
        hooks = [layer.register_forward_pre_hook(look) for layer in layers]
        try:
            self(source_ids, target_ids, source_mask)
        finally:
            for hook in hooks:
                hook.remove()
        return found

    def new_cache(self) -> KVCache:
        """Return an empty KV cache for the decoder."""
        return KVCache(self.config.n_layers)

    def _embed(self, ids: Tensor, start: int) -> Tensor:
        positions = torch.arange(start, start + ids.shape[1], device=ids.device)
        x = self.token_embedding(ids) * self.config.d_model**0.5
        return self.dropout(x + self.position_embedding(positions).to(x.dtype))


def _encoder_block(config: EncoderDecoderConfig) -> TransformerBlock:
    attention = MultiHeadAttention(config.d_model, config.n_heads)
    return TransformerBlock(attention, *_rest(config), post_norm, config.dropout)


def _decoder_block(config: EncoderDecoderConfig) -> CrossBlock:
    attention = MultiHeadAttention(config.d_model, config.n_heads)
    cross = CrossAttention(config.d_model, config.n_heads)
    return CrossBlock(attention, cross, *_rest(config), post_norm, config.dropout)


def _rest(config: EncoderDecoderConfig) -> tuple[nn.Module, Callable[[], nn.Module]]:
    feed_forward = FeedForward(config.d_model, config.d_ff, F.relu)
    return feed_forward, partial(LayerNorm, config.d_model, config.norm_eps)
