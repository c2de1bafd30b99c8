"""Generation: cached and not, batched and alone, greedy and drawn."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from llm_foundations.generation.decode import (
    generate,
    greedy,
    pad_left,
    sampler,
    translate,
)
from llm_foundations.models.encoder_decoder import EncoderDecoder, EncoderDecoderConfig
from llm_foundations.models.gpt import GPT, GPTConfig
from tests.models.families import VOCAB, gpt2, llama, randomized, t5

PAIRS: list[Callable] = [gpt2, llama, lambda: llama(sliding_window=4)]


class Plain(nn.Module):
    """Any module that maps ids to logits."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, token_ids: Tensor) -> Tensor:
        return self.model(token_ids)


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("n", [1, 6])
def test_greedy_equals_transformers_and_the_plain_form(pair: Callable, n: int) -> None:
    torch.manual_seed(0)
    ours, theirs = pair()
    prompts = torch.randint(1, VOCAB, (3, n))
    result = generate(ours, prompts, 12)
    assert torch.equal(result, generate(Plain(ours), prompts, 12))
    assert torch.equal(
        result,
        theirs.generate(
            prompts,
            attention_mask=torch.ones_like(prompts),
            max_new_tokens=12,
            do_sample=False,
        ),
    )


@pytest.mark.parametrize("pair", PAIRS)
def test_left_padding_changes_nothing(pair: Callable) -> None:
    torch.manual_seed(0)
    ours, theirs = pair()
    prompts = [[5, 6, 7, 8, 9, 1], [3], [2, 30]]
    token_ids, mask = pad_left(prompts, pad_id=0)
    together = generate(ours, token_ids, 8, mask=mask)
    for row, prompt in zip(together, prompts, strict=True):
        alone = generate(ours, torch.tensor([prompt]), 8)
        assert torch.equal(row[-8:], alone[0, -8:])
    expected = theirs.generate(
        token_ids, attention_mask=mask.long(), max_new_tokens=8, do_sample=False
    )
    assert torch.equal(together, expected)


def test_stops_at_the_end_token_row_by_row() -> None:
    torch.manual_seed(0)
    ours, _ = gpt2()
    prompts = torch.randint(VOCAB, (4, 3))
    free = generate(ours, prompts, 15)
    eos_id = int(free[0, 5])  # the third new token of the first row
    stopped = generate(ours, prompts, 15, eos_id=eos_id)
    for row, whole in zip(stopped[:, 3:], free[:, 3:], strict=True):
        ends = (whole == eos_id).nonzero()
        n = int(ends[0]) + 1 if len(ends) else 15
        assert torch.equal(row[:n], whole[:n][: len(row)])
        assert (row[n:] == eos_id).all()
    alone = generate(ours, prompts[:1], 15, eos_id=eos_id)
    assert alone.shape[1] == 3 + int((free[0, 3:] == eos_id).nonzero()[0]) + 1


def test_draws_by_probability() -> None:
    logits = torch.tensor([[0.0, 1.0, 2.0]]).expand(20_000, 3)
    generator = torch.Generator().manual_seed(0)
    for temperature in (0.5, 1.0, 2.0):
        drawn = sampler(temperature, generator=generator)(logits)
        shares = drawn.bincount(minlength=3) / len(drawn)
        expected = (logits[0] / temperature).softmax(-1)
        torch.testing.assert_close(shares, expected, rtol=0, atol=0.015)
    drawn = sampler(top_k=2, generator=generator)(logits)
    expected = torch.tensor([0.0, *logits[0, 1:].softmax(-1)])
    shares = drawn.bincount(minlength=3) / len(drawn)
    torch.testing.assert_close(shares, expected, rtol=0, atol=0.015)


def test_the_same_seed_writes_the_same() -> None:
    ours, _ = llama()
    prompts = torch.randint(VOCAB, (2, 3))
    texts = [
        generate(ours, prompts, 9, sampler(generator=torch.Generator().manual_seed(s)))
        for s in (1, 1, 2)
    ]
    assert torch.equal(texts[0], texts[1])
    assert not torch.equal(texts[0], texts[2])


def test_greedy_takes_the_first_of_equals() -> None:
    assert greedy(torch.tensor([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])).tolist() == [1, 0]


def test_what_was_written_can_be_trained_on() -> None:
    model = GPT(GPTConfig(20, 16, 8, 1, 2))
    written = generate(model, torch.zeros(1, 2, dtype=torch.long), 9)
    model(written).logsumexp(-1).sum().backward()
    assert model.token_embedding.weight.grad is not None


def test_dropout_is_off_while_writing_and_back_on_after() -> None:
    model = GPT(GPTConfig(20, 16, 8, 1, 2, dropout=0.5))
    prompts = torch.zeros(1, 2, dtype=torch.long)
    assert torch.equal(generate(model, prompts, 9), generate(model, prompts, 9))
    assert model.training
    model.eval()
    generate(model, prompts, 1)
    assert not model.training


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m, p: generate(m, p, 0), "max_new_tokens must be at least 1, got 0"),
        (
            lambda m, p: generate(m, p[:, :0], 1),
            r"at least one id \(B, T\), got shape \(1, 0\)",
        ),
        (lambda m, p: generate(m, p, 13), r"4 \+ 13 tokens do not fit.*context of 16"),
        (
            lambda m, p: generate(Plain(m), p, 1, mask=p == 0),
            "Plain has no way to skip filling",
        ),
        (
            lambda m, p: sampler(temperature=0.0),
            "temperature must be .* greater than 0, got 0.0",
        ),
        (lambda m, p: sampler(math.nan), "temperature must be .* got nan"),
        (lambda m, p: sampler(math.inf), "temperature must be .* got inf"),
        (lambda m, p: sampler("1"), "temperature must be .* got '1'"),
        (lambda m, p: sampler(top_k=math.nan), "top_k must be an integer, got nan"),
        (lambda m, p: sampler(top_k=True), "top_k must be an integer, got True"),
        (lambda m, p: generate(m, p, 1.0), "max_new_tokens must be an integer, got"),
        (lambda m, p: generate(m, p[0], 1), r"token_ids .* \(B, T\), got shape \(4,\)"),
        (
            lambda m, p: generate(m, p, 1, mask=p[:, 1:] == 0),
            r"mask must have the shape of token_ids, \(1, 4\), got \(1, 3\)",
        ),
        (lambda m, p: sampler(top_k=0), "top_k must be at least 1, got 0"),
        (lambda m, p: pad_left([[1], []], 0), "prompt 1 is empty"),
    ],
)
def test_what_cannot_be_is_refused(call: Callable, message: str) -> None:
    model = GPT(GPTConfig(20, 16, 8, 1, 2))
    with pytest.raises(ValueError, match=message):
        call(model, torch.zeros(1, 4, dtype=torch.long))


def test_translation_equals_transformers() -> None:
    torch.manual_seed(0)
    ours, theirs = t5()
    source_ids, real = torch.randint(1, VOCAB, (3, 6)), torch.ones(3, 6).bool()
    real[1, 4:] = False
    result = translate(ours, source_ids, 10, start_id=0, source_mask=real)
    expected = theirs.generate(
        source_ids,
        attention_mask=real.long(),
        max_new_tokens=10,
        do_sample=False,
        decoder_start_token_id=0,
    )
    assert torch.equal(result, expected[:, 1:])


def test_a_translation_ends_row_by_row() -> None:
    torch.manual_seed(0)
    config = EncoderDecoderConfig(11, d_model=8, n_layers=1, n_heads=2, d_ff=8)
    model = randomized(EncoderDecoder(config))
    source_ids = torch.randint(11, (3, 4))
    free = translate(model, source_ids, 8, start_id=0)
    eos_id = int(free[0, 0])
    stopped = translate(model, source_ids, 8, start_id=0, eos_id=eos_id)
    assert (stopped[0] == eos_id).all()
    with pytest.raises(ValueError, match="max_new_tokens must be at least 1, got 0"):
        translate(model, source_ids, 0, start_id=0)


@pytest.mark.parametrize("temperature", [1e-5, 1e-30, 1e-300, 5e-324])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_the_coldest_temperatures_are_greedy(
    temperature: float, dtype: torch.dtype
) -> None:
    logits = torch.tensor([[20.0, 21.0, -math.inf], [-3.0, -9.0, -8.0]], dtype=dtype)
    assert sampler(temperature)(logits).tolist() == [1, 0]
    assert sampler(temperature, top_k=2)(logits).tolist() == [1, 0]
