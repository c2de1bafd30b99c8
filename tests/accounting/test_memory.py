import pytest
import torch
from torch import nn

from llm_foundations.accounting.architecture import Architecture
from llm_foundations.accounting.ledger import architecture_of
from llm_foundations.accounting.memory import (
    TrainingPlan,
    inference_memory,
    optimizer_bytes,
    state_memory,
    training_memory,
)
from llm_foundations.accounting.parameters import ParameterCount, count_parameters
from llm_foundations.accounting.weights import Weight
from llm_foundations.facts import find_model

SIZES = {"vocab_size": 50, "d_model": 16, "n_layers": 2, "n_heads": 2, "d_ff": 40}
LLAMA = architecture_of(find_model("Llama 2 7B"))


def build(architecture: Architecture) -> nn.ParameterDict:
    """Every weight of an architecture as PyTorch would hold it."""
    return nn.ParameterDict(
        {
            f"{w.part} {w.name} {n}".replace(".", "-"): torch.ones(w.shape)
            for w in count_parameters(architecture).weights
            for n in range(w.copies)
        }
    )


def state_bytes(optimizer: torch.optim.Optimizer) -> int:
    """What an optimizer holds for its weights, step counters aside."""
    return sum(
        value.nbytes
        for state in optimizer.state.values()
        for value in state.values()
        if torch.is_tensor(value) and value.ndim
    )


def step(optimizer: torch.optim.Optimizer, weights: list[nn.Parameter]) -> int:
    """Take a step and return what the optimizer then holds."""
    for weight in weights:
        weight.grad = torch.ones_like(weight)
    optimizer.step()
    return state_bytes(optimizer)


@pytest.mark.parametrize(
    ("precision", "dtype"), [("float32", torch.float32), ("bfloat16", torch.bfloat16)]
)
def test_adamw_is_what_pytorch_allocates(precision: str, dtype: torch.dtype) -> None:
    shape = Architecture(**SIZES, gated=True, attention_bias="qkv")
    weights = list(build(shape).to(dtype).values())
    held = step(torch.optim.AdamW(weights), weights)
    memory = state_memory(count_parameters(shape), TrainingPlan(precision=precision))
    assert memory.optimizer == held
    assert memory.weights == sum(weight.nbytes for weight in weights)
    assert memory.gradients == sum(weight.grad.nbytes for weight in weights)


def test_muon_is_what_pytorch_allocates() -> None:
    shape = Architecture(**SIZES, n_positions=12, norm="layernorm", norm_bias=True)
    named = build(shape)
    parts = ("attention", "feed-forward")
    hidden = [w for name, w in named.items() if name.startswith(parts) and w.ndim == 2]
    others = [w for w in named.values() if not any(w is h for h in hidden)]
    held = step(torch.optim.Muon(hidden), hidden)
    held += step(torch.optim.AdamW(others), others)
    assert optimizer_bytes(count_parameters(shape), "muon", "float32") == held


def test_eight_bits_take_a_byte_and_their_share_of_a_scale() -> None:
    count = ParameterCount((Weight("head", "lm_head", (256, 1024)),))
    assert optimizer_bytes(count, "adamw_8bit", "bfloat16") == 2 * (262_144 + 4 * 1024)


@pytest.mark.parametrize(("stage", "gb"), [(0, 120), (1, 31.4), (2, 16.6), (3, 1.9)])
def test_the_figure_of_zero(stage: int, gb: float) -> None:
    # Rajbhandari et al. (2020), figure 1: 7.5 billion parameters on 64 devices.
    count = ParameterCount((Weight("head", "lm_head", (75_000, 100_000)),))
    plan = TrainingPlan(n_devices=64, zero_stage=stage)
    assert round(state_memory(count, plan).total / 1e9, 1) == gb


def test_one_device_has_nothing_to_share() -> None:
    count = count_parameters(LLAMA)
    totals = {state_memory(count, TrainingPlan(zero_stage=s)).total for s in range(4)}
    assert totals == {16 * count.total}


def test_what_each_precision_takes_with_adamw() -> None:
    count = count_parameters(LLAMA)
    taken = {
        precision: state_memory(count, TrainingPlan(precision=precision)).total
        for precision in ("float32", "mixed", "bfloat16")
    }
    assert {name: total / count.total for name, total in taken.items()} == {
        **{"float32": 16, "mixed": 16, "bfloat16": 8}
    }


def test_training_is_states_and_activations() -> None:
    plan = TrainingPlan(batch_size=2, n_tokens=512)
    memory = training_memory(LLAMA, plan)
    states = state_memory(count_parameters(LLAMA), plan)
    assert memory.total == states.total + memory.activations
    doubled = training_memory(LLAMA, TrainingPlan(batch_size=4, n_tokens=512))
    assert doubled.activations == 2 * memory.activations
    frugal = TrainingPlan(batch_size=2, n_tokens=512, checkpointing=True)
    assert training_memory(LLAMA, frugal).activations < memory.activations / 10


def test_running_takes_weights_and_cache() -> None:
    memory = inference_memory(LLAMA, n_tokens=4096, batch_size=2)
    assert memory.weights == 2 * 6_738_415_616
    assert memory.cache == 2 * 4096 * 524_288
    halves = inference_memory(LLAMA, n_tokens=4096, batch_size=2, n_devices=2)
    assert halves.total == memory.total / 2
    four_bits = inference_memory(LLAMA, n_tokens=4096, batch_size=2, precision="int4")
    assert (four_bits.weights, four_bits.cache) == (memory.weights / 4, memory.cache)


def test_an_encoder_runs_without_a_cache() -> None:
    bert = architecture_of(find_model("BERT-base"))
    assert inference_memory(bert, n_tokens=512).cache == 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"batch_size": 0}, "batch_size must be positive, got 0"),
        ({"n_tokens": -1}, "n_tokens must be positive, got -1"),
        ({"n_devices": 0}, "n_devices must be positive, got 0"),
        ({"precision": "fp8"}, "precision 'fp8' is none of"),
        ({"optimizer": "sgd"}, "optimizer 'sgd' is none of"),
        ({"zero_stage": 4}, "zero_stage must be 0 to 3, got 4"),
    ],
)
def test_what_is_no_plan_is_refused(settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TrainingPlan(**settings)


def test_no_devices_cannot_run_a_model() -> None:
    with pytest.raises(ValueError, match="n_devices must be positive, got 0"):
        inference_memory(LLAMA, n_tokens=1, n_devices=0)
