"""What happens after each step besides training: plain functions handed in.

A callback is called with the trainer and the step's metrics, and may add to the
metrics what the callbacks after it read.
"""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tqdm.auto import tqdm

from llm_foundations.checks import check_integer
from llm_foundations.files import write_atomically
from llm_foundations.training.checkpoints import save_checkpoint
from llm_foundations.training.loop import Metrics, Trainer


def evaluate_every(
    n_steps: int, measure: Callable[[Trainer], Metrics]
) -> Callable[[Trainer, Metrics], None]:
    """Add what a function measures to the metrics of every n-th step and the last.

    Args:
        n_steps: How often.
        measure: Called with the trainer; its model is in evaluation mode.

    Raises:
        ValueError: If `n_steps` is less than 1.
    """
    check_integer("n_steps", n_steps)

    def callback(trainer: Trainer, metrics: Metrics) -> None:
        if is_due(trainer, n_steps):
            trainer.model.eval()
            metrics.update(measure(trainer))

    return callback


def is_due(trainer: Trainer, n_steps: int) -> bool:
    """Return whether this is an n-th step, or the last of the run."""
    is_last = trainer.stopped or trainer.step == trainer.config.n_steps
    return is_last or trainer.step % n_steps == 0


class ProgressBar:
    """Shows the loss, its excess over a floor, the speed and the time left."""

    def __init__(self, floor: float | None = None) -> None:
        """Prepare the bar; it appears with the first step.

        Args:
            floor: The loss that no model can pass, in nats per token, where known.
        """
        self.floor = floor
        self.bar: tqdm[Any] | None = None
        self.smooth: float | None = None

    def __call__(self, trainer: Trainer, metrics: Metrics) -> None:
        """Move the bar."""
        total = trainer.config.n_steps
        if self.bar is None:
            start = trainer.step - 1
            self.bar = tqdm(total=total, initial=start, unit="step")
        smooth = metrics["loss"] if self.smooth is None else self.smooth
        self.smooth = 0.9 * smooth + 0.1 * metrics["loss"]
        shown = {"loss": f"{self.smooth:.3f}"}
        if self.floor is not None:
            shown["excess"] = f"{self.smooth - self.floor:.3f}"
        elapsed = self.bar.format_dict["elapsed"]
        done = trainer.step - self.bar.initial
        speed = metrics["n_tokens"] / trainer.step * done / max(elapsed, 1e-9)
        self.bar.set_postfix({**shown, "tokens/s": f"{speed:.0f}"}, refresh=False)
        self.bar.update(trainer.step - self.bar.n)
        if trainer.stopped or trainer.step == total:
            self.bar.close()


class MetricsLog:
    """Writes each step's metrics to a file, one JSON object a line."""

    def __init__(self, path: str | Path) -> None:
        """Open the log at the first step.

        Args:
            path: The file. When a run is resumed, lines of steps that are taken
                again are dropped from it.
        """
        self.path = Path(path)
        self.is_open = False

    def __call__(self, trainer: Trainer, metrics: Metrics) -> None:
        """Add a line."""
        if not self.is_open:
            kept = [m for m in read_metrics(self.path) if m["step"] < trainer.step]
            lines = "".join(json.dumps(line) + "\n" for line in kept)
            write_atomically(self.path, lines.encode())
            self.is_open = True
        with self.path.open("a") as file:
            file.write(json.dumps(metrics) + "\n")


def read_metrics(path: str | Path) -> list[Metrics]:
    """Return the metrics of a log, one dict a step.

    Args:
        path: What `MetricsLog` wrote; a file that is not there holds nothing. A
            last line that was cut off by a crash is left out.
    """
    if not Path(path).exists():
        return []
    lines = Path(path).read_text().split("\n")
    return [json.loads(line) for line in lines[:-1]]  # the last has no line end


class EarlyStopping:
    """Stops the training when a metric has not become smaller for a while."""

    def __init__(self, metric: str, patience: int) -> None:
        """Watch a metric.

        Args:
            metric: A name; steps without it do not count.
            patience: How many measurements in a row may bring nothing new.

        Raises:
            ValueError: If `patience` is less than 1.
        """
        check_integer("patience", patience)
        self.metric, self.patience = metric, patience
        self.best, self.n_worse = math.inf, 0

    def __call__(self, trainer: Trainer, metrics: Metrics) -> None:
        """Count measurements that were no better than the best."""
        value = metrics.get(self.metric)
        if value is None:
            return
        self.n_worse = 0 if value < self.best else self.n_worse + 1
        self.best = min(self.best, value)
        trainer.stopped = trainer.stopped or self.n_worse >= self.patience

    def state_dict(self) -> dict[str, Any]:
        """Return what has been seen so far."""
        return {"best": self.best, "n_worse": self.n_worse}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self.best, self.n_worse = state["best"], state["n_worse"]


class ModelCheckpoint:
    """Keeps the last state of a run, and the one with the smallest metric.

    Put it last, so that it saves what the other callbacks have seen.
    """

    def __init__(
        self, folder: str | Path, n_steps: int, metric: str | None = None
    ) -> None:
        """Choose where and how often.

        Args:
            folder: Holds `last.safetensors` and `best.safetensors`.
            n_steps: Save every n-th step and the last: at most this many steps are
                lost when the process dies.
            metric: The best state is the one where this is smallest; None to keep
                the last alone.

        Raises:
            ValueError: If `n_steps` is less than 1.
        """
        check_integer("n_steps", n_steps)
        self.folder, self.n_steps, self.metric = Path(folder), n_steps, metric
        self.best = math.inf

    def __call__(self, trainer: Trainer, metrics: Metrics) -> None:
        """Save where it is due or better."""
        value = metrics.get(self.metric or "", math.inf)
        is_better = value < self.best
        self.best = min(self.best, value)
        if is_due(trainer, self.n_steps):
            save_checkpoint(self.folder / "last.safetensors", trainer.state_dict())
        if is_better:
            save_checkpoint(self.folder / "best.safetensors", trainer.state_dict())

    def state_dict(self) -> dict[str, Any]:
        """Return the smallest value so far."""
        return {"best": self.best}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self.best = state["best"]
