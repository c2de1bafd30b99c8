import pytest

from llm_foundations.accounting.scaling.laws import REFIT, chinchilla
from llm_foundations.accounting.scaling.planning import (
    analyze_scaling_efficiency,
    calculate_training_time,
    compute_optimal_scaling,
    estimate_compute_requirements,
    estimate_data_requirements,
)


def test_the_best_allocation_spends_the_budget() -> None:
    best = compute_optimal_scaling(1e21)
    assert 6 * best.n_parameters * best.n_tokens == pytest.approx(1e21)
    assert best.loss == chinchilla().loss(best.n_parameters, best.n_tokens)
    assert best.tokens_per_parameter == best.n_tokens / best.n_parameters


def test_another_law_gives_another_answer() -> None:
    ours, theirs = (
        compute_optimal_scaling(5.76e23, chinchilla(constants)).n_parameters
        for constants in ("Chinchilla approach 3 (as printed)", REFIT)
    )
    assert theirs / ours == pytest.approx(72 / 32, rel=0.02)


def test_the_data_that_a_size_deserves() -> None:
    law = chinchilla(REFIT)
    n_tokens = estimate_data_requirements(70e9, law)
    assert round(n_tokens / 1e12, 1) == 1.3
    budget = 6 * 70e9 * n_tokens
    assert compute_optimal_scaling(budget, law).n_parameters == pytest.approx(70e9)


def test_compute_is_6nd() -> None:
    assert estimate_compute_requirements(1e9, 2e10) == 1.2e20
    expected = 6 * 1e9 * estimate_data_requirements(1e9)
    assert estimate_compute_requirements(1e9) == expected


def test_training_time() -> None:
    assert calculate_training_time(8.64e19, 10, 1e15, 0.1) == pytest.approx(1.0)
    # Narayanan et al. (2021), section 5.1: 8ND at 140 TFLOP/s on 1,024 A100, 34 days.
    flops = 8 * 175e9 * 300e9
    assert round(calculate_training_time(flops, 1024, 312e12, 140 / 312)) == 34


def test_the_best_size_is_fully_efficient() -> None:
    best = compute_optimal_scaling(1e22)
    small, right, large = analyze_scaling_efficiency(
        [best.n_parameters / 4, best.n_parameters, best.n_parameters * 4], 1e22
    )
    assert right.excess_loss == 0
    assert right.compute_share == pytest.approx(1)
    for row in (small, large):
        assert row.excess_loss > 0
        assert row.compute_share < 0.6
        share = row.compute_share * 1e22
        assert compute_optimal_scaling(share).loss == pytest.approx(row.allocation.loss)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: compute_optimal_scaling(-1), "flops must be positive, got -1"),
        (lambda: estimate_data_requirements(0), "n_parameters must be positive, got 0"),
        (
            lambda: estimate_compute_requirements(1, 0),
            "n_tokens must be positive",
        ),
        (lambda: calculate_training_time(1, 0, 1, 1), "n_devices must be positive"),
        (lambda: calculate_training_time(1, 1, 1, 2), "utilization is a share of 1"),
        (lambda: analyze_scaling_efficiency([], 1), "there is no size to compare"),
        (lambda: analyze_scaling_efficiency([-5], 1), "size must be positive, got -5"),
    ],
)
def test_mistakes_are_named(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
