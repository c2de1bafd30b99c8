"""Checkers of the lesson on the transformer block: its weights, how many, how large."""

import math
from functools import partial

import torch
from torch import nn

from llm_foundations.exercises.checking import Function, call, checker, require
from llm_foundations.layers.block import TransformerBlock
from llm_foundations.layers.feed_forward import FeedForward
from llm_foundations.layers.multi_head_attention import MultiHeadAttention
from llm_foundations.layers.normalization import LayerNorm


@checker("It agrees with the package's block, of two shapes.")
def check_block_parameters(block_parameters: Function) -> None:
    """Check the count of a block with biases and two LayerNorms.

    Args:
        block_parameters: Takes `d_model` and `d_ff`; returns a number.
    """
    for d_model, d_ff in ((16, 64), (24, 40)):
        given = f"with d_model={d_model} and d_ff={d_ff}"
        count = call(block_parameters, d_model, d_ff, when=given)
        true = sum(p.numel() for p in _block(d_model, d_ff).parameters())
        matrices = 4 * d_model**2 + 2 * d_model * d_ff
        biases, norms = 5 * d_model + d_ff, 4 * d_model
        for mistake, wrong in {
            "the biases and the norms are missing": matrices,
            "the biases are missing": true - biases,
            "the norms are missing": true - norms,
            "there are two norms, each with a weight and a bias": true - norms // 2,
            "the norms have a bias too: two numbers for each of d_model": true
            - d_model * 2,
            "attention has four matrices, W_o too": true - d_model**2 - d_model,
        }.items():
            require(count != wrong, f"{given}: {mistake}")
        if d_ff != 4 * d_model:
            fixed = 12 * d_model**2 + 13 * d_model
            require(count != fixed, f"{given}: d_ff need not be 4 d_model")
        require(count == true, f"{given} there are {true:,}, got {count:,}")


@checker("Two additions a block, and their sum keeps its size at any depth.")
def check_first_weights(first_weights: Function) -> None:
    """Check the first weights of a block in a stack, as GPT-2 draws them.

    Args:
        first_weights: Takes a `TransformerBlock` and the number of blocks in the
            stack; changes the block's weights in place.
    """
    for n_layers in (2, 32):
        torch.manual_seed(0)
        block = _block(128, 512)
        matrix = dict(block.named_parameters())["attention.q_proj.weight"]
        before = matrix.detach().clone()
        call(first_weights, block, n_layers, when=f"with n_layers={n_layers}")
        kept = torch.equal(before, matrix)
        require(not kept, "the block has its old weights: change them in place")
        _explain_spreads(block, n_layers)


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
