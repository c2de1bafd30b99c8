"""The exercises of the lesson on pretrained models: the bytes of a file."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import torch
from safetensors.torch import load, save
from torch import Tensor

from llm_foundations.exercises.exercise import Exercise, Function, case

_Entry = dict[str, Any]

_FILES = [
    save({"x": torch.tensor([1.0, 2.0])}),
    save(
        {
            "wide": torch.arange(6.0).view(2, 3) + 0.5,
            "long": torch.tensor([7, 8, 9, 10]),
            "last": torch.tensor([[1.5], [-2.0]]),
            "a_name_that_makes_the_header_long": torch.tensor([0.25]),
        },
        metadata={"format": "pt"},
    ),
    save(
        {
            "_cut": torch.arange(15.0).view(5, 3) / 7,
            "rows": torch.arange(12).view(2, 6) ** 3,
            "scale": torch.tensor(0.125),
        },
        metadata={"format": "pt", "license": "x" * 70_000},
    ),
]
"""Both dtypes, with and without metadata, and a header above 64 KiB."""


def _header_of(content: bytes) -> tuple[int, dict[str, _Entry]]:
    """Return where the header ends, and what it says."""
    end = 8 + int.from_bytes(content[:8], "little")
    return end, json.loads(content[8:end])


def _each_entry(value_of: Callable[[_Entry], Any]) -> Function:
    """Return the reading of one value of each tensor's entry."""

    def read_header(content: bytes) -> dict[str, Any]:
        entries = _header_of(content)[1].items()
        return {n: value_of(entry) for n, entry in entries if n != "__metadata__"}

    return read_header


check_read_header = Exercise(
    "check_read_header",
    right=_each_entry(lambda entry: entry["shape"]),
    cases=[
        case(_FILES[0], when="with a file without __metadata__"),
        case(_FILES[1], when="with a file of four tensors"),
        case(_FILES[2], when="with a header of more than 65,536 bytes"),
    ],
    mistakes={
        "that is the whole entry of each tensor: return its shape": _each_entry(
            lambda entry: entry
        ),
        "those are the dtypes: return the shapes": _each_entry(
            lambda entry: entry["dtype"]
        ),
        "those are the places of the data: return the shapes": _each_entry(
            lambda entry: entry["data_offsets"]
        ),
        "the axes are in the reverse order": _each_entry(
            lambda entry: entry["shape"][::-1]
        ),
        "a shape is a list of sizes, not the number of axes": _each_entry(
            lambda entry: len(entry["shape"])
        ),
        "no name but __metadata__ is to be left out": lambda content: {
            name: entry["shape"]
            for name, entry in _header_of(content)[1].items()
            if not name.startswith("_")
        },
    },
    properties={
        "return names and shapes as a dictionary, got {}": (
            lambda shapes, content: isinstance(shapes, Mapping),
            lambda content: list(_header_of(content)[1]),
        ),
        "__metadata__ is no tensor: leave it out": (
            lambda shapes, content: "__metadata__" not in shapes,
            lambda content: {
                name: entry.get("shape", [])
                for name, entry in _header_of(content)[1].items()
            },
        ),
    },
    verdict="It reads the length, then the names, and leaves out what is no tensor.",
)
"""The header of a safetensors file."""


def _part(
    begin: Callable[[int, int], int] = lambda data, start: data + start,
    dtypes: Mapping[str, torch.dtype] | None = None,
    form: Callable[[Tensor, list[int]], Tensor] = lambda row, shape: row.view(shape),
) -> Function:
    """Return the reading of a tensor, with one or more of its steps replaced."""
    dtypes = dtypes or {"F32": torch.float32, "I64": torch.int64}

    def read_tensor(content: bytes, name: str) -> Tensor:
        data, header = _header_of(content)
        entry = header[name]
        start, end = entry["data_offsets"]
        at = begin(data, start)
        read = bytearray(content[at : at + end - start])
        row = torch.frombuffer(read, dtype=dtypes[entry["dtype"]])
        return form(row, entry["shape"])

    return read_tensor


check_read_tensor = Exercise(
    "check_read_tensor",
    right=lambda content, name: load(content)[name],
    cases=[
        *(case(_FILES[1], name, when=f"with {name}") for name in ("wide", "last")),
        *(case(_FILES[2], name, when=f"with {name}") for name in ("_cut", "rows")),
        case(_FILES[1], "long", when="with long"),
    ],
    observe=lambda tensor, content, name: (tensor, str(tensor.dtype)),
    returns=("the tensor", "its dtype"),
    mistakes={
        "these are bytes of the header: offsets count from where it ends": _part(
            lambda data, start: start
        ),
        "that was read 8 bytes too early: the header begins after the first 8 bytes, "
        "so it ends 8 later than it is long": _part(
            lambda data, start: data - 8 + start
        ),
        "that is the first tensor of the file: add the first of the offsets": _part(
            lambda data, start: data
        ),
        "that is a row of numbers: give it its shape": _part(
            form=lambda row, shape: row
        ),
        "the axes are in the wrong order: the last one runs fastest": (
            _part(form=lambda row, shape: row.view(shape[::-1])),
            _part(
                form=lambda row, shape: row.view(shape[::-1]).permute(
                    *reversed(range(len(shape)))
                )
            ),
        ),
        "the numbers are right, their dtype is not: F32 is torch.float32, I64 is "
        "torch.int64": (
            _part(form=lambda row, shape: row.view(shape).double()),
            _part(form=lambda row, shape: row.view(shape).float()),
            lambda content, name: (
                found.int()
                if (found := load(content)[name]).dtype == torch.int64
                else found
            ),
        ),
        "the bytes of F32 are no whole numbers: the header says the dtype": _part(
            dtypes={"F32": torch.int32, "I64": torch.int64}
        ),
    },
    properties={
        "return a tensor, got {}": (
            lambda tensor, content, name: isinstance(tensor, Tensor),
            lambda content, name: load(content)[name].tolist(),
        ),
    },
    verdict="Bytes, dtype and shape are right, for each tensor of the file.",
)
"""One tensor of a safetensors file."""
