"""Checkers of the lesson on the transformer block: its weights, how many, how large."""

import math
from collections.abc import Callable
from functools import partial

import torch
from torch import nn

from llm_foundations.exercises.checking import Function, call, checker, require
from llm_foundations.layers.block import TransformerBlock
from llm_foundations.layers.feed_forward import FeedForward
from llm_foundations.layers.multi_head_attention import MultiHeadAttention
from llm_foundations.layers.normalization import LayerNorm

_LESS: dict[str, Callable[[int, int], int]] = {
    "the biases and the norms are missing": lambda c, f: 9 * c + f,
    "the biases are missing": lambda c, f: 5 * c + f,
    "4 d_model are missing: the four biases of attention, or the two norms": (
        lambda c, f: 4 * c
    ),
    "the biases of attention and the norms are missing": lambda c, f: 8 * c,
    "the biases of the feed-forward layer are missing: d_ff and d_model": (
        lambda c, f: c + f
    ),
    "the first bias of the feed-forward layer is missing: d_ff": lambda c, f: f,
    "2 d_model are missing: there are two norms, each with a weight and a bias": (
        lambda c, f: 2 * c
    ),
    "d_model are missing: one bias of attention, or the feed-forward layer's second": (
        lambda c, f: c
    ),
    "attention has four matrices, W_o too": lambda c, f: c * c + c,
}
"""What is left out, and by how much the count is then too small."""


@checker("It agrees with the package's block, of two shapes.")
def check_block_parameters(block_parameters: Function) -> None:
    """Check the count of a block with biases and two LayerNorms.

    Args:
        block_parameters: Takes `d_model` and `d_ff`; returns a number.
    """
    shapes = ((16, 40), (24, 100))
    counts = [call(block_parameters, *shape, when=f"with {shape}") for shape in shapes]
    true = [sum(p.numel() for p in _block(*s).parameters()) for s in shapes]
    for mistake, less in _LESS.items():
        wrong = [n - less(*shape) for n, shape in zip(true, shapes, strict=True)]
        require(counts != wrong, mistake)
    fixed = [12 * d_model**2 + 13 * d_model for d_model, _ in shapes]
    require(counts != fixed, "d_ff need not be 4 d_model: count with both")
    for (d_model, d_ff), count, n in zip(shapes, counts, true, strict=True):
        got = f"{count:,}" if isinstance(count, int | float) else repr(count)
        given = f"with d_model={d_model} and d_ff={d_ff}"
        require(count == n, f"{given} there are {n:,}, got {got}")


@checker("Two additions a block, and their sum keeps its size at any depth.")
def check_first_weights(first_weights: Function) -> None:
    """Check the first weights of a block in a stack, as GPT-2 draws them.

    Args:
        first_weights: Takes a `TransformerBlock` and the number of blocks in the
            stack; changes the block's weights in place.
    """
    for n_layers in (6, 32):
        torch.manual_seed(0)
        block = _block(128, 512)
        before = dict(block.named_parameters())
        values = {name: p.detach().clone() for name, p in before.items()}
        _draw(first_weights, block, n_layers)
        for name, parameter in block.named_parameters():
            require(
                parameter is before[name],
                f"{name} is a new Parameter: fill the old one, in place",
            )
        kept = all(torch.equal(values[name], p) for name, p in before.items())
        require(not kept, "the block has its old weights: change them in place")
        _explain_spreads(block, n_layers)


def _draw(first_weights: Function, block: nn.Module, n_layers: int) -> None:
    try:
        call(first_weights, block, n_layers, when=f"with n_layers={n_layers}")
    except AssertionError as error:
        require(
            "requires grad is being used in an in-place" not in str(error),
            "weights that learn are changed by nn.init, or below torch.no_grad()",
        )
        raise


def _explain_spreads(block: nn.Module, n_layers: int) -> None:
    spreads = {
        name: parameter.std().item()
        for name, parameter in block.named_parameters()
        if parameter.ndim == 2
    }
    small = 0.02 / math.sqrt(2 * n_layers)
    for name, spread in spreads.items():
        shrunk = name.endswith(("o_proj.weight", "down_proj.weight"))
        said = f"{name} has the spread {spread:.4f} in a stack of {n_layers}"
        if shrunk:
            require(
                not _near(spread, 0.02), f"{said}: it adds to the stream, so shrink it"
            )
            once = _near(spread, small * math.sqrt(2))
            require(not once, f"{said}: there are two additions a block")
            require(not _near(spread, 0.02 / (2 * n_layers)), f"{said}: take the root")
            one = _near(spread, 0.02 / math.sqrt(2))
            require(not one, f"{said}: count the additions of all {n_layers} blocks")
        else:
            require(
                not _near(spread, small),
                f"{said}: it does not add to the stream, so leave it at 0.02",
            )
        wanted = small if shrunk else 0.02
        require(_near(spread, wanted), f"{said}, not {wanted:.4f}")
    for name, parameter in block.named_parameters():
        if name.endswith("norm.weight"):
            kept = bool((parameter == 1).all())
            require(kept, f"{name} was changed: a norm starts at 1")
        elif name.endswith("bias"):
            require(not parameter.any(), f"{name} is not 0: biases start at 0")


def _near(spread: float, wanted: float) -> bool:
    return math.isclose(spread, wanted, rel_tol=0.08)


def _block(d_model: int, d_ff: int) -> TransformerBlock:
    feed_forward = FeedForward(d_model, d_ff)
    norm = partial(LayerNorm, d_model)
    return TransformerBlock(MultiHeadAttention(d_model, 4), feed_forward, norm)
