"""Kill a training run again and again, and compare its end with a quiet one's.

`python -m tests.training.kill N FOLDER`. One process imports PyTorch and forks each
run, so a kill costs milliseconds.
"""

import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

import torch

from llm_foundations.training.callbacks import MetricsLog, ModelCheckpoint, read_metrics
from llm_foundations.training.checkpoints import load_checkpoint
from llm_foundations.training.config import TrainConfig
from llm_foundations.training.loop import Trainer
from llm_foundations.training.objectives.language_modeling import causal_lm
from tests.training.tiny import CountingBatches, TinyModel

INTERVAL, N_STEPS = 3, 60


def run(folder: Path, n_steps: int) -> None:
    """Start or resume a run and train it to its end."""
    torch.manual_seed(0)
    checkpoints = ModelCheckpoint(folder, INTERVAL, metric="loss")
    callbacks = [MetricsLog(folder / "metrics.jsonl"), checkpoints]
    config = TrainConfig(n_steps)
    trainer = Trainer(TinyModel(), causal_lm, CountingBatches(), config, callbacks)
    last = folder / "last.safetensors"
    if last.exists():
        trainer.load_state_dict(load_checkpoint(last))
    trainer.fit()


def forked(folder: Path, n_steps: int, seconds: float | None) -> bool:
    """Run in a child; kill it after a while if told so. True if it was killed."""
    child = os.fork()
    if child == 0:
        run(folder, n_steps)
        os._exit(0)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert seconds is not None or status == 0
    return os.WIFSIGNALED(status)


def last_step(folder: Path) -> int:
    """Return the step of the last checkpoint, which must be readable."""
    path = folder / "last.safetensors"
    return load_checkpoint(path)["step"] if path.exists() else 0


def steps_lost(folder: Path) -> int:
    """Return how many logged steps the last checkpoint does not hold."""
    logged = read_metrics(folder / "metrics.jsonl")
    return max(0, logged[-1]["step"] - last_step(folder)) if logged else 0


def assert_equal_ends(quiet: Path, noisy: Path) -> None:
    """Compare the weights bit by bit, and the loss of every step."""
    weights, others = (
        load_checkpoint(run / "last.safetensors")["model"] for run in (quiet, noisy)
    )
    assert all(torch.equal(weights[name], others[name]) for name in weights)
    logs = [read_metrics(run / "metrics.jsonl") for run in (quiet, noisy)]
    losses = [[line["loss"] for line in log] for log in logs]
    assert losses[0] == losses[1]


def main(n_kills: int, folder: Path) -> None:
    """Compare runs that are killed with one that is not."""
    torch.set_num_threads(1)
    source = random.Random(0)
    quiet, noisy = folder / "quiet", folder / "noisy"
    run(folder / "warm", 1)  # what PyTorch imports late is imported now
    started = time.perf_counter()
    forked(quiet, N_STEPS, None)
    seconds = time.perf_counter() - started
    lost: list[int] = []
    while len(lost) < n_kills:
        before = last_step(noisy)
        if forked(noisy, N_STEPS, source.uniform(0.05, 0.3) * seconds):
            lost.append(steps_lost(noisy))
            assert lost[-1] <= INTERVAL, f"{lost[-1]} steps lost"
            assert last_step(noisy) >= before, f"went back from {before}"
        else:
            assert_equal_ends(quiet, noisy)
            shutil.rmtree(noisy)
    forked(noisy, N_STEPS, None)
    assert_equal_ends(quiet, noisy)
    print(f"steps lost at each kill: {lost}")  # noqa: T201
    print(f"{n_kills} kills, resumed exactly each time")  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
