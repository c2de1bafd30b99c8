"""What the configs share."""

from dataclasses import dataclass

import pytest

from llm_foundations.models.config import (
    check_fields,
    check_length,
    require,
    translated,
)


def test_translates_what_is_there() -> None:
    names = {"vocab_size": "vocab_size", "d_model": "hidden_size", "d_ff": "inner"}
    theirs = {"vocab_size": 9, "hidden_size": 4, "inner": None, "unrelated": 1}
    assert translated(theirs, names) == {"vocab_size": 9, "d_model": 4}
    with pytest.raises(ValueError, match=r"lacks 'hidden_size' \(d_model\)"):
        translated({"vocab_size": 9}, names)


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
