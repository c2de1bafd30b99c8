"""JAIS: GPT's blocks with ALiBi, SwiGLU, and muP's three constant factors."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from llm_foundations.layers.block import TransformerBlock
from llm_foundations.layers.cache import KVCache
from llm_foundations.layers.embedding import TokenEmbedding
from llm_foundations.layers.feed_forward import SwiGLU
from llm_foundations.layers.masks import decoder_bias
from llm_foundations.layers.multi_head_attention import MultiHeadAttention, check_heads
from llm_foundations.layers.normalization import LayerNorm
from llm_foundations.layers.positions import alibi_bias
from llm_foundations.models import gpt
from llm_foundations.models.config import (
    canonical,
    check_fields,
    require,
    translated,
    typed,
)
from llm_foundations.models.decoder import Decoder
from llm_foundations.models.family import Family

_NAMES = {
    "vocab_size": "vocab_size",
    "d_model": "n_embd",
    "n_layers": "n_layer",
    "n_heads": "n_head",
    "d_ff": "n_inner",
    "trained_length": "n_positions",
    "embedding_scale": "mup_embeddings_scale",
    "logit_scale": "mup_output_alpha",
    "dropout": "resid_pdrop",
    "norm_eps": "layer_norm_epsilon",
}
_ALIASES = {
    "max_position_embeddings": "n_positions",
    "hidden_size": "n_embd",
    "num_hidden_layers": "n_layer",
    "num_attention_heads": "n_head",
    "embeddings_scale": "mup_embeddings_scale",
    "width_scale": "mup_output_alpha",
    "scale_qk_dot_by_d": "mup_scale_qk_dot_by_d",
}
# What the checkpoint's own code assumes where its config is silent.
_UNSAID = {
    "activation_function": "gelu_new",
    "position_embedding_type": "learned",
    "n_positions": 1024,
    "mup_scale_qk_dot_by_d": False,
    "mup_embeddings_scale": 1.0,
    "mup_output_alpha": 1.0,
    "mup_width_scale": 1.0,
    "n_inner": None,
    "layer_norm_epsilon": 1e-5,
    "resid_pdrop": 0.1,
    "embd_pdrop": 0.1,
    "attn_pdrop": 0.1,
}
_FIXED = {
    "activation_function": "swiglu",
    "position_embedding_type": "alibi",
    "mup_scale_qk_dot_by_d": True,
    "alibi_scaling": None,
    "scale_attn_weights": True,
    "scale_attn_by_inverse_layer_idx": False,
    "tie_word_embeddings": True,
}


@dataclass(frozen=True)
class JaisConfig:
    """The sizes of a JAIS. The defaults are those of JAIS-13B.

    There is no context length: distances have no end.

    Raises:
        ValueError: If the sizes cannot be.
    """

    vocab_size: int = 84992
    """How many token ids there are."""
    d_model: int = 5120
    """Width of each position's vector."""
    n_layers: int = 40
    """How many blocks follow each other."""
    n_heads: int = 40
    """Heads of each attention layer."""
    d_ff: int = 13653
    """Width inside the feed-forward layers: 8/3 of `d_model`."""
    trained_length: int = 2048
    """The longest sequence seen in training. Longer ones can be read too."""
    embedding_scale: float = 14.6
    """What the embeddings are multiplied by."""
    logit_scale: float = 0.111
    """What the logits are multiplied by: 2.22 times 256 / `d_model`."""
    dropout: float = 0.0
    """Share of embeddings, attention weights and results dropped in training."""
    norm_eps: float = 1e-5
    """Added to the variance in LayerNorm."""

    def __post_init__(self) -> None:
        check_heads(self.d_model, self.n_heads, self.n_heads)
        check_fields(self)
        if not (self.embedding_scale > 0 and self.logit_scale > 0):
            raise ValueError(
                "the scales must be positive, got "
                f"{self.embedding_scale=}, {self.logit_scale=}"
            )

    @classmethod
    def from_huggingface(cls, config: Mapping[str, Any]) -> "JaisConfig":
        """Read a JAIS's `config.json`; ValueError for what is not covered."""
        config = {**_UNSAID, **canonical(config, _ALIASES)}
        dropout = config["resid_pdrop"]
        require(config, **_FIXED, embd_pdrop=dropout, attn_pdrop=dropout)
        factors = ("mup_output_alpha", "mup_width_scale")
        alpha = math.prod(typed(name, config[name], 1.0) for name in factors)
        sizes = translated({**config, "mup_output_alpha": alpha}, _NAMES, _UNSAID)
        return cls(**{"d_ff": 4 * sizes["d_model"], **sizes})

    def to_huggingface(self) -> dict[str, Any]:
        """Return the content of the `config.json` that JAIS's own code reads."""
        ours = {_NAMES[name]: value for name, value in asdict(self).items()}
        dropouts = {"embd_pdrop": self.dropout, "attn_pdrop": self.dropout}
        return {"model_type": "jais", **ours, **dropouts, **_FIXED}


class Jais(Decoder):
    r"""JAIS: a decoder-only transformer with ALiBi, SwiGLU and muP's factors.

    muP sets three constants so that a narrow model and a wide one want the same
    learning rate: the embeddings are multiplied by one, the logits by another that
    shrinks as the width grows, and a score is $q \cdot k / D$ in place of
    $q \cdot k / \sqrt{D}$. Its two other halves, how weights begin and how fast each
    learns, belong to training.

    Args:
        config: Its sizes.

    Examples:
        >>> import torch
        >>> config = JaisConfig(10, d_model=8, n_layers=1, n_heads=2, d_ff=16)
        >>> tuple(Jais(config)(torch.tensor([[1, 2, 3]])).shape)
        (1, 3, 10)

    Reference:
        Sengupta et al. (2023), section 3, <https://arxiv.org/abs/2308.16149>, and the
        makers' configurations,
        <https://github.com/Cerebras/modelzoo/tree/main/src/cerebras/modelzoo/models/nlp/jais>;
        Yang et al. (2022), muP, <https://arxiv.org/abs/2203.03466>;
        Press et al. (2022), ALiBi, <https://arxiv.org/abs/2108.12409>
    """

    config: JaisConfig

    def __init__(self, config: JaisConfig) -> None:
        super().__init__()
        self.config = config
        self.token_embedding = TokenEmbedding(config.vocab_size, config.d_model)
        self.dropout = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(_block(config) for _ in range(config.n_layers))
        self.norm = LayerNorm(config.d_model, config.norm_eps)

    def features(
        self,
        token_ids: Int[Tensor, "B T"],
        mask: Bool[Tensor, "B #T P"] | None = None,
        positions: Int[Tensor, "*B T"] | None = None,
        cache: KVCache | None = None,
    ) -> Float[Tensor, "B T C"]:
        """Return the last hidden states; the arguments are those of `forward`."""
        n_new = token_ids.shape[1]
        n_keys = cache.n_keys(n_new) if cache else n_new
        x = self.token_embedding(token_ids) * self.config.embedding_scale
        x = self.dropout(x)
        bias = alibi_bias(self.config.n_heads, n_new, n_keys, x.device).to(x.dtype)
        rule = decoder_bias(bias, mask)
        return self.norm(self.run_blocks(x, rule, cache=cache))

    def head(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch V"]:
        """Return the logits of last hidden states."""
        return self.token_embedding.unembed(x) * self.config.logit_scale


def _block(config: JaisConfig) -> TransformerBlock:
    attention = MultiHeadAttention(
        config.d_model, config.n_heads, dropout=config.dropout
    )
    attention.scale = 1 / attention.d_head
    return TransformerBlock(
        attention,
        SwiGLU(config.d_model, config.d_ff, bias=True),
        partial(LayerNorm, config.d_model, config.norm_eps),
        dropout=config.dropout,
    )


FAMILY = Family(
    architectures={"JAISLMHeadModel": Jais},
    config=JaisConfig,
    names={
        **gpt.FAMILY.names,
        "transformer.h.{i}.mlp.c_fc2.{p}": "blocks.{i}.feed_forward.gate_proj.{p}",
    },
    tied=gpt.FAMILY.tied,
    not_weights=(*gpt.FAMILY.not_weights, "relative_pe.slopes"),
    transposed=gpt.FAMILY.transposed,
)
"""JAIS at Hugging Face: GPT-2's names, and the gate as a second `c_fc`."""
