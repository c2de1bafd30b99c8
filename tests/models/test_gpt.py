"""GPT against Transformers' GPT-2: logits, loss, gradients, and its errors."""

import dataclasses

import pytest
import torch

from llm_foundations.layers.masks import padding_mask
from llm_foundations.models.gpt import GPT, GPTConfig
from tests.models.families import VOCAB, assert_trains_alike, gpt2

SIZES = [
    {},
    {"n_embd": 10, "n_head": 5, "n_layer": 1, "n_inner": 7},
    {"n_head": 1, "layer_norm_epsilon": 1e-3},
    {"tie_word_embeddings": False},
]


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize(("n_batch", "n"), [(2, 9), (1, 1), (3, 24)])
def test_logits_loss_and_gradients_equal_transformers(
    sizes: dict, n_batch: int, n: int
) -> None:
    torch.manual_seed(0)
    ours, theirs = gpt2(**sizes)
    assert_trains_alike(ours, theirs, n_batch, n)


def test_padding_equals_transformers_where_tokens_are_real() -> None:
    ours, theirs = gpt2()
    token_ids, real = (
        torch.randint(VOCAB, (2, 7)),
        padding_mask(torch.tensor([7, 4]), 7),
    )
    expected = theirs(token_ids, attention_mask=real[:, 0].long()).logits
    shown = real[:, 0]
    torch.testing.assert_close(ours(token_ids, real)[shown], expected[shown])


def test_a_config_goes_both_ways() -> None:
    config = GPTConfig(50, 16, 12, 2, 3, d_ff=10, dropout=0.25, tie_embeddings=False)
    assert GPTConfig.from_huggingface(config.to_huggingface()) == config
    assert (
        GPTConfig.from_huggingface({**GPTConfig().to_huggingface(), "n_inner": None})
        == GPTConfig()
    )


def test_gpt2_counts_what_it_has() -> None:
    with torch.device("meta"):
        model = GPT(GPTConfig())
    assert sum(p.numel() for p in model.parameters()) == 124_439_808


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"n_layers": 0}, "n_layers=0"),
        ({"vocab_size": -1}, "vocab_size=-1"),
        ({"d_model": 10, "n_heads": 3}, "d_model=10 is not divisible by n_heads=3"),
        ({"dropout": 1.0}, "got dropout=1.0"),
        ({"norm_eps": 0.0}, "got norm_eps=0.0"),
    ],
)
def test_a_config_that_cannot_be_is_refused(wrong: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(GPTConfig(), **wrong)


@pytest.mark.parametrize(
    ("theirs", "message"),
    [
        ({"activation_function": "relu"}, "activation_function='relu'.*'gelu_new'"),
        ({"scale_attn_by_inverse_layer_idx": True}, "only False is supported"),
        ({"attn_pdrop": 0.3}, r"dropouts differ: \[0.0, 0.3\]"),
        ({"n_embd": None}, r"lacks 'n_embd' \(d_model\)"),
    ],
)
def test_a_foreign_config_is_refused(theirs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GPTConfig.from_huggingface({**GPTConfig().to_huggingface(), **theirs})


def test_unknown_tokens_and_too_many_are_refused() -> None:
    model = GPT(GPTConfig(10, context_length=4, d_model=8, n_layers=1, n_heads=2))
    with pytest.raises(ValueError, match="5 tokens do not fit into the context of 4"):
        model(torch.zeros(1, 5, dtype=torch.long))
    with pytest.raises(ValueError, match="id 10 is not in 0 to 9"):
        model(torch.tensor([[1, 10]]))
    cache = model.new_cache()
    with torch.no_grad():
        model(torch.zeros(1, 3, dtype=torch.long), cache=cache)
        with pytest.raises(ValueError, match="5 tokens do not fit"):
            model(torch.zeros(1, 2, dtype=torch.long), cache=cache)
        assert cache.length == 3
