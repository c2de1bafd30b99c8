"""A decoder between GPT-2 and Llama: each part from the one or from the other.

With no part changed it computes what [`GPT`][llm_foundations.models.gpt.GPT] computes,
with all of them what [`Llama`][llm_foundations.models.llama.Llama] does, from the same
state dict. In between it shows what each change alone costs and buys.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from llm_foundations.layers.block import TransformerBlock
from llm_foundations.layers.cache import KVCache
from llm_foundations.layers.embedding import TokenEmbedding
from llm_foundations.layers.feed_forward import FeedForward, SwiGLU
from llm_foundations.layers.masks import decoder_mask
from llm_foundations.layers.multi_head_attention import MultiHeadAttention, check_heads
from llm_foundations.layers.normalization import LayerNorm, RMSNorm
from llm_foundations.layers.positions import LearnedPositions
from llm_foundations.layers.rotary import RotaryEmbedding
from llm_foundations.models.config import check_fields, check_length
from llm_foundations.models.decoder import Decoder


@dataclass(frozen=True, kw_only=True)
class GPTToLlamaConfig:
    """The sizes of a hybrid, and which of its parts are Llama's. By default none is.

    Raises:
        ValueError: If the sizes cannot be.

    Examples:
        >>> sizes = dict(vocab_size=10, context_length=8, d_model=8, n_layers=1)
        >>> GPTToLlamaConfig(**sizes, n_heads=2, d_ff=32, rotary=True).rotary
        True
    """

    vocab_size: int
    """How many token ids there are."""
    context_length: int
    """The most tokens it can read at once."""
    d_model: int
    """Width of each position's vector."""
    n_layers: int
    """How many blocks follow each other."""
    n_heads: int
    """Number of query heads of each attention layer."""
    d_ff: int
    """Width inside the feed-forward layers."""
    rotary: bool = False
    """Turn queries and keys by their positions, instead of adding learned vectors."""
    rms_norm: bool = False
    """Divide by the root mean square alone, instead of LayerNorm."""
    no_biases: bool = False
    """Leave the biases of all linear layers away."""
    swiglu: bool = False
    """Gate the feed-forward layers with SiLU, instead of bending them with GELU."""
    own_head: bool = False
    """Give the head weights of its own, instead of those of the embedding."""
    n_kv_heads: int | None = None
    """Number of key-value heads; fewer than `n_heads` is grouped-query attention (GQA).
    None stands for `n_heads`."""

    def __post_init__(self) -> None:
        """Refuse sizes that cannot be."""
        check_heads(self.d_model, self.n_heads, self.n_kv_heads or self.n_heads)
        check_fields(self)
        if self.rotary and self.d_model // self.n_heads % 2:
            raise ValueError(
                "rotary positions need an even width of a head, got "
                f"{self.d_model // self.n_heads}"
            )


class GPTToLlama(Decoder):
    """Decoder-only transformer with parts of GPT-2 and of Llama.

    Args:
        config: Its sizes and its parts.

    Examples:
        >>> sizes = dict(vocab_size=10, context_length=8, d_model=8, n_layers=1)
        >>> config = GPTToLlamaConfig(**sizes, n_heads=2, d_ff=32, swiglu=True)
        >>> tuple(GPTToLlama(config)(torch.tensor([[1, 2, 3]])).shape)
        (1, 3, 10)
    """

    config: GPTToLlamaConfig

    def __init__(self, config: GPTToLlamaConfig) -> None:
        super().__init__()
        self.config = config
        self.token_embedding = TokenEmbedding(config.vocab_size, config.d_model)
        if not config.rotary:
            self.position_embedding = LearnedPositions(
                config.context_length, config.d_model
            )
        self.blocks = nn.ModuleList(_block(config) for _ in range(config.n_layers))
        self.norm = _norm(config)()
        if config.own_head:
            self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)

    def features(
        self,
        token_ids: Int[Tensor, "B T"],
        mask: Bool[Tensor, "B #T P"] | None = None,
        positions: Int[Tensor, "*B T"] | None = None,
        cache: KVCache | None = None,
    ) -> Float[Tensor, "B T C"]:
        """Return the last hidden states; the arguments are those of `forward`."""
        config, n_new = self.config, token_ids.shape[1]
        n_past = cache.length if cache else 0
        check_length(n_past + n_new, config.context_length)
        if positions is None:
            positions = torch.arange(n_past, n_past + n_new, device=token_ids.device)
        n_keys = cache.n_keys(n_new) if cache else n_new
        mask, causal = decoder_mask(n_new, n_keys, None, mask, token_ids.device)
        x, rotate = self.token_embedding(token_ids), None
        if config.rotary:
            d_head = config.d_model // config.n_heads
            rotate = RotaryEmbedding(positions, d_head, dtype=x.dtype)
        else:
            x = x + self.position_embedding(positions)
        return self.norm(self.run_blocks(x, mask, causal, rotate, cache=cache))


def _norm(config: GPTToLlamaConfig) -> Callable[[], nn.Module]:
    return partial(RMSNorm if config.rms_norm else LayerNorm, config.d_model)


def _block(config: GPTToLlamaConfig) -> TransformerBlock:
    bias = not config.no_biases
    attention = MultiHeadAttention(
        config.d_model, config.n_heads, config.n_kv_heads, bias=bias
    )
    kind = SwiGLU if config.swiglu else FeedForward
    feed_forward = kind(config.d_model, config.d_ff, bias=bias)
    return TransformerBlock(attention, feed_forward, _norm(config))
