"""Answers that readers wrote to the exercises on pretrained models."""

import json

import numpy as np
import torch
from safetensors.torch import load

from llm_foundations.exercises.models.pretrained import (
    check_read_header,
    check_read_tensor,
)
from llm_foundations.exercises.models.pretrained_weights import (
    check_linear_weights,
    check_new_name,
    check_problems,
    check_same_model,
)
from tests.exercises.answers import accepts, refuses


def shapes(content, n_bytes=8, order="little"):
    end = 8 + int.from_bytes(content[:n_bytes], order)
    header = json.loads(content[8:end])
    return {n: e["shape"] for n, e in header.items() if n != "__metadata__"}


def metadata_expected(content):
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:end])
    del header["__metadata__"]
    return {name: entry["shape"] for name, entry in header.items()}


test_read_header_accepts = accepts(
    check_read_header,
    [
        shapes,
        lambda content: {n: tuple(s) for n, s in shapes(content).items()},
        lambda content: {n: t.shape for n, t in load(content).items()},
        lambda content: dict(reversed(shapes(content).items())),
    ],
)
test_read_header_refuses = refuses(
    check_read_header,
    {
        "65,536 bytes it raised JSONDecodeError": lambda c: shapes(c, n_bytes=2),
        "with a file of four tensors it raised": lambda c: shapes(c, n_bytes=1),
        "__metadata__ it raised": lambda c: shapes(c, order="big"),
        "__metadata__ it raised KeyError": metadata_expected,
        "no name but __metadata__": lambda c: {
            n: s for n, s in shapes(c).items() if n[0] != "_"
        },
        "as a dictionary, got [": lambda c: [*shapes(c).items()],
        "x: expected 1 numbers, got 2": lambda c: {
            n: s[0] if s else 0 for n, s in shapes(c).items()
        },
    },
)


def by_numpy(content, name):
    data = 8 + int(np.frombuffer(content[:8], "<u8")[0])
    entry = json.loads(content[8:data])[name]
    start, end = entry["data_offsets"]
    kind = {"F32": "<f4", "I64": "<i8"}[entry["dtype"]]
    row = np.frombuffer(content[data + start : data + end], kind)
    return row.reshape(entry["shape"]).copy()


test_read_tensor_accepts = accepts(
    check_read_tensor, [by_numpy, lambda content, name: load(content)[name].clone()]
)
test_read_tensor_refuses = refuses(
    check_read_tensor,
    {
        "their dtype is not": lambda c, name: load(c)[name].double(),
        "I64 is torch.int64": lambda c, name: (
            load(c)[name].int() if name in ("long", "rows") else load(c)[name]
        ),
        "return a tensor, got [": lambda c, name: load(c)[name].tolist(),
        "with wide, the tensor: expected": lambda c, name: load(c)[name].flip(0),
        "return a tensor, got None": lambda c, name: None,
        "with last, the tensor: expected the shape (2, 1), got (2,)": lambda c, name: (
            load(c)[name].squeeze()
        ),
    },
)

test_linear_weights_accepts = accepts(
    check_linear_weights,
    [
        lambda joined: [part.T for part in joined.chunk(3, dim=1)],
        lambda joined: joined.T.reshape(3, len(joined), -1),
        lambda joined: tuple(np.split(joined.numpy().T, 3)),
        lambda joined: (part.T.contiguous() for part in joined.split(len(joined), 1)),
    ],
)
test_linear_weights_refuses = refuses(
    check_linear_weights,
    {
        "that is the transposed matrix as a whole": lambda joined: joined.T,
        "the rows were cut": lambda joined: joined.chunk(3),
        "the matrices are not transposed": lambda joined: joined.chunk(3, 1),
        "expected 3 results (queries, keys, values), got 6": lambda joined: (
            joined.T.chunk(6)
        ),
        "expected 3 results (queries, keys, values), got {": (
            lambda joined: dict(enumerate(joined.T.chunk(3)))
        ),
        "queries: expected the shape (2, 2), got (1, 2)": lambda joined: [
            part.T[:1] for part in joined.chunk(3, 1)
        ],
    },
)


def by_table(name):
    *stem, ending = name.split(".")
    return ".".join([*stem, {"gamma": "weight", "beta": "bias"}.get(ending, ending)])


def by_slice(name):
    if name[-6:] == ".gamma":
        return f"{name[:-6]}.weight"
    return f"{name[:-5]}.bias" if name[-5:] == ".beta" else name


test_new_name_accepts = accepts(check_new_name, [by_table, by_slice])
test_new_name_refuses = refuses(
    check_new_name,
    {
        "expected 'bert.encoder.layer.0.output.LayerNorm.weight', got 'BERT": str.upper,
        "what follows the last dot": lambda name: name.replace(
            "gamma", "weight"
        ).replace("beta", "bias"),
        "nothing was returned": lambda name: None,
    },
)


def by_loop(theirs, ours):
    for name in {**theirs, **ours}:
        one, other = (getattr(t.get(name), "shape", None) for t in (theirs, ours))
        if one != other:
            yield name


test_problems_accepts = accepts(
    check_problems,
    [
        by_loop,
        lambda theirs, ours: {*by_loop(theirs, ours)},
        lambda theirs, ours: [*by_loop(theirs, ours)] * 2,
        lambda theirs, ours: dict.fromkeys(by_loop(theirs, ours)).keys(),
    ],
)
test_problems_refuses = refuses(
    check_problems,
    {
        "one list of bare names, got True": lambda theirs, ours: True,
        "one list of bare names, got 'b'": lambda theirs, ours: "b",
        "one list of bare names, got ['b is missing']": lambda theirs, ours: (
            [f"{name} is missing" for name in ours if name not in theirs]
            or ["b is missing"]
        ),
        "what the model does not know": lambda theirs, ours: [
            n for n in by_loop(theirs, ours) if n in ours
        ],
        "with c as a row, expected ['c'], got []": lambda theirs, ours: [
            n for n in by_loop(theirs, ours) if n != "c" or n not in theirs
        ],
    },
)


def unlike(logits, others, share=1e-4):
    if logits.shape != others.shape:
        return np.True_
    ours, theirs = logits.double().numpy(), others.double().numpy()
    return not np.abs(ours - theirs).max() < share * np.abs(ours).max()


def close(logits, others, share=1e-4):
    if logits.shape != others.shape or logits.isnan().any():
        return False
    return torch.allclose(logits, others, share, share * logits.std().item())


def within(atol):
    return lambda logits, others: (
        logits.shape == others.shape and torch.allclose(logits, others, 1e-5, atol)
    )


test_same_model_accepts = accepts(
    check_same_model,
    [
        close,
        lambda a, b: close(a, b, 3e-5),
        lambda a, b: close(a, b, 1e-3),
        lambda a, b: not unlike(a, b),
        lambda a, b: torch.tensor([close(a, b)]),
        lambda a, b: (
            a.shape == b.shape and ((a - b).abs() / a.abs().max()).max().lt(1e-4)
        ),
    ],
)
test_same_model_refuses = refuses(
    check_same_model,
    {
        "atol must be greater than or equal to zero, but got nan": lambda a, b: (
            a.shape == b.shape and torch.allclose(a, b, 0, 1e-4 * a.std().item())
        ),
        "no fixed tolerance fits logits of every size": within(1e-5),
        "compare the difference with their standard deviation": within(1e-3),
        "the tolerance is too narrow": lambda a, b: close(a, b, 1e-6),
        "to about a hundred-thousandth": lambda a, b: (
            a.shape == b.shape and torch.allclose(a, b)
        ),
        "the others are all a hundredth larger, expected False, got True": (
            lambda a, b: close(a, b, 0.02)
        ),
        "leave room for it": lambda a, b: a.shape == b.shape and bool((a == b).all()),
        "return one answer for all numbers": lambda a, b: a.sum(0) > b.sum(0).mean(),
        "expected True or False, got 0": lambda a, b: int(close(a, b)),
        "nothing was returned": lambda a, b: None,
    },
)
