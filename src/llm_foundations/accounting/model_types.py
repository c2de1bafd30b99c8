"""How each `model_type` of Hugging Face is read: from its fields to a shape.

A reader asks for every field that its counts depend on. What no reader asks for, and
is not harmless either, must have its default, or the config is refused.
"""

from collections.abc import Callable

from llm_foundations.accounting.architecture import LatentAttention
from llm_foundations.accounting.config_fields import Fields, Settings
from llm_foundations.accounting.config_parts import (
    check_width,
    deepseek_experts,
    experts,
    kv_heads,
    optional_window,
    rotated_width,
    window_everywhere,
    windows,
)


def _layer_norm(fields: Fields, d_ff: int, bias: bool = True) -> Settings:
    """What GPT-2 and its successors share: LayerNorm, and biases or none."""
    check_width(fields)
    return {
        "d_ff": d_ff,
        "attention_bias": "yes" if bias else "no",
        "ffn_bias": bias,
        "norm": "layernorm",
        "norm_bias": True,
    }


def _four_times_the_width(fields: Fields) -> int:
    return 4 * fields.size("hidden_size")


def _positions(fields: Fields, extra_rows: int = 0) -> Settings:
    """A learned table of positions."""
    rows = fields.size("max_position_embeddings")
    return {"n_positions": rows + extra_rows, "context_length": rows}


def _context(fields: Fields) -> Settings:
    return {"context_length": fields.size("max_position_embeddings")}


# The types with LayerNorm: GPT and its successors.


def _gpt1(fields: Fields) -> Settings:
    fields.ignore("head_dim")
    settings = _layer_norm(fields, _four_times_the_width(fields)) | {
        "final_norm": False
    }
    return settings | _positions(fields) | window_everywhere(fields)


def _gpt2(fields: Fields) -> Settings:
    fields.ignore("head_dim")
    d_ff = fields.optional_size("n_inner") or _four_times_the_width(fields)
    return _layer_norm(fields, d_ff) | _positions(fields) | window_everywhere(fields)


def _opt(fields: Fields) -> Settings:
    fields.ignore("head_dim")
    width = fields.size("hidden_size")
    if (fields.optional_size("word_embed_proj_dim") or width) != width:
        raise ValueError(
            "an opt with a narrower embedding is not supported: 'word_embed_proj_dim' "
            f"is {fields['word_embed_proj_dim']}"
        )
    is_removed = fields["_remove_final_layer_norm"]
    is_before = fields["do_layer_norm_before"]
    settings = _layer_norm(fields, fields.size("ffn_dim"), fields["enable_bias"])
    settings["final_norm"] = is_before and not is_removed
    settings |= _positions(fields, extra_rows=2)
    return settings | window_everywhere(fields)


def _bloom(fields: Fields) -> Settings:
    fields.ignore("head_dim")
    settings = _layer_norm(fields, _four_times_the_width(fields)) | {
        "embedding_norm": True
    }
    return settings | window_everywhere(fields)


def _gptj(fields: Fields) -> Settings:
    fields.ignore("head_dim")
    d_ff = fields.optional_size("n_inner") or _four_times_the_width(fields)
    special = {"ffn_bias": True, "norms_per_layer": 1, "head_bias": True}
    settings = _layer_norm(fields, d_ff, bias=False) | special | _context(fields)
    return settings | window_everywhere(fields)


def _gpt_neox(fields: Fields) -> Settings:
    fields.ignore("head_dim")
    bias = "yes" if fields["attention_bias"] else "no"
    settings = _layer_norm(fields, fields.size("intermediate_size")) | {
        "attention_bias": bias
    }
    return settings | _context(fields) | window_everywhere(fields)


def _falcon(fields: Fields) -> Settings:
    d_ff = fields.optional_size("ffn_hidden_size") or _four_times_the_width(fields)
    settings = _layer_norm(fields, d_ff, bool(fields["bias"]))
    settings["norms_per_layer"] = _falcon_norms(fields)
    settings["n_kv_heads"] = _falcon_kv_heads(fields)
    return settings | _context(fields) | window_everywhere(fields)


def _falcon_norms(fields: Fields) -> int:
    n_norms, is_parallel = fields["num_ln_in_parallel_attn"], fields["parallel_attn"]
    if n_norms is None and fields["new_decoder_architecture"]:
        n_norms = 2
    return 2 if n_norms == 2 or not is_parallel else 1


def _falcon_kv_heads(fields: Fields) -> int:
    n_heads, n_kv_heads = fields.size("num_attention_heads"), fields["num_kv_heads"]
    multi_query = fields["multi_query"]
    if fields["new_decoder_architecture"]:
        return kv_heads(fields, "num_kv_heads")
    if multi_query:
        return 1
    if n_kv_heads not in (None, n_heads):
        raise ValueError(
            "'num_kv_heads' of a falcon without 'multi_query' must be its "
            f"'num_attention_heads' ({n_heads}), got {n_kv_heads}"
        )
    return n_heads


# The encoders, and those with a decoder as well.


_CACHE = ("layer_types", "sliding_window", "attention_chunk_size", "kv_sharing_modes")
"""Fields that concern a cache, which an encoder does not keep."""


def _bert(fields: Fields) -> Settings:
    fields.ignore(
        "head_dim", "layer_types", "sliding_window"
    )  # an encoder has no cache
    settings = _layer_norm(fields, fields.size("intermediate_size")) | _positions(
        fields
    )
    encoder = {"family": "bert", "pooler": True, "embedding_norm": True}
    return settings | encoder | {"n_token_types": fields.size("type_vocab_size")}


def _distilbert(fields: Fields) -> Settings:
    fields.ignore("head_dim", *_CACHE)
    settings = _layer_norm(fields, fields.size("hidden_dim")) | _positions(fields)
    return settings | {"family": "bert", "embedding_norm": True}


def _albert(fields: Fields) -> Settings:
    width, narrow = fields.size("hidden_size"), fields.size("embedding_size")
    if narrow == width:
        raise ValueError(
            f"an albert with an 'embedding_size' of its 'hidden_size' ({width}) is not "
            "supported"
        )
    if (n_groups := fields.size("num_hidden_groups")) != 1:
        raise ValueError(
            "an albert of several groups of layers is not supported: "
            f"'num_hidden_groups' is {n_groups}"
        )
    return _bert(fields) | {"d_embedding": narrow, "shared_layers": True}


def _t5(fields: Fields) -> Settings:
    is_known = "num_layers" in fields or fields["num_decoder_layers"] is not None
    if "num_hidden_layers" in fields and not is_known:
        raise ValueError(
            "'num_hidden_layers' of a t5 sets the encoder's layers alone: give "
            "'num_layers' in its place"
        )
    if fields["num_decoder_layers"] is not None:
        _check_stacks(fields, "num_layers", "num_decoder_layers")
    if fields.given("tie_word_embeddings", True) is not True:
        raise ValueError(
            "'tie_word_embeddings' of a t5 must be true, as Transformers ties it "
            "whatever the config says, unless the checkpoint has a head of its own"
        )
    return {
        "family": "t5",
        "d_ff": fields.size("d_ff"),
        "d_head": fields.size("d_kv"),
        "gated": _is_gated(fields),
    }


def _is_gated(fields: Fields) -> bool:
    name = fields["feed_forward_proj"]
    first, *rest = name.split("-")
    is_gated = first == "gated"
    if len(rest) != is_gated:
        raise ValueError(
            f"'feed_forward_proj' must be ACTIVATION or gated-ACTIVATION, got {name!r}"
        )
    if fields.given("is_gated_act", is_gated) is not is_gated:
        raise ValueError(
            f"'is_gated_act' is {fields.given('is_gated_act')!r}, which contradicts "
            f"'feed_forward_proj' ({name!r})"
        )
    return is_gated


def _bart(fields: Fields) -> Settings:
    fields.ignore("head_dim")
    for name in ("layers", "attention_heads", "ffn_dim"):
        _check_stacks(fields, f"encoder_{name}", f"decoder_{name}")
    if not fields["tie_word_embeddings"]:
        raise ValueError("a bart whose 'tie_word_embeddings' is false is not supported")
    settings = _layer_norm(fields, fields.size("encoder_ffn_dim"))
    norms = {"embedding_norm": True, "final_norm": False}
    return settings | {"family": "bart"} | norms | _positions(fields, extra_rows=2)


def _check_stacks(fields: Fields, encoder: str, decoder: str) -> None:
    in_encoder, in_decoder = fields.size(encoder), fields.size(decoder)
    if in_encoder != in_decoder:
        raise ValueError(
            f"encoder and decoder that differ are not supported: {encoder!r} is "
            f"{in_encoder}, {decoder!r} is {in_decoder}"
        )


# The types after Llama: rotary positions, RMSNorm, gated layers.


def _rotary(fields: Fields, attention_bias: str = "no") -> Settings:
    """What Llama and its successors share."""
    return {
        "d_ff": fields.size("intermediate_size"),
        "n_kv_heads": kv_heads(fields, "num_key_value_heads"),
        "d_head": rotated_width(fields),
        "gated": True,
        "attention_bias": attention_bias,
    } | _context(fields)


def _bias(fields: Fields) -> str:
    return "yes" if fields["attention_bias"] else "no"


def _llama(fields: Fields) -> Settings:
    check_width(fields)
    settings = _rotary(fields, _bias(fields)) | {"ffn_bias": fields["mlp_bias"]}
    return settings | window_everywhere(fields)


def _mistral(fields: Fields) -> Settings:
    return _rotary(fields) | window_everywhere(fields)


def _mixtral(fields: Fields) -> Settings:
    return _mistral(fields) | {"experts": experts(fields, "intermediate_size")}


def _late_windows(fields: Fields) -> Settings:
    """Qwen's windows: in the layers after the first few, if they are used at all."""
    window, n_full = optional_window(fields), fields["max_window_layers"]
    return windows(fields, window, lambda i: window is not None and i >= n_full)


def _qwen2(fields: Fields) -> Settings:
    return _rotary(fields, "qkv") | _late_windows(fields)


def _qwen3(fields: Fields) -> Settings:
    settings = _rotary(fields, _bias(fields)) | {"qk_norm": True}
    return settings | _late_windows(fields)


def _qwen3_moe(fields: Fields) -> Settings:
    dense, every = fields["mlp_only_layers"], fields["decoder_sparse_step"]
    if dense or every != 1:
        raise ValueError(
            "a qwen3_moe with dense layers in between is not supported: "
            f"'mlp_only_layers' is {dense!r}, 'decoder_sparse_step' is {every!r}"
        )
    moe = experts(fields, "moe_intermediate_size")
    settings = _rotary(fields, _bias(fields)) | {"qk_norm": True, "experts": moe}
    return settings | windows(fields, optional_window(fields))


def _smollm3(fields: Fields) -> Settings:
    window, n_layers = optional_window(fields), fields.size("num_hidden_layers")
    interval, has_rope = fields.size("no_rope_layer_interval"), fields["no_rope_layers"]
    if has_rope is None:
        has_rope = [(layer + 1) % interval != 0 for layer in range(n_layers)]
    if len(has_rope) != n_layers:
        raise ValueError(
            "'no_rope_layers' must have one entry for each of 'num_hidden_layers' "
            f"({n_layers}), got {len(has_rope)}"
        )
    settings = _rotary(fields, _bias(fields)) | {"ffn_bias": fields["mlp_bias"]}
    is_local = [window is not None and not rotates for rotates in has_rope]
    return settings | windows(fields, window, is_local.__getitem__)


def _gemma(fields: Fields) -> Settings:
    if fields["use_bidirectional_attention"]:
        raise ValueError(
            f"a {fields.model_type} whose 'use_bidirectional_attention' is true is not "
            "supported"
        )
    fields.size("head_dim")
    return _rotary(fields, _bias(fields))


def _gemma1(fields: Fields) -> Settings:
    return _gemma(fields) | window_everywhere(fields)


def _gemma2(fields: Fields) -> Settings:
    check_width(fields)
    window = fields.optional_size("sliding_window")
    settings = _gemma(fields) | {"norms_per_layer": 4}
    return settings | windows(fields, window, lambda layer: layer % 2 == 0)


def _gemma3(fields: Fields) -> Settings:
    check_width(fields)
    window = fields.optional_size("sliding_window")
    every = fields.given("sliding_window_pattern", 6)
    if not isinstance(every, int) or isinstance(every, bool) or every < 1:
        raise ValueError(
            f"'sliding_window_pattern' must be a positive whole number, got {every!r}"
        )
    settings = _gemma(fields) | {"norms_per_layer": 4, "qk_norm": True}
    return settings | windows(fields, window, lambda layer: (layer + 1) % every != 0)


def _gpt_oss(fields: Fields) -> Settings:
    window = fields.optional_size("sliding_window")
    moe = experts(fields, "intermediate_size", router_bias=True)
    settings = {"ffn_bias": True, "sinks": True, "experts": moe}
    settings |= windows(fields, window, lambda layer: layer % 2 == 0)
    return _rotary(fields, _bias(fields)) | settings


def _deepseek(fields: Fields) -> Settings:
    check_width(fields)
    fields.ignore("head_dim")
    fields.optional_size("num_key_value_heads")  # latent attention has no such heads
    settings = {
        "d_ff": fields.size("intermediate_size"),
        "gated": True,
        "experts": deepseek_experts(fields),
        "latent": LatentAttention(
            q_rank=fields.optional_size("q_lora_rank"),
            kv_rank=fields.size("kv_lora_rank"),
            d_nope=fields.size("qk_nope_head_dim"),
            d_rope=rotated_width(fields, "qk_rope_head_dim"),
            d_value=fields.size("v_head_dim"),
        ),
    }
    return settings | _context(fields) | window_everywhere(fields)


READERS: dict[str, Callable[[Fields], Settings]] = {
    **{"openai-gpt": _gpt1, "gpt2": _gpt2, "opt": _opt, "bloom": _bloom},
    **{"gptj": _gptj, "gpt_neox": _gpt_neox, "falcon": _falcon},
    **{"bert": _bert, "roberta": _bert, "xlm-roberta": _bert, "albert": _albert},
    **{"distilbert": _distilbert, "t5": _t5, "bart": _bart},
    **{"llama": _llama, "phi3": _mistral, "mistral": _mistral, "mixtral": _mixtral},
    **{"qwen2": _qwen2, "qwen3": _qwen3, "qwen3_moe": _qwen3_moe},
    **{"smollm3": _smollm3, "gemma": _gemma1, "gemma2": _gemma2},
    **{"gemma3_text": _gemma3, "gpt_oss": _gpt_oss},
    **{"deepseek_v2": _deepseek, "deepseek_v3": _deepseek},
}
"""Each `model_type` and the function that reads the rest of its shape."""
