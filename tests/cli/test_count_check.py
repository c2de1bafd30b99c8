"""The counted model against the one that Transformers builds, part by part."""

import warnings

import pytest
import transformers
from transformers.utils import logging

from llm_foundations.accounting.model_types import READERS
from llm_foundations.cli.count_check import Check, check_config, part_of, report
from tests.accounting.tiny import CONFIGS


@pytest.mark.parametrize("kind", sorted(READERS))
def test_each_type_is_equal_part_by_part(kind: str) -> None:
    check = check_config({**CONFIGS[kind], "model_type": kind})
    assert check.counted == check.built_parts
    assert check.differing == ()


def test_router_biases_are_parameters_that_transformers_keeps_as_buffers() -> None:
    check = check_config({**CONFIGS["deepseek_v3"], "model_type": "deepseek_v3"})
    assert check.n_buffers == 2 * 8  # of two layers, for eight experts
    total = sum(check.counted.values())
    assert report(check) == (
        f"Transformers {transformers.__version__} builds {total:,} (16 as buffers): "
        "equal, part by part"
    )


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("transformer.wpe", "embedding"),
        ("shared", "embedding"),
        ("decoder.block.*.layer.*.EncDecAttention.q", "attention"),
        ("model.layers.*.self_attn.q_norm", "norms"),
        ("model.layers.*.mlp.shared_experts.up_proj", "feed-forward"),
        ("embed_out", "head"),
    ],
)
def test_a_module_belongs_to_a_part(name: str, part: str) -> None:
    assert part_of(name) == part


def test_what_differs_is_shown_with_its_largest_modules() -> None:
    counted = dict.fromkeys(("embedding", "attention", "norms", "head"), 0)
    counted |= {"attention": 10, "feed-forward": 7}
    check = Check(counted, {"h.*.attn.a": 4, "h.*.attn.b": 1, "h.*.mlp": 7})
    assert check.differing == ("attention",)
    title, part, first, second = report(check).splitlines()
    assert title.endswith("builds 12: 5 fewer")
    assert part.split() == ["attention", "counted", "10", "built", "5"]
    assert [first.split(), second.split()] == [["4", "h.*.attn.a"], ["1", "h.*.attn.b"]]


def test_the_same_sum_of_other_parts_is_not_equal() -> None:
    counted = dict.fromkeys(("embedding", "attention", "norms", "head"), 0)
    check = Check({**counted, "feed-forward": 7}, {"h.*.attn": 7})
    assert check.differing == ("attention", "feed-forward")
    assert "builds 7: equal, but not part by part" in report(check)


def test_transformers_keeps_its_warnings_to_itself(capfd) -> None:
    level = logging.get_verbosity()
    small = {**CONFIGS["gemma"], "model_type": "gemma", "hidden_act": "gelu"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_config({**small, "eos_token_id": 99, "rope_scaling": None})
    assert capfd.readouterr() == ("", "")
    assert logging.get_verbosity() == level


def test_what_transformers_refuses_is_said_in_one_line() -> None:
    config = {**CONFIGS["gpt2"], "model_type": "gpt2", "activation_function": "none"}
    with pytest.raises(
        ValueError, match="Transformers refuses this config: "
    ) as caught:
        check_config(config)
    assert "\n" not in str(caught.value)
