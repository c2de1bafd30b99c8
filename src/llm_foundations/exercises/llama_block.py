"""The checker of a reader's own Llama block."""

import copy
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
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
from llm_foundations.layers.block import TransformerBlock, post_norm
from llm_foundations.layers.feed_forward import SwiGLU
from llm_foundations.layers.multi_head_attention import MultiHeadAttention
from llm_foundations.layers.normalization import RMSNorm
from llm_foundations.layers.rotary import RotaryEmbedding

N_HEADS, D_HEAD = 4, 4


@checker("Norms, rotation, mask, shared keys, gate and both sums are in their places.")
def check_llama_block(llama_block: Function) -> None:
    """Check a whole Llama block.

    Args:
        llama_block: Takes `x` (B, T, C), the block's state dict with matrices as
            `nn.Linear` keeps them, the function that turns queries and keys, and
            `d_head`; returns (B, T, C).
    """
    generator = torch.Generator().manual_seed(0)
    layer = _layer(generator)
    x = torch.randn(2, 6, 16, generator=generator)
    rotate = RotaryEmbedding(torch.arange(6), D_HEAD)
    weights = {name: w.clone() for name, w in layer.state_dict().items()}
    result = call(llama_block, x.clone(), weights, rotate, D_HEAD, when="with 6 words")
    require(
        shape_of(result) == (2, 6, 16), f"(2, 6, 16) stays so, got {shape_of(result)}"
    )
    refuse(result, _mistakes(layer, x, rotate))
    expected = layer(x, causal=True, rotate=rotate)
    require(same(expected, result), "the result differs from the package's block")


def _layer(generator: torch.Generator) -> TransformerBlock:
    attention = MultiHeadAttention(16, N_HEADS, n_kv_heads=2, bias=False)
    layer = TransformerBlock(attention, SwiGLU(16, 20), lambda: RMSNorm(16))
    with torch.no_grad():
        for parameter in layer.parameters():
            mean = 1.0 if parameter.ndim == 1 else 0.0
            parameter.normal_(mean, 0.3, generator=generator)
    return layer.requires_grad_(False)


def _mistakes(
    layer: TransformerBlock, x: Tensor, rotate: Callable[[Tensor], Tensor]
) -> Mapping[str, Tensor]:
    """Return what a block with one mistake gives, by what there is to say about it."""

    def turn_queries(y: Tensor) -> Tensor:
        return rotate(y) if y.shape[1] == N_HEADS else y

    def turn_keys(y: Tensor) -> Tensor:
        return y if y.shape[1] == N_HEADS else rotate(y)

    def run(model: nn.Module, turn: Callable[[Tensor], Tensor] = rotate) -> Tensor:
        result: Tensor = model(x, causal=True, rotate=turn)
        return result

    return {
        "every word sees the future: attention needs is_causal=True": layer(
            x, causal=False, rotate=rotate
        ),
        "nothing is turned: rotate queries and keys": run(layer, lambda y: y),
        "the keys are not turned": run(layer, turn_queries),
        "the queries are not turned": run(layer, turn_keys),
        "the skip line starts after the norm: add to x itself, x + f(norm(x))": run(
            _with_residual(layer, lambda x, norm, f: norm(x) + f(norm(x)))
        ),
        "nothing is added to x: it is x + f(norm(x))": run(
            _with_residual(layer, lambda x, norm, f: f(norm(x)))
        ),
        "the norm stands after the sum: Llama norms what goes into a layer": run(
            _with_residual(layer, post_norm)
        ),
        "nothing is normalised": run(
            _with_residual(layer, lambda x, norm, f: x + f(x))
        ),
        "the mean was taken away: that is LayerNorm": run(
            _with_residual(layer, lambda x, norm, f: x + f(_layer_norm(x, norm)))
        ),
        "gate and up are swapped: SiLU bends the gate": run(_swapped(layer)),
        "the groups take turns: heads 0 and 1 use group 0 (repeat_interleave)": run(
            _in_turn(layer)
        ),
    }


def _layer_norm(x: Tensor, norm: RMSNorm) -> Tensor:
    return F.layer_norm(x, norm.weight.shape, norm.weight)


def _with_residual(
    layer: TransformerBlock, residual: Callable[..., Tensor]
) -> TransformerBlock:
    changed = copy.deepcopy(layer)
    changed.residual = residual
    return changed


def _swapped(layer: TransformerBlock) -> TransformerBlock:
    changed = copy.deepcopy(layer)
    ff: Any = changed.feed_forward
    ff.gate_proj, ff.up_proj = ff.up_proj, ff.gate_proj
    return changed


def _in_turn(layer: TransformerBlock) -> TransformerBlock:
    """Serve heads 0 to 3 by groups 0, 1, 0, 1: exchange the two in the middle."""
    changed = copy.deepcopy(layer)
    attention: Any = changed.attention
    rows = torch.arange(16).view(4, 4)[[0, 2, 1, 3]].flatten()
    attention.q_proj.weight = nn.Parameter(attention.q_proj.weight[rows], False)
    attention.o_proj.weight = nn.Parameter(attention.o_proj.weight[:, rows], False)
    return changed
