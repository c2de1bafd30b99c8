"""Checkers of the lesson on pretrained models: files, names, matrices, comparisons."""

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
    }
    return tensors, save(tensors, metadata={"format": "pt"})


@checker("It reads the length, then the names, and leaves out what is no tensor.")
def check_read_header(read_header: Function) -> None:
    """Check the reading of a safetensors header.

    Args:
        read_header: Takes the content of a file as bytes; returns the shape of every
            tensor by its name.
    """
    tensors, content = _file()
    shapes: Mapping[str, Any] = call(read_header, content, when="with a small file")
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
        f"the tensors are {sorted(tensors)}, got {sorted(shapes)}",
    )
    for name, tensor in tensors.items():
        require(
            not isinstance(shapes[name], Mapping),
            f"that is the whole entry of {name}: return its shape",
        )
        right = tuple(tensor.shape)
        found = tuple(shapes[name])
        require(found == right, f"{name} has the shape {right}, got {found}")


@checker("Bytes, kind and shape of the numbers are right, for each tensor of the file.")
def check_read_tensor(read_tensor: Function) -> None:
    """Check the reading of one tensor from the bytes of a safetensors file.

    Args:
        read_tensor: Takes the content of a file as bytes and a name; returns that
            tensor. The file holds F32 and I64.
    """
    tensors, content = _file()
    n_header = int.from_bytes(content[:8], "little")
    offsets = json.loads(content[8 : 8 + n_header])["wide"]["data_offsets"]
    for name in ("wide", "last", "long"):
        result = call(read_tensor, content, name, when=f"with {name}")
        result = torch.as_tensor(result)
        right = tensors[name]
        require(
            not same(_at(content, offsets), result.flatten()),
            "these are bytes of the header: offsets count from where it ends",
        )
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


def _at(content: bytes, offsets: list[int]) -> Tensor:
    """Read as if the data began where the file begins."""
    return torch.frombuffer(bytearray(content[slice(*offsets)]), dtype=torch.float32)


@checker("Cut in three, turned, and in the order query, key, value.")
def check_linear_weights(linear_weights: Function) -> None:
    """Check the way from GPT-2's joined matrix to three of `nn.Linear`.

    Args:
        linear_weights: Takes the weight (C, 3 * C) that GPT-2 stores; returns the
            weights of the projections of queries, keys and values, each (C, C).
    """
    joined = torch.arange(4 * 12.0).view(4, 12)
    result = call(linear_weights, joined.clone(), when="with a matrix of (4, 12)")
    parts = list(result)
    require(len(parts) == 3, f"three matrices are asked for, got {len(parts)}")
    require(
        all(shape_of(part) == (4, 4) for part in parts),
        f"each is (4, 4), got {', '.join(str(shape_of(part)) for part in parts)}",
    )
    right = [part.T for part in joined.chunk(3, dim=1)]

    def are(others: Iterable[Tensor]) -> bool:
        return all(map(same, others, parts))

    require(
        not are(part.T for part in right),
        "the matrices are not transposed: nn.Linear keeps (out, in), and a square "
        "one fits either way",
    )
    require(
        not are(joined.reshape(3, 4, 4)),
        "reshape deals the numbers out in order: cut the columns in three",
    )
    require(
        not are(joined.T[i::3] for i in range(3)),
        "every third column was taken: the first third belongs to the queries",
    )
    require(
        sorted(part[0, 0].item() for part in parts) != [0, 4, 8] or are(right),
        "the order is query, key, value",
    )
    require(are(right), "the three matrices hold the wrong numbers")


@checker("Old endings become new ones, and nothing else is touched.")
def check_new_name(new_name: Function) -> None:
    """Check the renaming of BERT's old tensors.

    Args:
        new_name: Takes a name; returns the one of today.
    """
    norm = "bert.encoder.layer.0.output.LayerNorm"
    for old, new in {".gamma": ".weight", ".beta": ".bias"}.items():
        given: str = call(new_name, norm + old, when=f"with {norm + old}")
        require(given != norm + old, f"{norm + old} keeps its old name")
        swapped = {".weight": ".bias", ".bias": ".weight"}[new]
        require(
            given != norm + swapped,
            "gamma and beta are swapped: gamma multiplies, it is the weight",
        )
        require(given == norm + new, f"{norm + old} becomes {norm + new}, got {given}")
    for name in (f"{norm}.weight", "head.gamma_proj.weight", "beta.dense.bias"):
        given = call(new_name, name, when=f"with {name}")
        require(given == name, f"{name} has no old ending, and yet it became {given}")


@checker("It names what is missing, what is unknown and what has another shape.")
def check_problems(problems: Function) -> None:
    """Check the comparison of two sets of tensors before one is loaded.

    Args:
        problems: Takes the tensors of a file and those that the model has, each by
            name; returns the names with which something is wrong, in any order.
    """
    ours = {"a": torch.zeros(2, 3), "b": torch.zeros(4), "c": torch.zeros(1, 2)}
    cases: list[tuple[str, dict[str, Tensor], set[str]]] = [
        ("a file that fits", dict(ours), set()),
        ("a file without b", {n: t for n, t in ours.items() if n != "b"}, {"b"}),
        ("a file with d besides", ours | {"d": torch.zeros(1)}, {"d"}),
        ("a file with a turned", ours | {"a": torch.zeros(3, 2)}, {"a"}),
        ("a file with c as a row", ours | {"c": torch.zeros(2)}, {"c"}),
        ("an empty file", {}, {"a", "b", "c"}),
    ]
    for what, theirs, right in cases:
        found: Iterable[str] = call(problems, theirs, ours, when=f"with {what}")
        require(
            not isinstance(found, str) and found is not None,
            f"with {what}: return the names in a list, got {found!r}",
        )
        names = set(found)
        unseen = sorted(right - names)
        require(not unseen, f"{what}: nothing is said of {', '.join(unseen)}")
        require(
            names == right, f"{what}: {', '.join(sorted(names - right))} is fine there"
        )


@checker("Shape, every number and nan are looked at, with room for rounding.")
def check_same_model(same_model: Function) -> None:
    """Check the comparison of two models' logits.

    Args:
        same_model: Takes the logits of two models; returns whether they agree but
            for the rounding of float32.
    """
    generator = torch.Generator().manual_seed(0)
    logits = 10 * torch.randn(2, 3, 5, generator=generator)
    rounded = logits * (1 + 1e-7)
    low = logits.clone()
    low[0, 0, logits[0, 0].argmin()] -= 3.0
    swapped = logits.clone()
    swapped[0, 0, :2] = logits[0, 0, :2].flip(0)
    broken = logits.clone()
    broken[0, 1, 1] = torch.nan
    twice = logits[:1].repeat(2, 1, 1)
    cases = [
        (logits, rounded, True, "logits that differ by rounding alone are the same"),
        (logits, low, False, "the likeliest words are the same, one number is not"),
        (logits, swapped, False, "two numbers are swapped: their sum is the same"),
        (logits, logits + 0.5, False, "the second model's are all higher by 0.5"),
        (logits, broken, False, "one number is nan"),
        (twice, twice[:1], False, "one has two sentences, the other the first alone"),
    ]
    for ours, theirs, right, why in cases:
        answer: Any = call(same_model, ours, theirs, when=f"where {why}")
        require(
            bool(answer) == right,
            f"{why}: the answer should be {right}, got {answer}",
        )
