"""Teach a small model a job of memory, and measure at which lengths it does it."""

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F

from llm_foundations.data.recall import Text

Task = Callable[[int, int], Text]
"""Draws so many texts of such a length: `three_back` or `last_told`."""


def teach(
    model: nn.Module, task: Task, n_steps: int, n_tokens: int = 32, lr: float = 0.02
) -> float:
    """Train a model on twelve new texts a step, with Adam.

    Args:
        model: Maps token ids to a score for each answer, at each position.
        task: Draws the texts.
        n_steps: How often the weights are changed.
        n_tokens: How long the texts are.
        lr: Adam's learning rate.

    Returns:
        The last loss, in nats.
    """
    optimizer = torch.optim.Adam(model.parameters(), lr=lr, fused=True)
    loss = torch.tensor(0.0)
    for _ in range(n_steps):
        token_ids, answers, asked = task(12, n_tokens)
        loss = F.cross_entropy(model(token_ids)[asked], answers[asked])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return loss.item()


@torch.no_grad()
def share_right(model: nn.Module, task: Task, n_tokens: int, n_rows: int = 32) -> float:
    """Return how much of what is asked in the second half of texts is answered right.

    The second half alone counts, so that long texts are not flattered by their start.

    Args:
        model: As in `teach`.
        task: Draws the texts.
        n_tokens: How long they are.
        n_rows: How many there are.
    """
    token_ids, answers, asked = task(n_rows, n_tokens)
    right = model(token_ids).argmax(dim=-1) == answers
    half = n_tokens // 2
    return right[:, half:][asked[:, half:]].float().mean().item()
