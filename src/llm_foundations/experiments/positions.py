"""The smallest model that reads: one attention layer, with any scheme of positions."""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from llm_foundations.checks import check_integer
from llm_foundations.data.batches.loader import Loader
from llm_foundations.layers.embedding import TokenEmbedding
from llm_foundations.layers.masks import decoder_bias, sliding_window_mask
from llm_foundations.layers.multi_head_attention import MultiHeadAttention
from llm_foundations.layers.positions import (
    LearnedPositions,
    RelativePositionBias,
    SinusoidalPositions,
    alibi_bias,
)
from llm_foundations.layers.rotary import RotaryEmbedding
from llm_foundations.training.config import TrainConfig
from llm_foundations.training.loop import Trainer
from llm_foundations.training.objectives.language_modeling import LMBatch

SCHEMES = ("none", "learned", "sinusoidal", "rotary", "ALiBi", "T5")
"""The ways in which a `OneLayerTransformer` can be told where its tokens stand."""
D_MODEL, N_HEADS, D_HEAD = 32, 4, 8


class OneLayerTransformer(nn.Module):
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
        >>> model = OneLayerTransformer("ALiBi", vocab_size=5, n_answers=3)
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
            self.relative = RelativePositionBias(
                N_HEADS, False, n_buckets=16, max_distance=32
            )

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
        rotate = RotaryEmbedding(places, D_HEAD) if self.positions == "rotary" else None
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


ANIMALS = ("dog", "cat", "fox")
"""Of whom the texts speak."""
SPOTS = ("gate", "barn", "road", "hill")
"""Where they can be: the answers."""
N_REMARKS = len(ANIMALS) * len(SPOTS)
"""Remark `animal * len(SPOTS) + spot` says where an animal is."""
VOCAB_SIZE = N_REMARKS + len(ANIMALS)
"""Token `N_REMARKS + animal` asks where it is."""

Text = tuple[Int[Tensor, "B T"], Int[Tensor, "B T"], Bool[Tensor, "B T"]]
"""Token ids, the right answer at each position, and whether one is asked there."""


def delayed_copy(n_rows: int, n_tokens: int) -> Text:
    """Draw remarks; every position asks for the spot that was named three tokens ago.

    The job needs an exact distance, and nothing else.

    Args:
        n_rows: How many texts.
        n_tokens: How long each is.

    Examples:
        >>> token_ids, answers, asked = delayed_copy(n_rows=1, n_tokens=5)
        >>> asked.tolist()
        [[False, False, False, True, True]]
        >>> bool((answers[:, 3:] == token_ids[:, :2] % len(SPOTS)).all())
        True
    """
    token_ids = torch.randint(N_REMARKS, (n_rows, n_tokens))
    asked = torch.arange(n_tokens) >= 3
    return token_ids, token_ids.roll(3, 1) % len(SPOTS), asked.expand(n_rows, n_tokens)


def associative_recall(n_rows: int, n_tokens: int) -> Text:
    """Draw remarks and questions; the last remark on the animal holds the answer.

    The job needs the content of a remark, and which of several is the nearest. Half of
    the tokens are questions; those that come before any answer do not count.

    Args:
        n_rows: How many texts.
        n_tokens: How long each is.
    """
    animals = torch.randint(len(ANIMALS), (n_rows, n_tokens))
    spots = torch.randint(len(SPOTS), (n_rows, n_tokens))
    asks = torch.rand(n_rows, n_tokens) < 0.5
    remarks = animals * len(SPOTS) + spots
    told = _last_remark(animals, asks)
    answers = spots.gather(1, told.clamp(min=0))
    return torch.where(asks, N_REMARKS + animals, remarks), answers, asks & (told >= 0)


def _last_remark(
    animals: Int[Tensor, "B T"], asks: Bool[Tensor, "B T"]
) -> Int[Tensor, "B T"]:
    """Return where each position's animal was last spoken of before; -1 for nowhere."""
    places = torch.arange(animals.shape[1])
    earlier = places < places[:, None]  # (T, S)
    same = animals[:, :, None] == animals[:, None, :]  # (B, T, S)
    return torch.where(earlier & same & ~asks[:, None, :], places, -1).amax(dim=-1)


Task = Callable[[int, int], Text]
"""Draws so many texts of such a length: `delayed_copy` or `associative_recall`."""
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


def _example(rows: Int[Tensor, "B 3 T"]) -> LMBatch:
    token_ids, answers, asked = rows.unbind(1)
    return LMBatch((token_ids,), answers, asked.bool())


@torch.no_grad()
def recall_accuracy(
    model: Callable[[Tensor], Tensor], task: Task, n_tokens: int
) -> float:
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
