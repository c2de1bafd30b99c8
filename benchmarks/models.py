"""Our models beside Transformers', interleaved in one run: ratios of seconds.

    python -m benchmarks.models [--rounds 7] [--precision highest]

Each round times both sides once, in turn; a ratio above 1 means that ours is faster.
On a CPU these are CPU seconds of one thread, on a GPU seconds until it is idle. The
share of the matmul rate is what a side multiplies and adds a second, over what one
large product in the same precision reaches on this machine. What our side multiplies
is counted, for both: PyTorch does not count inside its CPU kernel for attention.

A training step is what a user of each side writes: `causal_lm` and `cross_entropy`
here, `model(ids, labels=ids).loss` there, without the cache, as Transformers' own
Trainer asks. Both read as many positions; theirs has no target for the last one.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch
import transformers
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from llm_foundations.generation import generate
from llm_foundations.models import GPT, GPTConfig, Llama, LlamaConfig, fuse_qkv
from llm_foundations.training import causal_lm, cross_entropy

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
Pair = tuple[nn.Module, nn.Module]
SPECIAL = {"bos_token_id": None, "eos_token_id": None, "pad_token_id": None}


def gpt_pair(config: GPTConfig) -> Pair:
    theirs = transformers.GPT2Config(**{**config.to_huggingface(), **SPECIAL})
    return GPT(config).to(DEVICE), transformers.GPT2LMHeadModel(theirs).to(DEVICE)


def llama_pair() -> Pair:
    config = LlamaConfig(512, 512, 128, 4, 4, d_ff=344, tie_embeddings=True)
    theirs = transformers.LlamaConfig(**{**config.to_huggingface(), **SPECIAL})
    return Llama(config).to(DEVICE), transformers.LlamaForCausalLM(theirs).to(DEVICE)


def step(model: nn.Module, rows: torch.Tensor, *, low: bool) -> Callable[[], None]:
    """One training step without the optimizer."""
    ids = rows[:, :-1].contiguous()

    def our_loss() -> torch.Tensor:
        inputs, targets, loss_mask = causal_lm(rows)
        return cross_entropy(model(*inputs), targets, loss_mask)

    def their_loss() -> torch.Tensor:
        return model(ids, labels=ids, use_cache=False).loss

    loss = our_loss if isinstance(model, GPT | Llama) else their_loss

    def run() -> None:
        with torch.autocast(DEVICE.type, torch.bfloat16, enabled=low):
            value = loss()
        value.backward()
        model.zero_grad()

    return run


def write(model: nn.Module, ids: torch.Tensor, n: int) -> Callable[[], None]:
    """Greedy generation with a cache."""
    if isinstance(model, GPT | Llama):
        return lambda: generate(model, ids, n)
    real = torch.ones_like(ids)
    options = {"attention_mask": real, "max_new_tokens": n, "do_sample": False}
    return lambda: model.eval().generate(ids, **options)


def seconds(run: Callable[[], object]) -> float:
    if DEVICE.type == "cpu":
        start = time.process_time()
        run()
        return time.process_time() - start
    torch.cuda.synchronize()
    start = time.perf_counter()
    run()
    torch.cuda.synchronize()
    return time.perf_counter() - start


def compare(name: str, ours: Callable, theirs: Callable, rounds: int) -> list[float]:
    """Print the ratio; return the least seconds of ours and of theirs."""
    ours(), theirs()
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(rounds)]
    ratios = sorted(b / a for a, b in pairs)
    best = [min(side) for side in zip(*pairs, strict=True)]
    middle = statistics.median(ratios)
    spread = f"{ratios[0]:.2f} to {ratios[-1]:.2f}, best {best[1] / best[0]:.2f}"
    print(f"{name:42} {middle:5.2f}  ({spread})", flush=True)
    return best


def flops_of(run: Callable[[], object]) -> int:
    with FlopCounterMode(display=False) as counter:
        run()
    return counter.get_total_flops()


def matmul_rate(dtype: torch.dtype, n: int = 1024) -> float:
    """Floating-point operations a second of one large product."""
    a, b = (torch.randn(n, n, device=DEVICE, dtype=dtype) for _ in range(2))
    return 2 * n**3 / min(seconds(lambda: F.linear(a, b)) for _ in range(20))


def train(name: str, pair: Pair, rows: torch.Tensor, rounds: int, *, low: bool) -> None:
    """Compare one training step, and each side with the rate of a product."""
    ours, theirs = (step(model.train(), rows, low=low) for model in pair)
    kind = "bf16 autocast" if low else "float32"
    best = compare(f"{name} training step, {kind}", ours, theirs, rounds)
    rate = matmul_rate(torch.bfloat16 if low else torch.float32)
    n_flops = flops_of(ours)
    shares = (n_flops / taken / rate for taken in best)
    print("    share of the matmul rate: ours {:.0%}, theirs {:.0%}".format(*shares))


def low_against_high(name: str, pair: Pair, rows: torch.Tensor, rounds: int) -> None:
    """Compare our step in bf16 with their default, and with our own in float32."""
    low = step(pair[0], rows, low=True)
    for whose, model in zip(("their", "our"), reversed(pair), strict=True):
        high = step(model, rows, low=False)
        compare(f"{name}, our bf16 against {whose} float32", low, high, rounds)


def generation(name: str, pair: Pair, prompts: torch.Tensor, rounds: int) -> None:
    """Compare 100 new tokens: the plain form, and the one with joined blocks."""
    ours, theirs = pair
    name = f"GPT {name} generation, batch {len(prompts)}"
    for form, model in (("", ours), (", joined", fuse_qkv(ours))):
        sides = (write(side, prompts, 100) for side in (model, theirs))
        compare(name + form, *sides, rounds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--precision", default="highest", help="of float32 products")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_float32_matmul_precision(options.precision)
    torch.manual_seed(0)
    rows = torch.randint(512, (8, 257), device=DEVICE)
    print(f"torch {torch.__version__}, {DEVICE}, precision {options.precision}")
    print(f"1 thread, median ratio of {options.rounds} rounds")
    small = gpt_pair(GPTConfig(512, 512, 128, 4, 4))
    for low in (False, True):
        train("GPT 0.9M", small, rows, options.rounds, low=low)
        train("Llama 0.9M", llama_pair(), rows, options.rounds, low=low)
    low_against_high("GPT 0.9M", small, rows, options.rounds)
    for n_batch in (1, 8):
        generation("0.9M", small, rows[:n_batch, :8], options.rounds)
    large = gpt_pair(GPTConfig(512, 512, 256, 6, 8))
    generation("5M", large, rows[:1, :8], options.rounds)
    largest = gpt_pair(GPTConfig())
    n_rounds = max(3, options.rounds // 2)
    for low in (False, True):
        train("GPT 124M", largest, rows[:2], n_rounds, low=low)
    low_against_high("GPT 124M", largest, rows[:2], n_rounds)


if __name__ == "__main__":
    main()
