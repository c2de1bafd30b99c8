"""Checkers of the lesson on Llama: counts, windows, pairings, precision."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from llm_foundations.exercises.checking import (
    Function,
    call,
    checker,
    refuse,
    require,
    same,
    shape_of,
)
from llm_foundations.facts import find_model
from llm_foundations.layers.normalization import rms_norm
from llm_foundations.layers.rotary import (
    half_split_to_interleaved,
    interleaved_to_half_split,
)


@checker("Gate, shared keys, both embeddings and the last norm are in it.")
def check_llama_parameters(n_parameters: Function) -> None:
    """Check the count of a Llama's parameters.

    Args:
        n_parameters: Takes `vocab_size, d_model, n_layers, n_heads, n_kv_heads,
            d_ff`; returns the number of parameters, the head's own included.
    """
    sizes = (11, 24, 3, 6, 2, 17)
    count = call(n_parameters, *sizes, when=f"with {sizes}")
    vocab, d, n, heads, shared, d_ff = sizes
    one_kv = d * shared * (d // heads)
    right = 2 * vocab * d + n * (2 * d * d + 2 * one_kv + 3 * d * d_ff + 2 * d) + d
    mistakes = {
        right - n * d * d_ff: "two matrices in a feed-forward layer: the gate is third",
        right + 2 * n * (d * d - one_kv): "keys and values are shared: their matrices "
        "have n_kv_heads * d_head columns",
        right - vocab * d: "the head has a matrix of its own, beside the embedding",
        right - d: "the norm after the last layer is missing",
        right - 2 * n * d - d: "the norms are missing: two a layer and one at the end",
        right + 2 * n * d + d: "RMSNorm has no bias: one number a component",
        right - (n - 1) * (right - 2 * vocab * d - d) // n: "that is one layer",
    }
    require(count not in mistakes, mistakes.get(count, ""))
    require(count == right, f"for {sizes} it is {right:,}, got {count:,}")
    whole = call(n_parameters, 32000, 4096, 32, 32, 32, 11008, when="with Llama 2 7B")
    require(whole == 6_738_415_616, f"Llama 2 7B has 6,738,415,616, got {whole:,}")


@checker("Each head's even rows come first, then its odd ones.")
def check_converted_queries(convert: Function) -> None:
    """Check the reordering of a query matrix from one rotary pairing to the other.

    Args:
        convert: Takes the weight of a query or key projection (H * D, C), made for
            pairs (2i, 2i + 1), and `d_head`; returns the one for (i, i + D / 2).
    """
    weight = torch.arange(2 * 6 * 5.0).view(12, 5)
    result = call(convert, weight.clone(), 6, when="with 2 heads of width 6")
    require(
        shape_of(result) == (12, 5), f"(12, 5) stays (12, 5), got {shape_of(result)}"
    )
    require(
        not same(weight, result),
        "nothing has moved: this head's pairs are still neighbours",
    )
    require(
        not same(half_split_to_interleaved(weight, 6), result),
        "that is the way back: row 1 must become row D / 2",
    )
    require(
        not same(interleaved_to_half_split(weight, 12), result),
        "rows of one head went to another: reorder within each head",
    )
    require(
        not same(interleaved_to_half_split(weight.T[:4], 4).T, result[:, :4]),
        "the columns were reordered: a head's numbers are the rows of the weight",
    )
    require(
        same(interleaved_to_half_split(weight, 6), result),
        f"the rows of head 0 come out in the order {_rows(result, 6)}, "
        "not 0, 2, 4, 1, 3, 5",
    )


def _rows(weight: Tensor, n: int) -> str:
    return ", ".join(f"{x / 5:g}" for x in weight[:n, 0].tolist())


@checker("One layer reaches window - 1 back, and the layers add up.")
def check_window_reach(reach: Function) -> None:
    """Check how far back a token can be heard of through layers with a window.

    Args:
        reach: Takes `n_layers` and `window`, the number of tokens that one layer
            sees, the token itself included; returns the greatest distance.
    """
    distance: Any = call(reach, 3, 4, when="with 3 layers and a window of 4")
    require(
        distance != 4, "4 is one layer's window: the next layer reads on from there"
    )
    require(distance != 3, "3 is how far one layer reaches: there are 3 layers")
    require(
        distance != 12,
        "12 counts each token itself: a window of 4 reaches 3 tokens back",
    )
    require(distance != 10, "10 tokens are seen, and the first of them is 9 back")
    require(distance == 9, f"3 layers with a window of 4 reach 9 back, got {distance}")
    none: Any = call(reach, 5, 1, when="with 5 layers and a window of 1")
    require(none == 0, f"with a window of 1 nothing is ever heard of, got {none}")


@checker("It squares in float32, and gives back the precision that came in.")
def check_half_norm(norm: Function) -> None:
    """Check an RMSNorm that must work in float16.

    Args:
        norm: Takes `x` (..., C), `weight` (C,) and `eps`; returns what RMSNorm makes
            of `x`, in the dtype of `x`.
    """
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(3, 8, generator=generator) / 100
    weight = torch.randn(8, generator=generator)
    result = call(norm, x.clone(), weight, 1e-3, when="in float32")
    mean_square = x.square().mean(-1, keepdim=True)
    mistakes = {
        "eps is not used": x * mean_square.rsqrt() * weight,
        "eps stands under the root": x / (mean_square.sqrt() + 1e-3) * weight,
        "the weight is not used": x * (mean_square + 1e-3).rsqrt(),
        "the squares were added up: take their mean": x
        * (8 * mean_square + 1e-3).rsqrt()
        * weight,
        "the mean was taken away: that is LayerNorm": F.layer_norm(
            x, (8,), weight, eps=1e-3
        ),
    }
    refuse(result, mistakes)
    require(same(rms_norm(x, weight, 1e-3), result), "in float32 it is not RMSNorm")
    _check_half(norm, weight.half())


def _check_half(norm: Function, weight: Tensor) -> None:
    large = torch.full((1, 8), 300.0, dtype=torch.float16)
    result = call(norm, large, weight, 1e-6, when="in float16")
    require(
        bool(result.isfinite().all()) and bool(result.any()),
        f"in float16 a vector of 300s becomes {result[0, 0].item():g}: the square of "
        "300 is more than 65,504, the largest number there is",
    )
    require(
        result.dtype == torch.float16,
        f"float16 went in, {str(result.dtype).removeprefix('torch.')} came out",
    )
    require(
        torch.allclose(result.float(), weight.float(), rtol=2e-3),
        "in float16 the result is not that of float32, rounded",
    )


_PARTS = ("rotary", "rmsnorm", "gated", "no biases", "shared keys")
_ROWS = {
    "GPT-2 small": (),
    "Llama 2 7B": ("rotary", "rmsnorm", "gated", "no biases"),
    "Llama 3 8B": _PARTS,
    "JAIS-30B-v3": ("gated",),
    "Gemma 2 9B": _PARTS,
    "Falcon-7B": ("rotary", "no biases", "shared keys"),
    "Qwen2.5-7B": ("rotary", "rmsnorm", "gated", "shared keys"),
    "BLOOM-176B": (),
}


@checker("It reads eight published models as the ledger has them.")
def check_llama_parts(parts: Function) -> None:
    """Check which of Llama's parts a function finds in rows of the ledger.

    Args:
        parts: Takes a published model; returns those of `rotary`, `rmsnorm`, `gated`,
            `no biases` and `shared keys` that it has, in any order.
    """
    for name, right in _ROWS.items():
        found: Sequence[str] = call(parts, find_model(name), when=f"with {name}")
        require(
            not isinstance(found, str) and set(found) <= set(_PARTS),
            f"with {name}: return a list of some of {', '.join(_PARTS)}, got {found!r}",
        )
        wrong = [part for part in found if part not in right]
        require(not wrong, f"{name} is not {', '.join(wrong)}: {_why(name, wrong)}")
        missing = [part for part in right if part not in found]
        require(not missing, f"{name} is {', '.join(missing)}: {_why(name, missing)}")


def _why(name: str, parts: Sequence[str]) -> str:
    """Show the cell of the ledger that decides the first of the parts."""
    model = find_model(name)
    cells = {
        "rotary": f"position is {model.position!r}",
        "rmsnorm": f"norm is {model.norm!r}",
        "gated": f"ffn_type is {model.ffn_type!r}",
        "no biases": f"attention_bias is {model.attention_bias!r}",
        "shared keys": f"{model.n_heads} heads ask and {model.n_kv_heads} answer",
    }
    return cells[parts[0]] if parts else ""
