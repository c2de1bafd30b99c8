"""Checkers of the lesson on pretrained models: the bytes of a safetensors file."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor

from llm_foundations.exercises.checking import (
    Function,
    call,
    checker,
    require,
    same,
    shape_of,
)


def _file() -> tuple[dict[str, Tensor], bytes]:
    """Make a small file: two kinds of numbers, and an entry that is no tensor."""
    tensors = {
        "wide": torch.arange(6.0).view(2, 3) + 0.5,
        "long": torch.tensor([7, 8, 9, 10]),
        "last": torch.tensor([[1.5], [-2.0]]),
        "a_name_that_makes_the_header_long": torch.tensor([0.25]),
    }
    return tensors, save(tensors, metadata={"format": "pt"})


@checker("It reads the length, then the names, and leaves out what is no tensor.")
def check_read_header(read_header: Function) -> None:
    """Check the reading of a safetensors header.

    Args:
        read_header: Takes the content of a file as bytes; returns the shape of every
            tensor by its name.
    """
    pair = {"x": torch.tensor([1.0, 2.0])}
    _check_shapes(read_header, pair, save(pair), "with a file without __metadata__")
    tensors, content = _file()
    n_header = int.from_bytes(content[:8], "little")
    when = f"with a header of {n_header} bytes"
    _check_shapes(read_header, tensors, content, when)


def _check_shapes(
    read_header: Function, tensors: dict[str, Tensor], content: bytes, when: str
) -> None:
    shapes: Mapping[str, Any] = call(read_header, content, when=when)
    require(
        isinstance(shapes, Mapping),
        f"return names and shapes as a dictionary, got {type(shapes).__name__}",
    )
    require(
        "__metadata__" not in shapes,
        "__metadata__ is no tensor: leave it out",
    )
    require(
        shapes.keys() == tensors.keys(),
        f"{when}: the tensors are {sorted(tensors)}, got {sorted(shapes)}",
    )
    for name, tensor in tensors.items():
        found = shapes[name]
        require(
            not isinstance(found, Mapping),
            f"that is the whole entry of {name}: return its shape",
        )
        require(
            isinstance(found, Iterable),
            f"the shape of {name} is a list of sizes, got {found!r}",
        )
        right = tuple(tensor.shape)
        require(
            tuple(found) == right, f"{name} has the shape {right}, got {tuple(found)}"
        )


@checker("Bytes, kind and shape of the numbers are right, for each tensor of the file.")
def check_read_tensor(read_tensor: Function) -> None:
    """Check the reading of one tensor from the bytes of a safetensors file.

    Args:
        read_tensor: Takes the content of a file as bytes and a name; returns that
            tensor. The file holds F32 and I64.
    """
    tensors, content = _file()
    for name in ("wide", "last", "long"):
        result = call(read_tensor, content, name, when=f"with {name}")
        right = tensors[name]
        require(
            isinstance(result, Tensor),
            f"with {name}: return a tensor, got {type(result).__name__}",
        )
        for mistake, wrong in _elsewhere(content, name).items():
            found = _bytes(result)
            require(found != wrong or found == _bytes(right), mistake)
        require(
            result.shape != right.flatten().shape or right.ndim == 1,
            f"{name} came back as a row of numbers: give it its shape",
        )
        require(
            result.shape == right.shape,
            f"{name} has the shape {tuple(right.shape)}, got {shape_of(result)}",
        )
        require(
            result.dtype.is_floating_point == right.dtype.is_floating_point,
            f"{name} holds {'whole numbers' if name == 'long' else 'fractions'}: "
            "its dtype stands in the header",
        )
        require(same(right, result), f"{name} holds other numbers than were saved")


def _elsewhere(content: bytes, name: str) -> dict[str, bytes]:
    """Read as many bytes from where a mistake would look for them."""
    n_header = int.from_bytes(content[:8], "little")
    start, end = json.loads(content[8 : 8 + n_header])[name]["data_offsets"]
    places = {
        "these are bytes of the header: offsets count from where it ends": start,
        f"{name} was read 8 bytes too early: the header begins after the first 8 "
        "bytes, so it ends 8 later than it is long": n_header + start,
        f"that is the first tensor of the file, not {name}: add the first of its "
        "offsets": 8 + n_header,
    }
    return {mistake: content[at : at + end - start] for mistake, at in places.items()}


def _bytes(tensor: Tensor) -> bytes:
    return bytes(tensor.contiguous().flatten().view(torch.uint8).tolist())
