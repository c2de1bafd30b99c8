import pytest

from tests.facts.rounding import Interval, as_interval, printed


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("34", 33.5, 34.5),
        ("1900", 1850, 1950),
        ("1.90", 1.895, 1.905),
        ("433196", 433195.5, 433196.5),
        ("0.076", 0.0755, 0.0765),
        ("3.14e+23", 3.135e23, 3.145e23),
        ("7.0e6", 6.95e6, 7.05e6),
        ("2e+10", 1.5e10, 2.5e10),
    ],
)
def test_a_printed_number_is_an_interval(text: str, low: float, high: float) -> None:
    interval = printed(text)
    assert interval.low == pytest.approx(low)
    assert interval.high == pytest.approx(high)


def test_operations_keep_every_value() -> None:
    a, b = Interval(1, 2), Interval(4, 8)
    assert a + b == Interval(5, 10)
    assert a * b == Interval(4, 16)
    assert b / a == Interval(2, 8)
    assert b / 2 == Interval(2, 4)
    assert as_interval(3) == Interval(3, 3)
    assert b.middle == 6


def test_intervals_overlap_when_they_share_a_value() -> None:
    assert Interval(1, 2).overlaps(Interval(2, 3))
    assert Interval(1, 9).overlaps(Interval(2, 3))
    assert not Interval(1, 2).overlaps(Interval(2.1, 3))


@pytest.mark.parametrize("text", [">50", "41-140", "-5", "", "n/a"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no positive number"):
        printed(text)


def test_bounds_are_positive_and_in_order() -> None:
    for low, high in ((2, 1), (0, 1), (-1, 1)):
        with pytest.raises(ValueError, match="not two positive bounds"):
            Interval(low, high)
