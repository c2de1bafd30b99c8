"""State dicts both ways with Transformers, by the families' tables."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, cast

import torch
from torch import Tensor, nn

from llm_foundations.models.bert import (
    BERT,
    MaskedLM,
    PretrainingBERT,
    QuestionAnswering,
    SequenceClassifier,
    TokenClassifier,
)
from llm_foundations.models.bloom import Bloom
from llm_foundations.models.gpt import GPT
from llm_foundations.models.jais import Jais
from llm_foundations.models.llama import Llama
from llm_foundations.models.t5 import T5

Table = dict[str, str | tuple[str, ...]]
"""Their names of tensors, and ours; `{i}` is a layer, `{p}` weight or bias."""

_FEED_FORWARD_NORM = "blocks.{i}.feed_forward_norm.{p}"
_QKV = tuple(f"blocks.{{i}}.attention.{part}_proj.{{p}}" for part in "qkv")
GPT_TABLE: Table = {
    "transformer.wte.weight": "token_embedding.weight",
    "transformer.wpe.weight": "position_embedding.weight",
    "transformer.h.{i}.ln_1.{p}": "blocks.{i}.attention_norm.{p}",
    "transformer.h.{i}.attn.c_attn.{p}": _QKV,
    "transformer.h.{i}.attn.c_proj.{p}": "blocks.{i}.attention.o_proj.{p}",
    "transformer.h.{i}.ln_2.{p}": _FEED_FORWARD_NORM,
    "transformer.h.{i}.mlp.c_fc.{p}": "blocks.{i}.feed_forward.up_proj.{p}",
    "transformer.h.{i}.mlp.c_proj.{p}": "blocks.{i}.feed_forward.down_proj.{p}",
    "transformer.ln_f.{p}": "norm.{p}",
    "lm_head.weight": "lm_head.weight",
}
"""GPT-2."""
JAIS_TABLE: Table = {
    **GPT_TABLE,
    "transformer.h.{i}.mlp.c_fc2.{p}": "blocks.{i}.feed_forward.gate_proj.{p}",
}
"""JAIS: GPT-2's names, and the gate as a second `c_fc`."""
BLOOM_TABLE: Table = {
    "transformer.word_embeddings.weight": "token_embedding.weight",
    "transformer.word_embeddings_layernorm.{p}": "embedding_norm.{p}",
    "transformer.h.{i}.input_layernorm.{p}": "blocks.{i}.attention_norm.{p}",
    "transformer.h.{i}.self_attention.query_key_value.{p}": _QKV,
    "transformer.h.{i}.self_attention.dense.{p}": "blocks.{i}.attention.o_proj.{p}",
    "transformer.h.{i}.post_attention_layernorm.{p}": _FEED_FORWARD_NORM,
    "transformer.h.{i}.mlp.dense_h_to_4h.{p}": "blocks.{i}.feed_forward.up_proj.{p}",
    "transformer.h.{i}.mlp.dense_4h_to_h.{p}": "blocks.{i}.feed_forward.down_proj.{p}",
    "transformer.ln_f.{p}": "norm.{p}",
}
"""BLOOM."""
LLAMA_TABLE: Table = {
    "model.embed_tokens.weight": "token_embedding.weight",
    "model.layers.{i}.input_layernorm.{p}": "blocks.{i}.attention_norm.{p}",
    "model.layers.{i}.self_attn.{x}_proj.{p}": "blocks.{i}.attention.{x}_proj.{p}",
    "model.layers.{i}.post_attention_layernorm.{p}": _FEED_FORWARD_NORM,
    "model.layers.{i}.mlp.gate_proj.{p}": "blocks.{i}.feed_forward.gate_proj.{p}",
    "model.layers.{i}.mlp.up_proj.{p}": "blocks.{i}.feed_forward.up_proj.{p}",
    "model.layers.{i}.mlp.down_proj.{p}": "blocks.{i}.feed_forward.down_proj.{p}",
    "model.norm.{p}": "norm.{p}",
    "lm_head.weight": "lm_head.weight",
}
"""Llama and Mistral."""
BERT_TABLE: Table = {
    "embeddings.word_embeddings.weight": "token_embedding.weight",
    "embeddings.position_embeddings.weight": "position_embedding.weight",
    "embeddings.token_type_embeddings.weight": "segment_embedding.weight",
    "embeddings.LayerNorm.{p}": "embedding_norm.{p}",
    "encoder.layer.{i}.attention.self.query.{p}": "blocks.{i}.attention.q_proj.{p}",
    "encoder.layer.{i}.attention.self.key.{p}": "blocks.{i}.attention.k_proj.{p}",
    "encoder.layer.{i}.attention.self.value.{p}": "blocks.{i}.attention.v_proj.{p}",
    "encoder.layer.{i}.attention.output.dense.{p}": "blocks.{i}.attention.o_proj.{p}",
    "encoder.layer.{i}.attention.output.LayerNorm.{p}": "blocks.{i}.attention_norm.{p}",
    "encoder.layer.{i}.intermediate.dense.{p}": "blocks.{i}.feed_forward.up_proj.{p}",
    "encoder.layer.{i}.output.dense.{p}": "blocks.{i}.feed_forward.down_proj.{p}",
    "encoder.layer.{i}.output.LayerNorm.{p}": "blocks.{i}.feed_forward_norm.{p}",
    "pooler.dense.{p}": "pooler.{p}",
}
"""BERT without heads."""
BERT_HEADS_TABLE: Table = {
    **{f"bert.{theirs}": f"bert.{ours}" for theirs, ours in BERT_TABLE.items()},
    "cls.predictions.transform.dense.{p}": "head.dense.{p}",
    "cls.predictions.transform.LayerNorm.{p}": "head.norm.{p}",
    "cls.predictions.bias": "head.bias",
    "cls.seq_relationship.{p}": "next_sentence.{p}",
    "classifier.{p}": "classifier.{p}",
    "qa_outputs.{p}": "span.{p}",
}
"""BERT with the heads of its pre-training."""
_T5_ENCODER_BLOCK = {
    "0.SelfAttention.{x}": "attention.{x}_proj",
    "0.layer_norm": "attention_norm",
    "1.DenseReluDense.wi": "feed_forward.up_proj",
    "1.DenseReluDense.wo": "feed_forward.down_proj",
    "1.layer_norm": "feed_forward_norm",
}
_T5_DECODER_BLOCK = {
    "0.SelfAttention.{x}": "attention.{x}_proj",
    "0.layer_norm": "attention_norm",
    "1.EncDecAttention.{x}": "cross_attention.{x}_proj",
    "1.layer_norm": "cross_norm",
    "2.DenseReluDense.wi": "feed_forward.up_proj",
    "2.DenseReluDense.wo": "feed_forward.down_proj",
    "2.layer_norm": "feed_forward_norm",
}
_T5_BIAS = "block.0.layer.0.SelfAttention.relative_attention_bias.weight"
T5_TABLE: Table = {
    "shared.weight": "token_embedding.weight",
    f"encoder.{_T5_BIAS}": "encoder_bias.table.weight",
    f"decoder.{_T5_BIAS}": "decoder_bias.table.weight",
    **{
        f"encoder.block.{{i}}.layer.{theirs}.weight": (
            f"encoder_blocks.{{i}}.{ours}.weight"
        )
        for theirs, ours in _T5_ENCODER_BLOCK.items()
    },
    **{
        f"decoder.block.{{i}}.layer.{theirs}.weight": (
            f"decoder_blocks.{{i}}.{ours}.weight"
        )
        for theirs, ours in _T5_DECODER_BLOCK.items()
    },
    "encoder.final_layer_norm.weight": "encoder_norm.weight",
    "decoder.final_layer_norm.weight": "decoder_norm.weight",
    "lm_head.weight": "lm_head.weight",
}
"""T5 1.0."""
T5_GATED_TABLE: Table = {
    **{theirs.replace(".wi.", ".wi_1."): ours for theirs, ours in T5_TABLE.items()},
    **{
        theirs.replace(".wi.", ".wi_0."): str(ours).replace("up_proj", "gate_proj")
        for theirs, ours in T5_TABLE.items()
        if ".wi." in theirs
    },
}
"""T5 1.1, whose feed-forward layers are gated."""
_TABLES: dict[type[nn.Module], Table] = {
    GPT: GPT_TABLE,
    Llama: LLAMA_TABLE,
    BERT: BERT_TABLE,
    MaskedLM: BERT_HEADS_TABLE,
    PretrainingBERT: BERT_HEADS_TABLE,
    SequenceClassifier: BERT_HEADS_TABLE,
    TokenClassifier: BERT_HEADS_TABLE,
    QuestionAnswering: BERT_HEADS_TABLE,
    T5: T5_TABLE,
    Bloom: BLOOM_TABLE,
    Jais: JAIS_TABLE,
}


def table_of(model: nn.Module) -> Table:
    """Return the table of the model's family.

    Raises:
        TypeError: If there is none.
    """
    if isinstance(model, T5) and model.config.gated:
        return T5_GATED_TABLE
    if type(model) not in _TABLES:
        known = ", ".join(cls.__name__ for cls in _TABLES)
        raise TypeError(f"no table for {type(model).__name__}; there are: {known}")
    return _TABLES[type(model)]


# Buffers that Transformers computes again, but once saved with the weights, and a bias
# that T5 saved and never used.
_NOT_WEIGHTS = (
    ".attn.bias",
    ".attn.masked_bias",
    ".inv_freq",
    "relative_pe.slopes",
    ".position_ids",
    "EncDecAttention.relative_attention_bias.weight",
)
# What holds a weight itself; eight bits hold one only together with a scale.
_NUMBERS = (torch.float64, torch.float32, torch.bfloat16, torch.float16)
# Second names of tied tensors, and the first ones, one a family.
_SECOND_NAMES = {
    "lm_head.weight": (
        "transformer.wte",
        "transformer.word_embeddings",
        "model.embed_tokens",
        "shared",
    ),
    "encoder.embed_tokens.weight": ("shared",),
    "decoder.embed_tokens.weight": ("shared",),
    "cls.predictions.decoder.weight": ("bert.embeddings.word_embeddings",),
    "cls.predictions.decoder.bias": ("cls.predictions",),
}
# Heads of BERT that another model of the family has no use for.
_OTHER_HEADS = {
    name.replace("{p}", kind)
    for name in ("pooler.dense.{p}", *BERT_HEADS_TABLE)
    for kind in ("weight", "bias")
    if name.startswith(("pooler", "bert.pooler", "cls", "classifier", "qa_outputs"))
}


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
    theirs = _cleaned(_renamed(weights, next(iter(ours))), ours)
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
    weights: Mapping[str, Tensor], expected: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Drop what is no weight of this model's own."""
    return {
        name: tensor
        for name, tensor in weights.items()
        if name in expected
        or not (
            name.endswith(_NOT_WEIGHTS)
            or _is_second_name(name, weights)
            or (name in _OTHER_HEADS and _is_bert(expected))
        )
    }


def _is_bert(expected: Mapping[str, Tensor]) -> bool:
    return next(iter(expected)).endswith("embeddings.word_embeddings.weight")


def _is_second_name(name: str, weights: Mapping[str, Tensor]) -> bool:
    """Tell whether a tied tensor stands here once more."""
    kind = name.rpartition(".")[2]
    firsts = [f"{first}.{kind}" for first in _SECOND_NAMES.get(name, ())]
    for first in firsts:
        if first in weights and not torch.equal(weights[name], weights[first]):
            raise ValueError(f"{name} and {first} differ, but the config ties them")
    return bool(firsts)


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

    @property
    def transposed(self) -> bool:
        """GPT-2's Conv1D layers, whose input axis comes first, are all named c_*."""
        return ".c_" in self.theirs and self.theirs.endswith(".weight")

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
    table, config, mine = table_of(model), cast(Any, model.config), model.state_dict()
    n_layers = max(config.n_layers, getattr(config, "n_decoder_layers", 0))
    layers = [str(i) for i in range(n_layers)]
    values = {"{i}": layers, "{p}": ["weight", "bias"], "{x}": list("qkvo")}
    for theirs, ours in table.items():
        parts = (ours,) if isinstance(ours, str) else ours
        marks = [mark for mark in values if mark in theirs]
        for chosen in product(*(values[mark] for mark in marks)):
            names = [theirs, *parts]
            for mark, value in zip(marks, chosen, strict=True):
                names = [name.replace(mark, value) for name in names]
            if names[1] in mine:
                # BLOOM stacks q, k and v head by head, GPT-2 whole.
                n_stacks = config.n_heads if "query_key_value" in theirs else 1
                yield _Line(names[0], tuple(names[1:]), n_stacks)
