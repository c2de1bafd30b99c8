"""From token ids to vectors, and from vectors back to scores over the vocabulary."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from llm_foundations.checks import check_integer, check_number, check_width


class TokenEmbedding(nn.Module):
    """A table with one vector for each id: of a token, a position, or a segment.

    Args:
        vocab_size: How many ids there are.
        d_model: Width of each vector.
        std: Standard deviation of the first, random vectors.

    Raises:
        ValueError: If a size is less than 1, or `std` is negative.

    Examples:
        >>> embedding = TokenEmbedding(vocab_size=10, d_model=4)
        >>> vectors = embedding(torch.tensor([[1, 2, 1]]))
        >>> tuple(vectors.shape), bool((vectors[0, 0] == vectors[0, 2]).all())
        ((1, 3, 4), True)
    """

    def __init__(self, vocab_size: int, d_model: int, std: float = 0.02) -> None:
        super().__init__()
        check_integer("vocab_size", vocab_size)
        check_integer("d_model", d_model)
        check_number("std", std, least=0)
        self.weight = nn.Parameter(torch.empty(vocab_size, d_model))
        nn.init.normal_(self.weight, std=std)

    def forward(self, ids: Int[Tensor, "*batch"]) -> Float[Tensor, "*batch C"]:
        """Look up one vector an id.

        Raises:
            ValueError: If an id is not in the table. (On a GPU, PyTorch stops the
                program instead: a check there would make the CPU wait at every step.)
        """
        try:
            return F.embedding(ids, self.weight)
        except IndexError:
            n = len(self.weight)
            bad = ids[(ids < 0) | (ids >= n)][0].item()
            raise ValueError(f"id {bad} is not in 0 to {n - 1}") from None

    def unembed(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch V"]:
        """Score every id by its vector's dot product with `x`: the tied head.

        Raises:
            ValueError: If `x` has another width than the table.

        Reference:
            Press and Wolf (2017), <https://arxiv.org/abs/1608.05859>
        """
        check_width("x", x.shape, self.weight.shape[1])
        return F.linear(x, self.weight)
