"""BLOOM: GPT's blocks with ALiBi on the scores in place of vectors for positions."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from llm_foundations.layers.block import TransformerBlock
from llm_foundations.layers.cache import KVCache
from llm_foundations.layers.embedding import TokenEmbedding
from llm_foundations.layers.feed_forward import FeedForward
from llm_foundations.layers.masks import decoder_bias
from llm_foundations.layers.multi_head_attention import MultiHeadAttention, check_heads
from llm_foundations.layers.normalization import LayerNorm
from llm_foundations.layers.positions import alibi_bias
from llm_foundations.models.config import canonical, check_fields, require, translated
from llm_foundations.models.decoder import Decoder
from llm_foundations.models.family import FEED_FORWARD_NORM, QKV, Family, Table

_NAMES = {
    "vocab_size": "vocab_size",
    "d_model": "hidden_size",
    "n_layers": "n_layer",
    "n_heads": "n_head",
    "dropout": "hidden_dropout",
    "norm_eps": "layer_norm_epsilon",
}
_ALIASES = {
    "n_embed": "hidden_size",
    "num_hidden_layers": "n_layer",
    "num_attention_heads": "n_head",
}
_DEFAULTS = {"hidden_dropout": 0.0, "layer_norm_epsilon": 1e-5}
_FIXED = {
    "apply_residual_connection_post_layernorm": False,
    "tie_word_embeddings": True,
}


@dataclass(frozen=True)
class BloomConfig:
    """The sizes of a BLOOM. The defaults are those of BLOOM-560M.

    There is no context length: distances have no end.

    Raises:
        ValueError: If the sizes cannot be.
    """

    vocab_size: int = 250880
    """How many token ids there are."""
    d_model: int = 1024
    """Width of each position's vector; four times this inside the feed-forward."""
    n_layers: int = 24
    """How many blocks follow each other."""
    n_heads: int = 16
    """Heads of each attention layer."""
    dropout: float = 0.0
    """Share of attention weights and results dropped in training."""
    norm_eps: float = 1e-5
    """Added to the variance in LayerNorm."""

    def __post_init__(self) -> None:
        check_heads(self.d_model, self.n_heads, self.n_heads)
        check_fields(self)

    @classmethod
    def from_huggingface(cls, config: Mapping[str, Any]) -> "BloomConfig":
        """Read a BLOOM's `config.json`; ValueError for what is not covered."""
        config = canonical(config, _ALIASES)
        dropout = config.get("hidden_dropout", 0.0)
        require(
            {"attention_dropout": 0.0, **config}, **_FIXED, attention_dropout=dropout
        )
        return cls(**translated(config, _NAMES, _DEFAULTS))

    def to_huggingface(self) -> dict[str, Any]:
        """Return the content of the `config.json` that Transformers loads."""
        ours = {_NAMES[name]: value for name, value in asdict(self).items()}
        return {
            "model_type": "bloom",
            **ours,
            "attention_dropout": self.dropout,
            **_FIXED,
        }


class Bloom(Decoder):
    """BLOOM: a decoder-only transformer with ALiBi in place of position embeddings.

    Args:
        config: Its sizes.

    Examples:
        >>> import torch
        >>> model = Bloom(BloomConfig(vocab_size=10, d_model=8, n_layers=1, n_heads=2))
        >>> tuple(model(torch.tensor([[1, 2, 3]])).shape)
        (1, 3, 10)

    Reference:
        BigScience Workshop (2022), section 3.2, <https://arxiv.org/abs/2211.05100>;
        Press et al. (2022), ALiBi, <https://arxiv.org/abs/2108.12409>
    """

    config: BloomConfig

    def __init__(self, config: BloomConfig) -> None:
        super().__init__()
        self.config = config
        self.token_embedding = TokenEmbedding(config.vocab_size, config.d_model)
        self.embedding_norm = LayerNorm(config.d_model, config.norm_eps)
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
        x = self.embedding_norm(self.token_embedding(token_ids))
        bias = alibi_bias(self.config.n_heads, n_new, n_keys, x.device).to(x.dtype)
        rule = decoder_bias(bias, mask)
        return self.norm(self.run_blocks(x, rule, cache=cache))


def _block(config: BloomConfig) -> TransformerBlock:
    return TransformerBlock(
        MultiHeadAttention(config.d_model, config.n_heads, dropout=config.dropout),
        FeedForward(config.d_model, 4 * config.d_model),
        partial(LayerNorm, config.d_model, config.norm_eps),
        dropout=config.dropout,
    )


_TENSORS: Table = {
    "transformer.word_embeddings.weight": "token_embedding.weight",
    "transformer.word_embeddings_layernorm.{p}": "embedding_norm.{p}",
    "transformer.h.{i}.input_layernorm.{p}": "blocks.{i}.attention_norm.{p}",
    "transformer.h.{i}.self_attention.query_key_value.{p}": QKV,
    "transformer.h.{i}.self_attention.dense.{p}": "blocks.{i}.attention.o_proj.{p}",
    "transformer.h.{i}.post_attention_layernorm.{p}": FEED_FORWARD_NORM,
    "transformer.h.{i}.mlp.dense_h_to_4h.{p}": "blocks.{i}.feed_forward.up_proj.{p}",
    "transformer.h.{i}.mlp.dense_4h_to_h.{p}": "blocks.{i}.feed_forward.down_proj.{p}",
    "transformer.ln_f.{p}": "norm.{p}",
}
FAMILY = Family(
    architectures={"BloomForCausalLM": Bloom},
    config=BloomConfig,
    names=_TENSORS,
    tied={"lm_head.weight": "transformer.word_embeddings.weight"},
    by_head=("query_key_value",),
)
"""BLOOM at Hugging Face."""
