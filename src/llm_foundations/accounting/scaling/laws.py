"""How loss falls with size and data: the laws of Kaplan et al. and of Chinchilla.

Papers' letters: N parameters, D tokens, C FLOPs, E the loss that no model passes.
The constants are read from the ledger of published results.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp
from typing import TYPE_CHECKING, Any

from llm_foundations.facts.results import published_results

PRINTED = "Chinchilla approach 3 (as printed)"
"""The constants in Hoffmann et al.'s paper, rounded so hard that they mislead."""
UNROUNDED = "Chinchilla approach 3 (unrounded, from the TeX source)"
"""The constants that the paper's own figures were drawn with."""
REFIT = "Epoch AI re-fit of Chinchilla"
"""What Besiroglu et al. (2024) found in the same runs."""

PF_DAY = 8.64e19
"""FLOPs of a petaflop per second kept up for a day."""

_EXPONENT = "a in N_opt ~ C^a"


@dataclass(frozen=True)
class ParametricLaw:
    """The law L(N, D) = E + A / N^alpha + B / D^beta, in nats per token.

    Reference:
        Hoffmann et al. (2022), equation 2, <https://arxiv.org/abs/2203.15556>
    """

    E: float
    """The loss that is left with infinite size and data."""
    A: float
    """How much a finite size costs."""
    B: float
    """How much finite data cost."""
    alpha: float
    """How fast the cost of size falls."""
    beta: float
    """How fast the cost of data falls."""

    def loss(self, n_parameters: float, n_tokens: float) -> float:
        """Return the loss of a model, embeddings counted, after so many tokens."""
        size, data = self.A / n_parameters**self.alpha, self.B / n_tokens**self.beta
        return float(self.E + size + data)

    def optimal_parameters(self, flops: float) -> float:
        """Return the size with the least loss for a budget, if C = 6ND.

        Reference:
            Hoffmann et al. (2022), equation 4.
        """
        alpha, beta = self.alpha, self.beta
        scale = (alpha * self.A / (beta * self.B)) ** (1 / (alpha + beta))
        return float(scale * (flops / 6) ** (beta / (alpha + beta)))

    def optimal_tokens(self, n_parameters: float) -> float:
        """Return the tokens with which that size is the best use of its budget."""
        alpha, beta = self.alpha, self.beta
        ratio = beta * self.B / (alpha * self.A)
        return float((ratio * n_parameters**alpha) ** (1 / beta))


@functools.cache
def chinchilla(constants: str = UNROUNDED) -> ParametricLaw:
    """Return Chinchilla's law with one of its published sets of constants.

    Args:
        constants: `PRINTED`, `UNROUNDED` or `REFIT`.

    Raises:
        ValueError: If there is no such set.

    Examples:
        At Gopher's budget the three disagree on the best size, in billions:

        >>> for constants in (PRINTED, UNROUNDED, REFIT):
        ...     round(chinchilla(constants).optimal_parameters(5.76e23) / 1e9)
        32
        40
        72

    Reference:
        Besiroglu et al. (2024), <https://arxiv.org/abs/2404.10102>
    """
    sets = (PRINTED, UNROUNDED, REFIT)
    if constants not in sets:
        raise ValueError(f"no constants {constants!r}; there are: {'; '.join(sets)}")
    rows = [row for row in published_results("scaling-law") if row.model == constants]
    values = {row.benchmark: row.number for row in rows}
    for name in ("E", "A", "B"):
        if f"log {name}" in values:
            values[name] = exp(values.pop(f"log {name}"))
    return ParametricLaw(**values)


def size_exponents() -> dict[str, float]:
    """Return the disputed exponent a of N_opt = factor C^a, as each paper finds it.

    Kaplan et al. let size grow much faster than data; Hoffmann et al. let both grow
    alike. Their third approach disagrees with their other two, and its re-fit agrees.

    Examples:
        >>> for finding, exponent in size_exponents().items():
        ...     print(f"{exponent:.2f}  {finding}")
        0.50  Chinchilla approach 1 (minimum over training curves)
        0.49  Chinchilla approach 2 (IsoFLOP)
        0.46  Chinchilla approach 3 (parametric)
        0.73  Kaplan (as quoted)
        0.51  Epoch AI re-fit of Chinchilla

    Reference:
        Hoffmann et al. (2022), Table 2; Besiroglu et al. (2024), Table 1.
    """
    rows = published_results("scaling-law")
    found = {row.model: row.number for row in rows if row.benchmark == _EXPONENT}
    refit = chinchilla(REFIT)
    return {**found, REFIT: refit.beta / (refit.alpha + refit.beta)}


def kaplan_loss(n_parameters: float) -> float:
    """Return the loss that size alone allows, by Kaplan's law (N_c / N)^alpha_N.

    Args:
        n_parameters: Parameters without embeddings.

    Raises:
        ValueError: If the number is not positive.

    Examples:
        Ten times the size leaves 84 % of the loss, whatever the size:

        >>> round(kaplan_loss(1e9) / kaplan_loss(1e8), 3)
        0.839

    Reference:
        Kaplan et al. (2020), equation 1.1, <https://arxiv.org/abs/2001.08361>
    """
    return _kaplan("N_c", "alpha_N", n_parameters)


def kaplan_data_loss(n_tokens: float) -> float:
    """Return the loss that data alone allow, by Kaplan's law (D_c / D)^alpha_D.

    Args:
        n_tokens: Tokens of a data set that a large model stops early on.

    Raises:
        ValueError: If the number is not positive.

    Reference:
        Kaplan et al. (2020), equation 1.2.
    """
    return _kaplan("D_c", "alpha_D", n_tokens)


def kaplan_compute_loss(flops: float) -> float:
    """Return the loss that a budget allows, by Kaplan's law (C_c / C)^alpha_C.

    Args:
        flops: The budget, at its best use. The paper counts in PF-days of 8.64e19.

    Raises:
        ValueError: If the number is not positive.

    Reference:
        Kaplan et al. (2020), equation 1.3.
    """
    return _kaplan("C_c_min", "alpha_C_min", flops / PF_DAY)


def _kaplan(scale: str, exponent: str, x: float) -> float:
    if x <= 0:
        raise ValueError(f"a scaling law needs a positive number, got {x:g}")
    rows = [row for row in published_results("scaling-law") if row.model == "Kaplan"]
    values = {row.benchmark: row.number for row in rows}
    return float((values[scale] / x) ** values[exponent])


if TYPE_CHECKING:
    from numpy.typing import NDArray

Profile = Mapping[float, float]
"""The losses of runs with one budget: for each size its loss."""


@dataclass(frozen=True)
class PowerLaw:
    """The law y = factor x^exponent: a straight line on two log scales."""

    factor: float
    """The value at 1."""
    exponent: float
    """The slope."""

    def __call__(self, x: float) -> float:
        """Return the value at `x`."""
        return float(self.factor * x**self.exponent)


def isoflop_minimum(profile: Profile) -> float:
    """Return the best size for one budget: the bottom of a parabola in log size.

    Args:
        profile: For each size, the loss that it reached with the budget.

    Raises:
        ValueError: If there are fewer than 3 sizes, a size is not positive, or the
            losses have no bottom.

    Examples:
        >>> round(isoflop_minimum({1e8: 3.04, 1e9: 3.0, 1e10: 3.04}))
        1000000000

    Reference:
        Hoffmann et al. (2022), section 3.2, <https://arxiv.org/abs/2203.15556>
    """
    import numpy as np

    if len(profile) < 3:
        raise ValueError(f"a parabola needs 3 sizes, got {len(profile)}")
    if min(profile) <= 0:
        raise ValueError(f"sizes must be positive, got {min(profile)}")
    sizes = np.log(np.array(list(profile)))
    square, linear, _ = np.polyfit(sizes, list(profile.values()), deg=2)
    if square <= 0:
        raise ValueError("the losses have no bottom: try larger and smaller sizes")
    return float(np.exp(-linear / (2 * square)))


def fit_isoflop(profiles: Mapping[float, Profile]) -> PowerLaw:
    """Fit how the best size grows with the budget, N_opt = factor C^a.

    Args:
        profiles: For each budget in FLOPs, its profile.

    Raises:
        ValueError: If there are fewer than 2 budgets, or a profile has no bottom.

    Reference:
        Hoffmann et al. (2022), section 3.2, who find a = 0.49.
    """
    import numpy as np

    if len(profiles) < 2:
        raise ValueError(f"a line needs 2 budgets, got {len(profiles)}")
    best = [isoflop_minimum(profile) for profile in profiles.values()]
    exponent, log_factor = np.polyfit(np.log(list(profiles)), np.log(best), deg=1)
    return PowerLaw(float(np.exp(log_factor)), float(exponent))


def fit_parametric(
    n_parameters: Sequence[float], n_tokens: Sequence[float], losses: Sequence[float]
) -> ParametricLaw:
    """Fit E, A, B, alpha and beta to the final losses of training runs.

    For given exponents the law is linear in E, A and B, so that only the two exponents
    are searched for: on a grid that closes in on the best pair. What is made small is
    the sum of squared relative errors. Hoffmann et al. make a Huber loss of the
    logarithm small instead, which gives outliers less weight.

    Args:
        n_parameters: The size of each run.
        n_tokens: The tokens of each run.
        losses: The loss that each run reached, in nats per token.

    Raises:
        ValueError: If there are fewer than 6 runs, their numbers differ, or a number
            is not positive.

    Reference:
        Hoffmann et al. (2022), section 3.3; Golub and Pereyra (1973) on separable
        least squares, <https://doi.org/10.1137/0710036>
    """
    import numpy as np

    counts = {len(n_parameters), len(n_tokens), len(losses)}
    if len(counts) > 1 or min(counts) < 6:
        raise ValueError(f"a fit of 5 constants needs 6 runs or more, got {counts}")
    runs = np.array([n_parameters, n_tokens, losses], dtype=float)
    if runs.min() <= 0:
        raise ValueError(f"sizes, tokens and losses are positive, got {runs.min():g}")
    centre, reach = np.array([0.5, 0.5]), 0.48
    while reach > 1e-9:
        steps = np.linspace(-reach, reach, 9)
        pairs = [centre + np.array([i, j]) for i in steps for j in steps]
        grid = [pair.clip(0.01, 2) for pair in pairs]
        centre = min(grid, key=lambda pair: _solve(pair, runs)[1])
        reach *= 0.7
    e, a, b = _solve(centre, runs)[0]
    alpha, beta = centre.tolist()
    return ParametricLaw(E=e, A=a, B=b, alpha=alpha, beta=beta)


def _solve(
    exponents: "NDArray[Any]", runs: "NDArray[Any]"
) -> tuple[list[float], float]:
    """Return the best E, A and B for two exponents, and the squared error left."""
    import numpy as np

    (alpha, beta), (n, d, loss) = exponents, runs
    # Columns of about one size keep the least squares well conditioned.
    scales = np.array([1.0, n.min() ** -alpha, d.min() ** -beta])
    columns = np.stack([np.ones_like(n), n**-alpha, d**-beta], axis=1) / scales
    weighted = columns / loss[:, None]
    solution, *_ = np.linalg.lstsq(weighted, np.ones_like(loss), rcond=None)
    error = weighted @ solution - 1
    return (solution / scales).tolist(), float(error @ error)
