"""Teach a small model a job of memory, and measure at which lengths it does it."""

from collections.abc import Callable

import torch
from jaxtyping import Int
from torch import Tensor, nn

from llm_foundations.checks import check_integer
from llm_foundations.data.loader import Loader
from llm_foundations.data.recall import Text
from llm_foundations.training.config import TrainConfig
from llm_foundations.training.loop import Trainer
from llm_foundations.training.objectives import Example

Task = Callable[[int, int], Text]
"""Draws so many texts of such a length: `three_back` or `last_told`."""
_BATCH_SIZE = 12
_LEARNING_RATE = 0.02
_N_MEASURED = 4096


def teach(model: nn.Module, task: Task, n_steps: int, n_tokens: int = 32) -> None:
    """Train a model in place with AdamW, on twelve texts a step that come only once.

    Args:
        model: Maps token ids to a score for each answer, at each position.
        task: Draws the texts.
        n_steps: How often the weights are changed.
        n_tokens: How long the texts are.
    """
    rows = torch.stack(task(n_steps * _BATCH_SIZE, n_tokens), dim=1)  # (N, 3, T)
    config = TrainConfig(n_steps, "adamw", _LEARNING_RATE, schedule="constant")
    Trainer(model, _example, Loader(rows, _BATCH_SIZE), config).fit()


def _example(rows: Int[Tensor, "B 3 T"]) -> Example:
    token_ids, answers, asked = rows.unbind(1)
    return Example((token_ids,), answers, asked.bool())


@torch.no_grad()
def share_right(model: Callable[[Tensor], Tensor], task: Task, n_tokens: int) -> float:
    """Return how much of what is asked in the second half of texts is answered right.

    The second half alone counts, so that long texts are not flattered by their start.
    At every length about 4,096 tokens are read in all.

    Args:
        model: As in `teach`.
        task: Draws the texts.
        n_tokens: How long they are.

    Raises:
        ValueError: If `n_tokens` is less than 1.
    """
    check_integer("n_tokens", n_tokens)
    token_ids, answers, asked = task(max(1, _N_MEASURED // n_tokens), n_tokens)
    right = model(token_ids).argmax(dim=-1) == answers
    half = n_tokens // 2
    return right[:, half:][asked[:, half:]].float().mean().item()
