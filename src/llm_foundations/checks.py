"""Checks of numeric settings and of shapes, each with what was expected.

`nan < 1` and `nan > 1` are both false, so a comparison that looks for what is wrong
lets NaN through. Any topic may import this module; it imports none of them.
"""

import math
from collections.abc import Sequence
from numbers import Integral, Real


def check_integer(
    name: str, value: object, least: float = 1, most: float = math.inf
) -> None:
    """Raise an error unless a setting is an integer within limits.

    NumPy's integers are integers. A bool is not, and neither is 3.0.

    Args:
        name: The name of the setting, for the message.
        value: What the caller gave.
        least: The smallest value allowed.
        most: The largest value allowed.

    Raises:
        ValueError: If the value is not an integer or outside the limits.

    Examples:
        >>> check_integer("n_steps", 0)
        Traceback (most recent call last):
        ValueError: n_steps must be at least 1, got 0
    """
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise ValueError(f"{name} must be an integer, got {value!r}")
    if not least <= int(value) <= most:
        limits = f"at least {least}" if most == math.inf else f"in {least} to {most}"
        raise ValueError(f"{name} must be {limits}, got {value}")


def check_width(name: str, shape: Sequence[int], width: int) -> None:
    """Raise an error unless the last axis of an array has a certain width.

    Args:
        name: The name of the array, for the message.
        shape: Its shape.
        width: What the last axis must be.

    Raises:
        ValueError: If the last axis is another, or there is none.

    Examples:
        >>> check_width("x", (2, 5), 8)
        Traceback (most recent call last):
        ValueError: x must have 8 features on its last axis, got shape (2, 5)
    """
    if not shape or shape[-1] != width:
        raise ValueError(
            f"{name} must have {width} features on its last axis, got shape "
            f"{tuple(shape)}"
        )


def check_number(
    name: str,
    value: object,
    *,
    above: float = -math.inf,
    least: float = -math.inf,
    below: float = math.inf,
    most: float = math.inf,
) -> None:
    """Raise an error unless a setting is a finite number within limits.

    Integers and NumPy's scalars are numbers. A bool is not.

    Args:
        name: The name of the setting, for the message.
        value: What the caller gave.
        above: What the value must be greater than.
        least: The smallest value allowed.
        below: What the value must be less than.
        most: The largest value allowed.

    Raises:
        ValueError: If the value is not a finite number or outside the limits.

    Examples:
        >>> check_number("temperature", math.nan, above=0)
        Traceback (most recent call last):
        ValueError: temperature must be a finite number greater than 0, got nan
    """
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    # Strict comparisons with the defaults leave out both infinities, and any NaN.
    if is_number and above < value < below and least <= value <= most:  # type: ignore[operator]
        return
    limits = {
        "greater than": above,
        "at least": least,
        "less than": below,
        "at most": most,
    }
    named = [f"{words} {x}" for words, x in limits.items() if math.isfinite(x)]
    wanted = " ".join(("a finite number", " and ".join(named))).rstrip()
    raise ValueError(f"{name} must be {wanted}, got {value!r}")
