"""`llm-foundations memory`: what a model takes up, and whether it fits."""

import argparse

from llm_foundations.accounting.activations import FAMILIES
from llm_foundations.accounting.architecture import Architecture
from llm_foundations.accounting.kv_cache import BYTES
from llm_foundations.accounting.ledger import architecture_of
from llm_foundations.accounting.memory import (
    OPTIMIZERS,
    PRECISIONS,
    Memory,
    TrainingPlan,
    inference_memory,
    training_memory,
)
from llm_foundations.accounting.parameters import count_parameters
from llm_foundations.checks import check_number
from llm_foundations.cli.count import find
from llm_foundations.facts.models import PublishedModel

_COLUMNS = ("weights", "gradients", "optimizer", "activations", "cache", "total")
_ROOM = 0.9
"""Above this share of a GPU, what is not counted may be what does not fit."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the verb understands.

    Args:
        parser: The verb's own parser.
    """
    add = parser.add_argument
    add("model", help="a published model, as 'Llama 2 7B', or a config.json")
    add("--gpus", type=int, default=1, help="how many there are (1)")
    add("--gpu-memory", type=float, default=80, help="GB of each (80)")
    add("--batch-size", type=int, default=1, help="sequences on each GPU (1)")
    add("--tokens", type=int, help="length of a sequence (the model's, at most 4096)")
    add("--weights", choices=tuple(BYTES), default="bfloat16", help="when running it")
    add("--precision", choices=PRECISIONS, default="mixed", help="when training it")
    add("--optimizer", choices=OPTIMIZERS, default="adamw", help="when training it")
    add("--checkpointing", action="store_true", help="keep each layer's input alone")
    add("--plain-attention", action="store_true", help="store attention's weights")


def run(options: argparse.Namespace) -> None:
    """Print a table of what each GPU holds, and whether that fits.

    Args:
        options: What the command line said.

    Raises:
        ValueError: If the model is not known or not disclosed, or a number is not
            positive.
        OSError: If a config cannot be read.
    """
    check_number("--gpu-memory", options.gpu_memory, above=0)
    model = find(options.model)
    shape = architecture_of(model) if isinstance(model, PublishedModel) else model
    n_tokens = options.tokens
    if n_tokens is None:
        n_tokens = min(4096, shape.context_length or 4096)
    rows = _rows(shape, n_tokens, options)
    count = count_parameters(model)
    name = model.name if isinstance(model, PublishedModel) else options.model
    print(f"{name}: {'' if count.is_exact else 'about '}{count.total:,} parameters")
    print(f"{options.batch_size} x {n_tokens:,} tokens (on each GPU, in training)\n")
    print(f"{'GB on each GPU':26}" + "".join(f"{name:>12}" for name in _COLUMNS))
    for title, memory in rows.items():
        sizes = (getattr(memory, column) / 1e9 for column in _COLUMNS)
        verdict = _verdict(memory, options.gpu_memory * 1e9)
        print(f"{title:26}" + "".join(f"{size:12.1f}" for size in sizes), verdict)
    if shape.family not in FAMILIES:
        print("\nnot known: what training an encoder-decoder keeps")
    print("\nnot counted: the driver's context, workspaces and fragmentation")


def _rows(
    shape: Architecture, n_tokens: int, options: argparse.Namespace
) -> dict[str, Memory]:
    n, batch = options.gpus, options.batch_size
    title = f"run, {options.weights}, 1 GPU"
    rows = {title: inference_memory(shape, n_tokens, batch, options.weights)}
    if n != 1:
        split = inference_memory(shape, n_tokens, batch, options.weights, n)
        rows[f"run, {options.weights}, {n} GPUs"] = split
    if shape.family not in FAMILIES:
        return rows
    for stage in range(4) if n > 1 else range(1):
        plan = TrainingPlan(
            batch_size=batch,
            n_tokens=n_tokens,
            precision=options.precision,
            optimizer=options.optimizer,
            n_devices=n,
            zero_stage=stage,
            checkpointing=options.checkpointing,
            fused_attention=not options.plain_attention,
        )
        title = f"train, {options.optimizer}" + (f", ZeRO {stage}" if n > 1 else "")
        rows[title] = training_memory(shape, plan)
    return rows


def _verdict(memory: Memory, n_bytes: float) -> str:
    if memory.total > n_bytes:
        return "  does not fit"
    return "  fits" if memory.total <= _ROOM * n_bytes else "  fits, barely"
