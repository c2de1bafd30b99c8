"""T5: text in, text out; relative positions, RMSNorm, no biases, unscaled scores."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from llm_foundations.layers.block import CrossBlock, TransformerBlock
from llm_foundations.layers.cache import KVCache
from llm_foundations.layers.embedding import TokenEmbedding
from llm_foundations.layers.feed_forward import GEGLU, FeedForward
from llm_foundations.layers.masks import biased, decoder_bias
from llm_foundations.layers.multi_head_attention import (
    CrossAttention,
    MultiHeadAttention,
    check_heads,
)
from llm_foundations.layers.normalization import RMSNorm
from llm_foundations.layers.positions import RelativePositionBias
from llm_foundations.models.config import (
    canonical,
    check_fields,
    require,
    translated,
    typed,
)
from llm_foundations.models.family import Family, Table

_Norm = Callable[[], nn.Module]
_NAMES = {
    "vocab_size": "vocab_size",
    "d_model": "d_model",
    "d_head": "d_kv",
    "d_ff": "d_ff",
    "n_layers": "num_layers",
    "n_decoder_layers": "num_decoder_layers",
    "n_heads": "num_heads",
    "n_buckets": "relative_attention_num_buckets",
    "max_distance": "relative_attention_max_distance",
    "dropout": "dropout_rate",
    "norm_eps": "layer_norm_epsilon",
}
_ALIASES = {
    "hidden_size": "d_model",
    "num_hidden_layers": "num_layers",
    "num_attention_heads": "num_heads",
    "head_dim": "d_kv",
}
_DEFAULTS = {
    "d_kv": 64,
    "d_ff": 2048,
    "num_decoder_layers": None,
    "relative_attention_num_buckets": 32,
    "relative_attention_max_distance": 128,
    "dropout_rate": 0.1,
    "layer_norm_epsilon": 1e-6,
}


_VERSION_1_0 = {
    "feed_forward_proj": "relu",
    "dense_act_fn": "relu",
    "is_gated_act": False,
}
_VERSION_1_1 = {
    "feed_forward_proj": "gated-gelu",
    "dense_act_fn": "gelu_new",
    "is_gated_act": True,
}


@dataclass(frozen=True)
class T5Config:
    """The sizes of a T5; by default of T5 small 1.0. Version 1.1 is gated and untied.

    Raises:
        ValueError: If the sizes cannot be.

    Examples:
        >>> T5Config(n_layers=2).n_decoder_layers
        2
    """

    vocab_size: int = 32128
    """How many token ids there are."""
    d_model: int = 512
    """Width of each position's vector."""
    d_head: int = 64
    """Width of one head; heads times this need not be `d_model`."""
    d_ff: int = 2048
    """Width inside the feed-forward layers."""
    n_layers: int = 6
    """Blocks of the encoder."""
    n_decoder_layers: int = 0
    """Blocks of the decoder; 0 stands for as many."""
    n_heads: int = 8
    """Heads of each attention layer."""
    n_buckets: int = 32
    """Buckets of distances."""
    max_distance: int = 128
    """From here on all distances share a bucket."""
    dropout: float = 0.0
    """Share of embeddings, attention weights and results dropped in training."""
    norm_eps: float = 1e-6
    """Added to the mean square in RMSNorm."""
    gated: bool = False
    """GEGLU instead of ReLU in the feed-forward layers."""
    tie_embeddings: bool = True
    """Whether the head scores tokens by their own embeddings."""
    scale_outputs: bool | None = None
    """Whether vectors are divided by the root of `d_model` before the head; None stands
    for only when it is tied, as in both versions. Without a head of its own, version
    1.1 is tied by Transformers 5, and not scaled."""

    def __post_init__(self) -> None:
        if self.n_decoder_layers == 0:
            object.__setattr__(self, "n_decoder_layers", self.n_layers)
        if self.scale_outputs is None:
            object.__setattr__(self, "scale_outputs", self.tie_embeddings)
        if self.scale_outputs and not self.tie_embeddings:
            raise ValueError("a T5 that scales its outputs has a tied head")
        check_heads(self.d_model, self.n_heads, self.n_heads, self.d_head)
        check_fields(self)
        if self.n_buckets < 4 or self.max_distance <= self.n_buckets // 2:
            raise ValueError(
                "need at least 4 buckets, and max_distance beyond half of them, got "
                f"n_buckets={self.n_buckets} and max_distance={self.max_distance}"
            )

    @classmethod
    def from_huggingface(cls, config: Mapping[str, Any]) -> "T5Config":
        """Read the content of a T5 `config.json`.

        Raises:
            ValueError: If it lacks a size, or asks for what is not covered.
        """
        if "num_hidden_layers" in config and "num_layers" not in config:
            typed("num_decoder_layers", config.get("num_decoder_layers"), 1)
        config = canonical(config, _ALIASES)
        gated = config.get("feed_forward_proj", "relu") != "relu"
        version = _VERSION_1_1 if gated else _VERSION_1_0
        require(config, is_encoder_decoder=True, **version)
        # Transformers 5 calls a tied head what it scales, and ties it in any case.
        tied = config.get("tie_word_embeddings")
        tied = typed("tie_word_embeddings", True if tied is None else tied, True)
        tied = typed(
            "scale_decoder_outputs", config.get("scale_decoder_outputs", tied), True
        )
        sizes = translated(config, _NAMES, _DEFAULTS)
        return cls(**sizes, gated=gated, tie_embeddings=tied)

    def to_huggingface(self) -> dict[str, Any]:
        """Return the content of the `config.json` that Transformers loads."""
        values = asdict(self)
        ours = {theirs: values[name] for name, theirs in _NAMES.items()}
        return {
            "model_type": "t5",
            "architectures": ["T5ForConditionalGeneration"],
            **ours,
            "feed_forward_proj": "gated-gelu" if self.gated else "relu",
            "tie_word_embeddings": self.scale_outputs,
        }


class T5(nn.Module):
    """An encoder that reads the whole source, and a decoder that writes the target.

    Args:
        config: Its sizes.

    Reference:
        Raffel et al. (2020), section 2.1, <https://arxiv.org/abs/1910.10683>;
        Shazeer (2020), whose GEGLU version 1.1 took, <https://arxiv.org/abs/2002.05202>
    """

    def __init__(self, config: T5Config) -> None:
        super().__init__()
        self.config = config
        norm = partial(RMSNorm, config.d_model, config.norm_eps)
        bias = partial(
            RelativePositionBias,
            config.n_heads,
            n_buckets=config.n_buckets,
            max_distance=config.max_distance,
        )
        self.token_embedding = TokenEmbedding(config.vocab_size, config.d_model)
        self.dropout = nn.Dropout(config.dropout)
        self.encoder_bias = bias(bidirectional=True)
        self.encoder_blocks = nn.ModuleList(
            _encoder_block(config, norm) for _ in range(config.n_layers)
        )
        self.encoder_norm = norm()
        self.decoder_bias = bias(bidirectional=False)
        self.decoder_blocks = nn.ModuleList(
            _decoder_block(config, norm) for _ in range(config.n_decoder_layers)
        )
        self.decoder_norm = norm()
        self.lm_head = None
        if not config.tie_embeddings:
            self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)

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
        n = source_ids.shape[1]
        x = self.dropout(self.token_embedding(source_ids))
        rule = biased(self.encoder_bias(n, n), mask)
        for block in self.encoder_blocks:
            x = block(x, rule)
        return self.dropout(self.encoder_norm(x))

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
        x = self.dropout(self.token_embedding(target_ids))
        n_keys = cache.n_keys(n_new) if cache else n_new
        rule = decoder_bias(self.decoder_bias(n_new, n_keys), mask)
        layer_caches = cache.layers if cache else [None] * len(self.decoder_blocks)
        for block, layer_cache in zip(self.decoder_blocks, layer_caches, strict=True):
            x = block(x, source, rule, source_mask, cache=layer_cache)
        return self.dropout(self.decoder_norm(x))

    def head(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch V"]:
        """Score every token for each vector of the decoder."""
        if self.config.scale_outputs:
            x = x * self.config.d_model**-0.5
        return self.lm_head(x) if self.lm_head else self.token_embedding.unembed(x)

    def new_cache(self) -> KVCache:
        """Return an empty KV cache for the decoder."""
        return KVCache(self.config.n_decoder_layers)


def _attention(kind: type[MultiHeadAttention], config: T5Config) -> MultiHeadAttention:
    layer = kind(
        config.d_model,
        config.n_heads,
        d_head=config.d_head,
        bias=False,
        dropout=config.dropout,
    )
    layer.scale = 1.0  # T5 divides the first random weights instead of every score
    return layer


def _feed_forward(config: T5Config) -> nn.Module:
    if config.gated:
        return GEGLU(config.d_model, config.d_ff)
    return FeedForward(config.d_model, config.d_ff, F.relu, bias=False)


def _encoder_block(config: T5Config, norm: _Norm) -> TransformerBlock:
    parts = _attention(MultiHeadAttention, config), _feed_forward(config)
    return TransformerBlock(*parts, norm, dropout=config.dropout)


def _decoder_block(config: T5Config, norm: _Norm) -> CrossBlock:
    return CrossBlock(
        _attention(MultiHeadAttention, config),
        _attention(CrossAttention, config),
        _feed_forward(config),
        norm,
        dropout=config.dropout,
    )


_ENCODER_BLOCK = {
    "0.SelfAttention.{x}": "attention.{x}_proj",
    "0.layer_norm": "attention_norm",
    "1.DenseReluDense.wi": "feed_forward.up_proj",
    "1.DenseReluDense.wo": "feed_forward.down_proj",
    "1.layer_norm": "feed_forward_norm",
}
_DECODER_BLOCK = {
    "0.SelfAttention.{x}": "attention.{x}_proj",
    "0.layer_norm": "attention_norm",
    "1.EncDecAttention.{x}": "cross_attention.{x}_proj",
    "1.layer_norm": "cross_norm",
    "2.DenseReluDense.wi": "feed_forward.up_proj",
    "2.DenseReluDense.wo": "feed_forward.down_proj",
    "2.layer_norm": "feed_forward_norm",
}
_BIAS = "block.0.layer.0.SelfAttention.relative_attention_bias.weight"
_NAMES_1_0: Table = {
    "shared.weight": "token_embedding.weight",
    f"encoder.{_BIAS}": "encoder_bias.table.weight",
    f"decoder.{_BIAS}": "decoder_bias.table.weight",
    **{
        f"encoder.block.{{i}}.layer.{theirs}.weight": (
            f"encoder_blocks.{{i}}.{ours}.weight"
        )
        for theirs, ours in _ENCODER_BLOCK.items()
    },
    **{
        f"decoder.block.{{i}}.layer.{theirs}.weight": (
            f"decoder_blocks.{{i}}.{ours}.weight"
        )
        for theirs, ours in _DECODER_BLOCK.items()
    },
    "encoder.final_layer_norm.weight": "encoder_norm.weight",
    "decoder.final_layer_norm.weight": "decoder_norm.weight",
    "lm_head.weight": "lm_head.weight",
}
_NAMES_1_1: Table = {
    **{theirs.replace(".wi.", ".wi_1."): ours for theirs, ours in _NAMES_1_0.items()},
    **{
        theirs.replace(".wi.", ".wi_0."): str(ours).replace("up_proj", "gate_proj")
        for theirs, ours in _NAMES_1_0.items()
        if ".wi." in theirs
    },
}
FAMILY = Family(
    architectures={"T5ForConditionalGeneration": T5},
    config=T5Config,
    names=_NAMES_1_0,
    gated_names=_NAMES_1_1,
    tied={
        "lm_head.weight": "shared.weight",
        "encoder.embed_tokens.weight": "shared.weight",
        "decoder.embed_tokens.weight": "shared.weight",
    },
    # A bias that T5 saved and never used.
    not_weights=("EncDecAttention.relative_attention_bias.weight",),
)
"""T5 at Hugging Face: version 1.0, and 1.1, whose feed-forward layers are gated."""
