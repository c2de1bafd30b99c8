"""Vectors of several kinds, each with a right answer of its own: a task for experts."""

import torch
from jaxtyping import Float
from torch import Tensor


class ClusteredRegression:
    """Vectors that look alike, and must be answered by kind.

    All share a large common part, as the vectors inside a trained model do; each kind
    has a centre of its own, and a random matrix that turns a vector into its answer.
    What is drawn depends on PyTorch's seed.

    Args:
        n_kinds: How many kinds there are.
        d_model: Width of a vector.
        common: Size of the part that all share, against 1 of a kind's own.

    Examples:
        >>> x, answer = ClusteredRegression(n_kinds=3, d_model=4).batch(5)
        >>> tuple(x.shape), tuple(answer.shape)
        ((5, 4), (5, 4))
    """

    def __init__(self, n_kinds: int, d_model: int, common: float = 3.0) -> None:
        self.centres = torch.randn(n_kinds, d_model) + common
        self.matrices = torch.randn(n_kinds, d_model, d_model) / d_model**0.5

    def batch(self, n: int) -> tuple[Float[Tensor, "n C"], Float[Tensor, "n C"]]:
        """Draw vectors of random kinds, and return them with their answers."""
        kinds = torch.randint(len(self.centres), (n,))
        noise = torch.randn(n, self.centres.shape[1]) / 2
        x = self.centres[kinds] + noise
        return x, (x[:, None] @ self.matrices[kinds])[:, 0]
