"""What a forward pass keeps so that the backward pass can use it.

PyTorch keeps, for each operation, those inputs and outputs that its gradient needs. A
tensor that two operations need is kept once. Norms are taken as one operation, as on
a GPU; where RMSNorm is written out, as PyTorch does on a CPU, each keeps one more
vector of `d_model` for each position.
"""

from llm_foundations.accounting.architecture import Architecture

FAMILIES = ("decoder", "bert")
"""The families whose activations are counted."""

STATISTICS = 4
"""Bytes of a mean, a scale, or a log-sum of attention: always float32."""


def activation_bytes(
    architecture: Architecture,
    batch_size: int,
    n_tokens: int,
    *,
    width: int = 2,
    checkpointing: bool = False,
    fused_attention: bool = True,
) -> int:
    """Return the bytes that a forward pass keeps, without dropout.

    With checkpointing it is the inputs of all layers and, while one layer is being
    computed again, all that this layer keeps. For experts it is what the experts
    that a token visits keep, in every layer, without the copies that sorting tokens
    makes.

    Args:
        architecture: A decoder or an encoder.
        batch_size: Sequences.
        n_tokens: Length of each.
        width: Bytes of one number: 4 for float32, 2 for bfloat16.
        checkpointing: Whether only the input of each layer is kept.
        fused_attention: Whether attention runs in one kernel, or stores its weights.

    Raises:
        ValueError: If the model is an encoder-decoder, or a number is not positive.

    Examples:
        >>> tiny = Architecture(vocab_size=9, d_model=4, n_layers=2, n_heads=1, d_ff=8)
        >>> activation_bytes(tiny, batch_size=1, n_tokens=3, width=4)
        1440

    Reference:
        Korthikanti et al. (2022), section 4.1, <https://arxiv.org/abs/2205.05198>,
        who count 34 bytes a position and channel for GPT with dropout in float16.
    """
    a = architecture
    if a.family not in FAMILIES:
        raise ValueError(f"the activations of a {a.family} are not counted here")
    for name, value in {"batch_size": batch_size, "n_tokens": n_tokens}.items():
        if value < 1:
            raise ValueError(f"{name} must be positive, got {value}")
    layer = layer_bytes(a, n_tokens, width=width, fused_attention=fused_attention)
    ends = _ends_bytes(a, width)
    per_token = a.n_layers * layer + ends
    if checkpointing:
        per_token = a.n_layers * a.d_model * width + max(layer, ends)
    return batch_size * n_tokens * per_token


def layer_bytes(
    architecture: Architecture, n_tokens: int, *, width: int, fused_attention: bool
) -> int:
    """Return the bytes that one layer keeps for each position.

    Kept are: the input and the output of each norm, those of queries and keys if there
    are any; queries, keys, values and the
    mixed values; attention's weights, or in their place one log-sum a head; and in
    the feed-forward layer the input and the output of the activation, for a gated
    one also the other factor and the product.
    """
    a = architecture
    norms = a.norms_per_layer * (2 * a.d_model * width + _statistics(a))
    heads = (2 * a.n_heads + 2 * a.n_kv_heads) * a.d_head * width
    if a.latent:
        key = a.latent.d_nope + a.latent.d_rope
        heads = 2 * a.n_heads * (key + a.latent.d_value) * width
        heads += 2 * (a.latent.kv_rank + (a.latent.q_rank or 0)) * width
    if a.qk_norm:
        heads += (a.n_heads + a.n_kv_heads) * (a.d_head * width + _statistics(a))
    kept = STATISTICS if fused_attention else n_tokens * width
    inner = a.d_ff
    if a.experts:
        inner = (a.experts.top_k + a.experts.n_shared) * a.experts.d_expert
    feed_forward = (4 if a.gated else 2) * inner * width
    return norms + heads + a.n_heads * kept + feed_forward


def _statistics(a: Architecture) -> int:
    return (2 if a.norm == "layernorm" else 1) * STATISTICS


def _ends_bytes(a: Architecture, width: int) -> int:
    """The final norm's input and output, and the log-probabilities in float32.

    An encoder has a norm after the embedding instead: its input, and its output in
    place of the last layer's, which nothing comes after to keep.
    """
    if a.family == "bert":
        return a.d_model * width + _statistics(a)
    final = (2 * a.d_model * width + _statistics(a)) * a.final_norm
    return final + STATISTICS * a.vocab_size
