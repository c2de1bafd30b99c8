"""What the configs share."""

import pytest

from llm_foundations.models.config import (
    check_length,
    check_rates,
    check_sizes,
    require,
    translated,
)


def test_translates_what_is_there() -> None:
    names = {"vocab_size": "vocab_size", "d_model": "hidden_size", "d_ff": "inner"}
    theirs = {"vocab_size": 9, "hidden_size": 4, "inner": None, "unrelated": 1}
    assert translated(theirs, names) == {"vocab_size": 9, "d_model": 4}
    with pytest.raises(ValueError, match=r"lacks 'hidden_size' \(d_model\)"):
        translated({"vocab_size": 9}, names)


def test_names_every_wrong_size_at_once() -> None:
    with pytest.raises(ValueError, match=r"got d_model=0, n_layers=-2$"):
        check_sizes(d_model=0, n_heads=1, n_layers=-2)


@pytest.mark.parametrize("dropout", [-0.1, 1.0, float("nan")])
def test_a_dropout_is_a_share(dropout: float) -> None:
    with pytest.raises(ValueError, match=r"dropout must be in \[0, 1\)"):
        check_rates(dropout, 1e-5)


def test_the_context_is_a_limit() -> None:
    check_length(4, 4)
    with pytest.raises(ValueError, match="5 tokens do not fit into the context of 4"):
        check_length(5, 4)


def test_names_every_setting_that_is_not_covered() -> None:
    require({"act": "relu"}, act="relu", bias=False)
    with pytest.raises(ValueError, match=r"act='gelu' .only 'relu'.*; bias=True"):
        require({"act": "gelu", "bias": True}, act="relu", bias=False)
