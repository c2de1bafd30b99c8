"""Fitting scaling laws to training runs, in the two ways of Hoffmann et al. (2022).

Both need numpy, which is imported when a fit is made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llm_foundations.accounting.laws import ParametricLaw

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
