import pytest

from llm_foundations.accounting.ledger import architecture_of
from llm_foundations.facts import find_model, published_models


@pytest.mark.parametrize(
    "model",
    [model for model in published_models() if model.arch in ("decoder", "mla", "txl")],
    ids=lambda model: model.name,
)
def test_decoders_keep_their_sizes(model) -> None:
    shape = architecture_of(model)
    assert shape.family == "decoder"
    assert (shape.d_model, shape.n_layers) == (model.d_model, model.n_layers)
    assert shape.d_head == model.d_head
    assert shape.gated == (model.ffn_type in ("swiglu", "geglu"))


def test_options_are_carried_over() -> None:
    assert architecture_of(find_model("RoBERTa-base")).n_positions == 514
    assert architecture_of(find_model("OPT-175B")).n_positions == 2050
    assert architecture_of(find_model("BART-base")).n_positions == 1026
    assert architecture_of(find_model("Llama 2 7B")).n_positions == 0
    assert not architecture_of(find_model("GPT-1")).final_norm
    assert architecture_of(find_model("BLOOM-176B")).embedding_norm
    assert architecture_of(find_model("ALBERT-base")).shared_layers
    assert architecture_of(find_model("Gemma 2 9B")).norms_per_layer == 4
    assert architecture_of(find_model("Qwen2.5-7B")).attention_bias == "qkv"


@pytest.mark.parametrize(
    ("name", "window"),
    [
        ("Mistral 7B", (4096, 32)),
        ("Gemma 2 9B", (4096, 21)),
        ("gpt-oss-120b", (128, 18)),
        ("Mixtral 8x7B", (None, 0)),
    ],
)
def test_windows_are_carried_over(name: str, window: tuple) -> None:
    shape = architecture_of(find_model(name))
    assert (shape.window, shape.n_windowed_layers) == window


def test_experts_and_latent_attention() -> None:
    shape = architecture_of(find_model("DeepSeek-V3"))
    assert (shape.experts.n_experts, shape.experts.top_k) == (256, 8)
    assert (shape.experts.d_expert, shape.d_ff) == (2048, 18_432)
    assert (shape.latent.kv_rank, shape.latent.q_rank) == (512, 1536)
    assert architecture_of(find_model("Mixtral 8x7B")).experts.d_expert == 14_336


def test_what_is_not_disclosed_is_named() -> None:
    message = "JAIS-30B-v1 does not disclose vocab_size, d_ff"
    with pytest.raises(ValueError, match=message):
        architecture_of(find_model("JAIS-30B-v1"))
