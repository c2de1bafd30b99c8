"""From a row of the ledger of published models to a shape that can be counted."""

from typing import Any

from llm_foundations.accounting.architecture import (
    Architecture,
    Experts,
    LatentAttention,
)
from llm_foundations.facts.models import PublishedModel

_FAMILIES = {"mla": "decoder", "txl": "decoder"}
_NEEDED = ("vocab_size", "d_model", "n_layers", "n_heads", "d_ff")


def architecture_of(model: PublishedModel) -> Architecture:
    """Return the shape of a published model.

    Where the row leaves open whether the embedding is tied, as Gopher's does, the
    shape takes it as tied; such a row is marked `approximate`.

    Args:
        model: A row of the ledger.

    Raises:
        ValueError: If the row does not disclose a size that a shape needs.

    Examples:
        >>> from llm_foundations.facts import find_model
        >>> architecture_of(find_model("Llama 3 8B")).n_kv_heads
        8
    """
    missing = [name for name in _NEEDED if getattr(model, name) is None]
    if missing:
        raise ValueError(f"{model.name} does not disclose {', '.join(missing)}")
    sizes: dict[str, Any] = {name: getattr(model, name) for name in _NEEDED}
    return Architecture(
        family=_FAMILIES.get(model.arch, model.arch),
        n_kv_heads=model.n_kv_heads or 0,
        d_head=model.head_dim or 0,
        context_length=model.context_length,
        gated=model.ffn_type in ("swiglu", "geglu"),
        tie_embeddings=model.tie_embeddings is not False,
        **sizes,
        **_biases_and_norms(model),
        **_family_settings(model),
    )


def _biases_and_norms(model: PublishedModel) -> dict[str, Any]:
    options, layer_norm = model.options, model.norm.startswith("layernorm")
    has_bias = model.attention_bias == "yes" or model.arch == "vaswani"
    return {
        "attention_bias": model.attention_bias or "no",
        "ffn_bias": bool(options.get("ffn_bias", has_bias)),
        "head_bias": bool(options.get("head_bias", False)),
        "norm": "layernorm" if layer_norm else "rmsnorm",
        "norm_bias": bool(options.get("norm_bias", layer_norm)),
        "norms_per_layer": options.get("norms_per_layer", 2),
        "final_norm": bool(
            options.get("final_norm", model.arch not in ("bert", "bart", "vaswani"))
        ),
        "embedding_norm": bool(options.get("emb_norm", model.arch in ("bert", "bart"))),
    }


def _family_settings(model: PublishedModel) -> dict[str, Any]:
    options, is_bert = model.options, model.arch == "bert"
    rows = options.get("max_pos", model.context_length or 0)
    offset = options.get("pos_offset", 2 if model.arch == "bart" else 0)
    return {
        "n_positions": rows + offset if model.position == "learned" else 0,
        "n_token_types": options.get("types", 2) if is_bert else 0,
        "pooler": is_bert and options.get("pooler", 1) == 1,
        "d_embedding": options.get("emb", 0),
        "shared_layers": is_bert and bool(options.get("shared", 0)),
        "relative_positions": model.arch == "txl",
        "window": options.get("window"),
        "n_windowed_layers": options.get("windowed_layers", 0),
        "sinks": bool(options.get("sinks", 0)),
        "experts": _experts(model),
        "latent": _latent_attention(model),
    }


def _experts(model: PublishedModel) -> Experts | None:
    options = model.options
    if "experts" not in options:
        return None
    return Experts(
        n_experts=options["experts"],
        top_k=options["top_k"],
        d_expert=options.get("moe_ff", model.d_ff or 0),
        n_shared=options.get("shared", 0),
        n_dense_layers=options.get("dense_layers", 0),
        router_bias=bool(options.get("router_bias", 0)),
    )


def _latent_attention(model: PublishedModel) -> LatentAttention | None:
    options = model.options
    if model.arch != "mla":
        return None
    return LatentAttention(
        q_rank=options["q_lora"],
        kv_rank=options["kv_lora"],
        d_nope=options["nope"],
        d_rope=options["rope"],
        d_value=options["v"],
    )
