"""Plausible wrong answers to the exercises on the bytes of a checkpoint."""

import json

import torch

DTYPES = {"F32": torch.float32, "I64": torch.int64}


def header_of(content, first=8):
    n = int.from_bytes(content[:8], "little")
    return n, json.loads(content[first : first + n])


def shapes(content):
    _, header = header_of(content)
    return {n: e["shape"] for n, e in header.items() if n != "__metadata__"}


def with_metadata(content):
    _, header = header_of(content)
    return {name: entry.get("shape") for name, entry in header.items()}


def always_metadata(content):
    _, header = header_of(content)
    del header["__metadata__"]
    return {name: entry["shape"] for name, entry in header.items()}


def entries(content):
    _, header = header_of(content)
    return {n: e for n, e in header.items() if n != "__metadata__"}


def one_byte(content):
    header = json.loads(content[8 : 8 + content[0]])
    return {n: e["shape"] for n, e in header.items() if n != "__metadata__"}


def big_endian(content):
    n = int.from_bytes(content[:8], "big")
    return json.loads(content[8 : 8 + n])


def tensor(content, name, *, base=None, dtype=None, shaped=True):
    n, header = header_of(content)
    entry = header[name]
    base = 8 + n if base is None else base
    start, end = entry["data_offsets"]
    data = bytearray(content[base + start : base + end])
    numbers = torch.frombuffer(data, dtype=dtype or DTYPES[entry["dtype"]])
    return numbers.view(entry["shape"]) if shaped else numbers


def eight_too_early(content, name):
    return tensor(content, name, base=header_of(content)[0])


def first_one(content, name):
    n, header = header_of(content)
    return tensor(content, name, base=8 + n - header[name]["data_offsets"][0])


MUTANTS = {
    "check_read_header": [
        (with_metadata, "__metadata__ is no tensor"),
        (always_metadata, "with a file without __metadata__ it raised KeyError"),
        (entries, "that is the whole entry"),
        (one_byte, r"with a header of (2[6-9]|3\d)\d bytes it raised"),
        (big_endian, "without __metadata__ it raised (?!KeyError)"),
        (lambda content: list(shapes(content)), "as a dictionary, got list"),
        (
            lambda content: {n: [*reversed(s)] for n, s in shapes(content).items()},
            r"has the shape \(2, [13]\), got \([13], 2\)",
        ),
        (
            lambda content: {n: s[0] for n, s in shapes(content).items()},
            "the shape of x is a list of sizes, got 2",
        ),
    ],
    "check_read_tensor": [
        (lambda c, name: tensor(c, name, base=0, shaped=False), "bytes of the header"),
        (eight_too_early, "wide was read 8 bytes too early"),
        (first_one, "that is the first tensor of the file, not wide"),
        (lambda c, name: tensor(c, name, shaped=False), "as a row of numbers"),
        (
            lambda c, name: tensor(c, name, dtype=torch.int32).reshape(
                header_of(c)[1][name]["shape"]
            ),
            "holds fractions",
        ),
        (lambda c, name: tensor(c, name).flip(0), "holds other numbers"),
        (lambda c, name: tensor(c, name).T, r"has the shape \(2, 3\), got \(3, 2\)"),
        (lambda c, name: tensor(c, name).tolist(), "return a tensor, got list"),
        (lambda c, name: tensor(c, name).numpy(), "return a tensor, got ndarray"),
        (lambda c, name: None, "return a tensor, got NoneType"),
    ],
}
