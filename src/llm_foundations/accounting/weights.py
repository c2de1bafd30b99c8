"""Every weight of a model as a name, a shape and a number of copies.

Parameters, memory and FLOPs are all read from this one list. It is arithmetic
alone: no weight is allocated.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from llm_foundations.accounting.architecture import Architecture, LatentAttention

T5_BUCKETS = 32
"""Distances that T5's attention tells apart (Raffel et al. 2020, section 2.1)."""


@dataclass(frozen=True)
class Weight:
    """One weight, as often as the model has it."""

    part: str
    """`embedding`, `attention`, `feed-forward`, `norms` or `head`."""
    name: str
    """Its name in a layer, as `q_proj`."""
    shape: tuple[int, ...]
    """Inputs, then outputs, if it is a matrix."""
    copies: int = 1
    """How many of them there are; 0 if the weight is another's, as a tied head."""
    uses: int | None = None
    """How many of them one token meets; all of them if not given."""
    is_table: bool = False
    """Whether it is looked up by index, not multiplied by."""

    @property
    def size(self) -> int:
        """Numbers in one copy."""
        return prod(self.shape)

    @property
    def total(self) -> int:
        """Numbers in all copies."""
        return self.size * self.copies

    @property
    def n_uses(self) -> int:
        """How many of the copies one token meets."""
        return self.copies if self.uses is None else self.uses

    @property
    def is_matrix(self) -> bool:
        """Whether tokens are multiplied by it."""
        return len(self.shape) == 2 and not self.is_table


def weights(architecture: Architecture) -> tuple[Weight, ...]:
    """List the weights of a model.

    Args:
        architecture: The shape of the model.

    Examples:
        >>> tiny = Architecture(vocab_size=9, d_model=4, n_layers=2, n_heads=1, d_ff=8)
        >>> [(w.name, w.shape, w.copies) for w in weights(tiny)][:2]
        [('tokens', (9, 4), 1), ('attention.q_proj', (4, 4), 2)]
    """
    families = {"decoder": _decoder, "bert": _bert}
    return tuple(families.get(architecture.family, _encoder_decoder)(architecture))


def _decoder(a: Architecture) -> Iterator[Weight]:
    yield from _embedding(a)
    yield from _attention(a, "attention")
    dense = a.n_layers if a.experts is None else a.experts.n_dense_layers
    yield from _feed_forward(a, "", a.d_ff, dense)
    yield from _experts(a)
    yield from _norms(a, "norm", a.norms_per_layer * a.n_layers)
    yield from _norms(a, "final_norm", int(a.final_norm))
    yield from _head(a)


def _bert(a: Architecture) -> Iterator[Weight]:
    copies = 1 if a.shared_layers else a.n_layers
    yield from _embedding(a)
    yield from _attention(a, "attention", copies, uses=a.n_layers)
    yield from _feed_forward(a, "", a.d_ff, copies, uses=a.n_layers)
    yield from _norms(a, "norm", 2 * copies)
    if a.pooler:
        yield from _linear("head", "pooler", (a.d_model, a.d_model), True)


def _encoder_decoder(a: Architecture) -> Iterator[Weight]:
    stacks = {"encoder": 2, "decoder": 3}  # and the norms in a layer of each
    yield Weight("embedding", "tokens", (a.vocab_size, a.d_model), is_table=True)
    for stack, n_norms in stacks.items():
        if a.n_positions:
            table = (a.n_positions, a.d_model)
            yield Weight("embedding", f"{stack}.positions", table, is_table=True)
        yield from _norms(a, f"{stack}.embedding_norm", int(a.embedding_norm))
        yield from _attention(a, f"{stack}.attention")
        if stack == "decoder":
            yield from _attention(a, "decoder.cross_attention")
        if a.family == "t5":
            table = (T5_BUCKETS, a.n_heads)
            yield Weight("attention", f"{stack}.distances", table, is_table=True)
        yield from _feed_forward(a, f"{stack}.", a.d_ff, a.n_layers)
        yield from _norms(a, f"{stack}.norm", n_norms * a.n_layers)
        yield from _norms(a, f"{stack}.final_norm", int(a.final_norm))
    yield from _head(a)


def _embedding(a: Architecture) -> Iterator[Weight]:
    tables = {
        "tokens": a.vocab_size,
        "positions": a.n_positions,
        "token_types": a.n_token_types,
    }
    for name, rows in tables.items():
        if rows:
            yield Weight("embedding", name, (rows, a.d_embedding), is_table=True)
    if a.embedding_norm:
        yield from _norms(a, "embedding_norm", 1, width=a.d_embedding)
    if a.d_embedding != a.d_model:
        yield from _linear("embedding", "widen", (a.d_embedding, a.d_model), True)


def _attention(
    a: Architecture, name: str, copies: int | None = None, uses: int | None = None
) -> Iterator[Weight]:
    n = a.n_layers if copies is None else copies
    if a.latent:
        yield from _latent_attention(a, a.latent)
        return
    queries, keys = a.n_heads * a.d_head, a.n_kv_heads * a.d_head
    for projection, width in {"q": queries, "k": keys, "v": keys}.items():
        bias = a.attention_bias != "no"
        path = f"{name}.{projection}_proj"
        yield from _linear("attention", path, (a.d_model, width), bias, n, uses)
    bias = a.attention_bias == "yes"
    yield from _linear(
        "attention", f"{name}.o_proj", (queries, a.d_model), bias, n, uses
    )
    if a.sinks:
        yield Weight("attention", f"{name}.sinks", (a.n_heads,), n)
    if a.relative_positions:
        yield Weight("attention", f"{name}.distances", (a.d_model, a.d_model), n)
        yield Weight("attention", f"{name}.distance_bias", (a.d_model,), 2 * n)
    if a.qk_norm:
        yield from _norms(a, f"{name}.q_norm", n, width=a.d_head)
        yield from _norms(a, f"{name}.k_norm", n, width=a.d_head)


def _latent_attention(a: Architecture, latent: LatentAttention) -> Iterator[Weight]:
    n, d_key = a.n_layers, latent.d_nope + latent.d_rope
    d_query = latent.q_rank or a.d_model
    if latent.q_rank:
        yield Weight("attention", "attention.q_down", (a.d_model, d_query), n)
        yield Weight("norms", "attention.q_norm", (d_query,), n)
    yield Weight("attention", "attention.q_up", (d_query, a.n_heads * d_key), n)
    squeezed = (a.d_model, latent.kv_rank + latent.d_rope)
    yield Weight("attention", "attention.kv_down", squeezed, n)
    yield Weight("norms", "attention.kv_norm", (latent.kv_rank,), n)
    widened = a.n_heads * (latent.d_nope + latent.d_value)
    yield Weight("attention", "attention.kv_up", (latent.kv_rank, widened), n)
    mixed = a.n_heads * latent.d_value
    yield Weight("attention", "attention.o_proj", (mixed, a.d_model), n)


def _feed_forward(
    a: Architecture, prefix: str, d_ff: int, copies: int, uses: int | None = None
) -> Iterator[Weight]:
    for name in ("gate_proj", "up_proj") if a.gated else ("up_proj",):
        path, bias = f"{prefix}{name}", a.ffn_bias
        yield from _linear("feed-forward", path, (a.d_model, d_ff), bias, copies, uses)
    path = f"{prefix}down_proj"
    yield from _linear("feed-forward", path, (d_ff, a.d_model), bias, copies, uses)


def _experts(a: Architecture) -> Iterator[Weight]:
    if (e := a.experts) is None:
        return
    n = a.n_layers - e.n_dense_layers
    yield from _linear(
        "feed-forward", "router", (a.d_model, e.n_experts), e.router_bias, n
    )
    yield from _feed_forward(a, "experts.", e.d_expert, n * e.n_experts, n * e.top_k)
    yield from _feed_forward(a, "shared_experts.", e.d_expert, n * e.n_shared)


def _norms(
    a: Architecture, name: str, copies: int, width: int | None = None
) -> Iterator[Weight]:
    if copies:
        yield Weight("norms", name, (width or a.d_model,), copies)
        if a.norm_bias:
            yield Weight("norms", f"{name}.bias", (width or a.d_model,), copies)


def _head(a: Architecture) -> Iterator[Weight]:
    shape, copies = (a.d_model, a.vocab_size), 0 if a.tie_embeddings else 1
    yield Weight("head", "lm_head", shape, copies, uses=1)
    if a.head_bias:
        yield Weight("head", "lm_head.bias", (a.vocab_size,))


def _linear(
    part: str,
    name: str,
    shape: tuple[int, int],
    bias: bool,
    copies: int = 1,
    uses: int | None = None,
) -> Iterator[Weight]:
    if copies:
        yield Weight(part, name, shape, copies, uses)
        if bias:
            yield Weight(part, f"{name}.bias", shape[1:], copies, uses)
