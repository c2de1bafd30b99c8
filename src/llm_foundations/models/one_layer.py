"""The smallest model that reads: one attention layer, with any scheme of positions."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from llm_foundations.layers.embedding import TokenEmbedding
from llm_foundations.layers.masks import decoder_bias, sliding_window_mask
from llm_foundations.layers.multi_head_attention import MultiHeadAttention
from llm_foundations.layers.positions import (
    LearnedPositions,
    RelativeBias,
    SinusoidalPositions,
    alibi_bias,
)
from llm_foundations.layers.rotary import rotation

SCHEMES = ("none", "learned", "sinusoidal", "rotary", "ALiBi", "T5")
"""The ways in which a `OneLayer` can be told where its tokens stand."""
D_MODEL, N_HEADS, D_HEAD = 32, 4, 8


class OneLayer(nn.Module):
    """Embed, attend once to the past, and score the answers.

    Nothing else stands between the positions and the result, neither a second layer nor
    a feed-forward one, so what the model can do is what its positions let it do. It has
    a width of 32 and four heads, and for T5 16 buckets up to a distance of 32.

    Args:
        positions: One of `SCHEMES`.
        vocab_size: How many token ids there are.
        n_answers: How many answers are scored.
        context_length: How many rows the learned table has.

    Raises:
        ValueError: If there is no such scheme.

    Examples:
        >>> model = OneLayer("ALiBi", vocab_size=5, n_answers=3)
        >>> tuple(model(torch.tensor([[1, 2, 4, 0]])).shape)
        (1, 4, 3)
    """

    def __init__(
        self,
        positions: str,
        vocab_size: int,
        n_answers: int,
        context_length: int = 256,
    ) -> None:
        super().__init__()
        if positions not in SCHEMES:
            raise ValueError(f"positions must be one of {SCHEMES}, got {positions!r}")
        self.positions = positions
        self.token_embedding = TokenEmbedding(vocab_size, D_MODEL, std=1.0)
        self.attention = MultiHeadAttention(D_MODEL, N_HEADS)
        self.head = nn.Linear(D_MODEL, n_answers)
        if positions == "learned":
            self.added: nn.Module = LearnedPositions(context_length, D_MODEL, std=0.5)
        elif positions == "sinusoidal":
            self.added = SinusoidalPositions(D_MODEL)
        elif positions == "T5":
            self.relative = RelativeBias(N_HEADS, False, n_buckets=16, max_distance=32)

    def forward(
        self, token_ids: Int[Tensor, "B T"], window: int | None = None
    ) -> Float[Tensor, "B T A"]:
        """Score every answer at every position, from the tokens up to there.

        Args:
            token_ids: The text.
            window: How many tokens a position sees, itself included; None for all.
        """
        n = token_ids.shape[1]
        places = torch.arange(n, device=token_ids.device)
        x = self.token_embedding(token_ids)
        if self.positions in ("learned", "sinusoidal"):
            x = x + self.added(places).to(x.dtype)
        rotate = rotation(places, D_HEAD) if self.positions == "rotary" else None
        seen = n if window is None else window
        mask = sliding_window_mask(n, n, seen, token_ids.device)[None]
        bias = decoder_bias(self._bias(n, x), mask)
        read: Tensor = self.attention(x, bias, rotate=rotate)
        scores: Tensor = self.head(read)
        return scores

    def _bias(self, n: int, x: Tensor) -> Float[Tensor, "1 #H T T"]:
        """Return what the scheme adds to the scores."""
        if self.positions == "ALiBi":
            return alibi_bias(N_HEADS, n, n, x.device)
        if self.positions == "T5":
            bias: Tensor = self.relative(n, n)
            return bias
        return x.new_zeros(1, 1, n, n)
