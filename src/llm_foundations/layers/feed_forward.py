"""What each position does by itself, between two readings of the others."""

from collections.abc import Callable

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from llm_foundations.checks import check_integer, check_width


def gelu_tanh(x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    r"""Return GELU by its tanh approximation, as GPT-2 and T5 v1.1 compute it.

    $0.5\, x\, (1 + \tanh(\sqrt{2/\pi}\,(x + 0.044715\, x^3)))$. The exact GELU is
    `torch.nn.functional.gelu`; they differ by less than 0.0005.

    Examples:
        >>> import torch
        >>> round(gelu_tanh(torch.tensor(1.0)).item(), 4)
        0.8412

    Reference:
        Hendrycks and Gimpel (2016), section 2, <https://arxiv.org/abs/1606.08415>
    """
    return F.gelu(x, approximate="tanh")


class FeedForward(nn.Module):
    """Widen, bend, narrow: two linear maps with an activation between them.

    Args:
        d_model: Width of each position's vector.
        d_ff: Width in between; usually four times `d_model`.
        activation: `F.relu`, `F.gelu` or
            [`gelu_tanh`][llm_foundations.layers.feed_forward.gelu_tanh].
        bias: Whether the linear maps add a bias.

    Raises:
        ValueError: If a width is less than 1.

    Reference:
        Vaswani et al. (2017), section 3.3, <https://arxiv.org/abs/1706.03762>
    """

    def __init__(
        self,
        d_model: int,
        d_ff: int,
        activation: Callable[[Tensor], Tensor] = gelu_tanh,
        bias: bool = True,
    ) -> None:
        super().__init__()
        check_integer("d_model", d_model)
        check_integer("d_ff", d_ff)
        self.d_model, self.activation = d_model, activation
        self.up_proj = nn.Linear(d_model, d_ff, bias=bias)
        self.down_proj = nn.Linear(d_ff, d_model, bias=bias)

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        """Return what each position makes of itself.

        Raises:
            ValueError: If the width of `x` is not `d_model`.
        """
        check_width("x", x.shape, self.d_model)
        return self.down_proj(self.activation(self.up_proj(x)))


class GatedFeedForward(nn.Module):
    r"""A feed-forward layer whose hidden units are multiplied by a second projection.

    $(\mathrm{activation}(x W^{gate}) \odot x W^{up})\, W^{down}$. It has three matrices
    instead of two; `d_ff` is usually 2/3 as wide to cost the same.

    Args:
        d_model: Width of each position's vector.
        d_ff: Width in between.
        activation: `F.silu` makes SwiGLU, `gelu_tanh` GEGLU, `F.relu` ReGLU.
        bias: Whether the linear maps add a bias.

    Raises:
        ValueError: If a width is less than 1.

    Reference:
        Shazeer (2020), equations 5 and 6, <https://arxiv.org/abs/2002.05202>
    """

    def __init__(
        self,
        d_model: int,
        d_ff: int,
        activation: Callable[[Tensor], Tensor],
        bias: bool = False,
    ) -> None:
        super().__init__()
        check_integer("d_model", d_model)
        check_integer("d_ff", d_ff)
        self.d_model, self.activation = d_model, activation
        self.gate_proj = nn.Linear(d_model, d_ff, bias=bias)
        self.up_proj = nn.Linear(d_model, d_ff, bias=bias)
        self.down_proj = nn.Linear(d_ff, d_model, bias=bias)

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        """Return what each position makes of itself.

        Raises:
            ValueError: If the width of `x` is not `d_model`.
        """
        check_width("x", x.shape, self.d_model)
        return self.down_proj(self.activation(self.gate_proj(x)) * self.up_proj(x))


class SwiGLU(GatedFeedForward):
    """The gated layer of Llama and its followers: the gate is SiLU, x times sigmoid(x).

    Args:
        d_model: Width of each position's vector.
        d_ff: Width in between.
        bias: Whether the linear maps add a bias.
    """

    def __init__(self, d_model: int, d_ff: int, bias: bool = False) -> None:
        super().__init__(d_model, d_ff, F.silu, bias)


class GEGLU(GatedFeedForward):
    """The gated layer of T5 v1.1 and Gemma: the gate is GELU, by its tanh form.

    Args:
        d_model: Width of each position's vector.
        d_ff: Width in between.
        bias: Whether the linear maps add a bias.
    """

    def __init__(self, d_model: int, d_ff: int, bias: bool = False) -> None:
        super().__init__(d_model, d_ff, gelu_tanh, bias)
