"""The trainer learns, stops when it must, and resumes as if it had never stopped."""

import inspect
import math
from dataclasses import replace
from functools import partial

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from llm_foundations.training.checkpoints import load_checkpoint, save_checkpoint
from llm_foundations.training.config import TrainConfig
from llm_foundations.training.loop import NonFiniteError, Trainer
from llm_foundations.training.objectives.language_modeling import causal_lm, masked_lm
from tests.training.tiny import VOCAB_SIZE, CountingBatches, TinyModel


def make_trainer(
    seed: int = 0, data: CountingBatches | None = None, **settings: object
) -> Trainer:
    torch.manual_seed(seed)
    config = TrainConfig(**{"n_steps": 40, "n_warmup": 2, **settings})
    return Trainer(TinyModel(), causal_lm, data or CountingBatches(), config)


@pytest.mark.parametrize(
    ("optimizer", "learning_rate"), [("muon", 0.1), ("adamw", 0.02), ("sgd", 0.5)]
)
def test_learns_to_count(optimizer: str, learning_rate: float) -> None:
    trainer = make_trainer(optimizer=optimizer, learning_rate=learning_rate)
    losses = []
    trainer.callbacks = [lambda _, metrics: losses.append(metrics["loss"])]
    trainer.fit()
    assert losses[0] == pytest.approx(math.log(VOCAB_SIZE), rel=0.3)
    assert losses[-1] < 0.5
    assert (trainer.step, trainer.n_tokens) == (40, 40 * 4 * 8)


def test_one_step_by_hand() -> None:
    trainer = make_trainer(optimizer="sgd", learning_rate=0.1, max_grad_norm=None)
    trainer.config = replace(trainer.config, n_warmup=4)
    torch.manual_seed(1)
    twin = TinyModel()
    twin.load_state_dict(trainer.model.state_dict())
    batch = next(CountingBatches())
    metrics = run_seeded(trainer.train_step)
    logits = run_seeded(lambda: twin(batch[:, :-1]))
    loss = F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
    loss.backward()
    norm = torch.stack([p.grad.norm() for p in twin.parameters()]).norm()
    with torch.no_grad():
        for p in twin.parameters():
            p.sub_(0.1 / 4 * p.grad)
    assert metrics["loss"] == pytest.approx(loss.item())
    assert metrics["grad_norm"] == pytest.approx(norm.item())
    assert metrics["learning_rate"] == pytest.approx(0.1 / 4)
    for p, wanted in zip(trainer.model.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(p, wanted)


def run_seeded(function: object) -> object:
    torch.manual_seed(9)
    return function()


def gradients(n_rows: int, accumulation_steps: int) -> list[torch.Tensor]:
    """One step on 8 rows in float64, and the weights' change."""

    class Halves(CountingBatches):
        def __next__(self) -> torch.Tensor:
            start = self.position * self.n_rows
            self.position += 1
            rows = torch.arange(start, start + self.n_rows)[:, None]
            ids = (rows + torch.arange(9)) % VOCAB_SIZE
            # Rows of different length: a mean of means would be wrong.
            return ids.masked_fill(torch.arange(9) > 3 + rows % 5, 0)

    torch.manual_seed(0)
    model = TinyModel(dropout=0.0).double()
    before = [p.detach().clone() for p in model.parameters()]
    config = TrainConfig(
        n_steps=1, optimizer="sgd", accumulation_steps=accumulation_steps
    )
    objective = partial(causal_lm, pad_id=0)
    Trainer(model, objective, Halves(n_rows), config).fit()
    pairs = zip(model.parameters(), before, strict=True)
    return [p.detach() - old for p, old in pairs]


@pytest.mark.parametrize("accumulation_steps", [2, 4, 8])
def test_accumulation_equals_the_large_batch(accumulation_steps: int) -> None:
    whole = gradients(8, 1)
    parts = gradients(8 // accumulation_steps, accumulation_steps)
    torch.testing.assert_close(parts, whole, rtol=1e-9, atol=1e-12)
    assert all(change.any() for change in whole)


def test_long_gradients_are_cut() -> None:
    changes = []
    for limit in (None, 0.01):
        trainer = make_trainer(
            optimizer="sgd", learning_rate=1.0, max_grad_norm=limit, n_warmup=0
        )
        before = nn.utils.parameters_to_vector(trainer.model.parameters()).detach()
        norm = trainer.train_step()["grad_norm"]
        after = nn.utils.parameters_to_vector(trainer.model.parameters()).detach()
        changes.append((after - before).norm().item())
    assert norm == pytest.approx(changes[0], rel=1e-4)
    assert changes[1] == pytest.approx(0.01, rel=1e-3)


class Poison(nn.Module):
    """Turns the logits of one call into what is no number."""

    def __init__(self, bad_call: int, value: float) -> None:
        super().__init__()
        self.inner, self.calls = TinyModel(), 0
        self.bad_call, self.value = bad_call, value

    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        logits = self.inner(token_ids)
        return logits * self.value if self.calls == self.bad_call else logits


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_no_number_stops_the_run(value: float) -> None:
    model = Poison(3, value)
    trainer = Trainer(model, causal_lm, CountingBatches(), TrainConfig(n_steps=9))
    trainer.train_step(), trainer.train_step()
    before = [p.clone() for p in model.parameters()]
    with pytest.raises(NonFiniteError, match="the loss is nan at step 3"):
        trainer.fit()
    assert trainer.step == 2
    assert all(map(torch.equal, before, model.parameters()))


def test_a_gradient_that_is_no_number_stops_the_run() -> None:
    trainer = make_trainer()
    weight = trainer.model.up_proj.weight
    weight.register_hook(lambda gradient: gradient * math.inf)
    before = weight.detach().clone()
    with pytest.raises(NonFiniteError, match=r"gradient norm is \w+ at step 1"):
        trainer.fit()
    assert torch.equal(weight, before)


def test_a_batch_without_targets_is_refused() -> None:
    trainer = make_trainer()
    trainer.objective = lambda ids: causal_lm(ids * 0, pad_id=0)
    with pytest.raises(ValueError, match="no prediction counts at step 1"):
        trainer.fit()


def test_callbacks_run_in_order_and_can_stop() -> None:
    seen = []

    def measure(trainer: Trainer, metrics: dict) -> None:
        metrics["double"] = 2 * metrics["step"]

    def stop(trainer: Trainer, metrics: dict) -> None:
        seen.append(metrics["double"])
        trainer.stopped = metrics["step"] == 3

    trainer = make_trainer()
    trainer.callbacks = [measure, stop]
    trainer.fit()
    assert seen == [2, 4, 6]


@pytest.mark.parametrize("optimizer", ["muon", "adamw", "sgd"])
@pytest.mark.parametrize("precision", ["float32", "bf16", "fp16"])
def test_resume_is_bit_for_bit(tmp_path, optimizer: str, precision: str) -> None:
    settings = {"optimizer": optimizer, "precision": precision, "n_steps": 12}
    objective = partial(masked_lm, mask_id=0, vocab_size=VOCAB_SIZE, rate=0.5)
    whole = make_trainer(**settings)
    whole.objective = objective
    losses: list[float] = []
    whole.callbacks = [lambda _, metrics: losses.append(metrics["loss"])]

    def snapshot(trainer: Trainer, metrics: dict) -> None:
        if trainer.step == 5:
            save_checkpoint(tmp_path / "run.safetensors", trainer.state_dict())

    whole.callbacks.append(snapshot)
    whole.fit()
    resumed = make_trainer(seed=99, **settings)
    resumed.objective = objective
    resumed.load_state_dict(load_checkpoint(tmp_path / "run.safetensors"))
    again: list[float] = []
    resumed.callbacks = [lambda _, metrics: again.append(metrics["loss"])]
    resumed.fit()
    assert again == losses[5:]
    for name, value in whole.model.state_dict().items():
        assert torch.equal(resumed.model.state_dict()[name], value), name
    assert resumed.n_tokens == whole.n_tokens


def test_resume_refuses_other_settings() -> None:
    state = make_trainer(learning_rate=0.01).state_dict()
    with pytest.raises(ValueError, match=r"learning_rate is 0.02 here, 0.01 there"):
        make_trainer(learning_rate=0.02).load_state_dict(state)


def test_the_trainer_is_short() -> None:
    assert len(inspect.getsource(Trainer).splitlines()) < 150


def test_a_batch_without_predictions_adds_nothing_to_the_others() -> None:
    class WithHole(TinyModel):
        def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
            logits = super().forward(token_ids)
            return logits.index_fill(-1, torch.tensor([1]), -math.inf)

    class TwoRows(CountingBatches):
        def __next__(self) -> torch.Tensor:
            self.position += 1
            return torch.tensor([[2, 3, 4] if self.position == 1 else [2, 0, 0]])

    torch.manual_seed(0)
    model = WithHole(dropout=0.0)
    config = TrainConfig(1, "sgd", accumulation_steps=2)
    objective = partial(causal_lm, pad_id=0)
    trainer = Trainer(model, objective, TwoRows(), config)
    assert math.isfinite(trainer.train_step()["loss"])
