"""Our models beside Transformers', interleaved in one run: ratios of CPU seconds.

    python -m benchmarks.models [--rounds 7]

Each round times both sides once, in turn; a ratio above 1 means that ours is faster.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch
import transformers
from torch import nn
from torch.nn import functional as F

from llm_foundations.generation.decode import generate
from llm_foundations.models.gpt import GPT, GPTConfig
from llm_foundations.models.llama import Llama, LlamaConfig

SPECIAL = {"bos_token_id": None, "eos_token_id": None, "pad_token_id": None}


def gpt_pair(d_model: int, n_layers: int, n_heads: int) -> tuple[nn.Module, nn.Module]:
    config = GPTConfig(512, 512, d_model, n_layers, n_heads)
    theirs = transformers.GPT2Config(**{**config.to_huggingface(), **SPECIAL})
    return GPT(config), transformers.GPT2LMHeadModel(theirs)


def llama_pair() -> tuple[nn.Module, nn.Module]:
    config = LlamaConfig(512, 512, 128, 4, 4, d_ff=344, tie_embeddings=True)
    theirs = transformers.LlamaConfig(**{**config.to_huggingface(), **SPECIAL})
    return Llama(config), transformers.LlamaForCausalLM(theirs)


def step(model: nn.Module, ids: torch.Tensor, *, low: bool) -> Callable[[], None]:
    """One training step without the optimizer."""

    def run() -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=low):
            logits = model(ids)
            logits = getattr(logits, "logits", logits)
            loss = F.cross_entropy(logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten())
        loss.backward()
        model.zero_grad()

    return run


def write(model: nn.Module, ids: torch.Tensor, n: int) -> Callable[[], None]:
    """Greedy generation with a cache."""
    if isinstance(model, GPT | Llama):
        return lambda: generate(model, ids, n)
    real = torch.ones_like(ids)
    options = {"attention_mask": real, "max_new_tokens": n, "do_sample": False}
    return lambda: model.eval().generate(ids, **options)


def seconds(run: Callable[[], None]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def compare(name: str, ours: Callable, theirs: Callable, rounds: int) -> None:
    ours(), theirs()
    pairs = [(seconds(theirs), seconds(ours)) for _ in range(rounds)]
    ratios = sorted(a / b for a, b in pairs)
    best = min(a for a, _ in pairs) / min(b for _, b in pairs)
    middle = statistics.median(ratios)
    spread = f"{ratios[0]:.2f} to {ratios[-1]:.2f}, best {best:.2f}"
    print(f"{name:42} {middle:5.2f}  ({spread})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    torch.manual_seed(0)
    ids = torch.randint(512, (8, 256))
    print(f"torch {torch.__version__}, 1 thread, median ratio of {rounds} rounds")
    small, large = gpt_pair(128, 4, 4), gpt_pair(256, 6, 8)
    for low, kind in ((False, "float32"), (True, "bf16 autocast")):
        for name, pair in (("GPT 0.9M", small), ("Llama 0.9M", llama_pair())):
            ours, theirs = (step(m.train(), ids, low=low) for m in pair)
            compare(f"{name} training step, {kind}", ours, theirs, rounds)
    own = [step(small[0], ids, low=low) for low in (True, False)]
    compare("GPT 0.9M, our bf16 against our float32", *own, rounds)
    for name, pair, n_batch in (
        ("0.9M", small, 1),
        ("0.9M", small, 8),
        ("5M", large, 1),
    ):
        ours, theirs = (write(m, ids[:n_batch, :8], 100) for m in pair)
        compare(f"GPT {name} generation, batch {n_batch}", ours, theirs, rounds)


if __name__ == "__main__":
    main()
