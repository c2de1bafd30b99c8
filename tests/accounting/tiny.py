"""A tiny config of each type, and other values that each of its fields could have."""

from typing import Any

from llm_foundations.accounting.config_fields import config_classes

_SIZES = {
    **{"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4},
    **{"vocab_size": 50, "pad_token_id": None},
}
_WIDE = {**_SIZES, "intermediate_size": 48, "max_position_embeddings": 64}
_LLAMA = {**_WIDE, "num_key_value_heads": 2}
_GPT = {
    **{"n_embd": 32, "n_layer": 3, "n_head": 4, "vocab_size": 50, "n_positions": 64},
    "pad_token_id": None,
}
_DEEPSEEK = {
    **_LLAMA,
    **{"kv_lora_rank": 8, "q_lora_rank": 12, "qk_nope_head_dim": 8, "v_head_dim": 6},
    **{"qk_rope_head_dim": 4, "n_routed_experts": 8, "moe_intermediate_size": 16},
    **{"first_k_dense_replace": 1, "num_experts_per_tok": 2},
    **{"n_group": 4, "topk_group": 2, "n_shared_experts": 1},
    "num_key_value_heads": 4,
}
_STACKS = {"layers": 2, "attention_heads": 4, "ffn_dim": 48}
CONFIGS: dict[str, dict[str, Any]] = {
    **{"openai-gpt": _GPT, "gpt2": _GPT, "gptj": {**_GPT, "rotary_dim": 4}},
    "opt": {**_SIZES, "ffn_dim": 48, "max_position_embeddings": 64},
    "bloom": {"hidden_size": 32, "n_layer": 3, "n_head": 4, "vocab_size": 50},
    "gpt_neox": _WIDE,
    "falcon": {**_SIZES, "max_position_embeddings": 64},
    **{"bert": _WIDE, "roberta": _WIDE, "xlm-roberta": _WIDE},
    "albert": {**_WIDE, "embedding_size": 8},
    "distilbert": {
        **{"dim": 32, "n_layers": 3, "n_heads": 4, "hidden_dim": 48, "vocab_size": 50},
        "max_position_embeddings": 64,
    },
    "t5": {
        **{"d_model": 32, "d_kv": 8, "d_ff": 48, "num_layers": 2, "num_heads": 4},
        "vocab_size": 50,
    },
    "bart": {
        **{f"encoder_{name}": size for name, size in _STACKS.items()},
        **{f"decoder_{name}": size for name, size in _STACKS.items()},
        **{"d_model": 32, "vocab_size": 50, "max_position_embeddings": 64},
    },
    **{"llama": _LLAMA, "phi3": _LLAMA, "mistral": _LLAMA, "qwen2": _LLAMA},
    **{"smollm3": _LLAMA, "gemma": {**_LLAMA, "head_dim": 8}},
    "mixtral": {**_LLAMA, "num_local_experts": 4, "num_experts_per_tok": 2},
    "qwen3": {**_LLAMA, "head_dim": 8},
    "qwen3_moe": {
        **{**_LLAMA, "head_dim": 8, "num_experts": 4, "num_experts_per_tok": 2},
        "moe_intermediate_size": 16,
    },
    "gemma2": {**_LLAMA, "head_dim": 8},
    "gemma3_text": {**_LLAMA, "head_dim": 8},
    "gpt_oss": {
        **{**_LLAMA, "head_dim": 8, "num_local_experts": 4, "num_experts_per_tok": 2},
    },
    **{"deepseek_v2": _DEEPSEEK, "deepseek_v3": _DEEPSEEK},
}
"""A tiny config of every known type; its `model_type` is the key."""

_OTHERS: dict[str, list[Any]] = {
    "feed_forward_proj": ["gated-gelu", "gelu", "gelu-gated"],
    "layer_types": [
        ["sliding_attention", "full_attention", "full_attention"],
        ["full_attention"] * 3,
        ["full_attention"] * 4,
        ["chunked_attention"] * 3,
    ],
    "no_rope_layers": [[0, 0, 1], [1, 1]],
    "mlp_only_layers": [[], [0]],
    "first_k_dense_replace": [0, 2, 9],
    "max_window_layers": [1, 9],
    "decoder_sparse_step": [2],
    "num_ln_in_parallel_attn": [1, 2],
    "num_kv_heads": [1, 2, 3],
    "n_group": [2, 3],
    "topk_group": [1, 9],
    "num_experts_per_tok": [1, 9],
    "chunk_size_feed_forward": [4],
}
_OF_KIND: dict[str, list[Any]] = {
    **{"float": [0.25], "str": ["relu"], "any": [True], "bool": [True, False]},
    "dict": [{"rope_type": "default", "rope_theta": 5000.0}],
}
OUTSIDE: dict[str, list[Any]] = {
    "head_dim": [16],
    "sliding_window": [4],
    "layer_types": _OTHERS["layer_types"],
    "attention_chunk_size": [4],
    "kv_sharing_modes": [["reuse"] * 3],
    "per_layer_config": [{"0": {"num_attention_heads": 2}}, {"1": {"d_ff": 9}}],
    "text_config": [{"vocab_size": 7}],
    "decoder": [{"vocab_size": 7}],
    "generator": [{"vocab_size": 7}],
    "tie_word_embeddings": [True, False],
    "n_embed": [16],
    "sliding_window_pattern": [2, 0, "2"],
    "is_gated_act": [True, False],
    "num_labels": [5],
    "quantization_config": [{"quant_method": "fp8"}],
    "rope_scaling": [{"rope_type": "linear", "factor": 2.0}],
}
"""Fields that Transformers may heed in a class that does not have them."""


def changes(kind: str) -> list[tuple[str, Any]]:
    """Each field of a type with other values, among them null and the wrong type."""
    rows = config_classes()[kind]
    found = []
    for name, (kinds, default) in rows.items():
        field = default if kinds == "alias" else name
        kinds, default = rows[field]
        given = CONFIGS[kind].get(field, default)
        values = [None, ["wrong"], *_other_values(field, kinds, given)]
        found += [(name, value) for value in values]
    for name in OUTSIDE.keys() - rows.keys():
        found += [(name, value) for value in OUTSIDE[name]]
    return found


def _other_values(field: str, kinds: str, given: Any) -> list[Any]:
    if field in _OTHERS:
        return _OTHERS[field]
    first = kinds.split(" | ")[0]
    if first == "int":
        return [0, -1, 2 * given, given + 1] if given else [4]
    return [value for value in _OF_KIND[first] if value is not given]
