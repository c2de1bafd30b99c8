"""Configs of the families after Llama: rotary positions, RMSNorm, gated layers."""

from collections.abc import Callable

from llm_foundations.accounting.architecture import Experts, LatentAttention
from llm_foundations.accounting.config_fields import Config, Settings, get, need


def _llama(config: Config) -> Settings:
    return {
        "d_ff": need(config, "intermediate_size"),
        "n_kv_heads": get(config, "num_key_value_heads", 0),
        "d_head": get(config, "head_dim", 0),
        "context_length": config.get("max_position_embeddings"),
        "gated": True,
        "attention_bias": "yes" if config.get("attention_bias") else "no",
        "ffn_bias": get(config, "mlp_bias", False),
    }


def _mistral(config: Config) -> Settings:
    return _llama(config) | _window(config, need(config, "num_hidden_layers"))


def _window(config: Config, n_windowed_layers: int) -> Settings:
    if layer_types := config.get("layer_types"):
        n_windowed_layers = list(layer_types).count("sliding_attention")
    window = config.get("sliding_window")
    if window is None or config.get("use_sliding_window") is False:
        return {}
    return {"window": window, "n_windowed_layers": n_windowed_layers}


def _mixtral(config: Config) -> Settings:
    experts = Experts(
        n_experts=need(config, "num_local_experts"),
        top_k=need(config, "num_experts_per_tok"),
        d_expert=need(config, "intermediate_size"),
    )
    return _mistral(config) | {"experts": experts}


def _qwen2(config: Config) -> Settings:
    return _llama(config) | {"attention_bias": "qkv"}


def _qwen3(config: Config) -> Settings:
    need(config, "head_dim")
    return _llama(config) | {"qk_norm": True}


def _qwen3_moe(config: Config) -> Settings:
    if config.get("mlp_only_layers") or get(config, "decoder_sparse_step", 1) != 1:
        raise ValueError("a qwen3_moe with dense layers in between is not supported")
    experts = Experts(
        n_experts=need(config, "num_experts", "num_local_experts"),
        top_k=need(config, "num_experts_per_tok"),
        d_expert=need(config, "moe_intermediate_size"),
    )
    return _llama(config) | {"qk_norm": True, "experts": experts}


def _gemma(config: Config) -> Settings:
    need(config, "head_dim")
    return _llama(config)


def _gemma2(config: Config) -> Settings:
    every_other = (need(config, "num_hidden_layers") + 1) // 2
    return _gemma(config) | {"norms_per_layer": 4} | _window(config, every_other)


def _gemma3(config: Config) -> Settings:
    every_sixth = need(config, "num_hidden_layers") // 6
    local = need(config, "num_hidden_layers") - every_sixth
    return _gemma2(config) | {"qk_norm": True} | _window(config, local)


def _gpt_oss(config: Config) -> Settings:
    experts = Experts(
        n_experts=need(config, "num_local_experts"),
        top_k=need(config, "num_experts_per_tok"),
        d_expert=need(config, "intermediate_size"),
        router_bias=True,
    )
    every_other = (need(config, "num_hidden_layers") + 1) // 2
    biases = {"attention_bias": "yes", "ffn_bias": True, "sinks": True}
    return _llama(config) | biases | {"experts": experts} | _window(config, every_other)


def _deepseek(config: Config) -> Settings:
    experts = Experts(
        n_experts=need(config, "n_routed_experts"),
        top_k=need(config, "num_experts_per_tok"),
        d_expert=need(config, "moe_intermediate_size"),
        n_shared=get(config, "n_shared_experts", 0),
        n_dense_layers=get(config, "first_k_dense_replace", 0),
        router_bias=config["model_type"] == "deepseek_v3",
    )
    latent = LatentAttention(
        q_rank=config.get("q_lora_rank"),
        kv_rank=need(config, "kv_lora_rank"),
        d_nope=need(config, "qk_nope_head_dim"),
        d_rope=need(config, "qk_rope_head_dim"),
        d_value=need(config, "v_head_dim"),
    )
    return _llama(config) | {"experts": experts, "latent": latent}


READERS: dict[str, Callable[[Config], Settings]] = {
    **{"llama": _llama, "phi3": _mistral, "mistral": _mistral, "mixtral": _mixtral},
    **{"qwen2": _qwen2, "qwen3": _qwen3, "qwen3_moe": _qwen3_moe, "smollm3": _llama},
    **{"gemma": _gemma, "gemma2": _gemma2, "gemma3_text": _gemma3},
    **{"gpt_oss": _gpt_oss, "deepseek_v2": _deepseek, "deepseek_v3": _deepseek},
}
"""Each `model_type` of these families and the function that reads it."""
