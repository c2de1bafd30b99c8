"""What a scaling law says about a budget: the size, the tokens, the time, the loss."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from llm_foundations.accounting.compute import training_flops
from llm_foundations.accounting.cost import device_hours
from llm_foundations.accounting.scaling.laws import ParametricLaw, chinchilla


@dataclass(frozen=True)
class Allocation:
    """A size, an amount of data, and the loss that they are predicted to reach."""

    n_parameters: float
    """Parameters, embeddings counted."""
    n_tokens: float
    """Tokens."""
    loss: float
    """Nats per token."""

    @property
    def tokens_per_parameter(self) -> float:
        """The ratio that the rule of thumb puts at 20."""
        return self.n_tokens / self.n_parameters


def compute_optimal_scaling(
    flops: float, law: ParametricLaw | None = None
) -> Allocation:
    """Return the size and the tokens that make the best use of a budget.

    Args:
        flops: The budget.
        law: The law to go by; Chinchilla's with unrounded constants if not given.

    Raises:
        ValueError: If the budget is not positive.

    Examples:
        >>> from llm_foundations.accounting.scaling.laws import REFIT
        >>> best = compute_optimal_scaling(5.76e23, chinchilla(REFIT))
        >>> round(best.n_parameters / 1e9), round(best.tokens_per_parameter)
        (72, 18)
    """
    _check(flops=flops)
    law = law or chinchilla()
    size = law.optimal_parameters(flops)
    n_tokens = flops / 6 / size
    return Allocation(size, n_tokens, law.loss(size, n_tokens))


def estimate_data_requirements(
    n_parameters: float, law: ParametricLaw | None = None
) -> float:
    """Return the tokens that a size deserves: with fewer, a smaller one does better.

    Args:
        n_parameters: Parameters, embeddings counted.
        law: As in `compute_optimal_scaling`.

    Raises:
        ValueError: If the size is not positive.

    Examples:
        For 400 million parameters, in billions; Hoffmann et al.'s Table A3 prints 9.2:

        >>> round(estimate_data_requirements(400e6) / 1e9, 1)
        9.8
    """
    _check(n_parameters=n_parameters)
    return (law or chinchilla()).optimal_tokens(n_parameters)


def estimate_compute_requirements(
    n_parameters: float, n_tokens: float | None = None
) -> float:
    """Return the FLOPs of a training run, 6ND.

    Args:
        n_parameters: Parameters that a token is multiplied by.
        n_tokens: Tokens; as many as Chinchilla's law asks for if not given.

    Raises:
        ValueError: If a number is not positive.

    Examples:
        >>> f"{estimate_compute_requirements(70e9, 1.4e12):.3g}"  # Chinchilla
        '5.88e+23'
    """
    if n_tokens is None:
        n_tokens = estimate_data_requirements(n_parameters)
    return training_flops(n_parameters, n_tokens)


def calculate_training_time(
    flops: float, n_devices: int, peak_flops: float, utilization: float
) -> float:
    """Return the days that a training run takes.

    Args:
        flops: The arithmetic of the run.
        n_devices: Devices that work on it.
        peak_flops: FLOPs that one device can do in a second.
        utilization: The share of the peak that is made use of.

    Raises:
        ValueError: If a number is not positive, or the utilization is above 1.

    Examples:
        GPT-3 on 10,000 V100, each doing 24.6 of its 125 TFLOP/s (Patterson et al.
        2021, Table 4, who print 14.8 days):

        >>> round(calculate_training_time(3.14e23, 10_000, 125e12, 24.6 / 125), 1)
        14.8
    """
    _check(n_devices=n_devices)
    return device_hours(flops, peak_flops, utilization) / n_devices / 24


@dataclass(frozen=True)
class Efficiency:
    """How well a size uses a budget."""

    allocation: Allocation
    """The size, the tokens that the budget leaves it, and the loss."""
    excess_loss: float
    """Nats per token above the best size for the budget."""
    compute_share: float
    """The share of the budget with which the best size reaches the same loss."""


def analyze_scaling_efficiency(
    sizes: Sequence[float], flops: float, law: ParametricLaw | None = None
) -> list[Efficiency]:
    """Compare sizes that are trained with the same budget.

    Args:
        sizes: Parameters of each model.
        flops: The budget of each.
        law: As in `compute_optimal_scaling`.

    Raises:
        ValueError: If a number is not positive, or there is no size.

    Examples:
        Gopher, four times the size of Chinchilla, at the same budget:

        >>> for row in analyze_scaling_efficiency([70e9, 280e9], 5.76e23):
        ...     round(row.excess_loss, 3), round(row.compute_share, 2)
        (0.003, 0.91)
        (0.041, 0.34)
    """
    if not sizes:
        raise ValueError("there is no size to compare")
    law = law or chinchilla()
    best = compute_optimal_scaling(flops, law)
    rows = []
    for size in sizes:
        _check(size=size)
        loss = law.loss(size, flops / 6 / size)
        share = _budget_for(loss, law, flops) / flops
        allocation = Allocation(size, flops / 6 / size, loss)
        rows.append(Efficiency(allocation, loss - best.loss, share))
    return rows


def _budget_for(loss: float, law: ParametricLaw, most: float) -> float:
    """Search, by halving on a log scale, for the budget that reaches a loss."""
    low, high = most * 1e-12, most
    for _ in range(100):
        middle = sqrt(low * high)
        if compute_optimal_scaling(middle, law).loss > loss:
            low = middle
        else:
            high = middle
    return high


def _check(**named: float) -> None:
    for name, value in named.items():
        if value <= 0:
            raise ValueError(f"{name} must be positive, got {value}")
