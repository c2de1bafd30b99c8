"""The size of numbers in each precision, and of the keys and values of past tokens."""

from math import ceil

from llm_foundations.accounting.architecture import Architecture

BYTES = {
    **{"float32": 4.0, "bfloat16": 2.0, "float16": 2.0},
    **{"float8": 1.0, "int8": 1.0, "int4": 0.5},
}
"""Bytes of one number. The scales that 8 and 4 bits bring along are not counted."""


def weight_bytes(n_parameters: int, precision: str = "bfloat16") -> int:
    """Return the size of the weights.

    Args:
        n_parameters: How many there are.
        precision: A key of `BYTES`.

    Raises:
        ValueError: If the precision is unknown, or the number is negative.

    Examples:
        >>> weight_bytes(6_738_415_616)
        13476831232
    """
    if precision not in BYTES:
        raise ValueError(f"precision {precision!r} is none of {', '.join(BYTES)}")
    if n_parameters < 0:
        raise ValueError(f"n_parameters must not be negative, got {n_parameters}")
    return ceil(n_parameters * BYTES[precision])


def kv_cache_bytes(
    architecture: Architecture,
    n_tokens: int,
    batch_size: int = 1,
    precision: str = "bfloat16",
    n_source: int = 0,
) -> int:
    """Return the size of the keys and values that generation keeps.

    Heads that share keys and values share their cache; a layer with a window keeps
    no more than the window; latent attention keeps one small vector in their place.
    An implementation may keep more: Falcon 40B in Transformers keeps a copy of each
    group's keys and values for each of its query heads.

    Args:
        architecture: The model.
        n_tokens: Tokens kept for each sequence.
        batch_size: Sequences at once.
        precision: A key of `BYTES`.
        n_source: Tokens of the source, which an encoder-decoder attends to as well.

    Raises:
        ValueError: If a number is not positive, or the model keeps no cache.

    Examples:
        >>> from llm_foundations.accounting.ledger import architecture_of
        >>> from llm_foundations.facts import find_model
        >>> for name in ("Llama 2 7B", "Llama 3 8B"):  # 32 heads, 8 groups
        ...     kv_cache_bytes(architecture_of(find_model(name)), n_tokens=1)
        524288
        131072
    """
    a = architecture
    if a.family == "bert":
        raise ValueError("an encoder keeps no cache: it reads all positions at once")
    if n_source < 0:
        raise ValueError(f"n_source must not be negative, got {n_source}")
    for name, value in {"n_tokens": n_tokens, "batch_size": batch_size}.items():
        if value < 1:
            raise ValueError(f"{name} must be positive, got {value}")
    per_token = 2 * a.n_kv_heads * a.d_head
    if a.latent:
        per_token = a.latent.kv_rank + a.latent.d_rope
    near = min(n_tokens, a.window or n_tokens)
    positions = (a.n_layers - a.n_windowed_layers) * n_tokens
    positions += a.n_windowed_layers * near
    if a.family != "decoder":
        positions += a.n_layers * n_source
    return batch_size * weight_bytes(positions * per_token, precision)
