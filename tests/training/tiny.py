"""A model and batches that are small enough to train in a test."""

from typing import Any

import torch
from torch import Tensor, nn

from llm_foundations.training.initialization import init_weights

VOCAB_SIZE = 11


class TinyModel(nn.Module):
    """Sees each token and the mean of those before it; dropout uses randomness."""

    def __init__(self, dropout: float = 0.1, d_model: int = 16) -> None:
        super().__init__()
        self.embedding = nn.Embedding(VOCAB_SIZE, d_model)
        self.up_proj = nn.Linear(d_model, 32)
        self.dropout = nn.Dropout(dropout)
        self.down_proj = nn.Linear(32, d_model)
        self.norm = nn.LayerNorm(d_model)
        self.lm_head = nn.Linear(d_model, VOCAB_SIZE, bias=False)
        self.lm_head.weight = self.embedding.weight
        init_weights(self, std=0.1)

    def forward(self, token_ids: Tensor) -> Tensor:
        x = self.embedding(token_ids)
        counts = torch.arange(1, x.shape[1] + 1, dtype=x.dtype)[:, None]
        x = x + x.cumsum(1) / counts
        x = x + self.down_proj(self.dropout(self.up_proj(x).relu()))
        return self.lm_head(self.norm(x))


class CountingBatches:
    """Rows that count upwards from a random id, wrapping around."""

    def __init__(self, n_rows: int = 4, length: int = 9) -> None:
        self.n_rows, self.length, self.position = n_rows, length, 0

    def __next__(self) -> Tensor:
        source = torch.Generator().manual_seed(self.position)
        self.position += 1
        start = torch.randint(VOCAB_SIZE, (self.n_rows, 1), generator=source)
        return (start + torch.arange(self.length)) % VOCAB_SIZE

    def state_dict(self) -> dict[str, Any]:
        return {"position": self.position}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.position = state["position"]
