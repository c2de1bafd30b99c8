"""Telling a transformer where each token stands: without it, it sees a bag of words.

Absolute positions are vectors added to the embeddings (sinusoidal, learned). Relative
ones are numbers added to the scores (ALiBi, T5's buckets). Rotary positions stand in
[`layers.rotary`][llm_foundations.layers.rotary].
"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from llm_foundations.checks import check_integer
from llm_foundations.layers.embedding import TokenEmbedding


class SinusoidalPositions(nn.Module):
    r"""Fixed vectors made of clock hands, each slower than the one before.

    $p_{t,2i} = \sin(t / 10000^{2i/C})$ and $p_{t,2i+1} = \cos(t / 10000^{2i/C})$.
    Nothing is learned and nothing is stored.

    Args:
        d_model: Width of each vector; even.

    Examples:
        >>> SinusoidalPositions(2)(torch.tensor([0])).tolist()
        [[0.0, 1.0]]

    Reference:
        Vaswani et al. (2017), section 3.5, <https://arxiv.org/abs/1706.03762>
    """

    def __init__(self, d_model: int) -> None:
        super().__init__()
        if d_model < 2 or d_model % 2:
            raise ValueError(f"sine and cosine need an even d_model, got {d_model}")
        self.d_model = d_model

    def forward(
        self, positions: Int[Tensor, "*batch T"]
    ) -> Float[Tensor, "*batch T C"]:
        """Return the vector of each position, in float64: far ones stay exact."""
        even = torch.arange(0, self.d_model, 2, device=positions.device)
        angles = positions[..., None] / 10000.0 ** (even.double() / self.d_model)
        return torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(-2)


class LearnedPositions(TokenEmbedding):
    """One learned vector for each position up to the context length.

    Args:
        context_length: How many positions there are.
        d_model: Width of each vector.
        std: Standard deviation of the first, random vectors.

    Reference:
        Gehring et al. (2017), section 3.1, <https://arxiv.org/abs/1705.03122>
    """

    def __init__(self, context_length: int, d_model: int, std: float = 0.02) -> None:
        super().__init__(context_length, d_model, std)


def alibi_slopes(n_heads: int) -> list[float]:
    r"""Return how fast each head's attention fades with distance, steepest first.

    For a power of two the slopes are $2^{-8h/H}$ for $h = 1 \dots H$. For other counts
    they are those of the power of two below, then every second one of that above.

    Raises:
        ValueError: If there is no head.

    Examples:
        >>> alibi_slopes(2), alibi_slopes(3)
        ([0.0625, 0.00390625], [0.0625, 0.00390625, 0.25])

    Reference:
        Press et al. (2022), section 3, and the authors' code for other counts,
        <https://arxiv.org/abs/2108.12409>
    """
    check_integer("n_heads", n_heads)
    below = 2 ** int(math.log2(n_heads))
    slopes = [2.0 ** (-8 * h / below) for h in range(1, below + 1)]
    above = [2.0 ** (-4 * h / below) for h in range(1, 2 * below, 2)]
    return slopes + above[: n_heads - below]


def alibi_bias(
    n_heads: int, n_queries: int, n_keys: int, device: torch.device | None = None
) -> Float[Tensor, "1 H T S"]:
    """Return what ALiBi adds to the scores: minus the distance, times the head's slope.

    The queries are the last of the keys. Future keys get a positive number: a causal
    mask must hide them.

    Examples:
        >>> alibi_bias(n_heads=1, n_queries=1, n_keys=3).tolist()
        [[[[-0.0078125, -0.00390625, -0.0]]]]
    """
    slopes = torch.tensor(alibi_slopes(n_heads), device=device)
    distance = relative_positions(n_queries, n_keys, device).neg()
    return -(slopes[:, None, None] * distance)[None]


def relative_positions(
    n_queries: int, n_keys: int, device: torch.device | None = None
) -> Int[Tensor, "T S"]:
    """Return key position minus query position; the queries are the last of the keys.

    Raises:
        ValueError: If there is no query, or more queries than keys.

    Examples:
        >>> relative_positions(2, 3).tolist()
        [[-1, 0, 1], [-2, -1, 0]]
    """
    check_integer("n_queries", n_queries)
    check_integer("n_keys", n_keys, least=n_queries)
    keys = torch.arange(n_keys, device=device)
    return keys - keys[n_keys - n_queries :, None]


def relative_position_buckets(
    distances: Int[Tensor, "*batch"],
    bidirectional: bool,
    n_buckets: int = 32,
    max_distance: int = 128,
) -> Int[Tensor, "*batch"]:
    """Sort distances into T5's buckets: near ones exactly, far ones by their logarithm.

    Args:
        distances: Key position minus query position.
        bidirectional: Whether keys after the query count, in the second half of the
            buckets; otherwise they fall in bucket 0 with the query itself.
        n_buckets: How many buckets there are.
        max_distance: From here on all distances share the last bucket.

    Raises:
        ValueError: If there are too few buckets, or `max_distance` is not greater than
            the number of buckets that hold a single distance.

    Examples:
        >>> distances = torch.tensor([1, 0, -8, -99])
        >>> relative_position_buckets(distances, bidirectional=False).tolist()
        [0, 0, 8, 30]

    Reference:
        Raffel et al. (2020), section 2.1, and the released code,
        <https://arxiv.org/abs/1910.10683>
    """
    check_integer("n_buckets", n_buckets, least=4 if bidirectional else 2)
    first = torch.zeros_like(distances)
    if bidirectional:
        n_buckets //= 2
        first = (distances > 0) * n_buckets
        behind = distances.abs()
    else:
        behind = (-distances).clamp(min=0)
    exact = n_buckets // 2
    check_integer("max_distance", max_distance, least=exact + 1)
    growth = math.log(max_distance / exact)
    # In float32, as in the released code: a rounding here would move a bucket's edge.
    logarithm = torch.log(behind.clamp(min=1).float() / exact) / growth
    coarse = exact + (logarithm * (n_buckets - exact)).long()
    return first + torch.where(behind < exact, behind, coarse.clamp(max=n_buckets - 1))


class RelativePositionBias(nn.Module):
    """T5's positions: one learned number for each head and bucket of distances.

    Args:
        n_heads: Heads that get their own numbers.
        bidirectional: As in
            [`relative_position_buckets`][llm_foundations.layers.positions.relative_position_buckets].
        n_buckets: Number of buckets, those of both directions together.
        max_distance: The distance from which all positions share the last bucket.
    """

    def __init__(
        self,
        n_heads: int,
        bidirectional: bool,
        n_buckets: int = 32,
        max_distance: int = 128,
    ) -> None:
        super().__init__()
        self.bidirectional = bidirectional
        self.max_distance = max_distance
        self.table = TokenEmbedding(n_buckets, n_heads)

    def forward(self, n_queries: int, n_keys: int) -> Float[Tensor, "1 H T S"]:
        """Return what is added to the scores; the queries are the last of the keys."""
        buckets = relative_position_buckets(
            relative_positions(n_queries, n_keys, self.table.weight.device),
            self.bidirectional,
            len(self.table.weight),
            self.max_distance,
        )
        bias: Tensor = self.table(buckets)  # (T, S, H)
        return bias.permute(2, 0, 1)[None]
