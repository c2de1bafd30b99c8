"""Measure how far each model is from Transformers; run it to write the record anew.

python -m tests.models.verification
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from llm_foundations.generation.decode import generate, translate
from tests.models.families import VOCAB, bert, bloom, gpt2, gradients, jais, llama, t5

RECORD = Path(__file__).parents[2] / "docs" / "about" / "verification.json"
V1_1 = {"tied": False, "feed_forward_proj": "gated-gelu"}
ROWS: dict[str, Callable[[], tuple[Any, Any]]] = {
    "GPT-2": gpt2,
    "Llama": llama,
    "Llama, tied head": lambda: llama(tie_word_embeddings=True),
    "Mistral": lambda: llama(sliding_window=5),
    "BLOOM": bloom,
    "JAIS": jais,
    "BERT": lambda: bert("ForMaskedLM"),
    "T5 1.0": t5,
    "T5 1.1": lambda: t5(**V1_1),
}


def measured(row: str) -> dict[str, float]:
    """Return the greatest absolute differences, in float32, and of generated tokens."""
    torch.manual_seed(0)
    ours, theirs = ROWS[row]()
    ids, targets = torch.randint(VOCAB, (2, 2, 9))
    logits = ours(ids, ids) if row.startswith("T5") else ours(ids)
    inputs = {"decoder_input_ids": ids} if row.startswith("T5") else {}
    expected = theirs(ids, **inputs).logits
    losses = [F.cross_entropy(x.mT, targets) for x in (logits, expected)]
    for loss in losses:
        loss.backward()
    cells = {"logits": gap(logits, expected), "loss": gap(*losses)}
    cells["gradients"] = gradient_gap(ours, theirs)
    if row != "BERT":
        cells["generation"] = generation_gap(row, ours, theirs, ids)
    return cells


def gap(ours: Tensor, theirs: Tensor) -> float:
    """Return the greatest absolute difference."""
    return (ours - theirs).abs().max().item()


def gradient_gap(ours: nn.Module, theirs: nn.Module) -> float:
    """Return the greatest one of all parameters, as a share of the largest gradient."""
    mine, largest, worst = gradients(ours), 0.0, 0.0
    for name, parameter in theirs.named_parameters():
        assert parameter.grad is not None
        largest = max(largest, parameter.grad.abs().max().item())
        worst = max(worst, gap(mine[name], parameter.grad))
    return worst / largest


def generation_gap(row: str, ours: nn.Module, theirs: Any, ids: Tensor) -> float:
    """Return the share of greedily generated tokens that differ."""
    options = {"max_new_tokens": 10, "do_sample": False}
    if row.startswith("T5"):
        mine = translate(ours, ids, 10, start_id=0)
        other = theirs.generate(ids, decoder_start_token_id=0, **options)[:, 1:]
    else:
        real = torch.ones_like(ids)
        mine = generate(ours, ids, 10)
        other = theirs.generate(ids, attention_mask=real, **options)
    return (mine != other).float().mean().item()


def record() -> dict[str, dict[str, float]]:
    """Measure every row."""
    return {row: measured(row) for row in ROWS}


if __name__ == "__main__":
    RECORD.write_text(json.dumps(record(), indent=2) + "\n")
