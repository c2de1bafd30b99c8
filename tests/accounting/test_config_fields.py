import pytest

from llm_foundations.accounting.config_fields import get, need


def test_the_first_field_that_is_there_counts() -> None:
    config = {"model_type": "gpt2", "hidden_size": None, "n_embd": 8}
    assert need(config, "hidden_size", "n_embd") == 8


def test_null_is_as_good_as_missing() -> None:
    assert get({"n_inner": None}, "n_inner", 12) == 12
    assert get({"n_inner": 0}, "n_inner", 12) == 0


def test_a_missing_field_is_named_with_its_other_names() -> None:
    with pytest.raises(ValueError, match="config of a gpt2 lacks 'width' or 'n_embd'"):
        need({"model_type": "gpt2"}, "width", "n_embd")


@pytest.mark.parametrize("value", ["8", 8.0, True, [8]])
def test_a_size_is_a_whole_number(value: object) -> None:
    with pytest.raises(ValueError, match="'n_embd' must be a whole number, got "):
        need({"model_type": "gpt2", "n_embd": value}, "n_embd")
