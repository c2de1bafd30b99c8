"""GPT-2: learned positions, pre-norm LayerNorm, GELU, biases everywhere, tied head."""

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
from llm_foundations.layers.feed_forward import FeedForward
from llm_foundations.layers.masks import decoder_mask
from llm_foundations.layers.multi_head_attention import MultiHeadAttention, check_heads
from llm_foundations.layers.normalization import LayerNorm
from llm_foundations.layers.positions import LearnedPositions
from llm_foundations.models.config import (
    canonical,
    check_fields,
    check_length,
    require,
    translated,
    typed,
)
from llm_foundations.models.decoder import Decoder
from llm_foundations.models.family import FEED_FORWARD_NORM, QKV, Family

_NAMES = {
    "vocab_size": "vocab_size",
    "context_length": "n_positions",
    "d_model": "n_embd",
    "n_layers": "n_layer",
    "n_heads": "n_head",
    "d_ff": "n_inner",
    "dropout": "resid_pdrop",
    "norm_eps": "layer_norm_epsilon",
    "tie_embeddings": "tie_word_embeddings",
}
_ALIASES = {
    "max_position_embeddings": "n_positions",
    "hidden_size": "n_embd",
    "num_hidden_layers": "n_layer",
    "num_attention_heads": "n_head",
}
_DEFAULTS = {
    "n_positions": 1024,
    "n_inner": None,
    "resid_pdrop": 0.1,
    "layer_norm_epsilon": 1e-5,
    "tie_word_embeddings": True,
}
_FIXED = {
    "activation_function": "gelu_new",
    "scale_attn_weights": True,
    "scale_attn_by_inverse_layer_idx": False,
    "add_cross_attention": False,
}


@dataclass(frozen=True)
class GPTConfig:
    """The sizes of a GPT. The defaults are those of the smallest GPT-2.

    Raises:
        ValueError: If the sizes cannot be.

    Examples:
        >>> GPTConfig(d_model=64, n_heads=4).d_ff
        256
    """

    vocab_size: int = 50257
    """How many token ids there are."""
    context_length: int = 1024
    """The most tokens it can read at once."""
    d_model: int = 768
    """Width of each position's vector."""
    n_layers: int = 12
    """How many blocks follow each other."""
    n_heads: int = 12
    """Heads of each attention layer."""
    d_ff: int = 0
    """Width inside the feed-forward layers; 0 stands for four times `d_model`."""
    dropout: float = 0.0
    """Share of embeddings, attention weights and results dropped in training."""
    norm_eps: float = 1e-5
    """Added to the variance in LayerNorm."""
    tie_embeddings: bool = True
    """Whether the head scores tokens by their own embeddings."""

    def __post_init__(self) -> None:
        if self.d_ff == 0:
            object.__setattr__(self, "d_ff", 4 * self.d_model)
        check_heads(self.d_model, self.n_heads, self.n_heads)
        check_fields(self)

    @classmethod
    def from_huggingface(cls, config: Mapping[str, Any]) -> "GPTConfig":
        """Read the content of a GPT-2 `config.json`.

        Raises:
            ValueError: If it lacks a size, or asks for what GPT-2 does not do.
        """
        config = canonical(config, _ALIASES)
        require(config, **_FIXED)
        names = [f"{part}_pdrop" for part in ("resid", "embd", "attn")]
        dropouts = {typed(name, config.get(name, 0.1), 0.1) for name in names}
        if len(dropouts) > 1:
            raise ValueError(f"the three dropouts differ: {sorted(dropouts)}")
        return cls(**translated(config, _NAMES, _DEFAULTS))

    def to_huggingface(self) -> dict[str, Any]:
        """Return the content of the `config.json` that Transformers loads."""
        ours = {_NAMES[name]: value for name, value in asdict(self).items()}
        dropouts = {"embd_pdrop": self.dropout, "attn_pdrop": self.dropout}
        family = {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"]}
        return {**family, **ours, **dropouts, **_FIXED}


class GPT(Decoder):
    """GPT-2: a decoder-only transformer with learned positions, pre-norm.

    Args:
        config: Its sizes.

    Examples:
        >>> model = GPT(GPTConfig(vocab_size=10, d_model=8, n_layers=1, n_heads=2))
        >>> tuple(model(torch.tensor([[1, 2, 3]])).shape)
        (1, 3, 10)

    Reference:
        Radford et al. (2019), section 2.3,
        <https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf>
    """

    config: GPTConfig

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.config = config
        self.token_embedding = TokenEmbedding(config.vocab_size, config.d_model)
        self.position_embedding = LearnedPositions(
            config.context_length, config.d_model
        )
        self.dropout = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(_block(config) for _ in range(config.n_layers))
        self.norm = LayerNorm(config.d_model, config.norm_eps)
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
        n_new, n_past = token_ids.shape[1], cache.length if cache else 0
        check_length(n_past + n_new, self.config.context_length)
        if positions is None:
            positions = torch.arange(n_past, n_past + n_new, device=token_ids.device)
        n_keys = cache.n_keys(n_new) if cache else n_new
        mask, causal = decoder_mask(n_new, n_keys, None, mask, token_ids.device)
        x = self.token_embedding(token_ids) + self.position_embedding(positions)
        x = self.dropout(x)
        return self.norm(self.run_blocks(x, mask, causal, cache=cache))


def _block(config: GPTConfig) -> TransformerBlock:
    return TransformerBlock(
        MultiHeadAttention(config.d_model, config.n_heads, dropout=config.dropout),
        FeedForward(config.d_model, config.d_ff),
        partial(LayerNorm, config.d_model, config.norm_eps),
        dropout=config.dropout,
    )


FAMILY = Family(
    architectures={"GPT2LMHeadModel": GPT},
    config=GPTConfig,
    names={
        "transformer.wte.weight": "token_embedding.weight",
        "transformer.wpe.weight": "position_embedding.weight",
        "transformer.h.{i}.ln_1.{p}": "blocks.{i}.attention_norm.{p}",
        "transformer.h.{i}.attn.c_attn.{p}": QKV,
        "transformer.h.{i}.attn.c_proj.{p}": "blocks.{i}.attention.o_proj.{p}",
        "transformer.h.{i}.ln_2.{p}": FEED_FORWARD_NORM,
        "transformer.h.{i}.mlp.c_fc.{p}": "blocks.{i}.feed_forward.up_proj.{p}",
        "transformer.h.{i}.mlp.c_proj.{p}": "blocks.{i}.feed_forward.down_proj.{p}",
        "transformer.ln_f.{p}": "norm.{p}",
        "lm_head.weight": "lm_head.weight",
    },
    tied={"lm_head.weight": "transformer.wte.weight"},
    not_weights=(".attn.bias", ".attn.masked_bias"),
    transposed=(".c_",),
)
"""GPT-2 at Hugging Face."""
