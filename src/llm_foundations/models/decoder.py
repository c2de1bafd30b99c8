"""What every decoder-only language model shares: how it is called and cached."""

from typing import Any, Protocol

from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from llm_foundations.layers.cache import KVCache
from llm_foundations.layers.embedding import TokenEmbedding


class DecoderConfig(Protocol):
    """The sizes that every decoder's config states."""

    @property
    def vocab_size(self) -> int:
        """The number of token ids."""

    @property
    def d_model(self) -> int:
        """The width of the residual stream."""

    @property
    def n_layers(self) -> int:
        """The number of transformer blocks."""

    @property
    def n_heads(self) -> int:
        """The number of query heads of each attention layer."""


class Decoder(nn.Module):
    """Decoder-only transformer: a causal language model of token ids.

    A subclass makes the layers in its constructor and gives `features`; where its head
    or its cache differ, it overrides `head` or `new_cache`.

    Examples:
        >>> import torch
        >>> from llm_foundations.models.gpt import GPT, GPTConfig
        >>> model = GPT(GPTConfig(vocab_size=10, d_model=8, n_layers=1, n_heads=2))
        >>> isinstance(model, Decoder)
        True
        >>> cache = model.new_cache()
        >>> tuple(model(torch.tensor([[1, 2, 3]]), cache=cache).shape), cache.length
        ((1, 3, 10), 3)
    """

    config: DecoderConfig
    """Its sizes."""
    token_embedding: TokenEmbedding
    """The token embedding. It is also the head where there is no `lm_head`."""
    blocks: nn.ModuleList
    """The transformer blocks, the first layer first."""
    norm: nn.Module
    """The last normalization, before the head."""
    lm_head: nn.Linear | None
    """The head's own weights; None where they are tied to the embedding."""

    def __init__(self) -> None:
        super().__init__()
        self.lm_head = None  # a class attribute of this name would hide the submodule

    def forward(
        self,
        token_ids: Int[Tensor, "B T"],
        mask: Bool[Tensor, "B #T P"] | None = None,
        positions: Int[Tensor, "*B T"] | None = None,
        cache: KVCache | None = None,
    ) -> Float[Tensor, "B T V"]:
        """Return the logits of the next token at every position.

        Args:
            token_ids: The tokens; with a cache, only the new ones.
            mask: True where a token may be attended to, over all tokens so far, for
                padding or packed documents. The future is always hidden.
            positions: The position of each token; counted from the cache if not given.
                Where ALiBi takes the place of positions, they change nothing.
            cache: A KV cache from `new_cache`; the keys and values of this call's
                tokens are added to it.

        Raises:
            ValueError: If the context cannot hold all tokens, or an id is unknown.
        """
        return self.head(self.features(token_ids, mask, positions, cache))

    def features(
        self,
        token_ids: Int[Tensor, "B T"],
        mask: Bool[Tensor, "B #T P"] | None = None,
        positions: Int[Tensor, "*B T"] | None = None,
        cache: KVCache | None = None,
    ) -> Float[Tensor, "B T C"]:
        """Return the last hidden states; the arguments are those of `forward`."""
        raise NotImplementedError(f"{type(self).__name__} does not define features")

    def head(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch V"]:
        """Return the logits of last hidden states."""
        return self.lm_head(x) if self.lm_head else self.token_embedding.unembed(x)

    def new_cache(self) -> KVCache:
        """Return an empty KV cache."""
        return KVCache(self.config.n_layers)

    def run_blocks(
        self,
        x: Float[Tensor, "B T C"],
        *args: Any,  # noqa: ANN401 - what the blocks take
        cache: KVCache | None = None,
    ) -> Float[Tensor, "B T C"]:
        """Pass hidden states through all blocks, each with its own layer's cache.

        Args:
            x: The hidden states before the first block.
            args: The further arguments of every block, such as the mask.
            cache: The KV cache of all layers.
        """
        layer_caches = cache.layers if cache else [None] * len(self.blocks)
        for block, layer_cache in zip(self.blocks, layer_caches, strict=True):
            x = block(x, *args, cache=layer_cache)
        return x
