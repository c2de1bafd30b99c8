"""Llama and Mistral against Transformers: logits, loss, gradients, and errors."""

import dataclasses

import pytest
import torch

from llm_foundations.layers.masks import padding_mask
from llm_foundations.layers.rotary import RopeScaling
from llm_foundations.models.llama import Llama, LlamaConfig
from tests.models.families import VOCAB, assert_trains_alike, llama

LLAMA_31 = {
    "rope_type": "llama3",
    "rope_theta": 500.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 12,
}
SIZES = [
    {},
    {
        "num_attention_heads": 3,
        "num_key_value_heads": 1,
        "head_dim": 6,
        "hidden_size": 9,
    },
    {"num_key_value_heads": 4, "tie_word_embeddings": True},
    {"rope_parameters": LLAMA_31, "rms_norm_eps": 1e-5},
    {"sliding_window": 5},
    {"sliding_window": None},
    {"attention_bias": True},
]


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize(("n_batch", "n"), [(2, 9), (1, 1), (3, 24)])
def test_logits_loss_and_gradients_equal_transformers(
    sizes: dict, n_batch: int, n: int
) -> None:
    torch.manual_seed(0)
    ours, theirs = llama(**sizes)
    assert_trains_alike(ours, theirs, n_batch, n)


@pytest.mark.parametrize("sizes", SIZES[3:5])
def test_padding_equals_transformers_where_tokens_are_real(sizes: dict) -> None:
    ours, theirs = llama(**sizes)
    token_ids, real = (
        torch.randint(VOCAB, (2, 7)),
        padding_mask(torch.tensor([7, 4]), 7),
    )
    expected = theirs(token_ids, attention_mask=real[:, 0].long()).logits
    shown = real[:, 0]
    torch.testing.assert_close(ours(token_ids, real)[shown], expected[shown])


@pytest.mark.parametrize("window", [None, 7])
@pytest.mark.parametrize("scaling", [None, RopeScaling(4.0, 1.5, 5.0, 64)])
def test_a_config_goes_both_ways(
    window: int | None, scaling: RopeScaling | None
) -> None:
    config = LlamaConfig(
        50, 16, 12, 2, 6, 3, d_head=4, d_ff=10, window=window, rope_scaling=scaling
    )
    assert LlamaConfig.from_huggingface(config.to_huggingface()) == config


@pytest.mark.parametrize(
    ("config", "n_parameters"),
    [
        (LlamaConfig(), 6_738_415_616),  # Llama 2 7B
        (LlamaConfig(vocab_size=128_256, n_kv_heads=8, d_ff=14_336), 8_030_261_248),
        (LlamaConfig(n_kv_heads=8, d_ff=14_336, window=4096), 7_241_732_096),
    ],
)
def test_counts_on_the_meta_device_equal_the_published_models(
    config: LlamaConfig, n_parameters: int
) -> None:
    with torch.device("meta"):
        model = Llama(config)
    assert all(tensor.is_meta for tensor in model.state_dict().values())
    assert sum(p.numel() for p in model.parameters()) == n_parameters


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"n_kv_heads": 5}, "n_heads=32 is not divisible by n_kv_heads=5"),
        ({"d_head": 7}, "even d_head, got 7"),
        ({"window": 0}, "window=0"),
        ({"d_ff": 0}, "d_ff=0"),
        ({"window": 5, "attention_bias": True}, "Mistral, .* has no biases"),
    ],
)
def test_a_config_that_cannot_be_is_refused(wrong: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(LlamaConfig(), **wrong)


@pytest.mark.parametrize(
    ("theirs", "message"),
    [
        ({"hidden_act": "gelu"}, "hidden_act='gelu'"),
        ({"mlp_bias": True}, "mlp_bias=True"),
        ({"rope_scaling": {"rope_type": "yarn"}}, "rope_type 'yarn' is not covered"),
        (
            {"rope_scaling": {"rope_type": "llama3", "factor": 2.0}},
            "'llama3' lacks low_freq_factor, high_freq_factor$",
        ),
        ({"rope_scaling": "yarn"}, "rotary settings must be an object, got 'yarn'"),
        ({"rope_theta": "1e4"}, "rope_theta must be of type float, got '1e4'"),
        ({"rope_theta": -1.0}, r"rope_theta must be positive, got -1\.0"),
        ({"model_type": "qwen2"}, "model_type 'qwen2' is neither llama nor mistral"),
        ({"num_hidden_layers": None}, r"lacks 'num_hidden_layers' \(n_layers\)"),
    ],
)
def test_a_foreign_config_is_refused(theirs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LlamaConfig.from_huggingface({**LlamaConfig().to_huggingface(), **theirs})


def test_each_family_has_its_own_silence() -> None:
    sizes = {
        "vocab_size": 9,
        "hidden_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 16,
    }
    llama_7b = LlamaConfig.from_huggingface({"model_type": "llama"} | sizes)
    assert (llama_7b.window, llama_7b.n_kv_heads) == (None, 16)
    assert (llama_7b.context_length, llama_7b.d_ff) == (2048, 11008)
    mistral = LlamaConfig.from_huggingface({"model_type": "mistral"} | sizes)
    assert (mistral.window, mistral.n_kv_heads) == (4096, 8)
    assert (mistral.context_length, mistral.d_ff) == (131072, 14336)
    theirs = sizes | {"architectures": ["MistralForCausalLM"], "sliding_window": None}
    assert LlamaConfig.from_huggingface(theirs).window is None
    assert LlamaConfig.from_huggingface(sizes | {"sliding_window": 4}).window is None


def test_llama3_counts_from_the_context_if_the_file_does_not_say() -> None:
    theirs = LlamaConfig(context_length=64).to_huggingface()
    theirs["rope_scaling"] = {
        "rope_type": "llama3",
        "factor": 2.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
    }
    scaling = RopeScaling(2.0, 1.0, 4.0, 64)
    assert LlamaConfig.from_huggingface(theirs).rope_scaling == scaling


def test_unknown_tokens_and_too_many_are_refused() -> None:
    config = LlamaConfig(10, 4, d_model=8, n_layers=1, n_heads=2, d_ff=8)
    with pytest.raises(ValueError, match="5 tokens do not fit into the context of 4"):
        Llama(config)(torch.zeros(1, 5, dtype=torch.long))
    with pytest.raises(ValueError, match="id -1 is not in 0 to 9"):
        Llama(config)(torch.tensor([[1, -1]]))
