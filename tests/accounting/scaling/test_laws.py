import pytest

from llm_foundations.accounting.scaling.laws import (
    PRINTED,
    REFIT,
    UNROUNDED,
    ParametricLaw,
    chinchilla,
    kaplan_compute_loss,
    kaplan_data_loss,
    kaplan_loss,
    size_exponents,
)

SETS = (PRINTED, UNROUNDED, REFIT)


def test_the_loss_by_hand() -> None:
    law = ParametricLaw(E=1.5, A=2.0, B=6.0, alpha=0.5, beta=1.0)
    assert law.loss(n_parameters=16, n_tokens=3) == 1.5 + 0.5 + 2.0


def test_the_printed_constants_are_the_papers() -> None:
    assert chinchilla(PRINTED) == ParametricLaw(1.69, 406.4, 410.7, 0.34, 0.28)


@pytest.mark.parametrize("constants", SETS)
@pytest.mark.parametrize("flops", [1e19, 5.76e23, 1e27])
def test_the_optimum_beats_its_neighbours(constants: str, flops: float) -> None:
    law = chinchilla(constants)
    best = law.optimal_parameters(flops)
    at_best = law.loss(best, flops / 6 / best)
    for factor in (0.5, 0.99, 1.01, 2):
        size = best * factor
        assert law.loss(size, flops / 6 / size) > at_best


@pytest.mark.parametrize("constants", SETS)
def test_the_tokens_of_the_best_size_use_up_the_budget(constants: str) -> None:
    law = chinchilla(constants)
    size = law.optimal_parameters(1e22)
    assert 6 * size * law.optimal_tokens(size) == pytest.approx(1e22)


@pytest.mark.parametrize(
    ("constants", "billions", "ratio"), [(PRINTED, 32, 93), (REFIT, 72, 18)]
)
def test_the_disputed_optimum_at_gophers_budget(constants, billions, ratio) -> None:
    size = chinchilla(constants).optimal_parameters(5.76e23)
    assert round(size / 1e9) == billions
    assert round(5.76e23 / 6 / size**2) == ratio


def test_the_exponents_are_disputed() -> None:
    found = size_exponents()
    assert found["Kaplan (as quoted)"] == 0.73
    assert found["Chinchilla approach 3 (parametric)"] == 0.46
    assert found[REFIT] == pytest.approx(0.5126, abs=1e-4)
    assert len(found) == 5


def test_kaplans_laws_reach_one_nat_at_their_scale() -> None:
    assert kaplan_data_loss(5.4e13) == 1
    assert kaplan_compute_loss(3.1e8 * 8.64e19) == pytest.approx(1)
    assert kaplan_data_loss(2.2e10) == pytest.approx((5.4e13 / 2.2e10) ** 0.095)


def test_kaplans_law() -> None:
    assert kaplan_loss(8.8e13) == 1.0
    assert kaplan_loss(1.5e9) == pytest.approx((8.8e13 / 1.5e9) ** 0.076)


def test_mistakes_are_named() -> None:
    with pytest.raises(ValueError, match="no constants 'gopher'; there are: Chin"):
        chinchilla("gopher")
    with pytest.raises(ValueError, match="needs a positive number, got 0"):
        kaplan_loss(0)
