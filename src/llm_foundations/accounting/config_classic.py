"""Configs of the families with LayerNorm: GPT, BERT, BART and kin, and T5."""

from collections.abc import Callable

from llm_foundations.accounting.config_fields import Config, Settings, get, need


def _with_layer_norm(config: Config, bias: bool) -> Settings:
    """What GPT-2 and its successors share: LayerNorm, and biases or none."""
    width = need(config, "hidden_size", "n_embd", "n_embed", "d_model", "dim")
    inner = ("intermediate_size", "n_inner", "ffn_dim", "ffn_hidden_size", "hidden_dim")
    given = [config[name] for name in inner if config.get(name) is not None]
    return {
        "d_ff": given[0] if given else 4 * width,
        "attention_bias": "yes" if bias else "no",
        "ffn_bias": bias,
        "norm": "layernorm",
        "norm_bias": True,
        "context_length": config.get("max_position_embeddings"),
    }


def _gpt2(config: Config) -> Settings:
    rows = need(config, "n_positions", "n_ctx")
    positions = {"n_positions": rows, "context_length": rows}
    return _with_layer_norm(config, bias=True) | positions


def _gpt1(config: Config) -> Settings:
    return _gpt2(config) | {"final_norm": False}


def _opt(config: Config) -> Settings:
    width = need(config, "hidden_size")
    if get(config, "word_embed_proj_dim", width) != width:
        raise ValueError("an opt with a narrower embedding is not supported")
    rows = need(config, "max_position_embeddings")
    return _with_layer_norm(config, bias=True) | {"n_positions": rows + 2}


def _bloom(config: Config) -> Settings:
    return _with_layer_norm(config, bias=True) | {"embedding_norm": True}


def _gptj(config: Config) -> Settings:
    special = {"ffn_bias": True, "norms_per_layer": 1, "head_bias": True}
    return _with_layer_norm(config, bias=False) | special


def _gpt_neox(config: Config) -> Settings:
    bias = "yes" if get(config, "attention_bias", True) else "no"
    return _with_layer_norm(config, bias=True) | {"attention_bias": bias}


def _falcon(config: Config) -> Settings:
    is_new = get(config, "new_decoder_architecture", False)
    n_kv_heads = get(config, "num_kv_heads", 0) if is_new else 0
    if not is_new and get(config, "multi_query", True):
        n_kv_heads = 1
    n_norms = 2 if is_new or not get(config, "parallel_attn", True) else 1
    if is_new:
        n_norms = get(config, "num_ln_in_parallel_attn", n_norms)
    bias = get(config, "bias", False)
    settings = {"n_kv_heads": n_kv_heads, "norms_per_layer": n_norms}
    return _with_layer_norm(config, bias) | settings


def _bert(config: Config) -> Settings:
    rows = need(config, "max_position_embeddings")
    tables = {"n_positions": rows, "n_token_types": get(config, "type_vocab_size", 2)}
    encoder = {"family": "bert", "pooler": True, "embedding_norm": True}
    return _with_layer_norm(config, bias=True) | tables | encoder


def _distilbert(config: Config) -> Settings:
    return _bert(config) | {"n_token_types": 0, "pooler": False}


def _albert(config: Config) -> Settings:
    if get(config, "num_hidden_groups", 1) != 1:
        raise ValueError("an albert of several groups of layers is not supported")
    narrow = {"d_embedding": need(config, "embedding_size"), "shared_layers": True}
    return _bert(config) | narrow


def _t5(config: Config) -> Settings:
    _check_stacks(config, "num_layers", "num_decoder_layers")
    return {
        "family": "t5",
        "d_ff": need(config, "d_ff"),
        "d_head": need(config, "d_kv"),
        "gated": str(get(config, "feed_forward_proj", "relu")).startswith("gated"),
    }


def _bart(config: Config) -> Settings:
    for size in ("layers", "attention_heads", "ffn_dim"):
        _check_stacks(config, f"encoder_{size}", f"decoder_{size}")
    rows = need(config, "max_position_embeddings")
    stacks = {"family": "bart", "d_ff": need(config, "encoder_ffn_dim")}
    norms = {"embedding_norm": True, "final_norm": False}
    positions = {"n_positions": rows + 2}
    return _with_layer_norm(config, bias=True) | stacks | norms | positions


def _check_stacks(config: Config, encoder: str, decoder: str) -> None:
    sizes = need(config, encoder), get(config, decoder, config[encoder])
    if sizes[0] != sizes[1]:
        raise ValueError(
            f"encoder and decoder that differ are not supported: {encoder} is "
            f"{sizes[0]}, {decoder} is {sizes[1]}"
        )


READERS: dict[str, Callable[[Config], Settings]] = {
    **{"openai-gpt": _gpt1, "gpt2": _gpt2, "opt": _opt, "bloom": _bloom},
    **{"gptj": _gptj, "gpt_neox": _gpt_neox, "falcon": _falcon},
    **{"bert": _bert, "roberta": _bert, "xlm-roberta": _bert, "albert": _albert},
    **{"distilbert": _distilbert, "t5": _t5, "bart": _bart},
}
"""Each `model_type` of these families and the function that reads it."""
