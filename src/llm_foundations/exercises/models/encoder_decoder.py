"""The exercises of the lesson on the encoder-decoder: shapes, attention, a count."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Generator, Tensor

from llm_foundations.exercises.exercise import Drawn, Exercise, Function, case


def _shapes(**wrong: Function) -> Function:
    """Return the four shapes, some of them wrong."""

    def tensor_shapes(
        n_batch: int,
        n_source: int,
        n_target: int,
        d_model: int,
        n_heads: int,
        vocab_size: int,
    ) -> dict[str, tuple[int, ...]]:
        given = (n_batch, n_source, n_target, d_model, n_heads, vocab_size)
        return {
            "memory": (n_batch, n_source, d_model),
            "self_weights": (n_batch, n_heads, n_target, n_target),
            "cross_weights": (n_batch, n_heads, n_target, n_source),
            "logits": (n_batch, n_target, vocab_size),
        } | {name: shape(*given) for name, shape in wrong.items()}

    return tensor_shapes


check_tensor_shapes = Exercise(
    "check_tensor_shapes",
    right=_shapes(),
    cases=[
        case(2, 6, 7, 36, 4, 50),
        case(3, 5, 4, 24, 2, 11),
        case(5, 8, 9, 30, 3, 20),
    ],
    mistakes={
        "memory: the encoder never sees the target: S, not T, positions": _shapes(
            memory=lambda b, s, t, c, h, v: (b, t, c)
        ),
        "memory: the heads are joined again, so a vector is d_model wide": (
            _shapes(memory=lambda b, s, t, c, h, v: (b, h, s, c // h)),
            _shapes(memory=lambda b, s, t, c, h, v: (b, s, c // h)),
        ),
        "self_weights: the decoder reads its own T positions: T by T": _shapes(
            self_weights=lambda b, s, t, c, h, v: (b, h, s, s)
        ),
        "self_weights, cross_weights: every head has weights of its own": (
            _shapes(self_weights=lambda b, s, t, c, h, v: (b, t, t)),
            _shapes(cross_weights=lambda b, s, t, c, h, v: (b, t, s)),
            _shapes(
                self_weights=lambda b, s, t, c, h, v: (b, t, t),
                cross_weights=lambda b, s, t, c, h, v: (b, t, s),
            ),
        ),
        "self_weights: a weight for each query and key, not for each number of a "
        "head": (_shapes(self_weights=lambda b, s, t, c, h, v: (b, h, t, c // h))),
        "cross_weights: a row for each position that asks: T by S": _shapes(
            cross_weights=lambda b, s, t, c, h, v: (b, h, s, t)
        ),
        "cross_weights: cross-attention reads the source: T by S": _shapes(
            cross_weights=lambda b, s, t, c, h, v: (b, h, t, t)
        ),
        "logits: a vector is turned into scores of all words: V": _shapes(
            logits=lambda b, s, t, c, h, v: (b, t, c)
        ),
        "logits: scores are given at the positions of the target: T": _shapes(
            logits=lambda b, s, t, c, h, v: (b, s, v)
        ),
    },
    verdict="The encoder knows no T, the decoder reads T by T and then T by S.",
)
"""The shapes of four tensors of a forward pass."""


def _hidden(scores: Tensor, mask: Tensor) -> Tensor:
    return scores.masked_fill(~mask, -torch.inf).softmax(-1)


def _unmasked(scores: Tensor, mask: Tensor) -> Tensor:
    return scores.softmax(-1)


def _cross(
    sides: Function = lambda x, source: (x, source, source),
    scale: Callable[[int], float] = math.sqrt,
    weigh: Callable[[Tensor, Tensor], Tensor] = _hidden,
    project: Callable[[Tensor, Tensor], Tensor] = torch.matmul,
    mix: Function = lambda weights, k, v, source: (weights @ v, weights),
) -> Function:
    """Return cross-attention, with one or more of its steps replaced."""

    def cross_attention(
        x: Tensor,
        source: Tensor,
        w_q: Tensor,
        w_k: Tensor,
        w_v: Tensor,
        source_mask: Tensor,
    ) -> Any:
        given = zip(sides(x, source), (w_q, w_k, w_v), strict=True)
        q, k, v = (project(side, matrix) for side, matrix in given)
        weights = weigh(q @ k.mT / scale(len(w_q)), source_mask)
        return mix(weights, k, v, source)

    return cross_attention


def _from(sides: Function) -> tuple[Function, Function]:
    """Return attention with confused sides, with the mask and without it."""
    return _cross(sides), _cross(sides, weigh=_unmasked)


def _swapped(x: Tensor, source: Tensor, w_q: Tensor, w_k: Tensor, *rest: Tensor) -> Any:
    return _cross()(x, source, w_k, w_q, *rest)


def _padding(shape: Sequence[int], generator: Generator) -> Tensor:
    """Return a mask that hides one source position of the first text, then two."""
    n_texts, n = shape
    return torch.arange(n) < (n - 1 - torch.arange(n_texts))[:, None, None]


_GIVEN = (
    *(Drawn("B T C"), Drawn("B S C"), Drawn("C C"), Drawn("C C"), Drawn("C C")),
    Drawn("B S", _padding),
)

check_cross_attention = Exercise(
    "check_cross_attention",
    right=_cross(),
    cases=[
        case(
            *_GIVEN,
            **{"B": 2, "T": 4, "S": 4, "C": 5},
            when="with as many target as source positions",
            why="confused sides then differ in numbers alone",
        ),
        case(*_GIVEN, B=2, T=3, S=5, C=8),
        case(*_GIVEN, B=3, T=6, S=5, C=7),
        case(*_GIVEN, B=4, T=2, S=7, C=6),
    ],
    returns=("the mixed values", "the weights"),
    mistakes={
        "the padding is read: set its scores to minus infinity": _cross(
            weigh=_unmasked
        ),
        "x reads itself: keys and values come from the source": _from(
            lambda x, source: (x, x, x)
        ),
        "the source reads itself: the queries come from x": _from(
            lambda x, source: (source, source, source)
        ),
        "the source asks: the queries come from x, keys and values from the source": (
            *_from(lambda x, source: (source, x, x)),
            *_from(lambda x, source: (source, x, source)),
        ),
        "the values come from the source, not from x": _from(
            lambda x, source: (x, source, x)
        ),
        "the keys come from the source, not from x": _from(
            lambda x, source: (x, x, source)
        ),
        "the mask is upside down: True means that a position may be read": _cross(
            weigh=lambda scores, mask: _hidden(scores, ~mask)
        ),
        "the padding was taken out after softmax: the rows no longer add up to 1": (
            _cross(weigh=lambda scores, mask: scores.softmax(-1) * mask)
        ),
        "a score of 0 is still read: set that of the padding to minus infinity": _cross(
            weigh=lambda scores, mask: (scores * mask).softmax(-1)
        ),
        "the mask was added as 1 and 0: set the scores to minus infinity where it is "
        "False": _cross(weigh=lambda scores, mask: (scores + mask).softmax(-1)),
        "each text has a mask of its own: here the first served all": _cross(
            weigh=lambda scores, mask: _hidden(scores, mask[:1])
        ),
        "the columns of the weights add up to 1, not the rows: softmax over the last "
        "axis, dim=-1": (
            _cross(
                weigh=lambda scores, mask: scores.masked_fill(~mask, -1e9).softmax(-2)
            ),
            _cross(
                weigh=lambda scores, mask: scores.masked_fill(
                    ~mask, -torch.inf
                ).softmax(-2)
            ),
        ),
        "the scores were not divided by the square root of C": _cross(
            scale=lambda width: 1.0
        ),
        "the scores were divided by C: take its square root": _cross(scale=float),
        "the matrices were transposed, as in nn.Linear: here it is x @ w_q": _cross(
            project=lambda side, matrix: side @ matrix.mT
        ),
        "w_q and w_k are swapped: w_q belongs to x": _swapped,
        "mix the values, source @ w_v, not the source": _cross(
            mix=lambda weights, k, v, source: (weights @ source, weights)
        ),
        "the keys were mixed: mix the values, source @ w_v": _cross(
            mix=lambda weights, k, v, source: (weights @ k, weights)
        ),
        "the results are swapped: the mixed values come first": _cross(
            mix=lambda weights, k, v, source: (weights, weights @ v)
        ),
        "only the mixed values were returned: return the weights, too": _cross(
            mix=lambda weights, k, v, source: weights @ v
        ),
        "the weights are transposed: a row for each position of x": _cross(
            mix=lambda weights, k, v, source: (weights @ v, weights.mT)
        ),
    },
    verdict="The target asks, the source answers, and its padding is never read.",
)
"""Attention from one sequence to another, with one head."""


def _counted(
    parts: tuple[int, int, int] = (3, 2, 5),
    biases: tuple[int, int] = (1, 1),
    norm: int = 2,
    n_tables: int = 1,
    n_pairs: Callable[[int], int] = lambda n_layers: n_layers,
) -> Function:
    """Return a count with so many attentions, feed-forward layers and norms a pair."""

    def count_transformer(
        vocab_size: int, d_model: int, n_layers: int, d_ff: int
    ) -> int:
        attention = 4 * (d_model**2 + biases[0] * d_model)
        feed_forward = 2 * d_model * d_ff + biases[1] * (d_ff + d_model)
        sizes = (attention, feed_forward, norm * d_model)
        pair = sum(n * size for n, size in zip(parts, sizes, strict=True))
        return n_tables * vocab_size * d_model + n_pairs(n_layers) * pair

    return count_transformer


check_count_transformer = Exercise(
    "check_count_transformer",
    right=_counted(),
    cases=[case(50, 12, 3, 20), case(7, 8, 4, 30), case(29, 10, 6, 13)],
    mistakes={
        "the decoder's block has a second attention and a third norm": _counted(
            (2, 2, 4)
        ),
        "the decoder has two attentions, not one": _counted((2, 2, 5)),
        "a block of the decoder has three norms, not two": _counted((3, 2, 4)),
        "the embedding is counted twice or more: source, target and output share it": (
            _counted(n_tables=2),
            _counted(n_tables=3),
        ),
        "the embedding is missing": _counted(n_tables=0),
        "post-norm needs no norm at the end of either side": (
            lambda v, c, n, f: _counted()(v, c, n, f) + 4 * c,
            lambda v, c, n, f: _counted()(v, c, n, f) + 2 * c,
        ),
        "one block is counted on each side: there are n_layers": _counted(
            n_pairs=lambda n_layers: 1
        ),
        "n_layers blocks stand on each side, not on both together": _counted(
            n_pairs=lambda n_layers: n_layers // 2
        ),
        "that is twice as many blocks: n_layers on each side": _counted(
            n_pairs=lambda n_layers: 2 * n_layers
        ),
        "the decoder is missing: n_layers blocks on each side": _counted((1, 1, 2)),
        "the encoder is missing: n_layers blocks on each side": _counted((2, 1, 3)),
        "attention is missing": _counted((0, 2, 5)),
        "the feed-forward layers are missing: one in every block": _counted((3, 0, 5)),
        "the norms are missing: an encoder block has two, a decoder block three": (
            _counted((3, 2, 0))
        ),
        "a norm has a weight and a bias for each number": _counted(norm=1),
        "attention has biases, too: four times d_model": _counted(biases=(0, 1)),
        "feed-forward layers have biases: d_ff and d_model": _counted(biases=(1, 0)),
        "no bias is counted": _counted(biases=(0, 0)),
    },
    verdict="Embedding, attention, feed-forward layers and norms: it equals the model.",
)
"""The number of parameters of an encoder-decoder."""
