"""Compare what a reader's function returns with what is right, and say what differs.

A fair teacher minds neither a list in place of a tuple, nor a NumPy array, nor float64,
nor a row `(1, n)` where a vector `(n,)` was meant. Values must agree, and so must
shapes that carry meaning, and booleans must be booleans.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

_SHOWN = 9
"""Up to how many entries a tensor is shown in full."""


def tidy(value: Any) -> Any:
    """Return a result with generators read, and arrays and series as tensors."""
    if hasattr(value, "to_numpy"):  # a series of pandas or Polars
        return tidy(np.array(value.to_numpy()))
    if isinstance(value, np.ndarray | np.generic):
        if not (value.ndim and value.dtype.kind in "biufc"):
            return tidy(value.tolist())
        # PyTorch reads no negative strides, which `[::-1]` gives.
        return torch.as_tensor(np.ascontiguousarray(value))
    if isinstance(value, Iterator | range | tuple):
        return tuple(map(tidy, value))
    if isinstance(value, list):
        return list(map(tidy, value))
    if isinstance(value, dict):
        return {name: tidy(part) for name, part in value.items()}
    return value


def difference(
    right: Any, found: Any, within: float | None = None, names: Sequence[str] = ()
) -> str | None:
    """Say how a result differs from the right one; None if it agrees.

    Args:
        right: The right result: numbers, strings, tensors, or a tuple, list or
            dictionary of such.
        found: The tidy result to compare.
        within: By how much numbers may differ; if None, by the rounding of float32.
        names: What to call the parts of a tuple: "the weights".
    """
    if found is None and right is not None:
        return "nothing was returned: end with return"
    if isinstance(right, Tensor):
        return _tensor_difference(right, found, within)
    if isinstance(right, bool | int | float):
        return _number_difference(right, found, within)
    if isinstance(right, Mapping):
        return _mapping_difference(right, found, within)
    if isinstance(right, tuple | list):
        return _sequence_difference(right, found, within, names)
    return None if type(right) is type(found) and right == found else _not(right, found)


def _not(right: Any, found: Any) -> str:
    return f"expected {short(right)}, got {short(found)}"


def _tensor_difference(right: Tensor, found: Any, within: float | None) -> str | None:
    theirs = as_tensor(found)
    if theirs is None:
        return f"expected a tensor of shape {_shape(right)}, got {short(found)}"
    if right.ndim < 2 and set(theirs.shape[: theirs.ndim - right.ndim]) <= {1}:
        theirs = theirs.reshape(theirs.shape[theirs.ndim - right.ndim :])
    if theirs.shape != right.shape:
        return f"expected the shape {_shape(right)}, got {_shape(theirs)}"
    if _kind(right) != _kind(theirs):
        return f"expected {_kind(right)}, got {_kind(theirs)} ({theirs.dtype})"
    return _entry_difference(right, theirs, within)


def _entry_difference(right: Tensor, found: Tensor, within: float | None) -> str | None:
    wrong = ~_close(right, found, within)
    if not wrong.any():
        return None
    if right.numel() <= _SHOWN:
        return _not(right, found)
    at = tuple(wrong.nonzero()[0].tolist())
    return f"entry {at}: expected {short(right[at])}, got {short(found[at])}"


def _close(right: Tensor, found: Tensor, within: float | None) -> Tensor:
    # What is counted may come as a float, but one too many is too many.
    atol, rtol = (1e-5, 1e-4) if right.is_floating_point() else (1e-6, 1e-12)
    if within is not None:
        atol, rtol = within, 0.0
    # A known mistake may give nan, and is recognized by it; what is right never does.
    return torch.isclose(found.double(), right.double(), rtol, atol, equal_nan=True)


def _kind(tensor: Tensor) -> str:
    if tensor.is_complex():
        return "complex numbers"
    return "booleans" if tensor.dtype == torch.bool else "numbers"


def _number_difference(right: float, found: Any, within: float | None) -> str | None:
    theirs = as_tensor(found)
    kind = "True or False" if isinstance(right, bool) else "a number"
    if theirs is None or theirs.numel() != 1 or isinstance(found, list | tuple):
        return f"expected {kind}, got {short(found)}"
    ours = torch.tensor(right, dtype=torch.float64 if type(right) is float else None)
    if _kind(theirs) != _kind(ours):
        return f"expected {kind}, got {short(found)}"
    is_close = bool(_close(ours, theirs.reshape(()), within))
    return None if is_close else _not(right, found)


def _mapping_difference(
    right: Mapping[Any, Any], found: Any, within: float | None
) -> str | None:
    if not isinstance(found, Mapping) or set(found) != set(right):
        return f"expected a dictionary with {short(list(right))}, got {short(found)}"
    for name, part in right.items():
        if said := difference(part, found[name], within):
            return f"{name}: {said}"
    return None


def _sequence_difference(
    right: Sequence[Any], found: Any, within: float | None, names: Sequence[str]
) -> str | None:
    if right and all(isinstance(part, bool | int | float) for part in right):
        return _row_difference(right, found, within)
    if right and all(isinstance(part, str) for part in right):
        listed = list(found) if isinstance(found, tuple | list) else found
        return None if list(right) == listed else _not(right, found)
    stacked = isinstance(found, Tensor) and found.ndim > 0
    is_row = stacked or isinstance(found, tuple | list)
    if not is_row or len(found) != len(right):
        listed = f" ({', '.join(names)})" if names else ""
        got = len(found) if is_row and not stacked else short(found)
        return f"expected {len(right)} results{listed}, got {got}"
    for i, (ours, theirs) in enumerate(zip(right, found, strict=True)):
        if said := difference(ours, theirs, within):
            return f"{names[i] if names else f'result {i + 1}'}: {said}"
    return None


def _row_difference(
    right: Sequence[float], found: Any, within: float | None
) -> str | None:
    theirs = as_tensor(found)
    if theirs is None or theirs.ndim == 0 or theirs.numel() != len(right):
        got = short(found) if theirs is None or theirs.ndim == 0 else theirs.numel()
        return f"expected {len(right)} numbers, got {got}"
    return _tensor_difference(torch.tensor(right), found, within)


def as_tensor(value: Any) -> Tensor | None:
    """Return numbers, nested lists of them or of tensors as a tensor; None if none."""
    if isinstance(value, Tensor):
        return value.detach().cpu()
    if isinstance(value, bool | int | float | complex):
        return torch.tensor(value)
    if not isinstance(value, tuple | list):
        return None
    parts = [as_tensor(part) for part in value]
    kept = [part for part in parts if part is not None]
    if len(kept) < len(parts) or len({part.shape for part in kept}) > 1:
        return None
    return torch.stack(kept) if kept else torch.empty(0)


def leaves_of(value: Any) -> list[Any]:
    """Return the tensors, numbers and other things that a nested result consists of."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, tuple | list):
        return [leaf for part in value for leaf in leaves_of(part)]
    return [value]


def floats_of(value: Any) -> set[float]:
    """Return the different finite floating-point numbers in a result."""
    found = list[float]()
    for leaf in leaves_of(value):
        if isinstance(leaf, Tensor) and leaf.is_floating_point():
            found += leaf.detach().flatten().tolist()
        elif isinstance(leaf, float):
            found.append(leaf)
    return {round(number, 5) for number in found if math.isfinite(number)}


def short(value: Any) -> str:
    """Describe a value in a few words: small ones in full, tensors by their shape."""
    if isinstance(value, Tensor):
        is_small = value.numel() <= _SHOWN
        shape = f"a tensor of shape {_shape(value)}"
        return short(value.tolist()) if is_small and value.numel() else shape
    if isinstance(value, float):
        return f"{value:.5g}"
    if isinstance(value, list | tuple):
        parts = [_shape(v) if _is_large(v) else short(v) for v in value[:_SHOWN]]
        shown = ", ".join(parts)
        return f"[{shown}{', ...' if len(value) > _SHOWN else ''}]"
    if isinstance(value, dict):
        items = [f"{short(k)}: {short(v)}" for k, v in list(value.items())[:_SHOWN]]
        return f"{{{', '.join(items)}{', ...' if len(value) > _SHOWN else ''}}}"
    if isinstance(value, bool | int | str | set | None):
        said = repr(value).replace("\n", " ")
        return said if len(said) <= 80 else f"{said[:77]}..."
    return f"an object of type {type(value).__name__}"


def _is_large(value: Any) -> bool:
    return isinstance(value, Tensor) and value.numel() > 1


def _shape(tensor: Tensor) -> str:
    return str(tuple(tensor.shape))
