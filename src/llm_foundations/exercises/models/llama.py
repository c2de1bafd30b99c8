"""The exercises of the lesson on Llama."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from llm_foundations.exercises.exercise import Drawn, Exercise, Function, case
from llm_foundations.facts import PublishedModel, find_model
from llm_foundations.layers import (
    half_split_to_interleaved,
    interleaved_to_half_split,
    rms_norm,
)


def _counted(
    attention: Callable[[int, int], int] = lambda d, d_kv: 2 * d * d + 2 * d * d_kv,
    n_matrices: int = 3,
    norms: Callable[[int, int], int] = lambda d, n: (2 * n + 1) * d,
    n_tables: int = 2,
) -> Function:
    """Return the count of a Llama's parameters, with some of its terms replaced."""

    def n_parameters(
        vocab_size: int,
        d_model: int,
        n_layers: int,
        n_heads: int,
        n_kv_heads: int,
        d_ff: int,
    ) -> int:
        layer = attention(d_model, n_kv_heads * d_model // n_heads)
        layer += n_matrices * d_model * d_ff
        ends = n_tables * vocab_size * d_model + norms(d_model, n_layers)
        return ends + n_layers * layer

    return n_parameters


def _one_layer(vocab_size: int, d_model: int, n_layers: int, *others: int) -> Any:
    return _counted()(vocab_size, d_model, 1, *others)


check_llama_parameters = Exercise(
    "check_llama_parameters",
    right=_counted(),
    cases=[
        case(11, 24, 3, 6, 2, 17),
        case(13, 20, 2, 10, 5, 9),
        case(7, 18, 4, 9, 1, 25),
        case(
            *(32000, 4096, 32, 32, 32, 11008),
            when="with the sizes of Llama 2 7B",
            why="it has as many layers as heads, and each head has its own keys",
        ),
    ],
    mistakes={
        "a feed-forward layer has three matrices: the gate is the third": _counted(
            n_matrices=2
        ),
        "keys and values are shared: their matrices have n_kv_heads * d_head columns": (
            _counted(lambda d, d_kv: 4 * d * d),
            _counted(lambda d, d_kv: 3 * d * d + d * d_kv),
        ),
        "only keys and values are shared: the matrices of the queries and of the "
        "output stay (d_model, d_model)": (
            _counted(lambda d, d_kv: d * d + 3 * d * d_kv),
            _counted(lambda d, d_kv: 4 * d * d_kv),
        ),
        "attention has four matrices: the output projection is the fourth": _counted(
            lambda d, d_kv: d * d + 2 * d * d_kv
        ),
        "keys and values have a matrix each": _counted(
            lambda d, d_kv: 2 * d * d + d * d_kv
        ),
        "the head has a matrix of its own, beside the embedding": _counted(n_tables=1),
        "the norm after the last layer is missing": _counted(
            norms=lambda d, n: 2 * n * d
        ),
        "the norms are missing: two in each layer and one at the end": _counted(
            norms=lambda d, n: 0
        ),
        "each layer has two norms, one before each sublayer": _counted(
            norms=lambda d, n: (n + 1) * d
        ),
        "RMSNorm has no bias: one number for each component": _counted(
            norms=lambda d, n: 2 * (2 * n + 1) * d
        ),
        "Llama's linear layers have no biases": (
            _counted(lambda d, d_kv: 2 * d * (d + d_kv) + 2 * (d + d_kv))
        ),
        "that is one layer: there are n_layers of them": _one_layer,
    },
    verdict="Gate, shared keys, both embeddings and the last norm are in it.",
)
"""The number of a Llama's parameters."""


def _in_float32(x: Tensor, weight: Tensor, eps: float) -> Any:
    return rms_norm(x.float(), weight.float(), eps)


def _like_x(norm: Function) -> Function:
    """Return a norm that computes in float32, and gives back the dtype of `x`."""
    return lambda x, weight, eps: norm(x.float(), weight.float(), eps).to(x.dtype)


def _clamped(x: Tensor, weight: Tensor, eps: float) -> Any:
    return rms_norm(x.clamp(-250, 250), weight, eps)


def _small(shape: Sequence[int], generator: Generator) -> Tensor:
    return torch.randn(shape, generator=generator) / 100


def _long(shape: Sequence[int], generator: Generator) -> Tensor:
    """Return numbers in float16 whose squares are larger than any float16."""
    x = torch.randn(shape, generator=generator)
    return (300 * (x.sign() + x)).half()


def _half(shape: Sequence[int], generator: Generator) -> Tensor:
    return torch.randn(shape, generator=generator).half()


_HALVES = Drawn("B T C", _long), Drawn("C", _half)

check_half_norm = Exercise(
    "check_half_norm",
    right=_like_x(rms_norm),
    cases=[
        case(Drawn("T C", _small), Drawn("C"), 1e-3, T=3, C=4),
        case(Drawn("B T C"), Drawn("C"), 1e-6, B=2, T=3, C=6),
        case(*_HALVES, 1e-5, B=2, T=4, C=5, when="with numbers above 300 in float16"),
        case(*_HALVES, 1e-6, B=3, T=2, C=8, when="with numbers above 300 in float16"),
    ],
    observe=lambda result, x, weight, eps: (result.float(), str(result.dtype)),
    returns=("the result", "its dtype"),
    within=0.01,
    mistakes={
        "in float16 a vector of 300s becomes 0: the square of 300 is more than 65,504, "
        "the largest number there is": rms_norm,
        "what comes in as float16 goes out as float16: convert the result": _in_float32,
        "eps is not used": _like_x(lambda x, w, eps: rms_norm(x, w, 0.0)),
        "eps is added to the mean of the squares, before the root is taken": _like_x(
            lambda x, w, eps: x / (x.square().mean(-1, True).sqrt() + eps) * w
        ),
        "the weight is not used": _like_x(
            lambda x, w, eps: rms_norm(x, torch.ones_like(w), eps)
        ),
        "the squares were added up: take their mean": _like_x(
            lambda x, w, eps: x / (x.square().sum(-1, True) + eps).sqrt() * w
        ),
        "the root is missing: divide by the root of the mean square": _like_x(
            lambda x, w, eps: x / (x.square().mean(-1, True) + eps) * w
        ),
        "the mean was subtracted: that is LayerNorm": _like_x(
            lambda x, w, eps: F.layer_norm(x, w.shape, w, eps=eps)
        ),
        "the mean of the whole tensor was taken: each vector has its own": _like_x(
            lambda x, w, eps: x / (x.square().mean() + eps).sqrt() * w
        ),
        "large numbers were clamped, which changes the vector: square in float32": (
            _clamped
        ),
    },
    verdict="It squares in float32, and gives back the precision that came in.",
)
"""An RMSNorm that works in float16."""


def _has_moved_columns(result: Tensor, weight: Tensor) -> bool:
    same_rows = torch.allclose(result.sort(1).values, weight.sort(1).values)
    return same_rows and not torch.equal(result, weight)


def _is_right_order(result: Tensor, weight: Tensor, d_head: int) -> bool | str:
    n_rows = len(weight)
    at = (result[:, None] == weight).all(-1).nonzero()[:, 1].tolist()
    right = interleaved_to_half_split(torch.arange(n_rows), d_head).tolist()
    return at == right or f"{at[:d_head]}, not {right[:d_head]}"


def _evens_first(weight: Tensor) -> Tensor:
    return torch.cat([weight[::2], weight[1::2]])


check_converted_queries = Exercise(
    "check_converted_queries",
    right=interleaved_to_half_split,
    cases=[
        case(Drawn("R C"), 6, R=12, C=6),
        case(Drawn("R C"), 10, R=20, C=7),
        case(Drawn("R C"), 8, R=24, C=5),
    ],
    mistakes={
        "nothing has moved: this head's pairs are still neighbors": (
            lambda weight, d_head: weight
        ),
        "that is the way back: row 1 must become row D / 2": half_split_to_interleaved,
        "rows of one head went to another: reorder within each head": (
            lambda weight, d_head: _evens_first(weight)
        ),
        "the odd rows come first: number 2i moves to i": lambda weight, d_head: (
            interleaved_to_half_split(weight, d_head)
            .view(-1, d_head, weight.shape[1])
            .roll(d_head // 2, 1)
            .flatten(0, 1)
        ),
        "that is (C, H * D): the rows are reordered, not transposed": (
            lambda weight, d_head: interleaved_to_half_split(weight, d_head).T
        ),
    },
    properties={
        "the columns were reordered: a head's numbers are the rows of the weight": (
            lambda result, weight, d_head: not _has_moved_columns(result, weight),
            lambda weight, d_head: _evens_first(weight.T).T,
            lambda weight, d_head: weight.flip(1),
        ),
        "the rows of head 0 come out in the order {}": (
            _is_right_order,
            lambda weight, d_head: weight.flip(0),
            lambda weight, d_head: weight.roll(1, 0),
        ),
    },
    verdict="Each head's even rows come first, then its odd ones.",
)
"""A query matrix, converted from one rotary pairing to the other."""

check_window_reach = Exercise(
    "check_window_reach",
    right=lambda n_layers, window: n_layers * (window - 1),
    cases=[case(3, 4), case(2, 6), case(5, 1), case(4, 9), case(1, 8)],
    mistakes={
        "n_layers * window is the formula of the Mistral paper, whose words count "
        "window + 1 tokens per layer: its own rolling cache, and this exercise, count "
        "the token itself among the window tokens": (
            lambda n_layers, window: n_layers * window
        ),
        "that is one layer's window: the next layer reads on from there": (
            lambda n_layers, window: window
        ),
        "that is how far one layer reaches: there are n_layers": (
            lambda n_layers, window: window - 1
        ),
        "that counts the tokens that are seen: the furthest of them is one less away": (
            lambda n_layers, window: n_layers * (window - 1) + 1
        ),
        "the first layer reaches back, too": (
            lambda n_layers, window: (n_layers - 1) * (window - 1)
        ),
        "reaches add up from layer to layer: they do not multiply": (
            lambda n_layers, window: window**n_layers,
            lambda n_layers, window: (window - 1) ** n_layers,
            lambda n_layers, window: (window - 1) ** 2,
        ),
        "only one token was left out: each layer counts the token itself": (
            lambda n_layers, window: n_layers * window - 1
        ),
    },
    verdict="One layer reaches window - 1 back, and the layers add up.",
)
"""The greatest distance through layers with a window."""

_PARTS = ("rotary", "rmsnorm", "gated", "no biases", "shared keys")


def _parts(
    gated: Collection[str] = ("swiglu", "geglu"),
    unbiased: Collection[str] = ("no",),
    norm: str = "rmsnorm",
    positions: Collection[str] = ("rope",),
    shares: Callable[[int, int], bool] = lambda n_kv, n: n_kv < n,
) -> Function:
    """Return the reading of a row of the ledger, with some of its rules replaced."""

    def parts(model: Any) -> list[str]:
        has = (
            model.position in positions,
            model.norm.startswith(norm),
            model.ffn_type in gated,
            model.attention_bias in unbiased,
            shares(model.n_kv_heads, model.n_heads),
        )
        return [part for part, there in zip(_PARTS, has, strict=True) if there]

    return parts


def _is_read(part: str, *cells: str) -> Function:
    """Return the property that a part is found in the models that have it."""

    def check(found: Collection[str], model: PublishedModel) -> bool | str:
        is_there = part in _parts()(model)
        shown = ", ".join(f"{cell} is {getattr(model, cell)!r}" for cell in cells)
        said = f"{model.name} {'has' if is_there else 'does not have'}"
        return (part in found) == is_there or f"{said} {part!r}: {shown}"

    return check


_LISTS = (list, tuple, set, frozenset)
_LEDGER = (
    *("GPT-2 small", "Llama 2 7B", "Llama 3 8B", "JAIS-30B-v3"),
    *("Gemma 2 9B", "Falcon-7B", "Qwen2.5-7B", "BLOOM-176B"),
)

check_llama_parts = Exercise(
    "check_llama_parts",
    right=None,
    cases=[case(find_model(name), when=f"with {name}") for name in _LEDGER],
    mistakes={},
    properties={
        f"return a list of some of {', '.join(_PARTS)}, got {{}}": (
            lambda found, model: isinstance(found, _LISTS) and set(found) <= {*_PARTS},
            lambda model: "rotary",
            lambda model: dict.fromkeys(_PARTS, True),
            lambda model: [part == "gated" for part in _PARTS],
        ),
        "rotary positions are rope: {}": (
            _is_read("rotary", "position"),
            _parts(positions=("rope", "alibi")),
            _parts(positions=()),
        ),
        "what stands after the norm's name is its place: {}": (
            _is_read("rmsnorm", "norm"),
            _parts(norm="rmsnorm-pre+"),
            _parts(norm=""),
        ),
        "SwiGLU and GEGLU are gated: {}": (
            _is_read("gated", "ffn_type"),
            _parts(gated=("swiglu",)),
            _parts(gated=("swiglu", "geglu", "gelu")),
        ),
        "biases of queries, keys and values are biases, too: {}": (
            _is_read("no biases", "attention_bias"),
            _parts(unbiased=("no", "qkv")),
            _parts(unbiased=("yes",)),
        ),
        "keys are shared if there are fewer of them than heads: {}": (
            _is_read("shared keys", "n_heads", "n_kv_heads"),
            _parts(shares=lambda n_kv, n: n_kv <= n),
            _parts(shares=lambda n_kv, n: n_kv == 1),
        ),
    },
    verdict="It reads eight published models as the ledger has them.",
)
"""Llama's parts, read off the ledger of published models."""
