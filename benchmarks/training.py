"""The training loop beside Transformers' Trainer, and what a minute of it reaches.

    pip install accelerate
    python -m benchmarks.training [--rounds 7] [--seconds 25]

One thread, CPU seconds. Each round runs both sides once, in turn; a ratio above 1
means that ours is faster. With a GPU, a GPT of 124M parameters is timed there too.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
import transformers
from benchmarks.training_gpu import Rows, gpu_rows
from torch import nn
from transformers.trainer_callback import PrinterCallback

from llm_foundations.cli import report
from llm_foundations.cli.run_config import RunConfig
from llm_foundations.cli.story_data import (
    PAD,
    StoryBatches,
    train_tokenizer,
    training_documents,
)
from llm_foundations.cli.story_run import make_model
from llm_foundations.data import Language
from llm_foundations.models import GPT, GPTConfig
from llm_foundations.tokenizers import BPETokenizer
from llm_foundations.training import (
    TrainConfig,
    Trainer,
    causal_lm,
    init_weights,
    load_checkpoint,
    save_checkpoint,
)
from tests.training.tiny import CountingBatches, TinyModel

N_STEPS, N_ROWS = 8, 8
CONFIG = GPTConfig(512, 256, 128, 4, 4)
SHAPES = {
    "0.9M": (RunConfig(n_layers=4, d_model=128, n_heads=4, d_ff=344), 3e-3),
    "quick start": (RunConfig(), 6e-3),
}
"""Sizes, and AdamW's best rate of five that were tried with each."""
SPECIAL = {"bos_token_id": None, "eos_token_id": None, "pad_token_id": None}


def between(ends: list[float]) -> float:
    """The median time from the end of one step to that of the next."""
    return statistics.median(b - a for a, b in pairwise(ends[1:]))


def ours(model: nn.Module, precision: str) -> float:
    """Seconds of a step of our loop, from drawing the batch to changed weights."""
    ends: list[float] = []
    config = TrainConfig(N_STEPS, "adamw", 1e-3, schedule="linear", precision=precision)
    callbacks = [lambda *_: ends.append(time.process_time())]
    Trainer(model, causal_lm, Rows(CONFIG, N_ROWS), config, callbacks).fit()
    return between(ends)


class Ends(transformers.TrainerCallback):
    def __init__(self) -> None:
        self.ends: list[float] = []

    def on_step_end(self, *_: object, **__: object) -> None:
        self.ends.append(time.process_time())


def theirs(model: nn.Module, precision: str) -> float:
    """The same of Transformers' Trainer with the same settings."""
    batch = Rows(CONFIG, N_ROWS).batch[:, 1:]
    rows = [{"input_ids": row, "labels": row} for row in batch]
    ends = Ends()
    with tempfile.TemporaryDirectory() as folder:
        arguments = transformers.TrainingArguments(
            folder,
            per_device_train_batch_size=N_ROWS,
            max_steps=N_STEPS,
            learning_rate=1e-3,
            lr_scheduler_type="linear",
            max_grad_norm=1.0,
            adam_beta2=0.95,
            bf16=precision == "bf16",
            use_cpu=True,
            disable_tqdm=True,
            report_to=[],
            logging_strategy="no",
            save_strategy="no",
        )
        trainer = transformers.Trainer(
            model, arguments, train_dataset=rows, callbacks=[ends]
        )
        trainer.remove_callback(PrinterCallback)
        trainer.train()
    return between(ends.ends)


def compare(precision: str, rounds: int) -> None:
    settings = transformers.GPT2Config(**{**CONFIG.to_huggingface(), **SPECIAL})
    pair = GPT(CONFIG), transformers.GPT2LMHeadModel(settings)
    taken = [
        (theirs(pair[1], precision), ours(pair[0], precision)) for _ in range(rounds)
    ]
    ratios = sorted(a / b for a, b in taken)
    best = N_ROWS * CONFIG.context_length / min(b for _, b in taken)
    spread = f"{ratios[0]:.2f} to {ratios[-1]:.2f}; ours {best:,.0f} tokens/s at best"
    name = f"against Trainer with GPT2LMHeadModel, {precision}"
    print(f"{name:50} {statistics.median(ratios):.2f} ({spread})", flush=True)


def seconds(work: Callable[[], object], n: int, rounds: int = 5) -> float:
    """The CPU seconds of a call, the mean of n: the least of the rounds."""
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        for _ in range(n):
            work()
        best = min(best, (time.process_time() - start) / n)
    return best


def overhead() -> None:
    """What the loop and the data take, as a share of the model's step."""
    step = ours(GPT(CONFIG), "float32")
    data, model = CountingBatches(), TinyModel(dropout=0.0)
    trainer = Trainer(model, causal_lm, data, TrainConfig(10**6, "adamw"))
    plain = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True)

    def bare() -> None:
        example = causal_lm(next(data))
        loss = trainer.loss(model(*example.inputs), example.targets, example.loss_mask)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        plain.step()
        plain.zero_grad()

    loop = seconds(trainer.train_step, 200) - seconds(bare, 200)
    print(f"{'the loop itself, of a step of 0.9M':50} {loop / step:.2%}")
    config = RunConfig(n_steps=50)
    language = Language("tiny")
    documents = training_documents(config, language, train_tokenizer(language, 1024))
    batches = StoryBatches(documents, config.batch_size, 0, seed=0)
    draw = seconds(lambda: causal_lm(next(batches), 0), 200)
    print(f"{'drawing a batch, of a step of 0.9M':50} {draw / step:.3%}")


def checkpoints() -> None:
    trainer = Trainer(GPT(CONFIG), causal_lm, Rows(CONFIG, N_ROWS), TrainConfig(10))
    trainer.train_step()
    saves, loads = [], []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "last.safetensors"
        for _ in range(7):
            times = [time.perf_counter()]
            save_checkpoint(path, trainer.state_dict())
            times.append(time.perf_counter())
            trainer.load_state_dict(load_checkpoint(path))
            times.append(time.perf_counter())
            saves.append(times[1] - times[0])
            loads.append(times[2] - times[1])
        size = path.stat().st_size / 1e6
    said = f"{statistics.median(saves):.3f} s to save, "
    said += f"{statistics.median(loads):.3f} s to resume, wall clock"
    print(f"{f'a checkpoint of 0.9M parameters, {size:.1f} MB':50} {said}")


def recipe(
    config: RunConfig, tokenizer: BPETokenizer, adamw_rate: float | None
) -> tuple[nn.Module, dict[str, Any]]:
    """Our model and optimizer, or, given a rate, a GPT-2 of that size and AdamW.

    A short run wants a higher rate than a long one: the quick start's own is 0.01.
    """
    if adamw_rate is None:
        return make_model(config, tokenizer), {
            "learning_rate": 0.02,
            "adam_lr_ratio": 2.0,
        }
    sizes = (config.d_model, config.n_layers, config.n_heads)
    model = GPT(GPTConfig(tokenizer.vocab_size, config.context_length, *sizes))
    init_weights(model, n_layers=config.n_layers)
    return model, {"optimizer": "adamw", "learning_rate": adamw_rate}


def reached(config: RunConfig, adamw_rate: float | None, budget: float) -> float:
    """Train for about so many CPU seconds and return the excess."""
    torch.manual_seed(0)
    language = Language("small")
    tokenizer = train_tokenizer(language, config.vocab_size)
    model, rates = recipe(config, tokenizer, adamw_rate)
    pad_id = tokenizer.special_tokens[PAD]
    documents = training_documents(config, language, tokenizer)
    data = StoryBatches(documents, config.batch_size, pad_id, config.seed)
    objective = partial(causal_lm, pad_id=pad_id)

    def trainer(n_steps: int) -> Trainer:
        settings = TrainConfig(n_steps, **rates, n_warmup=n_steps // 25)
        return Trainer(model, objective, data, settings)

    first = {key: value.clone() for key, value in model.state_dict().items()}
    step = statistics.median(
        seconds(trainer(10**6).train_step, 8, rounds=1) for _ in range(5)
    )
    model.load_state_dict(first)
    run = trainer(int(budget / step))
    taken = seconds(run.fit, 1, rounds=1)
    excess = report.measure(model, tokenizer, language, 300).excess
    name = "our recipe" if adamw_rate is None else "GPT-2 style with AdamW"
    said = f"{run.n_tokens:,} tokens in {taken:.0f} CPU seconds"
    print(f"{f'    {name}':50} {excess:.3f} nats per token ({said})", flush=True)
    return excess


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=25)
    parser.add_argument("--no-bf16", action="store_true", help="where it is imitated")
    options = parser.parse_args()
    transformers.utils.logging.set_verbosity_error()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    print(f"torch {torch.__version__}, 1 thread, median ratio of {options.rounds}")
    for precision in ("float32",) if options.no_bf16 else ("float32", "bf16"):
        compare(precision, options.rounds)
    overhead()
    checkpoints()
    for name, (config, adamw_rate) in SHAPES.items():
        print(f"the excess after {options.seconds:.0f} CPU seconds, {name}")
        first, second = (
            reached(config, rate, options.seconds) for rate in (None, adamw_rate)
        )
        print(f"{'    how many times less':50} {second / first:.2f}")
    if torch.cuda.is_available():
        gpu_rows()


if __name__ == "__main__":
    main()
