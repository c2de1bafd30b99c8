"""Checkers of the lesson on pretrained models: matrices, names, comparisons."""

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor

from llm_foundations.exercises.checking import (
    Function,
    call,
    checker,
    require,
    same,
    shape_of,
)


@checker("Cut in three, turned, and in the order query, key, value.")
def check_linear_weights(linear_weights: Function) -> None:
    """Check the way from GPT-2's joined matrix to three of `nn.Linear`.

    Args:
        linear_weights: Takes the weight (C, 3 * C) that GPT-2 stores; returns the
            weights of the projections of queries, keys and values, each (C, C).
    """
    joined = torch.arange(4 * 12.0).view(4, 12)
    result = call(linear_weights, joined.clone(), when="with a matrix of (4, 12)")
    parts = _three_squares(result)
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


def _three_squares(result: Any) -> list[Tensor]:
    require(
        isinstance(result, Iterable) and not isinstance(result, Mapping),
        f"return the three matrices one after the other, got {type(result).__name__}",
    )
    parts = list(result)
    shapes = ", ".join(str(shape_of(part)) for part in parts)
    require(
        not any(
            isinstance(part, Tensor) and part.shape[-1:] == (12,) for part in parts
        ),
        f"you cut the rows: the three lie side by side, got {shapes}",
    )
    require(len(parts) == 3, f"three matrices are asked for, got {len(parts)}")
    require(
        all(shape_of(part) == (4, 4) for part in parts),
        f"each is (4, 4), got {shapes}",
    )
    return parts


@checker("Old endings become new ones, and nothing else is touched.")
def check_new_name(new_name: Function) -> None:
    """Check the renaming of BERT's old tensors.

    Args:
        new_name: Takes a name; returns the one of today.
    """
    stems = ("bert.encoder.layer.0.output.LayerNorm", "norm")
    for stem in stems:
        for old, new in {".gamma": ".weight", ".beta": ".bias"}.items():
            given: str = call(new_name, stem + old, when=f"with {stem + old}")
            require(given != stem + old, f"{stem + old} keeps its old name")
            swapped = {".weight": ".bias", ".bias": ".weight"}[new]
            require(
                given != stem + swapped,
                "gamma and beta are swapped: gamma multiplies, it is the weight",
            )
            require(
                given == stem + new, f"{stem + old} becomes {stem + new}, got {given}"
            )
    others = ("head.gamma_proj.weight", "beta.dense.bias", "x.log_gamma", "x.log_beta")
    for name in (f"{stems[0]}.weight", *others):
        given = call(new_name, name, when=f"with {name}")
        require(given == name, f"{name} has no old ending, and yet it became {given}")


@checker("It names what is missing, what is unknown and what has another shape.")
def check_problems(problems: Function) -> None:
    """Check the comparison of two sets of tensors before one is loaded.

    Args:
        problems: Takes the tensors of a file and those that the model has, each by
            name; returns the names with which something is wrong, in any order.
    """
    generator = torch.Generator().manual_seed(0)

    def drawn() -> dict[str, Tensor]:
        shapes = {"a": (2, 3), "b": (4,), "c": (1, 2)}
        return {n: torch.randn(s, generator=generator) for n, s in shapes.items()}

    ours, file = drawn(), drawn()
    cases: list[tuple[str, dict[str, Tensor], set[str]]] = [
        ("a file with other numbers", file, set()),
        ("a file with b in float16", file | {"b": file["b"].half()}, set()),
        ("a file without b", {n: t for n, t in file.items() if n != "b"}, {"b"}),
        ("a file with d besides", file | {"d": torch.ones(1)}, {"d"}),
        ("a file with a turned", file | {"a": file["a"].T}, {"a"}),
        ("a file with c as a row", file | {"c": file["c"][0]}, {"c"}),
        ("an empty file", {}, {"a", "b", "c"}),
    ]
    for what, theirs, right in cases:
        found = call(problems, dict(theirs), dict(ours), when=f"with {what}")
        names = _bare_names(found, {*theirs, *ours}, what)
        unseen = sorted(right - names)
        require(not unseen, f"{what}: nothing is said of {', '.join(unseen)}")
        require(
            names == right,
            f"{what}: {', '.join(sorted(names - right))} can be loaded, for only "
            "names and shapes count",
        )


def _bare_names(found: Any, known: set[str], what: str) -> set[str]:
    require(
        isinstance(found, Iterable) and not isinstance(found, str),
        f"with {what}: return the names in a list, got {found!r}",
    )
    names = list(found)
    strange = [name for name in names if not isinstance(name, str) or name not in known]
    require(
        not strange,
        f"with {what}: return one list of bare names, got {strange[:1]} in it",
    )
    return set(names)


@checker("Shape, every number and nan are looked at, with room for rounding.")
def check_same_model(same_model: Function) -> None:
    """Check the comparison of two models' logits.

    Args:
        same_model: Takes the logits of two models; returns whether they agree but
            for the rounding of float32.
    """
    for why, (ours, theirs) in _pairs().items():
        answer: Any = call(
            same_model, ours.clone(), theirs.clone(), when=f"where {why}"
        )
        require(
            not isinstance(answer, Tensor) or answer.numel() == 1,
            f"return one answer for all numbers, got {shape_of(answer)}",
        )
        right = "rounding alone" in why
        require(
            bool(answer) == right,
            f"{why}: the answer should be {right}, got {answer}",
        )


def _pairs() -> dict[str, tuple[Tensor, Tensor]]:
    """Make logits of two models, and say how they differ."""
    generator = torch.Generator().manual_seed(0)
    logits = 10 * torch.randn(2, 3, 1000, generator=generator)
    low, swapped, near, broken = (logits.clone() for _ in range(4))
    low[0, 0, logits[0, 0].argmin()] -= 3.0
    swapped[0, 0, :2] = logits[0, 0, :2].flip(0)
    near.view(-1)[logits.abs().argmin()] += 5e-4
    broken[0, 1, 1] = torch.nan
    first = logits[:, :1]
    return {
        "they differ by rounding alone": (logits, logits * (1 + 1e-7)),
        "the likeliest words are the same, one number is not": (logits, low),
        "two numbers are swapped and the sum is the same": (logits, swapped),
        "the second model's are all higher by 0.5": (logits, logits + 0.5),
        "one number of 6,000 is off by 0.0005": (logits, near),
        "the second model's are all a thousandth larger": (logits, logits * 1.001),
        "one number is nan": (logits, broken),
        "both have a nan in the same place": (broken, broken),
        "one has two sentences, the other the first alone": (
            logits[:1].repeat(2, 1, 1),
            logits[:1],
        ),
        "one has the shape (2, 3, 1000), the other (3, 2, 1000)": (
            logits,
            logits.view(3, 2, 1000),
        ),
        "one has three words a sentence, the other a single one": (
            first.repeat(1, 3, 1),
            first,
        ),
    }
