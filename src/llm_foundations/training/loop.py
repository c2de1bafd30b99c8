"""The loop: draw a batch, take the gradient, change the weights, tell the callbacks."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, Protocol, runtime_checkable

from torch import Tensor, nn
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_state_dict,
    set_state_dict,
)
from torch.optim import Optimizer

from llm_foundations.training.checkpoints import random_state, set_random_state
from llm_foundations.training.config import TrainConfig
from llm_foundations.training.objectives.language_modeling import (
    LMBatch,
    Loss,
    Objective,
    cross_entropy,
)
from llm_foundations.training.optimizers import clip_gradients
from llm_foundations.training.parameter_groups import make_optimizer
from llm_foundations.training.precision import autocast, grad_scaler
from llm_foundations.training.schedules import SCHEDULES

Metrics = dict[str, float]
"""What is known after a step, by name."""
# Whole tensors by name, however the model is spread over processes.
_WHOLE = StateDictOptions(full_state_dict=True, cpu_offload=True)


@runtime_checkable
class Batches(Protocol):
    """An endless iterator over batches of token ids that knows where it is."""

    def __next__(self) -> Tensor:
        """Return the next batch."""

    def state_dict(self) -> dict[str, Any]:
        """Return the position, as what JSON or a tensor can hold."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go to a position."""


class NonFiniteError(ValueError):
    """The loss or the gradient is no number any more."""


class Trainer:
    """Trains any module that maps token ids to logits."""

    def __init__(  # noqa: PLR0913
        self,
        model: nn.Module,
        objective: Objective,
        data: Batches,
        config: TrainConfig,
        callbacks: Sequence["Callback"] = (),
        loss: Loss = cross_entropy,
        optimizer: Optimizer | None = None,
    ) -> None:
        """Join a model, what it is asked to predict, its data and its settings.

        Args:
            model: Its weights are changed in place, on the device where they are.
            objective: Turns a batch of token ids into inputs, targets and mask.
            data: Where the batches come from.
            config: How long, and with which rule.
            callbacks: Called after each step, in this order, with the trainer and
                the step's metrics, to which they may add. One with `state_dict` and
                `load_state_dict` has its memory saved and restored.
            loss: The mean loss of logits, targets and mask.
            optimizer: Used instead of the one that `config` names.
        """
        self.model, self.objective, self.data = model, objective, data
        self.config, self.callbacks, self.loss = config, callbacks, loss
        self.device = next(model.parameters()).device
        self.optimizer = optimizer or make_optimizer(
            model,
            config.optimizer,
            config.learning_rate,
            config.weight_decay,
            config.adam_lr_ratio,
        )
        self.peaks = [group["lr"] for group in self.optimizer.param_groups]
        self.scaler = grad_scaler(config.precision, self.device.type)
        self.step, self.n_tokens, self.stopped = 0, 0, False

    def fit(self) -> None:
        """Train to the end, or until a callback sets `stopped`.

        Raises:
            NonFiniteError: If the loss or the gradient is not finite. The weights
                are then those before the step that the message names.
        """
        while self.step < self.config.n_steps and not self.stopped:
            self.model.train()
            metrics = self.train_step()
            for callback in self.callbacks:
                callback(self, metrics)

    def train_step(self) -> Metrics:
        """Change the weights once and return what there is to know about it."""
        started = time.perf_counter()
        schedule = SCHEDULES[self.config.schedule]
        factor = schedule(self.step, self.config.n_steps, self.config.n_warmup)
        for group, peak in zip(self.optimizer.param_groups, self.peaks, strict=True):
            group["lr"] = peak * factor
        n_batches = self.config.accumulation_steps
        loss = self._accumulate([self._example() for _ in range(n_batches)])
        grad_norm = self._change_weights()
        self.step += 1
        return {
            "step": self.step,
            "loss": loss,
            "grad_norm": grad_norm,
            "learning_rate": self.config.learning_rate * factor,
            "n_tokens": self.n_tokens,
            "seconds": time.perf_counter() - started,
        }

    def _example(self) -> LMBatch:
        inputs, targets, loss_mask = self.objective(next(self.data))
        moved = tuple(tensor.to(self.device) for tensor in inputs)
        return LMBatch(moved, targets.to(self.device), loss_mask.to(self.device))

    def _accumulate(self, examples: list[LMBatch]) -> float:
        """Add up the gradients; each prediction weighs the same, in every batch."""
        counts = [int(example.loss_mask.sum()) for example in examples]
        if not sum(counts):
            raise ValueError(f"no prediction counts at step {self.step + 1}")
        total = 0.0
        for example, count in zip(examples, counts, strict=True):
            with autocast(self.config.precision, self.device.type):
                logits = self.model(*example.inputs)
                loss = self.loss(logits, example.targets, example.loss_mask)
            loss = loss * (count / sum(counts)) if count else logits[:0].sum()
            total += self._finite("loss", loss.item())
            self.scaler.scale(loss).backward()
        self.n_tokens += sum(counts)
        return total

    def _change_weights(self) -> float:
        self.scaler.unscale_(self.optimizer)
        norm = clip_gradients(self.model.parameters(), self.config.max_grad_norm)
        if not self.scaler.is_enabled():  # the scaler leaves such a step out itself
            self._finite("gradient norm", norm.item())
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.zero_grad()
        return norm.item()

    def _finite(self, name: str, value: float) -> float:
        if not math.isfinite(value):
            raise NonFiniteError(f"the {name} is {value} at step {self.step + 1}")
        return value

    def state_dict(self) -> dict[str, Any]:
        """Return all that the rest of the run depends on.

        Over several processes, all must ask; the weights are in the first one's.
        """
        model, optimizer = get_state_dict(self.model, self.optimizer, options=_WHOLE)
        memories = _stateful(self.callbacks)
        return {
            "config": asdict(self.config),
            "step": self.step,
            "n_tokens": self.n_tokens,
            "model": model,
            "optimizer": optimizer,
            "scaler": self.scaler.state_dict(),
            "data": self.data.state_dict(),
            "callbacks": {n: c.state_dict() for n, c in memories.items()},
            "random": random_state(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from where another trainer with the same settings was.

        Raises:
            ValueError: If the settings differ.
        """
        _check_same(asdict(self.config), state["config"])
        set_state_dict(
            self.model,
            self.optimizer,
            model_state_dict=state["model"],
            optim_state_dict=state["optimizer"],
            options=_WHOLE,
        )
        self.scaler.load_state_dict(state["scaler"])
        self.data.load_state_dict(state["data"])
        for name, callback in _stateful(self.callbacks).items():
            callback.load_state_dict(state["callbacks"][name])
        self.step, self.n_tokens = state["step"], state["n_tokens"]
        set_random_state(state["random"])


def _stateful(callbacks: Sequence["Callback"]) -> dict[str, Any]:
    """Return the callbacks that remember something, by their names."""
    return {type(c).__name__: c for c in callbacks if hasattr(c, "state_dict")}


def _check_same(here: dict[str, Any], there: dict[str, Any]) -> None:
    for name, value in there.items():
        if here.get(name) != value:
            raise ValueError(f"{name} is {here.get(name)} here, {value} there")


Callback = Callable[[Trainer, Metrics], None]
"""Is called after each step with the trainer and what is known."""
