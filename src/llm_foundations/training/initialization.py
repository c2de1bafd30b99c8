"""Starting weights: small enough that deep sums stay at the size of their terms."""

import math

from torch import Tensor, nn

from llm_foundations.checks import check_integer, check_number


def init_weights(
    model: nn.Module,
    std: float = 0.02,
    n_layers: int | None = None,
    residual: tuple[str, ...] = ("o_proj", "down_proj"),
) -> None:
    """Draw a model's weights from a normal distribution, in place.

    Biases become 0. Norms are left as they are.

    Args:
        model: Any module; its linear layers and embeddings are drawn anew.
        std: The standard deviation.
        n_layers: If given, what each of `residual` adds to the residual stream is
            drawn smaller by the root of the number of additions, two a layer, so
            that their sum has the size of one.
        residual: The names of the linear layers that add to the residual stream.

    Raises:
        ValueError: If `std` is not positive, or `n_layers` is less than 1.

    Reference:
        Radford et al. (2019), section 2.3 (GPT-2)
    """
    check_number("std", std, above=0)
    if n_layers is not None:
        check_integer("n_layers", n_layers)
    for name, module in model.named_modules():
        weight = getattr(module, "weight", None)
        if not isinstance(weight, Tensor) or weight.ndim < 2:
            continue  # a norm, or what has no weights of its own
        is_residual = n_layers is not None and name.split(".")[-1] in residual
        scale = math.sqrt(2 * n_layers) if is_residual and n_layers else 1.0
        nn.init.normal_(weight, std=std / scale)
        if isinstance(getattr(module, "bias", None), Tensor):
            nn.init.zeros_(module.bias)


def xavier_std(n_in: int, n_out: int) -> float:
    """Return the deviation that keeps the size both forward and backward.

    Args:
        n_in: Inputs of the layer.
        n_out: Outputs of the layer.

    Raises:
        ValueError: If a number is less than 1.

    Examples:
        >>> xavier_std(100, 100)
        0.1

    Reference:
        Glorot and Bengio (2010), equation 12
    """
    check_integer("n_in", n_in)
    check_integer("n_out", n_out)
    return math.sqrt(2 / (n_in + n_out))


def kaiming_std(n_in: int) -> float:
    """Return the deviation that keeps the size through a ReLU.

    Args:
        n_in: Inputs of the layer.

    Raises:
        ValueError: If `n_in` is less than 1.

    Examples:
        >>> kaiming_std(200)
        0.1

    Reference:
        He et al. (2015), equation 10, <https://arxiv.org/abs/1502.01852>
    """
    check_integer("n_in", n_in)
    return math.sqrt(2 / n_in)
