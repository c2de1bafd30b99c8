import pytest
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

from llm_foundations.accounting.huggingface import architecture_from_config
from llm_foundations.accounting.model_types import READERS
from tests.accounting.tiny import CONFIGS


def config(kind: str, **changes: object) -> dict:
    return {**CONFIGS[kind], "model_type": kind, **changes}


def test_every_type_is_one_of_transformers_and_has_a_tiny_config() -> None:
    assert READERS.keys() <= set(CONFIG_MAPPING)
    assert READERS.keys() == CONFIGS.keys()


TWELVE = {"num_hidden_layers": 12, "sliding_window": 32}
USED = {**TWELVE, "use_sliding_window": True}


@pytest.mark.parametrize(
    ("kind", "changes", "window"),
    [
        ("mistral", TWELVE, (32, 12)),
        ("mistral", {**TWELVE, "sliding_window": None}, (None, 0)),
        ("gemma2", TWELVE, (32, 6)),
        ("gemma3_text", TWELVE, (32, 10)),
        ("gemma3_text", {**TWELVE, "sliding_window_pattern": 4}, (32, 9)),
        ("gpt_oss", TWELVE, (32, 6)),
        ("qwen2", TWELVE, (None, 0)),
        ("qwen2", {**USED, "max_window_layers": 5}, (32, 7)),
        ("qwen3_moe", USED, (32, 12)),
        ("smollm3", USED, (32, 3)),
        ("smollm3", {**USED, "no_rope_layer_interval": 3}, (32, 4)),
        ("smollm3", {**USED, "no_rope_layers": [0, 0] + [1] * 10}, (32, 2)),
    ],
)
def test_windows_are_those_of_the_layers(kind: str, changes: dict, window) -> None:
    content = config(kind, **changes)
    written = CONFIG_MAPPING[kind].from_dict(dict(content)).to_dict()
    for each in (content, written):
        shape = architecture_from_config(each)
        assert (shape.window, shape.n_windowed_layers) == window


NEW = {"new_decoder_architecture": True}


@pytest.mark.parametrize(
    ("changes", "n_norms", "n_kv_heads"),
    [
        ({}, 1, 1),
        ({"multi_query": False}, 1, 4),
        ({"parallel_attn": False}, 2, 1),
        ({**NEW, "num_kv_heads": 2}, 2, 2),
        ({**NEW, "num_ln_in_parallel_attn": 1, "multi_query": False}, 1, 4),
        ({**NEW, "parallel_attn": False}, 2, 4),
    ],
)
def test_the_two_falcons(changes: dict, n_norms: int, n_kv_heads: int) -> None:
    shape = architecture_from_config(config("falcon", **changes))
    assert (shape.norms_per_layer, shape.n_kv_heads) == (n_norms, n_kv_heads)


def test_opt_350m_has_no_last_norm() -> None:
    changed = config("opt", do_layer_norm_before=False, enable_bias=False)
    shape = architecture_from_config(changed)
    assert (shape.final_norm, shape.ffn_bias) == (False, False)
    assert architecture_from_config(config("opt")).final_norm


def test_the_context_is_the_longest_sequence() -> None:
    for kind in ("gptj", "gpt2", "opt", "llama"):
        assert architecture_from_config(config(kind)).context_length == 64


def test_t5_says_twice_whether_it_is_gated() -> None:
    gated = config("t5", feed_forward_proj="gated-gelu", is_gated_act=True)
    assert architecture_from_config(gated).gated
    assert not architecture_from_config(config("t5")).gated


T5_LAYERS = {"num_layers": 2, "num_decoder_layers": 3}
MULTI_HEAD = {"multi_query": False, "num_kv_heads": 2}


@pytest.mark.parametrize(
    ("kind", "changes", "message"),
    [
        ("t5", T5_LAYERS, "'num_layers' is 2, 'num_decoder_layers' is 3"),
        ("t5", {"is_gated_act": True}, "'is_gated_act' is True, which contradicts"),
        ("t5", {"feed_forward_proj": "gelu-gated"}, "got 'gelu-gated'"),
        ("t5", {"tie_word_embeddings": False}, "'tie_word_embeddings' of a t5 must"),
        ("bart", {"decoder_ffn_dim": 5}, "'decoder_ffn_dim' is 5"),
        ("bart", {"decoder_ffn_dim": None}, "'decoder_ffn_dim' must be a whole number"),
        ("bart", {"tie_word_embeddings": False}, "'tie_word_embeddings' is false"),
        ("opt", {"word_embed_proj_dim": 16}, "'word_embed_proj_dim' is 16"),
        ("albert", {"num_hidden_groups": 2}, "'num_hidden_groups' is 2"),
        ("albert", {"embedding_size": 32}, "'embedding_size' of its 'hidden_size'"),
        ("falcon", MULTI_HEAD, "'num_kv_heads' of a falcon without 'multi_query'"),
        ("qwen3_moe", {"mlp_only_layers": [0]}, r"'mlp_only_layers' is \[0\]"),
        ("qwen3_moe", {"decoder_sparse_step": 2}, "'decoder_sparse_step' is 2"),
        (
            "smollm3",
            {"no_rope_layers": [1]},
            r"each of 'num_hidden_layers' \(3\), got 1",
        ),
        (
            "gemma",
            {"use_bidirectional_attention": True},
            "'use_bidirectional_attention",
        ),
        ("gemma3_text", {"sliding_window_pattern": 0}, "positive whole number, got 0"),
        ("deepseek_v3", {"q_lora_rank": 0}, "'q_lora_rank' must be at least 1, got 0"),
        ("deepseek_v3", {"attention_bias": True}, "attention_bias=True"),
    ],
)
def test_what_cannot_be_counted_is_said(kind: str, changes: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        architecture_from_config(config(kind, **changes))


def test_the_other_name_of_t5s_layers_is_refused_where_it_means_half_of_them() -> None:
    content = config("t5", num_hidden_layers=2)
    assert architecture_from_config(content).n_layers == 2
    del content["num_layers"]
    with pytest.raises(ValueError, match="'num_hidden_layers' of a t5 sets the encode"):
        architecture_from_config(content)
