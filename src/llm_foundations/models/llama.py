"""Llama: RoPE, RMSNorm, SwiGLU, grouped-query attention (GQA), no biases."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from llm_foundations.layers.block import TransformerBlock
from llm_foundations.layers.cache import KVCache
from llm_foundations.layers.embedding import TokenEmbedding
from llm_foundations.layers.feed_forward import SwiGLU
from llm_foundations.layers.masks import decoder_mask
from llm_foundations.layers.multi_head_attention import MultiHeadAttention, check_heads
from llm_foundations.layers.normalization import RMSNorm
from llm_foundations.layers.rotary import RopeScaling, RotaryEmbedding
from llm_foundations.models.config import (
    check_fields,
    check_length,
    require,
    translated,
    typed,
)
from llm_foundations.models.decoder import Decoder
from llm_foundations.models.family import FEED_FORWARD_NORM, Family

_NAMES = {
    "vocab_size": "vocab_size",
    "context_length": "max_position_embeddings",
    "d_model": "hidden_size",
    "n_layers": "num_hidden_layers",
    "n_heads": "num_attention_heads",
    "n_kv_heads": "num_key_value_heads",
    "d_head": "head_dim",
    "d_ff": "intermediate_size",
    "window": "sliding_window",
    "dropout": "attention_dropout",
    "norm_eps": "rms_norm_eps",
    "attention_bias": "attention_bias",
    "tie_embeddings": "tie_word_embeddings",
}
_SCALING_NAMES = {
    "factor": "factor",
    "low_frequency_factor": "low_freq_factor",
    "high_frequency_factor": "high_freq_factor",
    "original_context_length": "original_max_position_embeddings",
}
_FIXED = {"hidden_act": "silu", "mlp_bias": False, "layer_types": None}
# What each family assumes where a config is silent, and what the other alone knows.
_LLAMA: dict[str, Any] = {
    "max_position_embeddings": 2048,
    "num_key_value_heads": None,
    "head_dim": None,
    "intermediate_size": 11008,
    "attention_dropout": 0.0,
    "rms_norm_eps": 1e-6,
    "attention_bias": False,
    "tie_word_embeddings": False,
}
_MISTRAL: dict[str, Any] = {
    **_LLAMA,
    "max_position_embeddings": 131072,
    "num_key_value_heads": 8,
    "intermediate_size": 14336,
    "sliding_window": 4096,
}
_WHOLE = {"partial_rotary_factor": 1.0}
_FOREIGN = {"llama": ("sliding_window",), "mistral": ("attention_bias", "mlp_bias")}


@dataclass(frozen=True)
class LlamaConfig:
    """The sizes of a Llama. The defaults are those of Llama 2 7B.

    Raises:
        ValueError: If the sizes cannot be.

    Examples:
        >>> config = LlamaConfig(d_model=64, n_heads=4, n_kv_heads=2)
        >>> config.d_head, config.n_kv_heads
        (16, 2)
    """

    vocab_size: int = 32000
    """How many token ids there are."""
    context_length: int = 4096
    """The most tokens it can read at once."""
    d_model: int = 4096
    """Width of each position's vector."""
    n_layers: int = 32
    """How many blocks follow each other."""
    n_heads: int = 32
    """Number of query heads of each attention layer."""
    n_kv_heads: int = 0
    """Number of key-value heads; fewer than `n_heads` is grouped-query attention (GQA).
    0 stands for `n_heads`."""
    d_head: int = 0
    """Width of one head; 0 stands for `d_model / n_heads`."""
    d_ff: int = 11008
    """Width inside the feed-forward layers."""
    window: int | None = None
    """How many positions a query sees, itself included, as in Mistral; None for all."""
    dropout: float = 0.0
    """Share of the attention weights dropped in training."""
    norm_eps: float = 1e-6
    """Added to the mean square in RMSNorm."""
    rope_theta: float = 10000.0
    """Base of the rotary frequencies."""
    rope_scaling: RopeScaling | None = None
    """How Llama 3.1 slows the frequencies; None for not at all."""
    attention_bias: bool = False
    """Whether the projections of the attention layers add biases; Llama's do not."""
    tie_embeddings: bool = False
    """Whether the head scores tokens by their own embeddings."""

    def __post_init__(self) -> None:
        check_heads(self.d_model, self.n_heads, self.n_kv_heads or self.n_heads)
        if self.n_kv_heads == 0:
            object.__setattr__(self, "n_kv_heads", self.n_heads)
        if self.d_head == 0:
            object.__setattr__(self, "d_head", self.d_model // self.n_heads)
        check_fields(self)
        if self.d_head % 2:
            raise ValueError(f"rotary positions need an even d_head, got {self.d_head}")
        if not 0 < self.rope_theta < math.inf:
            raise ValueError(f"rope_theta must be positive, got {self.rope_theta}")
        if self.window is not None and self.attention_bias:
            raise ValueError("Mistral, which has the window, has no biases")

    @classmethod
    def from_huggingface(cls, config: Mapping[str, Any]) -> "LlamaConfig":
        """Read the content of a Llama or Mistral `config.json`.

        Args:
            config: Its `model_type` says which; without one its `architectures` do.
                What the family does not know is ignored, as a Llama's window is.

        Raises:
            ValueError: If it lacks a size, or asks for what is not covered.
        """
        family = config.get("model_type")
        if family is None:
            named = "MistralForCausalLM" in (config.get("architectures") or ())
            family = "mistral" if named else "llama"
        if family not in _FOREIGN:
            raise ValueError(f"model_type {family!r} is neither llama nor mistral")
        config = {n: v for n, v in config.items() if n not in _FOREIGN[family]}
        defaults = _LLAMA
        if family == "mistral":  # null is a choice of its own here: none, and as many
            nulls = [n for n in _MISTRAL if n in config and config[n] is None]
            choices = {"sliding_window", "num_key_value_heads"}.intersection(nulls)
            defaults = {**_MISTRAL, **dict.fromkeys(choices)}
        require(config, **_FIXED)
        names = {ours: n for ours, n in _NAMES.items() if n not in _FOREIGN[family]}
        sizes = translated(config, names, defaults)
        return cls(**sizes, **_rotary(config, sizes["context_length"]))

    def to_huggingface(self) -> dict[str, Any]:
        """Return the content of the `config.json` that Transformers loads."""
        ours = {theirs: getattr(self, name) for name, theirs in _NAMES.items()}
        family = {"model_type": "mistral", "architectures": ["MistralForCausalLM"]}
        if self.window is None:
            del ours["sliding_window"]
            family = {"model_type": "llama", "architectures": ["LlamaForCausalLM"]}
        rope: dict[str, Any] = {"rope_theta": self.rope_theta}
        if self.rope_scaling is not None:
            scaling = asdict(self.rope_scaling).items()
            theirs = {_SCALING_NAMES[name]: value for name, value in scaling}
            rope["rope_scaling"] = {"rope_type": "llama3", **theirs}
        return {**family, **ours, **rope, "hidden_act": "silu", "mlp_bias": False}


class Llama(Decoder):
    """Llama: a decoder-only transformer with RoPE, RMSNorm, SwiGLU and GQA.

    With a sliding window it is Mistral.

    Args:
        config: Its sizes.

    Examples:
        >>> config = LlamaConfig(
        ...     vocab_size=10, d_model=8, n_layers=1, n_heads=2, d_ff=16
        ... )
        >>> tuple(Llama(config)(torch.tensor([[1, 2, 3]])).shape)
        (1, 3, 10)

    Reference:
        Touvron et al. (2023), section 2.2, <https://arxiv.org/abs/2302.13971>;
        Grattafiori et al. (2024), section 3.2, <https://arxiv.org/abs/2407.21783>;
        Jiang et al. (2023), section 2, <https://arxiv.org/abs/2310.06825>
    """

    config: LlamaConfig

    def __init__(self, config: LlamaConfig) -> None:
        super().__init__()
        self.config = config
        self.token_embedding = TokenEmbedding(config.vocab_size, config.d_model)
        self.blocks = nn.ModuleList(_block(config) for _ in range(config.n_layers))
        self.norm = RMSNorm(config.d_model, config.norm_eps)
        if not config.tie_embeddings:
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
        x = self.token_embedding(token_ids)
        if positions is None:
            positions = torch.arange(n_past, n_past + n_new, device=token_ids.device)
        n_keys = cache.n_keys(n_new) if cache else n_new
        mask, causal = decoder_mask(n_new, n_keys, config.window, mask, x.device)
        rotate = RotaryEmbedding(
            positions, config.d_head, config.rope_theta, config.rope_scaling, x.dtype
        )
        return self.norm(self.run_blocks(x, mask, causal, rotate, cache=cache))

    def new_cache(self) -> KVCache:
        """Return an empty KV cache, which keeps no more than the sliding window."""
        return KVCache(self.config.n_layers, self.config.window)


def _block(config: LlamaConfig) -> TransformerBlock:
    attention = MultiHeadAttention(
        config.d_model,
        config.n_heads,
        config.n_kv_heads,
        config.d_head,
        bias=config.attention_bias,
        dropout=config.dropout,
    )
    feed_forward = SwiGLU(config.d_model, config.d_ff)
    norm = partial(RMSNorm, config.d_model, config.norm_eps)
    return TransformerBlock(attention, feed_forward, norm)


def _rotary(config: Mapping[str, Any], context_length: int) -> dict[str, Any]:
    """Read the rotary part of a Hugging Face config.

    Transformers 5 writes `rope_parameters`, earlier versions the other two settings.
    Where both stand, Transformers takes `rope_scaling`.
    """
    rope = config.get("rope_scaling") or config.get("rope_parameters") or {}
    if not isinstance(rope, Mapping):
        raise ValueError(f"the rotary settings must be an object, got {rope!r}")
    rope = {"rope_theta": config.get("rope_theta", 10000.0), **rope}
    theta = typed("rope_theta", rope.pop("rope_theta"), 1.0)
    old_kind = rope.pop("type", "default")
    kind = rope.pop("rope_type", old_kind)
    if kind not in ("default", "llama3"):
        raise ValueError(
            f"rope_type {kind!r} is not covered; 'default' and 'llama3' are"
        )
    outside = {"partial_rotary_factor": config.get("partial_rotary_factor")}
    require({k: v for k, v in outside.items() if v is not None}, **_WHOLE)
    scaling = None if kind == "default" else _scaling(rope, config, context_length)
    known = () if scaling is None else _SCALING_NAMES.values()
    require(rope, **{**dict.fromkeys(set(rope) - {*known}), **_WHOLE})
    return {"rope_theta": theta, "rope_scaling": scaling}


def _scaling(
    rope: Mapping[str, Any], config: Mapping[str, Any], context_length: int
) -> RopeScaling:
    """Read how Llama 3.1 slows the frequencies."""
    original = "original_max_position_embeddings"
    rope = {original: context_length, **rope}
    if original in config:  # stands outside in some files, and counts there
        require(config, **{original: rope[original]})
    missing = [theirs for theirs in _SCALING_NAMES.values() if theirs not in rope]
    if missing:
        raise ValueError(f"rope_type 'llama3' lacks {', '.join(missing)}")
    return RopeScaling(
        **{
            ours: typed(theirs, rope[theirs], 1 if theirs == original else 1.0)
            for ours, theirs in _SCALING_NAMES.items()
        }
    )


FAMILY = Family(
    architectures={"LlamaForCausalLM": Llama, "MistralForCausalLM": Llama},
    config=LlamaConfig,
    names={
        "model.embed_tokens.weight": "token_embedding.weight",
        "model.layers.{i}.input_layernorm.{p}": "blocks.{i}.attention_norm.{p}",
        "model.layers.{i}.self_attn.{x}_proj.{p}": "blocks.{i}.attention.{x}_proj.{p}",
        "model.layers.{i}.post_attention_layernorm.{p}": FEED_FORWARD_NORM,
        "model.layers.{i}.mlp.gate_proj.{p}": "blocks.{i}.feed_forward.gate_proj.{p}",
        "model.layers.{i}.mlp.up_proj.{p}": "blocks.{i}.feed_forward.up_proj.{p}",
        "model.layers.{i}.mlp.down_proj.{p}": "blocks.{i}.feed_forward.down_proj.{p}",
        "model.norm.{p}": "norm.{p}",
        "lm_head.weight": "lm_head.weight",
    },
    tied={"lm_head.weight": "model.embed_tokens.weight"},
    not_weights=(".inv_freq",),
)
"""Llama and Mistral at Hugging Face."""
