"""Rotary positions: turn each pair of a query's numbers by an angle, more at each step.

The dot product of a query at m and a key at n then depends on m - n alone. Two
conventions pair the numbers of a head of width D: *halves* joins i with i + D/2 (Llama
in Transformers, GPT-NeoX), *pairs* joins 2i with 2i + 1 (the paper, Meta's own Llama
code, GPT-J). They are the same model with the rows of two matrices in another order.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from llm_foundations.checks import check_integer, check_number


def inverse_frequencies(
    d_head: int,
    rope_theta: float = 10000.0,
    dtype: torch.dtype = torch.float32,
    device: torch.device | None = None,
) -> Float[Tensor, " half"]:
    r"""Return by how many radians each pair turns from one position to the next.

    Pair $i$ turns by $\theta^{-2i/D}$: the first fastest, a radian a step.

    Raises:
        ValueError: If `d_head` is odd: then its numbers make no pairs. If
            `rope_theta` is not positive.

    Examples:
        >>> inverse_frequencies(4).tolist()
        [1.0, 0.009999999776482582]

    Reference:
        Su et al. (2021), section 3.2.2, <https://arxiv.org/abs/2104.09864>
    """
    check_number("rope_theta", rope_theta, above=0)
    if d_head < 2 or d_head % 2:
        raise ValueError(f"rotary positions need an even d_head, got {d_head}")
    exponents = torch.arange(0, d_head, 2, dtype=dtype, device=device) / d_head
    return 1.0 / rope_theta**exponents


@dataclass(frozen=True)
class RopeScaling:
    """Llama 3.1's stretching of the slow turns, to read further than it was trained.

    Pairs that turn at least `high_frequency_factor` times within the original context
    keep their speed; those that turn less than `low_frequency_factor` times are slowed
    by `factor`; in between the two are blended.

    Reference:
        Grattafiori et al. (2024), section 3.4 and the released code,
        <https://arxiv.org/abs/2407.21783>
    """

    factor: float = 8.0
    """By how much slow pairs are slowed."""
    low_frequency_factor: float = 1.0
    """Turns within the original context, up to which a pair is slow."""
    high_frequency_factor: float = 4.0
    """Turns within the original context, from which a pair is fast."""
    original_context_length: int = 8192
    """The context that the model was first trained on."""

    def __post_init__(self) -> None:
        low = self.low_frequency_factor
        check_number("factor", self.factor, least=1)
        check_number("low_frequency_factor", low, above=0)
        check_number("high_frequency_factor", self.high_frequency_factor, above=low)
        check_integer("original_context_length", self.original_context_length)

    def __call__(self, frequencies: Float[Tensor, " half"]) -> Float[Tensor, " half"]:
        """Return the slowed frequencies."""
        turns = self.original_context_length * frequencies / (2 * math.pi)
        span = self.high_frequency_factor - self.low_frequency_factor
        kept = ((turns - self.low_frequency_factor) / span).clamp(0, 1)
        return (1 - kept) * frequencies / self.factor + kept * frequencies


def rotate_half(
    x: Float[Tensor, "*batch T D"],
    cos: Float[Tensor, "*#rows half"],
    sin: Float[Tensor, "*#rows half"],
) -> Float[Tensor, "*batch T D"]:
    """Turn each pair (i, i + D/2) of every vector by its angle.

    Raises:
        ValueError: If the angles do not have a row for each position of `x`, or would
            change its shape by broadcasting.

    Examples:
        >>> cos, sin = torch.tensor([[0.0]]), torch.tensor([[1.0]])  # a quarter turn
        >>> rotate_half(torch.tensor([[1.0, 0.0]]), cos, sin).tolist()
        [[0.0, 1.0]]
    """
    _check_angles(x, cos, sin)
    first, second = x.chunk(2, dim=-1)
    turned = (first * cos - second * sin, second * cos + first * sin)
    return torch.cat(turned, dim=-1)


def rotate_interleaved(
    x: Float[Tensor, "*batch T D"],
    cos: Float[Tensor, "*#rows half"],
    sin: Float[Tensor, "*#rows half"],
) -> Float[Tensor, "*batch T D"]:
    """Turn each pair (2i, 2i + 1) of every vector by its angle.

    The same rotation as a product of complex numbers is how the paper writes it.

    Raises:
        ValueError: If the angles do not have a row for each position of `x`, or would
            change its shape by broadcasting.
    """
    _check_angles(x, cos, sin)
    even, odd = x[..., 0::2], x[..., 1::2]
    turned = (even * cos - odd * sin, odd * cos + even * sin)
    return torch.stack(turned, dim=-1).flatten(-2)


def interleaved_to_half_split(
    weight: Float[Tensor, "HD *rest"], d_head: int
) -> Float[Tensor, "HD *rest"]:
    """Reorder a query or key projection from interleaved to half-split order.

    A model whose `q_proj` and `k_proj` (weights, and biases if any) were reordered so
    gives with `rotate_half` exactly what it gave with `rotate_interleaved`.

    Args:
        weight: The projection's weight or bias, one row a number of a head.
        d_head: Width of one head.

    Examples:
        >>> rows = torch.tensor([0.0, 1.0, 2.0, 3.0])
        >>> interleaved_to_half_split(rows, d_head=4).tolist()
        [0.0, 2.0, 1.0, 3.0]
    """
    by_pair = weight.reshape(-1, d_head // 2, 2, *weight.shape[1:])
    return by_pair.transpose(1, 2).flatten(0, 2)


def half_split_to_interleaved(
    weight: Float[Tensor, "HD *rest"], d_head: int
) -> Float[Tensor, "HD *rest"]:
    """Reorder a query or key projection from half-split to interleaved order.

    The inverse of
    [`interleaved_to_half_split`][llm_foundations.layers.rotary.interleaved_to_half_split].
    """
    by_half = weight.reshape(-1, 2, d_head // 2, *weight.shape[1:])
    return by_half.transpose(1, 2).flatten(0, 2)


class RotaryEmbedding:
    """Rotary position embeddings (RoPE) for tokens at given positions.

    Calling it rotates queries or keys of shape (B, H, T, D), every head alike.

    Args:
        positions: The position of each token, the same for all sequences or for each.
        d_head: Width of one head.
        rope_theta: Base of the frequencies.
        scaling: Applied to the frequencies.
        dtype: That of the vectors that will be rotated.
        rotate: `rotate_half` or, for the interleaved convention, `rotate_interleaved`.

    Raises:
        ValueError: If `positions` are not (T,) or (B, T), or a setting is out of range.

    Examples:
        >>> rotary = RotaryEmbedding(torch.arange(5), d_head=4)
        >>> tuple(rotary(torch.ones(2, 3, 5, 4)).shape)
        (2, 3, 5, 4)
    """

    def __init__(
        self,
        positions: Int[Tensor, " T"] | Int[Tensor, "B T"],
        d_head: int,
        rope_theta: float = 10000.0,
        scaling: RopeScaling | None = None,
        dtype: torch.dtype = torch.float32,
        rotate: Callable[[Tensor, Tensor, Tensor], Tensor] = rotate_half,
    ) -> None:
        if not 1 <= positions.ndim <= 2:
            shape = tuple(positions.shape)
            raise ValueError(f"positions must be (T,) or (B, T), got shape {shape}")
        exact = torch.promote_types(dtype, torch.float32)  # bfloat16 can't count to 257
        frequencies = inverse_frequencies(d_head, rope_theta, exact, positions.device)
        if scaling is not None:
            frequencies = scaling(frequencies)
        angles = positions[..., None].to(exact) * frequencies  # (T, D/2) or (B, T, D/2)
        if angles.ndim == 3:
            angles = angles[:, None]  # (B, 1, T, D/2): the same for every head
        self._rotate = rotate
        self._cos, self._sin = angles.cos().to(dtype), angles.sin().to(dtype)

    def __call__(self, x: Float[Tensor, "*batch T D"]) -> Float[Tensor, "*batch T D"]:
        """Rotate the queries or keys at these positions.

        Args:
            x: (B, H, T, D); with positions of shape (T,), any axes may stand before T.

        Raises:
            ValueError: If `x` is of another shape.
        """
        return self._rotate(x, self._cos, self._sin)


def _check_angles(x: Tensor, cos: Tensor, sin: Tensor) -> None:
    shape, angles = x.shape, cos.shape
    fits = angles == sin.shape and 1 <= len(angles) <= len(shape)
    fits = fits and shape[-1] == 2 * angles[-1]
    fits = fits and (len(angles) == 1 or shape[-2] == angles[-2])
    if fits and len(angles) > 2:
        before = zip(angles[-3::-1], shape[-3::-1], strict=False)
        fits = all(n in (1, m) for n, m in before)
    if not fits:
        raise ValueError(
            f"angles of shape {tuple(angles)} and {tuple(sin.shape)} do not fit "
            f"vectors of shape {tuple(shape)}: for (B, H, T, D) they must be "
            "(D / 2,), (T, D / 2) or (B, 1, T, D / 2)"
        )
