"""Plausible wrong answers to the exercises on pretrained models."""

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


def entries(content):
    _, header = header_of(content)
    return {n: e for n, e in header.items() if n != "__metadata__"}


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


def unbiased_name(name):
    return name.replace("gamma", "weight").replace("beta", "bias")


def last_only(name):
    return name.removesuffix("gamma") + "weight" if name.endswith(".gamma") else name


def swapped_names(name):
    if name.endswith(".gamma"):
        return name.removesuffix("gamma") + "bias"
    return name.removesuffix("beta") + "weight" if name.endswith(".beta") else name


def wrong_shapes(theirs, ours):
    return [n for n in ours if n in theirs and theirs[n].shape != ours[n].shape]


def other_names(theirs, ours):
    return theirs.keys() ^ ours.keys()


def only_missing(theirs, ours):
    return [*(n for n in ours if n not in theirs), *wrong_shapes(theirs, ours)]


def by_size(theirs, ours):
    return other_names(theirs, ours) | {
        n for n in theirs.keys() & ours.keys() if theirs[n].numel() != ours[n].numel()
    }


def same_top(ours, theirs):
    if ours.shape != theirs.shape:
        return False
    return torch.equal(ours.argmax(-1), theirs.argmax(-1))


def same_sum(ours, theirs):
    return ours.shape == theirs.shape and bool((ours.sum() - theirs.sum()).abs() < 1e-2)


def one_sided(ours, theirs):
    return ours.shape == theirs.shape and bool((ours - theirs).max() < 1e-3)


def stretched(ours, theirs):
    return bool(((ours - theirs).abs() < 1e-3).all())


def not_far(ours, theirs):
    return ours.shape == theirs.shape and not bool(((ours - theirs).abs() > 1e-3).any())


MUTANTS = {
    "check_read_header": [
        (with_metadata, "__metadata__ is no tensor"),
        (entries, "that is the whole entry"),
        (big_endian, "with a small file it raised"),
        (lambda content: list(shapes(content)), "as a dictionary, got list"),
        (
            lambda content: {n: [*reversed(s)] for n, s in shapes(content).items()},
            r"has the shape \(2, [13]\), got \([13], 2\)",
        ),
    ],
    "check_read_tensor": [
        (lambda c, name: tensor(c, name, base=0, shaped=False), "bytes of the header"),
        (lambda c, name: tensor(c, name, shaped=False), "as a row of numbers"),
        (
            lambda c, name: tensor(c, name, dtype=torch.int32).reshape(
                header_of(c)[1][name]["shape"]
            ),
            "holds fractions",
        ),
        (lambda c, name: tensor(c, name).flip(0), "holds other numbers"),
        (lambda c, name: tensor(c, name).T, r"has the shape \(2, 3\), got \(3, 2\)"),
    ],
    "check_linear_weights": [
        (lambda w: w.chunk(3, dim=1), "are not transposed"),
        (lambda w: w.reshape(3, 4, 4), "deals the numbers out in order"),
        (lambda w: [w.T[i::3] for i in range(3)], "every third column"),
        (lambda w: [p.T for p in w.chunk(3, dim=1)][::-1], "the order is query"),
        (lambda w: w.T.chunk(4), "three matrices are asked for, got 4"),
        (lambda w: [w] * 3, r"each is \(4, 4\), got \(4, 12\)"),
    ],
    "check_new_name": [
        (lambda name: name, "keeps its old name"),
        (last_only, "beta keeps its old name"),
        (swapped_names, "gamma and beta are swapped"),
        (unbiased_name, "has no old ending"),
        (lambda name: name.upper(), "becomes bert"),
    ],
    "check_problems": [
        (lambda theirs, ours: [], "a file without b: nothing is said of b"),
        (only_missing, "a file with d besides: nothing is said of d"),
        (other_names, "a file with a turned: nothing is said of a"),
        (by_size, "a file with a turned: nothing is said of a|with c as a row"),
        (lambda theirs, ours: [*ours], "a file that fits: a, b, c is fine there"),
        (lambda theirs, ours: "missing b", "return the names in a list"),
    ],
    "check_same_model": [
        (torch.equal, "rounding alone are the same: the answer should be True"),
        (same_top, "the likeliest words are the same"),
        (same_sum, "two numbers are swapped"),
        (one_sided, "all higher by 0.5"),
        (not_far, "one number is nan"),
        (stretched, "the other the first alone"),
    ],
}
