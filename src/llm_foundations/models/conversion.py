"""State dicts both ways with Transformers, by the tables of the model families."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, cast

import torch
from torch import Tensor, nn

from llm_foundations.models import bert, bloom, gpt, jais, llama, t5
from llm_foundations.models.family import Family, Table

FAMILIES = (
    gpt.FAMILY,
    llama.FAMILY,
    bert.FAMILY,
    t5.FAMILY,
    bloom.FAMILY,
    jais.FAMILY,
)
"""Every family of checkpoints that is read and written: one line for each."""


def family_of(model: nn.Module) -> Family:
    """Return the family of the model.

    Raises:
        TypeError: If the model is of no family in `FAMILIES`.
    """
    classes = {c: family for family in FAMILIES for c in family.architectures.values()}
    if type(model) not in classes:
        known = ", ".join(c.__name__ for c in classes)
        raise TypeError(f"no table for {type(model).__name__}; there are: {known}")
    return classes[type(model)]


def table_of(model: nn.Module) -> Table:
    """Return the names of the model's tensors, theirs and ours.

    Raises:
        TypeError: If the model is of no family in `FAMILIES`.
    """
    return family_of(model).table(model.config)


# What holds a weight itself; eight bits hold one only together with a scale.
_NUMBERS = (torch.float64, torch.float32, torch.bfloat16, torch.float16)


def to_huggingface(model: nn.Module) -> dict[str, Tensor]:
    """Return the model's weights under Transformers' names.

    Raises:
        TypeError: If the model is of no family that has a table.
        ValueError: Naming every tensor that a model of this config has and this one
            does not, or the reverse; an inference form such as
            [`fuse_qkv`][llm_foundations.models.fused_gpt.fuse_qkv] is one.
    """
    table_of(model)  # before anything else: without one there is no such model
    state, whole = model.state_dict(), _whole(model).state_dict()
    _check_shapes(state, whole, "the model's tensors are not those of its config")
    return {line.theirs: line.join(state) for line in _lines(model)}


def load_huggingface(model: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Copy Transformers' weights into the model, all or none.

    Args:
        model: One of ours, of the same sizes.
        weights: The state dict of the Transformers model, or the content of its file.

    Raises:
        ValueError: Naming every tensor that is missing, unknown, of another shape,
            not of at least 16-bit floats, or there twice; then the model is as it was.
        TypeError: If the model is of no family that has a table.
    """
    ours = to_huggingface(model)
    renamed = _renamed(weights, next(iter(ours)))
    theirs = _cleaned(renamed, ours, family_of(model))
    _check_shapes(theirs, ours)
    parts: dict[str, Tensor] = {}
    for line in _lines(model):
        parts |= line.split(theirs[line.theirs])
    model.load_state_dict(parts)


def _whole(model: nn.Module) -> nn.Module:
    """Return a model of the same config as it is first made, without storage."""
    family, config = cast(Any, type(model)), cast(Any, model.config)
    labels = [
        layer.out_features
        for name, layer in model.named_children()
        if name == "classifier" and isinstance(layer, nn.Linear)
    ]
    with torch.device("meta"):
        return cast(nn.Module, family(config, *labels))


def _renamed(weights: Mapping[str, Tensor], first: str) -> dict[str, Tensor]:
    """Give every tensor its present name, told by that of the table's first one."""
    old_names = {".gamma": ".weight", ".beta": ".bias"}
    new_names = {
        name: re.sub(r"\.(gamma|beta)$", lambda end: old_names[end[0]], name)
        for name in weights
    }
    renamed = _prefixed(list(new_names.values()), first)
    twice = sorted(name for name, n in Counter(renamed).items() if n > 1)
    if twice:
        raise ValueError(f"under an old and a new name: {', '.join(twice)}")
    return dict(zip(renamed, weights.values(), strict=True))


def _prefixed(names: Sequence[str], first: str) -> list[str]:
    """Give names the prefix that the table's first one has, or take theirs away."""
    for name in names:
        if first.endswith(f".{name}"):  # saved by the model without its head
            prefix = first.removesuffix(name)
            return [n if n.startswith(prefix) else prefix + n for n in names]
        if name.endswith(f".{first}"):  # saved by a model with a head
            prefix = name.removesuffix(first)
            return [n.removeprefix(prefix) for n in names]
    return list(names)


def _cleaned(
    weights: Mapping[str, Tensor], expected: Mapping[str, Tensor], family: Family
) -> dict[str, Tensor]:
    """Drop what is no weight of this model's own."""
    return {
        name: tensor
        for name, tensor in weights.items()
        if name in expected
        or not (
            name.endswith(family.not_weights)
            or _is_second_name(name, weights, family)
            or family.is_of_a_head(name)
        )
    }


def _is_second_name(name: str, weights: Mapping[str, Tensor], family: Family) -> bool:
    """Tell whether a tied tensor stands here once more."""
    if name not in family.tied:
        return False
    first = family.tied[name]
    if first in weights and not torch.equal(weights[name], weights[first]):
        raise ValueError(f"{name} and {first} differ, but the config ties them")
    return True


def _check_shapes(
    theirs: Mapping[str, Tensor],
    ours: Mapping[str, Tensor],
    complaint: str = "these weights do not fit",
) -> None:
    problems = [f"missing {name}" for name in ours if name not in theirs]
    problems += [f"unknown {name}" for name in theirs if name not in ours]
    problems += [
        f"{name} is {tuple(tensor.shape)}, not {tuple(ours[name].shape)}"
        for name, tensor in theirs.items()
        if name in ours and tensor.shape != ours[name].shape
    ]
    problems += [
        f"{name} is of {tensor.dtype}"
        for name, tensor in theirs.items()
        if tensor.dtype not in _NUMBERS
    ]
    if problems:
        raise ValueError(f"{complaint}: {'; '.join(problems)}")


@dataclass(frozen=True)
class _Line:
    """One tensor of theirs and what it is of ours."""

    theirs: str
    ours: tuple[str, ...]
    n_stacks: int
    transposed: bool

    def join(self, state: Mapping[str, Tensor]) -> Tensor:
        parts = [self._stacks(state[name]) for name in self.ours]
        joined = torch.cat(parts, dim=1).flatten(0, 1)
        return joined.T.contiguous() if self.transposed else joined

    def split(self, tensor: Tensor) -> dict[str, Tensor]:
        stacks = self._stacks(tensor.T if self.transposed else tensor)
        parts = (part.flatten(0, 1) for part in stacks.chunk(len(self.ours), dim=1))
        return dict(zip(self.ours, parts, strict=True))

    def _stacks(self, tensor: Tensor) -> Tensor:
        return tensor.reshape(self.n_stacks, -1, *tensor.shape[1:])


def _lines(model: nn.Module) -> Iterator[_Line]:
    """Write the model's table out, and leave away what this model does not have."""
    family, config, mine = family_of(model), cast(Any, model.config), model.state_dict()
    n_layers = max(config.n_layers, getattr(config, "n_decoder_layers", 0))
    layers = [str(i) for i in range(n_layers)]
    values = {"{i}": layers, "{p}": ["weight", "bias"], "{x}": list("qkvo")}
    for theirs, ours in family.table(config).items():
        parts = (ours,) if isinstance(ours, str) else ours
        n_stacks = config.n_heads if any(p in theirs for p in family.by_head) else 1
        transposed = any(part in theirs for part in family.transposed)
        marks = [mark for mark in values if mark in theirs]
        for chosen in product(*(values[mark] for mark in marks)):
            names = [theirs, *parts]
            for mark, value in zip(marks, chosen, strict=True):
                names = [name.replace(mark, value) for name in names]
            if names[1] in mine:
                turned = transposed and names[0].endswith(".weight")
                yield _Line(names[0], tuple(names[1:]), n_stacks, turned)
