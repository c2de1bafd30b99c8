import math
import random

import pytest

from llm_foundations.accounting.scaling.laws import (
    REFIT,
    UNROUNDED,
    PowerLaw,
    chinchilla,
    fit_isoflop,
    fit_parametric,
    isoflop_minimum,
)


def runs(law, n_runs: int, noise: float) -> tuple[list, list, list]:
    """Sizes, tokens and losses like those of Hoffmann et al.'s runs."""
    rng = random.Random(1)
    sizes = [math.exp(rng.uniform(17.7, 23.5)) for _ in range(n_runs)]
    budgets = [math.exp(rng.uniform(43.2, 49.4)) for _ in range(n_runs)]
    tokens = [flops / 6 / n for flops, n in zip(budgets, sizes, strict=True)]
    losses = [
        law.loss(n, d) * math.exp(rng.gauss(0, noise))
        for n, d in zip(sizes, tokens, strict=True)
    ]
    return sizes, tokens, losses


@pytest.mark.parametrize("constants", [UNROUNDED, REFIT])
def test_planted_constants_are_recovered(constants: str) -> None:
    planted = chinchilla(constants)
    found = fit_parametric(*runs(planted, n_runs=60, noise=0))
    for name, value in vars(planted).items():
        assert getattr(found, name) == pytest.approx(value, rel=1e-4)


def test_noise_moves_the_constants_more_than_the_optimum() -> None:
    planted = chinchilla(REFIT)
    found = fit_parametric(*runs(planted, n_runs=240, noise=0.002))
    assert pytest.approx(planted.E, abs=0.03) == found.E
    sizes = [law.optimal_parameters(1e21) for law in (planted, found)]
    assert sizes[1] == pytest.approx(sizes[0], rel=0.1)


@pytest.mark.parametrize("constants", [UNROUNDED, REFIT])
def test_isoflop_profiles_recover_the_planted_exponent(constants: str) -> None:
    law = chinchilla(constants)
    factors = (0.7, 0.85, 1, 1.18, 1.4)
    profiles = {
        flops: {
            n: law.loss(n, flops / 6 / n)
            for n in (law.optimal_parameters(flops) * factor for factor in factors)
        }
        for flops in (1e19, 1e20, 1e21, 1e22)
    }
    found = fit_isoflop(profiles)
    assert found.exponent == pytest.approx(law.beta / (law.alpha + law.beta), rel=1e-4)
    assert found(1e23) == pytest.approx(law.optimal_parameters(1e23), rel=0.01)


def test_the_bottom_of_a_parabola_is_found_exactly() -> None:
    profile = {10.0**x: 2 + 0.1 * (x - 8.3) ** 2 for x in (7, 8, 9, 10)}
    assert isoflop_minimum(profile) == pytest.approx(10**8.3)


def test_a_power_law_is_called() -> None:
    assert PowerLaw(factor=3, exponent=0.5)(16) == 12


def test_mistakes_are_named() -> None:
    with pytest.raises(ValueError, match="a parabola needs 3 sizes, got 2"):
        isoflop_minimum({1e8: 3, 1e9: 2})
    with pytest.raises(ValueError, match="the losses have no bottom"):
        isoflop_minimum({1e7: 2, 1e8: 3, 1e9: 2})
    with pytest.raises(ValueError, match="a line needs 2 budgets, got 1"):
        fit_isoflop({1e19: {1e7: 3, 1e8: 2, 1e9: 3}})
    with pytest.raises(ValueError, match="needs 6 runs or more"):
        fit_parametric([1e8] * 5, [1e9] * 5, [3] * 5)
    with pytest.raises(ValueError, match="sizes must be positive, got -1"):
        isoflop_minimum({-1: 3, 1e8: 2, 1e9: 3})
    with pytest.raises(ValueError, match="losses are positive, got -3"):
        fit_parametric([1e8] * 6, [1e9] * 6, [-3] * 6)
    with pytest.raises(ValueError, match="needs 6 runs or more"):
        fit_parametric([1e8] * 7, [1e9] * 6, [3] * 6)
