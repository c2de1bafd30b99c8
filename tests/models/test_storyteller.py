"""The storyteller is loaded from the package, offline, ready to generate."""

import socket

import pytest
import torch

from llm_foundations.generation.decode import generate
from llm_foundations.models.llama import Llama
from llm_foundations.models.storyteller import load_storyteller

STORY = (
    "Have you heard of Gilbert the goat? He lived on an island no bigger than a table."
    " More than anything he wanted a shrill whistle. At noon he hurried to the meadow."
    " And whom did he meet? Otto the donkey. Whom did Gilbert meet?"
)


def test_it_answers_a_question_without_a_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*args: object) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket, "socket", refuse)
    model, tokenizer = load_storyteller()
    start = tokenizer.special_tokens["<|endoftext|>"]
    ids = torch.tensor([[start, *tokenizer.encode_ordinary(STORY)]])
    answer = generate(model, ids, 2)[0, ids.shape[1] :]
    assert tokenizer.decode(answer.tolist()) == " Otto."


def test_it_is_a_llama_in_evaluation_mode_and_float32() -> None:
    model, tokenizer = load_storyteller()
    assert isinstance(model, Llama)
    assert not model.training
    assert {weight.dtype for weight in model.parameters()} == {torch.float32}
    assert model.config.vocab_size == tokenizer.vocab_size
    assert sum(weight.numel() for weight in model.parameters()) < 1_000_000
