import dataclasses

import pytest

from llm_foundations.facts import find_result
from tests.facts.reproduction import (
    GIVEN_ROWS,
    MISSES,
    SIZE_MISSES,
    Reproduction,
    published_sizes,
    reproductions,
    unexplained,
)

CHECKS = {check.row.id: check for check in reproductions()}


def test_every_row_is_computed_once_or_given() -> None:
    assert len(CHECKS) == len(list(reproductions())) == 157
    assert unexplained() == []
    assert not CHECKS.keys() & GIVEN_ROWS.keys()


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_what_is_computed_agrees_or_is_listed_with_its_factor(check) -> None:
    if check.agrees:
        assert check.row.id not in MISSES
    else:
        factor, cause = MISSES[check.row.id]
        assert round(check.factor, 3) == factor
        assert cause


def test_nothing_is_listed_that_is_not_computed() -> None:
    assert set(MISSES) < set(CHECKS)
    assert sum(check.agrees for check in CHECKS.values()) == 157 - len(MISSES) == 138


def test_printed_sizes_are_the_exact_ones_but_for_two() -> None:
    sizes = list(published_sizes())
    wrong = {row.id: round(factor, 3) for row, factor in sizes if factor != 1}
    assert wrong == {row_id: factor for row_id, (factor, _) in SIZE_MISSES.items()}
    assert len(sizes) == 264


def test_a_new_miss_is_seen() -> None:
    wrong = dataclasses.replace(find_result("r0731"), value="1387")
    assert not Reproduction(wrong, CHECKS["r0731"].computed).agrees


def test_both_ends_of_a_spread_must_agree() -> None:
    check = CHECKS["r0704"]
    assert check.agrees
    wrong = dataclasses.replace(check.row, value="41-159")
    assert not Reproduction(wrong, check.computed).agrees
