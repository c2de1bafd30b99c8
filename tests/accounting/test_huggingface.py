import json
from pathlib import Path

import pytest
from benchmarks.parameter_counts import transformers_config, why_no_class

from llm_foundations.accounting.huggingface import (
    READERS,
    TIED,
    architecture_from_config,
    read_config,
)
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


@pytest.mark.parametrize("kind", sorted(READERS))
def test_the_head_is_tied_where_transformers_ties_it(kind: str) -> None:
    from transformers import AutoConfig

    assert AutoConfig.for_model(kind).tie_word_embeddings == (kind in TIED)


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
def test_a_missing_field_is_named(tmp_path: Path, field: str) -> None:
    path = write(tmp_path / "config.json", {**LLAMA, field: None})
    with pytest.raises(ValueError, match=f"config.json: .* llama lacks '{field}'"):
        read_config(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({**LLAMA, "num_hidden_layers": -3}, "n_layers must be positive, got -3"),
        ({**LLAMA, "hidden_size": "8"}, "'hidden_size' must be a whole number"),
        ({**LLAMA, "hidden_size": True}, "must be a whole number, got True"),
        ({**LLAMA, "num_key_value_heads": "2"}, "n_kv_heads must be a whole number"),
        ({**LLAMA, "head_dim": 2.5}, "d_head must be a whole number, got 2.5"),
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
