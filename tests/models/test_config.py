"""What the configs share."""

from dataclasses import dataclass

import pytest

from llm_foundations.models.config import (
    canonical,
    check_fields,
    check_length,
    require,
    translated,
)


def test_translates_what_is_there() -> None:
    names = {"vocab_size": "vocab_size", "d_model": "hidden_size", "d_ff": "inner"}
    theirs = {"vocab_size": 9, "hidden_size": 4, "inner": None, "unrelated": 1}
    sizes = {"vocab_size": 9, "d_model": 4}
    assert translated(theirs, names, {"inner": None}) == sizes
    with pytest.raises(ValueError, match=r"lacks 'hidden_size' \(d_model\)"):
        translated({"vocab_size": 9}, names, {})


def test_what_a_config_leaves_out_is_the_default_of_its_class() -> None:
    names = {"dropout": "drop", "tied": "tie", "window": "window"}
    defaults = {"drop": 0.1, "tie": True, "window": 4}
    expected = {"dropout": 0.1, "tied": False, "window": 4}
    assert translated({"tie": False}, names, defaults) == expected


@pytest.mark.parametrize(
    ("theirs", "message"),
    [
        ({"drop": "0.1"}, "drop must be of type float, got '0.1'"),
        ({"drop": True}, "drop must be of type float, got True"),
        ({"drop": None}, "drop must be of type float, got None"),
        ({"tie": "false"}, "tie must be of type bool, got 'false'"),
        ({"tie": 0}, "tie must be of type bool, got 0"),
        ({"window": 4.0}, r"window must be of type int, got 4\.0"),
        ({"window": True}, "window must be of type int, got True"),
    ],
)
def test_a_value_of_another_type_is_refused(theirs: dict, message: str) -> None:
    names = {"dropout": "drop", "tied": "tie", "window": "window"}
    with pytest.raises(ValueError, match=message):
        translated(theirs, names, {"drop": 0.1, "tie": True, "window": 4})


def test_two_names_of_one_setting_must_agree() -> None:
    aliases = {"num_heads": "n_head"}
    assert canonical({"n_head": 2, "num_heads": 2}, aliases) == {"n_head": 2}
    with pytest.raises(ValueError, match=r"n_head=2 contradicts num_heads=3"):
        canonical({"n_head": 2, "num_heads": 3}, aliases)


@dataclass
class Sizes:
    d_model: int = 8
    n_layers: int = 2
    window: int | None = None
    dropout: float = 0.0
    norm_eps: float = 1e-5
    tied: bool = False


def test_names_every_field_that_cannot_be_at_once() -> None:
    check_fields(Sizes())
    with pytest.raises(ValueError, match=r"got d_model=0, window=-2, dropout=1.0$"):
        check_fields(Sizes(d_model=0, window=-2, dropout=1.0))


@pytest.mark.parametrize("wrong", [-0.1, 1.0, float("nan")])
def test_a_dropout_is_a_share(wrong: float) -> None:
    with pytest.raises(ValueError, match=r"dropout in \[0, 1\).* got dropout="):
        check_fields(Sizes(dropout=wrong))


@pytest.mark.parametrize("wrong", [0.0, -1e-5, float("nan")])
def test_an_epsilon_is_positive(wrong: float) -> None:
    with pytest.raises(ValueError, match=r"norm_eps positive, got norm_eps="):
        check_fields(Sizes(norm_eps=wrong))


def test_the_context_is_a_limit() -> None:
    check_length(4, 4)
    with pytest.raises(ValueError, match="5 tokens do not fit into the context of 4"):
        check_length(5, 4)


def test_names_every_setting_that_is_not_covered() -> None:
    require({"act": "relu"}, act="relu", bias=False)
    with pytest.raises(ValueError, match=r"act='gelu' .only 'relu'.*; bias=True"):
        require({"act": "gelu", "bias": True}, act="relu", bias=False)


@pytest.mark.parametrize(
    "name", ["quantization_config", "pruned_heads", "per_layer_config"]
)
def test_settings_that_no_model_here_has_are_refused(name: str) -> None:
    require({name: {}}, act="relu")
    with pytest.raises(
        ValueError, match=rf"{name}=\{{'1': \[0\]\}} \(none is supported"
    ):
        require({name: {"1": [0]}}, act="relu")
