import pytest

from llm_foundations.accounting.architecture import Experts
from llm_foundations.accounting.config_fields import Fields
from llm_foundations.accounting.config_parts import (
    check_width,
    deepseek_experts,
    experts,
    kv_heads,
    optional_window,
    rotated_width,
    window_everywhere,
    windows,
)
from tests.accounting.tiny import CONFIGS


def fields(kind: str, **changes: object) -> Fields:
    return Fields({**CONFIGS[kind], "model_type": kind, **changes})


def test_a_window_of_all_layers_or_of_none() -> None:
    everywhere = {"window": 9, "n_windowed_layers": 3}
    assert window_everywhere(fields("mistral", sliding_window=9)) == everywhere
    assert window_everywhere(fields("mistral", sliding_window=None)) == {}
    # Mistral's default is 4096; Llama has no such field, but its cache heeds one.
    assert window_everywhere(fields("mistral"))["window"] == 4096
    assert window_everywhere(fields("llama")) == {}
    assert window_everywhere(fields("llama", sliding_window=9)) == everywhere


def test_the_window_of_some_layers() -> None:
    some = windows(fields("gemma2"), 9, lambda layer: layer != 1)
    assert some == {"window": 9, "n_windowed_layers": 2}
    types = ["full_attention", "sliding_attention", "full_attention"]
    listed = windows(fields("gemma2", layer_types=types), 9, lambda layer: True)
    assert listed == {"window": 9, "n_windowed_layers": 1}


@pytest.mark.parametrize(
    ("types", "message"),
    [
        (["full_attention"] * 4, r"each of 'num_hidden_layers' \(3\), got 4"),
        (["chunked_attention"] * 3, "full_attention and .*, got 'chunked_attention'"),
        ([["full_attention"]] * 3, r"got \['full_attention'\]"),
        ("full_attention", "got 'full_attention'"),
    ],
)
def test_layer_types_must_fit_the_layers(types: object, message: str) -> None:
    with pytest.raises(ValueError, match=f"'layer_types' .*{message}"):
        window_everywhere(fields("llama", layer_types=types))


def test_layers_with_a_window_need_its_size() -> None:
    types = ["sliding_attention", "full_attention", "full_attention"]
    with pytest.raises(ValueError, match="'sliding_window' is null, but by 'layer_ty"):
        window_everywhere(fields("llama", layer_types=types))


def test_a_window_can_be_switched_off() -> None:
    assert optional_window(fields("qwen2", sliding_window=9)) is None
    used = fields("qwen2", sliding_window=9, use_sliding_window=True)
    assert optional_window(used) == 9


def test_heads_divide_the_width() -> None:
    with pytest.raises(ValueError, match=r"'n_head' \(3\) must divide 'n_embd' \(32\)"):
        check_width(fields("gpt2", n_head=3))
    check_width(fields("gpt2"))


def test_a_rotated_width_is_even() -> None:
    assert rotated_width(fields("llama")) == 32 // 4
    assert rotated_width(fields("llama", head_dim=6)) == 6
    with pytest.raises(ValueError, match=r"'head_dim' must be even, .* got 7"):
        rotated_width(fields("llama", head_dim=7))
    with pytest.raises(ValueError, match=r"'head_dim' must be even, .* got 9"):
        rotated_width(fields("llama", hidden_size=36))


def test_key_value_heads_divide_the_heads() -> None:
    name = "num_key_value_heads"
    assert kv_heads(fields("llama", num_key_value_heads=None), name) == 4
    message = r"'num_key_value_heads' \(3\) must divide 'num_attention_heads' \(4\)"
    with pytest.raises(ValueError, match=message):
        kv_heads(fields("llama", num_key_value_heads=3), name)


def test_experts_under_either_name() -> None:
    wanted = Experts(n_experts=6, top_k=2, d_expert=48)
    for name in ("num_local_experts", "num_experts"):
        config = {**CONFIGS["mixtral"], "model_type": "mixtral", name: 6}
        if name == "num_experts":
            del config["num_local_experts"]
        assert experts(Fields(config), "intermediate_size") == wanted


def test_a_token_visits_no_more_experts_than_there_are() -> None:
    message = r"'num_experts_per_tok' \(5\) is more than 'num_local_experts' \(4\)"
    with pytest.raises(ValueError, match=message):
        experts(fields("mixtral", num_experts_per_tok=5), "intermediate_size")


def test_a_short_deepseek_has_no_experts() -> None:
    made = deepseek_experts(fields("deepseek_v3", first_k_dense_replace=9))
    assert made.n_dense_layers == 3  # of three
    assert made.router_bias


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_group": 3}, r"'n_group' \(3\) must divide 'n_routed_experts' \(8\)"),
        ({"topk_group": 5}, r"'topk_group' \(5\) is more than 'n_group' \(4\)"),
        ({"first_k_dense_replace": -1}, "'first_k_dense_replace' must be at least 0"),
        ({"first_k_dense_replace": None}, "'first_k_dense_replace' must be a whole"),
        ({"n_shared_experts": -1}, "'n_shared_experts' must be at least 0, got -1"),
        ({"num_experts_per_tok": 9}, "'num_experts_per_tok' .9. is more than 'n_rout"),
    ],
)
def test_numbers_of_experts_fit_together(changes: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        deepseek_experts(fields("deepseek_v3", **changes))
