from pathlib import Path

import pytest

from llm_foundations.accounting.config_fields import HARMLESS, Fields, config_classes
from scripts.tools.config_classes import PATH, kinds, text

ROOT = Path(__file__).parents[2]


def test_the_table_is_what_the_installed_transformers_has() -> None:
    assert (ROOT / PATH).read_text(encoding="utf-8") == text()


def test_an_annotation_is_written_as_the_kinds_of_values_it_allows() -> None:
    assert kinds(float | int) == ["float", "int"]
    assert kinds(list[str] | None) == ["list[str]", "null"]
    assert kinds("str | None") == ["any"]
    assert kinds(dict[str, int]) == ["dict"]


def test_what_is_harmless_is_a_field_of_some_class() -> None:
    known = {name for rows in config_classes().values() for name in rows}
    assert known >= HARMLESS


def test_a_missing_field_has_the_default_of_its_class() -> None:
    assert Fields({"model_type": "bert"})["intermediate_size"] == 3072
    assert Fields({"model_type": "gpt2"})["hidden_size"] == 768


def test_a_field_may_have_the_other_name_of_its_class() -> None:
    fields = Fields({"model_type": "gpt2", "hidden_size": 8})
    assert (fields.size("n_embd"), fields.size("hidden_size")) == (8, 8)
    both = {"model_type": "bloom", "n_embed": 8, "hidden_size": 8}
    assert Fields(both).size("hidden_size") == 8


def test_two_names_of_a_field_may_not_contradict_each_other() -> None:
    message = "'hidden_size' and 'n_embd' of a gpt2 are the same field, got 8 and 9"
    with pytest.raises(ValueError, match=message):
        Fields({"model_type": "gpt2", "hidden_size": 8, "n_embd": 9})


@pytest.mark.parametrize("value", ["8", 8.0, True, [8], None])
def test_a_size_is_a_whole_number(value: object) -> None:
    with pytest.raises(ValueError, match="'n_embd' must be a whole number, got "):
        Fields({"model_type": "gpt2", "n_embd": value})


@pytest.mark.parametrize(
    ("kind", "field", "value", "wanted"),
    [
        ("llama", "attention_bias", "false", "true or false"),
        ("llama", "mlp_bias", None, "true or false"),
        ("llama", "head_dim", 2.5, "a whole number or null"),
        ("qwen2", "layer_types", [1], "a list of strings or null"),
        ("qwen3_moe", "mlp_only_layers", [True], "a list of whole numbers or null"),
        ("gpt2", "layer_norm_epsilon", 1, "a decimal number"),
        ("gpt2", "n_inner", {}, "a whole number or null"),
    ],
)
def test_a_value_of_another_type_is_refused(kind, field, value, wanted: str) -> None:
    with pytest.raises(ValueError, match=f"'{field}' must be {wanted}, got "):
        Fields({"model_type": kind, field: value})


def test_a_field_that_the_class_does_not_have_is_ignored() -> None:
    fields = Fields({"model_type": "mixtral", "attention_bias": "no such field"})
    fields.ignore(*config_classes()["mixtral"], "head_dim", "layer_types")
    fields.refuse_unread()
    assert "attention_bias" in fields
    assert fields.given("attention_bias") == "no such field"


def test_a_size_below_its_least_is_named_as_the_file_names_it() -> None:
    fields = Fields({"model_type": "gpt2", "hidden_size": 0, "n_inner": None})
    with pytest.raises(ValueError, match="'hidden_size' must be at least 1, got 0"):
        fields.size("n_embd")
    assert fields.optional_size("n_inner") is None
    assert fields.size("n_embd", least=0) == 0


def test_what_was_not_asked_for_must_have_its_default() -> None:
    fields = Fields({"model_type": "gpt2", "add_cross_attention": True, "afn": 3})
    message = r"this gpt2 is not covered: add_cross_attention=True .only False is supp"
    with pytest.raises(ValueError, match=message):
        fields.refuse_unread()
    assert fields["add_cross_attention"] is True
    fields.refuse_unread()


def test_what_transformers_heeds_in_any_class_must_be_asked_for() -> None:
    fields = Fields({"model_type": "gpt2", "sliding_window": 4})
    with pytest.raises(ValueError, match=r"sliding_window=4 .only None is supported"):
        fields.refuse_unread()
    assert fields["sliding_window"] == 4
    fields.refuse_unread()
