"""A GPT of 124M parameters on a GPU, in bf16, beside Transformers' model.

    python -m benchmarks.training_gpu [--peak 989]

The peak is the GPU's, in TFLOP/s of dense bf16; 989 is an H100's.
"""

import argparse
import statistics
import time

import torch
import transformers
from torch import nn

from llm_foundations.accounting import training_flops, utilization
from llm_foundations.models import GPT, GPTConfig
from llm_foundations.training import TrainConfig, Trainer, causal_lm


class Rows:
    """The same batch of random ids, again and again."""

    def __init__(self, config: GPTConfig, n_rows: int) -> None:
        shape = (n_rows, config.context_length + 1)
        self.batch = torch.randint(config.vocab_size, shape)

    def __next__(self) -> torch.Tensor:
        return self.batch

    def state_dict(self) -> dict[str, int]:
        return {}

    def load_state_dict(self, state: dict[str, int]) -> None:
        pass


class Logits(nn.Module):
    """Transformers' model as one that maps ids to logits."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        return self.model(token_ids, use_cache=False).logits


def speed(model: nn.Module, rows: Rows, n_steps: int = 20) -> float:
    """Tokens a second of our loop, the median of its steps."""
    config = TrainConfig(n_steps, "adamw", 1e-4, precision="bf16")
    trainer = Trainer(model, causal_lm, rows, config)
    taken = []
    for _ in range(n_steps):
        start = time.perf_counter()
        trainer.train_step()  # reads the loss, so it waits for the GPU
        taken.append(time.perf_counter() - start)
    return (rows.batch.numel() - len(rows.batch)) / statistics.median(taken[3:])


def gpu_rows(
    config: GPTConfig | None = None,
    n_rows: int = 16,
    device: str = "cuda",
    peak: float = 989.0,
) -> None:
    """Print tokens/s and the share of the peak, with and without compilation."""
    config = config or GPTConfig(vocab_size=50304)
    settings = {"bos_token_id": None, "eos_token_id": None, "pad_token_id": None}
    theirs = transformers.GPT2Config(**{**config.to_huggingface(), **settings})
    makers = {
        "ours": lambda: GPT(config),
        "GPT2LMHeadModel": lambda: Logits(transformers.GPT2LMHeadModel(theirs)),
    }
    for name, make in makers.items():
        for compiled in (False, True):
            model = make().to(device)
            n = sum(p.numel() for p in model.parameters())
            used = torch.compile(model) if compiled else model
            per_second = speed(used, Rows(config, n_rows))
            flops = training_flops(n, per_second)
            share = utilization(flops, 1.0, peak * 1e12)
            kind = f"{name}, {n / 1e6:.0f}M, bf16{', compiled' if compiled else ''}"
            print(f"{kind:50} {per_second:,.0f} tokens/s, {share:.1%} of the peak")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peak", type=float, default=989.0)
    gpu_rows(peak=parser.parse_args().peak)
