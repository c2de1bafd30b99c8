import json

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from llm_foundations.accounting.huggingface import architecture_from_config
from llm_foundations.accounting.parameters import count_parameters

SIZES = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_attention_heads": 4,
    "num_hidden_layers": 12,
    "num_key_value_heads": 2,
    "vocab_size": 100,
    "pad_token_id": None,
    "bos_token_id": None,
    "eos_token_id": None,
}
LATENT = {"kv_lora_rank": 8, "qk_nope_head_dim": 8, "qk_rope_head_dim": 4}
EXPERTS = {"n_routed_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 24}
SMALL_EXPERTS = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 8}


def config(kind: str, **changes: object) -> dict:
    settings = AutoConfig.for_model(kind, **{**SIZES, **changes})
    return json.loads(settings.to_json_string(use_diff=False))


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("llama", {"attention_bias": True, "mlp_bias": True, "head_dim": 32}),
        ("llama", {"tie_word_embeddings": True}),
        ("smollm3", {}),
        ("phi3", {}),
        ("qwen3", {"head_dim": 24}),
        ("qwen3_moe", {**SMALL_EXPERTS, "head_dim": 24}),
        ("gemma3_text", {"head_dim": 24}),
        ("gpt_oss", {"num_local_experts": 4, "head_dim": 24}),
        ("deepseek_v2", {**LATENT, **EXPERTS, "q_lora_rank": None, "v_head_dim": 16}),
    ],
)
def test_other_settings_give_what_transformers_builds(kind: str, changes: dict) -> None:
    settings = AutoConfig.for_model(kind, **{**SIZES, **changes})
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(settings)
    built = sum(weight.numel() for weight in model.parameters())
    shape = architecture_from_config(config(kind, **changes))
    assert count_parameters(shape).total == built


@pytest.mark.parametrize(
    ("kind", "changes", "window"),
    [
        ("mistral", {"sliding_window": 32}, (32, 12)),
        ("mistral", {"sliding_window": None}, (None, 0)),
        ("gemma2", {"sliding_window": 32}, (32, 6)),
        ("gemma3_text", {"sliding_window": 32}, (32, 10)),
        ("gpt_oss", {"sliding_window": 32}, (32, 6)),
        ("qwen2", {}, (None, 0)),
    ],
)
def test_windows_are_those_of_the_layers(kind: str, changes: dict, window) -> None:
    full = config(kind, **changes)
    old = {key: value for key, value in full.items() if key != "layer_types"}
    for content in (full, old):
        shape = architecture_from_config(content)
        assert (shape.window, shape.n_windowed_layers) == window


def test_what_cannot_be_counted_is_said() -> None:
    mixed = {
        **config("qwen3_moe", **SMALL_EXPERTS, head_dim=24),
        "mlp_only_layers": [0],
    }
    with pytest.raises(ValueError, match="dense layers in between is not supported"):
        architecture_from_config(mixed)
    with pytest.raises(ValueError, match="config of a gemma lacks 'head_dim'"):
        architecture_from_config({**config("gemma"), "head_dim": None})
