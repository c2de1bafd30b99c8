"""What a printed number leaves open, and how that carries through a product."""

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Interval:
    """All values between two positive bounds.

    Raises:
        ValueError: If the bounds are not in order, or not positive.

    Examples:
        >>> Interval(2, 3) * Interval(10, 20)
        Interval(low=20, high=60)
    """

    low: float
    """The least value."""
    high: float
    """The greatest value."""

    def __post_init__(self) -> None:
        """Refuse what is no interval of positive numbers."""
        if not 0 < self.low <= self.high:
            raise ValueError(f"not two positive bounds: {self.low}, {self.high}")

    def __add__(self, other: "Interval") -> "Interval":
        """Return all sums."""
        return Interval(self.low + other.low, self.high + other.high)

    def __mul__(self, other: "Interval | float") -> "Interval":
        """Return all products."""
        factor = as_interval(other)
        return Interval(self.low * factor.low, self.high * factor.high)

    def __truediv__(self, other: "Interval | float") -> "Interval":
        """Return all quotients."""
        divisor = as_interval(other)
        return Interval(self.low / divisor.high, self.high / divisor.low)

    def overlaps(self, other: "Interval") -> bool:
        """Say whether a value lies in both."""
        return self.low <= other.high and other.low <= self.high

    @property
    def middle(self) -> float:
        """The value in the middle."""
        return (self.low + self.high) / 2


def as_interval(value: "Interval | float") -> Interval:
    """Return an interval as it is, and a number as an interval of that number."""
    return value if isinstance(value, Interval) else Interval(value, value)


def printed(text: str) -> Interval:
    """Return all values that round to a printed number.

    The last digit that is not a trailing zero of a whole number is the last that
    counts: `1900` stands for 1850 to 1950, `1.90` for 1.895 to 1.905.

    Args:
        text: The number as it is printed, as `433196`, `57.0` or `3.14e+23`.

    Raises:
        ValueError: If it is no positive number.

    Examples:
        >>> printed("34"), printed("6.4e6")
        (Interval(low=33.5, high=34.5), Interval(low=6350000.0, high=6450000.0))
    """
    match = re.fullmatch(r"(\d+)(?:\.(\d+))?(?:e\+?(-?\d+))?", text)
    if match is None:
        raise ValueError(f"no positive number: {text!r}")
    whole, fraction, exponent = match.groups(default="")
    zeros = len(whole) - len(whole.rstrip("0")) if not fraction else -len(fraction)
    half = 5.0 * 10.0 ** (zeros - 1 + int(exponent or 0))
    return Interval(float(text) - half, float(text) + half)


Computed = Iterator[tuple[str, tuple[Interval, ...]]]
"""Ids of rows of the ledger, each with what its inputs give."""
