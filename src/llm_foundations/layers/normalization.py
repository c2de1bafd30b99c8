"""Normalisation: bring each position's vector to a common size.

The functions are the plain forms; the modules hold the learned weights and call
PyTorch's fused ones. A test holds them equal.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from llm_foundations.checks import check_integer, check_number, check_width


def layer_norm(
    x: Float[Tensor, "*batch C"],
    weight: Float[Tensor, " C"],
    bias: Float[Tensor, " C"],
    eps: float = 1e-5,
) -> Float[Tensor, "*batch C"]:
    r"""Shift each vector to mean 0, scale it to variance 1, then stretch and move it.

    $y = \frac{x - \mathrm{mean}(x)}{\sqrt{\mathrm{var}(x) + \epsilon}} \odot w + b$.
    The variance divides by $C$, not by $C - 1$, and $\epsilon$ stands under the root.

    Raises:
        ValueError: If the weights are not of the width of `x`.

    Examples:
        >>> x, one, zero = torch.tensor([1.0, 3.0]), torch.ones(2), torch.zeros(2)
        >>> [round(y, 2) for y in layer_norm(x, one, zero).tolist()]
        [-1.0, 1.0]

    Reference:
        Ba et al. (2016), equation 4, <https://arxiv.org/abs/1607.06450>
    """
    _check_weights(x, weight, bias)
    centred = x - x.mean(-1, keepdim=True)
    variance = centred.square().mean(-1, keepdim=True)
    return centred * torch.rsqrt(variance + eps) * weight + bias


def rms_norm(
    x: Float[Tensor, "*batch C"], weight: Float[Tensor, " C"], eps: float = 1e-6
) -> Float[Tensor, "*batch C"]:
    r"""Scale each vector to a root mean square of 1, then stretch it.

    $y = \frac{x}{\sqrt{\mathrm{mean}(x^2) + \epsilon}} \odot w$: no mean is taken away
    and nothing is added.

    Raises:
        ValueError: If the weights are not of the width of `x`.

    Examples:
        >>> scaled = rms_norm(torch.tensor([3.0, 4.0]), torch.ones(2))
        >>> [round(y, 3) for y in scaled.tolist()]
        [0.849, 1.131]

    Reference:
        Zhang and Sennrich (2019), equation 4, <https://arxiv.org/abs/1910.07467>
    """
    _check_weights(x, weight)
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + eps) * weight


class LayerNorm(nn.Module):
    """[`layer_norm`][llm_foundations.layers.normalization.layer_norm] with its weights.

    Args:
        d_model: Width of each position's vector.
        norm_eps: Added to the variance, so that a constant vector does not divide by 0.

    Raises:
        ValueError: If `d_model` is less than 1, or `norm_eps` is negative.
    """

    def __init__(self, d_model: int, norm_eps: float = 1e-5) -> None:
        super().__init__()
        check_integer("d_model", d_model)
        check_number("norm_eps", norm_eps, least=0)
        self.weight = nn.Parameter(torch.ones(d_model))
        self.bias = nn.Parameter(torch.zeros(d_model))
        self.norm_eps = norm_eps

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        """Return the normalised vectors.

        Raises:
            ValueError: If the width of `x` is not `d_model`.
        """
        check_width("x", x.shape, len(self.weight))
        return F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.norm_eps)


class RMSNorm(nn.Module):
    """[`rms_norm`][llm_foundations.layers.normalization.rms_norm] with its weight.

    Args:
        d_model: Width of each position's vector.
        norm_eps: Added to the mean square, so that a zero vector does not divide by 0.

    Raises:
        ValueError: If `d_model` is less than 1, or `norm_eps` is negative.
    """

    def __init__(self, d_model: int, norm_eps: float = 1e-6) -> None:
        super().__init__()
        check_integer("d_model", d_model)
        check_number("norm_eps", norm_eps, least=0)
        self.weight = nn.Parameter(torch.ones(d_model))
        self.norm_eps = norm_eps

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        """Return the normalised vectors.

        Raises:
            ValueError: If the width of `x` is not `d_model`.
        """
        check_width("x", x.shape, len(self.weight))
        return F.rms_norm(x, self.weight.shape, self.weight, self.norm_eps)


def _check_weights(x: Tensor, *weights: Tensor) -> None:
    for weight in weights:
        if weight.ndim != 1 or x.shape[-1:] != weight.shape:
            raise ValueError(
                f"weights of shape {tuple(weight.shape)} do not fit vectors of shape "
                f"{tuple(x.shape)}"
            )
