"""What a counter must know of a model: its shape, in the course's names.

An `Architecture` is written by hand, read from the ledger of published models, or
translated from the `config.json` of a Hugging Face model.
"""

from dataclasses import dataclass, fields

FAMILIES = ("decoder", "bert", "t5", "bart", "vaswani")
"""Decoders such as GPT and Llama, encoders, and three kinds of encoder-decoder."""

_REQUIRED = (
    *("vocab_size", "d_model", "n_layers", "n_heads", "d_ff"),
    *("n_experts", "top_k", "d_expert"),
    *("q_rank", "kv_rank", "d_nope", "d_rope", "d_value", "window"),
)


@dataclass(frozen=True, kw_only=True)
class Experts:
    """A feed-forward layer of several experts, of which a token visits a few."""

    n_experts: int
    """Experts to choose from."""
    top_k: int
    """Experts that one token visits."""
    d_expert: int
    """Inner width of one expert."""
    n_shared: int = 0
    """Experts that every token visits, besides."""
    n_dense_layers: int = 0
    """First layers that have one plain feed-forward layer instead."""
    router_bias: bool = False
    """Whether the router has a bias for each expert."""

    def __post_init__(self) -> None:
        """Refuse a choice that cannot be made."""
        _check_sizes(self)
        if not 1 <= self.top_k <= self.n_experts:
            raise ValueError(f"top_k is {self.top_k} of {self.n_experts} experts")


@dataclass(frozen=True, kw_only=True)
class LatentAttention:
    """Multi-head latent attention: keys and values are kept as one small vector.

    Reference:
        DeepSeek-AI (2024), DeepSeek-V2, section 2.1, <https://arxiv.org/abs/2405.04434>
    """

    q_rank: int | None
    """Width that queries are squeezed through; None if they are not."""
    kv_rank: int
    """Width of the vector that keys and values are made from."""
    d_nope: int
    """Part of a head's width that knows no position."""
    d_rope: int
    """Part of a head's width that is rotated by position."""
    d_value: int
    """Width of a head's values."""

    def __post_init__(self) -> None:
        """Refuse sizes that make no sense."""
        _check_sizes(self)


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """The shape of a language model: everything that its counts depend on.

    Raises:
        ValueError: If a size is missing, not positive, or does not divide.

    Examples:
        >>> sizes = dict(vocab_size=100, d_model=8, n_heads=2, d_ff=32)
        >>> Architecture(n_layers=1, **sizes).d_head
        4
        >>> Architecture(n_layers=-1, **sizes)
        Traceback (most recent call last):
        ValueError: n_layers must be positive, got -1
    """

    family: str = "decoder"
    """One of `FAMILIES`."""
    vocab_size: int
    """Rows of the embedding."""
    d_model: int
    """Width of each position's vector."""
    n_layers: int
    """Layers; of the encoder and again of the decoder if there are both."""
    n_heads: int
    """Query heads."""
    d_ff: int
    """Inner width of the feed-forward layer."""
    n_kv_heads: int = 0
    """Heads of keys and values; as many as query heads if not given."""
    d_head: int = 0
    """Width of one head; `d_model / n_heads` if not given."""
    n_positions: int = 0
    """Rows of a learned table of positions; none if order is known otherwise."""
    context_length: int | None = None
    """Longest sequence, if it is known."""
    window: int | None = None
    """Positions that a layer with a sliding window may look back on."""
    n_windowed_layers: int = 0
    """Layers that have that window."""
    gated: bool = False
    """Whether the feed-forward layer has a third matrix, the gate."""
    attention_bias: str = "no"
    """`yes` on all four projections, `qkv`, or `no`."""
    ffn_bias: bool = False
    """Whether the feed-forward layer has biases."""
    norm: str = "rmsnorm"
    """`layernorm` (subtracts the mean) or `rmsnorm`."""
    norm_bias: bool = False
    """Whether norms have a bias besides their scale."""
    norms_per_layer: int = 2
    """Norms in a layer; 1 where attention and feed-forward stand side by side."""
    final_norm: bool = True
    """Whether a norm follows the last layer."""
    embedding_norm: bool = False
    """Whether a norm follows the embedding."""
    qk_norm: bool = False
    """Whether each query and key head is normalised."""
    sinks: bool = False
    """Whether each head has a learned attention sink."""
    tie_embeddings: bool = False
    """Whether the head shares the weights of the embedding."""
    head_bias: bool = False
    """Whether the head has a bias."""
    relative_positions: bool = False
    """Whether attention has Transformer-XL's extra matrix and two vectors."""
    d_embedding: int = 0
    """Width of a factorised embedding (ALBERT); `d_model` if not given."""
    shared_layers: bool = False
    """Whether all layers are one set of weights (ALBERT)."""
    n_token_types: int = 0
    """Rows of BERT's table of segments."""
    pooler: bool = False
    """Whether BERT's pooler follows the encoder."""
    experts: Experts | None = None
    """The experts, if the feed-forward layer has several."""
    latent: LatentAttention | None = None
    """The sizes of latent attention, if that is used."""

    def __post_init__(self) -> None:
        """Refuse sizes that make no sense, and fill in those that follow."""
        if self.family not in FAMILIES:
            raise ValueError(f"family {self.family!r} is none of {', '.join(FAMILIES)}")
        if self.attention_bias not in ("yes", "qkv", "no"):
            raise ValueError(f"attention_bias {self.attention_bias!r} is unknown")
        _check_sizes(self)
        if not self.d_head and self.d_model % self.n_heads:
            raise ValueError(
                f"d_model {self.d_model} is not divisible by {self.n_heads} heads"
            )
        self._fill("n_kv_heads", self.n_heads)
        self._fill("d_head", self.d_model // self.n_heads)
        self._fill("d_embedding", self.d_model)
        if self.n_heads % self.n_kv_heads:
            raise ValueError(
                f"{self.n_heads} heads cannot share {self.n_kv_heads} key-value heads"
            )
        self._check_layers()

    def _check_layers(self) -> None:
        """Refuse more layers of a kind than there are layers."""
        n_dense = self.experts.n_dense_layers if self.experts else 0
        special = {
            "n_windowed_layers": self.n_windowed_layers,
            "n_dense_layers": n_dense,
        }
        for name, n in special.items():
            if n > self.n_layers:
                raise ValueError(f"{name} is {n} of {self.n_layers} layers")
        if self.n_windowed_layers and self.window is None:
            raise ValueError(f"{self.n_windowed_layers} layers have a window of None")

    def _fill(self, name: str, value: int) -> None:
        if not getattr(self, name):
            object.__setattr__(self, name, value)


def _check_sizes(shape: Architecture | Experts | LatentAttention) -> None:
    """Refuse a size that is no whole number or too small, and a flag that is none."""
    for field in fields(shape):
        name, value = field.name, getattr(shape, field.name)
        if field.type is bool and not isinstance(value, bool):
            raise ValueError(f"{name} must be True or False, got {value!r}")
        is_optional = field.type == int | None
        if not (field.type is int or (is_optional and value is not None)):
            continue
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError(f"{name} must be a whole number, got {value!r}")
        if value < (1 if name in _REQUIRED else 0):
            raise ValueError(f"{name} must be positive, got {value}")
