"""State dicts both ways, all or nothing, with every problem named."""

import copy
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from llm_foundations.models.conversion import load_huggingface, to_huggingface
from tests.models.families import bert, bloom, gpt2, jais, llama

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


def alter(model: nn.Module, **tensors: Tensor) -> dict[str, Tensor]:
    return dict(model.state_dict()) | {
        n.replace("__", "."): t for n, t in tensors.items()
    }


def test_a_tied_bias_that_differs_is_not_dropped_in_silence() -> None:
    ours, theirs = bert("ForMaskedLM")
    weights = alter(theirs, cls__predictions__decoder__bias=torch.ones(37))
    with pytest.raises(
        ValueError, match=r"decoder\.bias and cls\.predictions\.bias diff"
    ):
        load_huggingface(ours, weights)


def test_heads_of_bert_are_left_out_of_bert_alone() -> None:
    ours, theirs = llama()
    with pytest.raises(ValueError, match=r"unknown classifier\.weight"):
        load_huggingface(ours, alter(theirs, classifier__weight=torch.ones(2, 16)))
    ours, theirs = bert("Model")
    load_huggingface(ours, alter(theirs, classifier__weight=torch.ones(2, 12)))
    with pytest.raises(ValueError, match=r"unknown classifier\.more\.weight"):
        load_huggingface(ours, alter(theirs, classifier__more__weight=torch.ones(2)))


def test_a_tensor_under_two_names_is_refused() -> None:
    ours, theirs = gpt2()
    with pytest.raises(ValueError, match=r"a new name: transformer\.wte\.weight$"):
        load_huggingface(ours, alter(theirs, wte__weight=torch.ones(37, 12)))
    ours, theirs = bert("Model")
    weights = alter(theirs, embeddings__LayerNorm__gamma=torch.ones(12))
    with pytest.raises(ValueError, match=r"a new name: embeddings\.LayerNorm\.weight"):
        load_huggingface(ours, weights)


@pytest.mark.parametrize("dtype", [torch.int8, torch.float8_e4m3fn])
def test_quantized_weights_are_not_read_as_plain_ones(dtype: torch.dtype) -> None:
    ours, theirs = llama()
    weights = alter(theirs, model__norm__weight=torch.ones(16).to(dtype))
    with pytest.raises(ValueError, match=rf"model\.norm\.weight is of {dtype}"):
        load_huggingface(ours, weights)
