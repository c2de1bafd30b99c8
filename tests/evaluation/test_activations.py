"""The parts' outputs add up to the stream; a silent part adds nothing."""

import pytest
import torch
from torch import nn

from llm_foundations.evaluation.activations import (
    capture_activations,
    residual_components,
    zero_ablation,
)
from llm_foundations.models.gpt import GPT, GPTConfig
from llm_foundations.models.llama import Llama, LlamaConfig

SIZES = {"d_model": 8, "n_layers": 2, "n_heads": 2, "d_ff": 12, "tie_embeddings": True}
IDS = torch.tensor([[1, 5, 3, 2]])


def gpt() -> GPT:
    torch.manual_seed(0)
    return GPT(GPTConfig(10, 6, **SIZES))


def llama() -> Llama:
    torch.manual_seed(0)
    return Llama(LlamaConfig(10, 6, **SIZES))


@pytest.mark.parametrize("make", [gpt, llama])
def test_what_the_parts_add_is_the_whole_stream(make) -> None:
    model = make()
    added = capture_activations(residual_components(model), lambda: model(IDS))
    stream = sum(added.values())
    logits = model.token_embedding.unembed(model.norm(stream))
    torch.testing.assert_close(logits, model(IDS))
    assert not any(part.requires_grad for part in added.values())


def test_the_parts_are_named_in_order() -> None:
    blocks = ["attention 1", "feed-forward 1", "attention 2", "feed-forward 2"]
    assert list(residual_components(llama())) == ["the word", *blocks]
    assert list(residual_components(gpt())) == ["the word", "its place", *blocks]


def test_silencing_later_parts_stops_the_model_early() -> None:
    model = llama()
    word, *parts = residual_components(model).values()
    with zero_ablation(*parts):
        early = model(IDS)
    expected = model.token_embedding.unembed(model.norm(word(IDS)))
    torch.testing.assert_close(early, expected)
    assert not torch.allclose(model(IDS), early)


def test_hooks_are_gone_after_an_error() -> None:
    layer, x = nn.Linear(2, 2), torch.ones(2)
    before = layer(x)

    def fail() -> None:
        layer(x)
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        capture_activations({"layer": layer}, fail)
    with pytest.raises(RuntimeError, match="stop"), zero_ablation(layer):
        fail()
    assert torch.equal(layer(x), before)
    assert not layer._forward_hooks


def test_a_part_that_was_not_used_is_named() -> None:
    layers = {"a": nn.Linear(2, 2), "b": nn.Linear(2, 2)}
    with pytest.raises(ValueError, match="not used while run was called: b"):
        capture_activations(layers, lambda: layers["a"](torch.ones(2)))
