import json
from pathlib import Path

import pytest
from benchmarks.parameter_counts import transformers_config, why_no_class

from llm_foundations.accounting.huggingface import architecture_from_config, read_config
from llm_foundations.accounting.parameters import count_parameters
from llm_foundations.facts import published_models

ROWS = [
    model
    for model in published_models()
    if model.countable == "yes" and not why_no_class(model)
]


@pytest.mark.parametrize("model", ROWS, ids=lambda model: model.name)
@pytest.mark.parametrize("short", [True, False], ids=["short", "full"])
def test_a_config_that_transformers_writes_gives_the_same_count(model, short) -> None:
    config = json.loads(transformers_config(model).to_json_string(use_diff=short))
    counted = count_parameters(architecture_from_config(config)).total
    assert counted == count_parameters(model).total


LLAMA = {
    "model_type": "llama",
    "hidden_size": 8,
    "intermediate_size": 16,
    "num_attention_heads": 2,
    "num_hidden_layers": 3,
    "vocab_size": 100,
}


def write(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content))
    return path


def test_a_file_is_read(tmp_path: Path) -> None:
    shape = read_config(write(tmp_path / "config.json", LLAMA))
    assert (shape.n_layers, shape.d_ff, shape.tie_embeddings) == (3, 16, False)


@pytest.mark.parametrize("field", sorted(set(LLAMA) - {"model_type"}))
def test_a_size_that_is_null_is_named(tmp_path: Path, field: str) -> None:
    path = write(tmp_path / "config.json", {**LLAMA, field: None})
    message = f"config.json: '{field}' must be a whole number, got None"
    with pytest.raises(ValueError, match=message):
        read_config(path)


# What Transformers 5.23 builds on the meta device, written down.
DEEPSEEK_V2_LITE = {
    **{"model_type": "deepseek_v2", "vocab_size": 102_400, "hidden_size": 2048},
    **{"intermediate_size": 10_944, "moe_intermediate_size": 1408},
    **{"num_hidden_layers": 27, "num_attention_heads": 16, "n_routed_experts": 64},
    **{"n_shared_experts": 2, "num_experts_per_tok": 6, "first_k_dense_replace": 1},
    **{"kv_lora_rank": 512, "qk_rope_head_dim": 64, "v_head_dim": 128},
}
SMALL_BERT = {"model_type": "bert", "hidden_size": 384, "num_hidden_layers": 6}
ONE_LAYER = {"num_hidden_layers": 1, "first_k_dense_replace": 3}


@pytest.mark.parametrize(
    ("content", "total"),
    [
        ({**ONE_LAYER, "model_type": "deepseek_v3"}, 2_436_848_640),
        (SMALL_BERT, 29_800_320),  # with 3072 inside the feed-forward layer
        (DEEPSEEK_V2_LITE, 15_748_993_024),  # with queries squeezed to 1536
        ({**DEEPSEEK_V2_LITE, "q_lora_rank": None}, 15_706_484_224),
        ({"model_type": "mixtral", "attention_bias": True}, 46_702_792_704),
    ],
)
def test_a_missing_field_has_the_default_of_its_class(content, total: int) -> None:
    assert count_parameters(architecture_from_config(content)).total == total


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"model_type": "gpt2", "add_cross_attention": True}, "add_cross_attention=T"),
        (
            {"model_type": "albert", "inner_group_num": 2},
            "inner_group_num=2 .only 1 is",
        ),
        (
            {"model_type": "bert", "is_decoder": True, "per_layer_config": {"1": {}}},
            "this bert is not covered: is_decoder=True .only False is supported.; per_",
        ),
    ],
)
def test_what_changes_the_counts_and_is_not_read_is_refused(content, message) -> None:
    with pytest.raises(ValueError, match=message):
        architecture_from_config(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            {**LLAMA, "num_hidden_layers": -3},
            "'num_hidden_layers' must be at least 1, got -3",
        ),
        ({**LLAMA, "hidden_size": "8"}, "'hidden_size' must be a whole number"),
        ({**LLAMA, "hidden_size": True}, "must be a whole number, got True"),
        (
            {**LLAMA, "num_key_value_heads": "2"},
            "'num_key_value_heads' must be a whole number",
        ),
        ({**LLAMA, "head_dim": 2.5}, "'head_dim' must be a whole number"),
        ({**LLAMA, "model_type": ["llama"]}, r"model_type \['llama'\] is not known"),
        ({**LLAMA, "model_type": "mamba"}, "model_type 'mamba' is not known; known"),
        ({"hidden_size": 8}, "model_type None is not known"),
        ([1, 2], "is no config: it holds a list"),
    ],
)
def test_a_config_that_makes_no_sense(tmp_path: Path, content, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_config(write(tmp_path / "config.json", content))


def test_what_is_not_json_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text("{'model_type': 'llama'}\n")
    with pytest.raises(ValueError, match="is not JSON: Expecting") as caught:
        read_config(path)
    assert "\n" not in str(caught.value)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="is not JSON"):
        read_config(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.json"):
        read_config(tmp_path / "none.json")
