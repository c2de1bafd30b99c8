"""How loss falls with size and data: the laws of Kaplan et al. and of Chinchilla.

Papers' letters: N parameters, D tokens, C FLOPs, E the loss that no model passes.
The constants are read from the ledger of published results.
"""

import functools
from dataclasses import dataclass
from math import exp

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
