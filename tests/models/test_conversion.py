"""State dicts both ways, all or nothing, with every problem named."""

import copy
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from llm_foundations.models.conversion import load_huggingface, to_huggingface
from tests.models.families import bloom, gpt2, jais, llama

PAIRS: list[Callable] = [
    gpt2,
    lambda: gpt2(tie_word_embeddings=False),
    llama,
    lambda: llama(tie_word_embeddings=True),
    lambda: llama(sliding_window=3),
    bloom,
    jais,
]


@pytest.mark.parametrize("pair", PAIRS)
def test_our_weights_load_into_transformers(pair: Callable) -> None:
    ours, theirs = pair()
    expected = theirs.state_dict()
    weights = to_huggingface(ours)
    missing, unexpected = theirs.load_state_dict(weights, strict=False)
    assert unexpected == []
    assert set(missing) <= {"lm_head.weight"}  # tied
    for name, tensor in weights.items():
        assert torch.equal(tensor, expected[name])
        assert tensor.is_contiguous()


def test_old_files_load_too() -> None:
    ours, theirs = gpt2()
    weights = {
        name.removeprefix("transformer."): tensor
        for name, tensor in theirs.state_dict().items()
        if name != "lm_head.weight"
    }
    weights["h.0.attn.bias"] = torch.ones(1, 1, 24, 24)  # the causal mask, once saved
    fresh = copy.deepcopy(ours)
    nn.init.zeros_(fresh.token_embedding.weight)
    load_huggingface(fresh, weights)
    assert torch.equal(fresh.token_embedding.weight, ours.token_embedding.weight)


def drop(weights: dict[str, Tensor]) -> None:
    del weights["model.norm.weight"]


def add(weights: dict[str, Tensor]) -> None:
    weights["model.extra"] = torch.zeros(1)


def reshape(weights: dict[str, Tensor]) -> None:
    weights["model.norm.weight"] = torch.zeros(3)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (drop, "missing model.norm.weight"),
        (add, "unknown model.extra"),
        (reshape, r"model.norm.weight is \(3,\), not \(16,\)"),
    ],
)
def test_weights_that_do_not_fit_are_named_and_nothing_is_loaded(
    spoil: Callable, message: str
) -> None:
    ours, theirs = llama()
    weights = {name: tensor + 1 for name, tensor in theirs.state_dict().items()}
    spoil(weights)
    before = copy.deepcopy(ours.state_dict())
    with pytest.raises(ValueError, match=message):
        load_huggingface(ours, weights)
    for name, tensor in ours.state_dict().items():
        assert torch.equal(tensor, before[name])


def test_a_tied_head_that_differs_is_not_dropped_in_silence() -> None:
    ours, theirs = llama(tie_word_embeddings=True)
    weights = dict(theirs.state_dict())
    weights["lm_head.weight"] = weights["lm_head.weight"] + 1
    with pytest.raises(ValueError, match=r"lm_head.weight and .* differ"):
        load_huggingface(ours, weights)


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(
        TypeError, match=r"no table for Linear; there are: .*GPT, Llama"
    ):
        to_huggingface(nn.Linear(1, 1))
