"""State dicts both ways with Transformers: one table a family.

A table says which of our tensors one of theirs holds. `{i}` stands for every layer,
`{p}` for weight and bias; several of ours are stacked along the output axis, in equal
parts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from llm_foundations.models.gpt import GPT
from llm_foundations.models.llama import Llama

Table = dict[str, str | tuple[str, ...]]

_QKV = tuple(f"blocks.{{i}}.attention.{part}_proj.{{p}}" for part in "qkv")
GPT_TABLE: Table = {
    "transformer.wte.weight": "token_embedding.weight",
    "transformer.wpe.weight": "position_embedding.weight",
    "transformer.h.{i}.ln_1.{p}": "blocks.{i}.attention_norm.{p}",
    "transformer.h.{i}.attn.c_attn.{p}": _QKV,
    "transformer.h.{i}.attn.c_proj.{p}": "blocks.{i}.attention.o_proj.{p}",
    "transformer.h.{i}.ln_2.{p}": "blocks.{i}.feed_forward_norm.{p}",
    "transformer.h.{i}.mlp.c_fc.{p}": "blocks.{i}.feed_forward.up_proj.{p}",
    "transformer.h.{i}.mlp.c_proj.{p}": "blocks.{i}.feed_forward.down_proj.{p}",
    "transformer.ln_f.{p}": "norm.{p}",
    "lm_head.weight": "lm_head.weight",
}
LLAMA_TABLE: Table = {
    "model.embed_tokens.weight": "token_embedding.weight",
    "model.layers.{i}.input_layernorm.{p}": "blocks.{i}.attention_norm.{p}",
    "model.layers.{i}.self_attn.q_proj.{p}": "blocks.{i}.attention.q_proj.{p}",
    "model.layers.{i}.self_attn.k_proj.{p}": "blocks.{i}.attention.k_proj.{p}",
    "model.layers.{i}.self_attn.v_proj.{p}": "blocks.{i}.attention.v_proj.{p}",
    "model.layers.{i}.self_attn.o_proj.{p}": "blocks.{i}.attention.o_proj.{p}",
    "model.layers.{i}.post_attention_layernorm.{p}": "blocks.{i}.feed_forward_norm.{p}",
    "model.layers.{i}.mlp.gate_proj.{p}": "blocks.{i}.feed_forward.gate_proj.{p}",
    "model.layers.{i}.mlp.up_proj.{p}": "blocks.{i}.feed_forward.up_proj.{p}",
    "model.layers.{i}.mlp.down_proj.{p}": "blocks.{i}.feed_forward.down_proj.{p}",
    "model.norm.{p}": "norm.{p}",
    "lm_head.weight": "lm_head.weight",
}
TABLES: dict[type[nn.Module], Table] = {GPT: GPT_TABLE, Llama: LLAMA_TABLE}

# Buffers that Transformers computes again, but once saved with the weights.
_NOT_WEIGHTS = (".attn.bias", ".attn.masked_bias", ".inv_freq", ".position_ids")
# Second names of tied tensors.
_SECOND_NAMES = {
    "lm_head.weight": ("transformer.wte.weight", "model.embed_tokens.weight"),
}


def to_huggingface(model: nn.Module) -> dict[str, Tensor]:
    """Return the model's weights under Transformers' names.

    Raises:
        TypeError: If the model is of no family that has a table.
    """
    state = model.state_dict()
    return {line.theirs: line.join(state) for line in _lines(model)}


def load_huggingface(model: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Copy Transformers' weights into the model, all or none.

    Args:
        model: One of ours, of the same sizes.
        weights: The state dict of the Transformers model, or the content of its file.

    Raises:
        ValueError: Naming every tensor that is missing, unknown or of another shape;
            then the model is as it was.
        TypeError: If the model is of no family that has a table.
    """
    lines = list(_lines(model))
    ours = to_huggingface(model)
    theirs = _cleaned(weights, ours)
    _check_shapes(theirs, ours)
    parts: dict[str, Tensor] = {}
    for line in lines:
        parts |= line.split(theirs[line.theirs])
    model.load_state_dict(parts)


def _cleaned(
    weights: Mapping[str, Tensor], expected: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Give every tensor its full name, and drop what is no weight of its own."""
    prefix = next(iter(expected)).split(".")[0] + "."
    if not any(name.startswith(prefix) for name in weights):  # saved without its head
        weights = {prefix + name: tensor for name, tensor in weights.items()}
    return {
        name: tensor
        for name, tensor in weights.items()
        if not name.endswith(_NOT_WEIGHTS)
        and not _is_second_name(name, weights, expected)
    }


def _is_second_name(
    name: str, weights: Mapping[str, Tensor], expected: Mapping[str, Tensor]
) -> bool:
    """Tell whether a tied tensor stands here once more."""
    if name in expected or name not in _SECOND_NAMES:
        return False
    first = next(one for one in _SECOND_NAMES[name] if one in weights)
    if not torch.equal(weights[name], weights[first]):
        raise ValueError(f"{name} and {first} differ, but the config ties them")
    return True


def _check_shapes(theirs: Mapping[str, Tensor], ours: Mapping[str, Tensor]) -> None:
    problems = [f"missing {name}" for name in ours if name not in theirs]
    problems += [f"unknown {name}" for name in theirs if name not in ours]
    problems += [
        f"{name} is {tuple(tensor.shape)}, not {tuple(ours[name].shape)}"
        for name, tensor in theirs.items()
        if name in ours and tensor.shape != ours[name].shape
    ]
    if problems:
        raise ValueError(f"these weights do not fit: {'; '.join(problems)}")


@dataclass(frozen=True)
class _Line:
    """One tensor of theirs and what it is of ours."""

    theirs: str
    ours: tuple[str, ...]

    @property
    def transposed(self) -> bool:
        """GPT-2's Conv1D layers, whose input axis comes first, are all named c_*."""
        return ".c_" in self.theirs and self.theirs.endswith(".weight")

    def join(self, state: Mapping[str, Tensor]) -> Tensor:
        joined = torch.cat([state[name] for name in self.ours])
        return joined.T.contiguous() if self.transposed else joined

    def split(self, tensor: Tensor) -> dict[str, Tensor]:
        parts = (tensor.T if self.transposed else tensor).chunk(len(self.ours))
        return dict(zip(self.ours, parts, strict=True))


def _lines(model: nn.Module) -> Iterator[_Line]:
    """Write the model's table out, and leave away what this model does not have."""
    if type(model) not in TABLES:
        known = ", ".join(cls.__name__ for cls in TABLES)
        raise TypeError(f"no table for {type(model).__name__}; there are: {known}")
    config: Any = model.config
    mine = model.state_dict().keys()
    for theirs, ours in TABLES[type(model)].items():
        ours = (ours,) if isinstance(ours, str) else ours
        for i in range(config.n_layers if "{i}" in theirs else 1):
            for p in ("weight", "bias") if "{p}" in theirs else ("",):
                names = tuple(name.format(i=i, p=p) for name in ours)
                if names[0] in mine:
                    yield _Line(theirs.format(i=i, p=p), names)
