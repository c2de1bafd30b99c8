"""The exercises of the lesson on multi-head attention."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Generator, Tensor

from llm_foundations.exercises.exercise import Drawn, Exercise, Function, case


def _not_moved(x: Tensor, n_heads: int) -> Tensor:
    return x.view(*x.shape[:2], n_heads, -1)


def _split(x: Tensor, n_heads: int) -> Tensor:
    return _not_moved(x, n_heads).transpose(1, 2)


def _interleaved(x: Tensor, n_heads: int) -> Tensor:
    return x.view(*x.shape[:2], -1, n_heads).permute(0, 3, 1, 2)


def _viewed(x: Tensor, n_heads: int) -> Tensor:
    return x.contiguous().view(len(x), n_heads, x.shape[1], -1)


check_split_heads = Exercise(
    "check_split_heads",
    right=lambda x, n_heads: _split(x, n_heads),
    cases=[
        case(Drawn("B T C"), 4, B=3, T=5, C=8),
        case(Drawn("B T C"), 3, B=2, T=4, C=15),
        case(Drawn("B T C"), 2, B=4, T=3, C=10),
    ],
    mistakes={
        "the positions stand before the heads: transpose the two": (_not_moved),
        "the sentence was cut instead of the vectors: view has the shape, but deals "
        "the numbers out in order; split the last axis, then transpose": _viewed,
        "the heads take turns in each vector: head 0 gets the first D numbers": (
            _interleaved
        ),
        "n_heads is the number of heads, not the width of one": (
            lambda x, n: x.unflatten(-1, (-1, n)).transpose(1, 2),
            lambda x, n: torch.stack(x.split(n, dim=-1)),
        ),
        "these are the heads with their axes in another order: (B, H, T, D)": (
            lambda x, n: _split(x, n).transpose(0, 1),
            lambda x, n: _split(x, n).mT,
        ),
        "the heads were merged into the batch: they need an axis of their own": (
            lambda x, n: _split(x, n).flatten(0, 1)
        ),
    },
    verdict="Each head has its own slice of every word.",
)
"""The split of each position's vector into heads."""


def _join(y: Tensor) -> Tensor:
    return y.transpose(1, 2).flatten(2)


def _reshaped(y: Tensor) -> Tensor:
    return y.reshape(len(y), y.shape[2], -1)


check_join_heads = Exercise(
    "check_join_heads",
    right=lambda y: _join(y),
    cases=[
        case(Drawn("B H T D"), B=2, H=4, T=3, D=5),
        case(Drawn("B H T D"), B=3, H=2, T=5, D=4),
        case(Drawn("B H T D"), B=5, H=3, T=4, D=2),
    ],
    mistakes={
        "reshape alone mixes the positions: move the heads behind them first": (
            _reshaped
        ),
        "the heads were added or averaged: join them": (
            lambda y: y.mean(1),
            lambda y: y.sum(1),
        ),
        "the positions were joined, not the heads: transpose the two first": (
            lambda y: y.flatten(2)
        ),
        "the heads stand one after the other, as if they were more positions": (
            lambda y: y.flatten(1, 2)
        ),
        "the heads take turns in each vector: all D numbers of head 0 come first": (
            lambda y: y.permute(0, 2, 3, 1).flatten(2)
        ),
        "the heads were moved, and not joined: flatten the last two axes": (
            lambda y: y.transpose(1, 2)
        ),
    },
    verdict="It undoes the split.",
)
"""The way back from heads to one vector for each position."""


def _softmax(scores: Tensor) -> Tensor:
    return scores.softmax(-1)


def _causal(scores: Tensor) -> Tensor:
    future = torch.ones(scores.shape[-2:]).triu(1).bool()
    return scores.masked_fill(future, -torch.inf).softmax(-1)


def _layer(
    heads: Function = _split,
    project: Function = lambda x, w, n: x @ w,
    divisor: Function = lambda q, n: math.sqrt(q.shape[-1]),
    weigh: Function = _softmax,
    join: Function = _join,
    out: Function = lambda joined, w_o: joined @ w_o,
) -> Function:
    """Return multi-head attention, with one or more of its steps replaced."""

    def multi_head_attention(
        x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, w_o: Tensor, n_heads: int
    ) -> Any:
        q, k, v = (heads(project(x, w, n_heads), n_heads) for w in (w_q, w_k, w_v))
        weights = weigh(q @ k.mT / divisor(q, n_heads))
        return out(join(weights @ v), w_o)

    return multi_head_attention


def _with_matrices(change: Callable[..., Sequence[Tensor]]) -> Function:
    """Return the right layer, given other matrices."""
    return lambda x, q, k, v, o, n: _layer()(x, *change(q, k, v, o), n)


def _each_its_slice(x: Tensor, w: Tensor, n_heads: int) -> Tensor:
    head = torch.arange(len(w)) * n_heads // len(w)
    return x @ (w * (head[:, None] == head))


def _matrix(shape: Sequence[int], generator: Generator) -> Tensor:
    return torch.randn(shape, generator=generator) / math.sqrt(shape[0])


_LAYER = Drawn("B T C"), *[Drawn("C C", _matrix)] * 4

check_multi_head_attention = Exercise(
    "check_multi_head_attention",
    right=_layer(),
    cases=[
        case(*_LAYER, 2, B=4, T=5, C=6),
        case(*_LAYER, 4, B=3, T=5, C=8),
        case(*_LAYER, 3, B=2, T=4, C=15),
        case(*_LAYER, 1, B=2, T=3, C=9),
    ],
    mistakes={
        "split without the transpose: view deals the numbers out in order, so a head "
        "gets numbers of other positions": (
            _layer(_viewed),
            _layer(_viewed, join=_reshaped),
        ),
        "reshape alone does not join: move the heads behind the positions first": (
            _layer(join=_reshaped)
        ),
        "the heads of one position attend to each other: the positions must be the "
        "last axis but one": (
            _layer(_not_moved, join=lambda y: y.flatten(2)),
            _layer(_not_moved, join=lambda y: _reshaped(y.transpose(1, 2))),
        ),
        "W_o is missing: multiply the joined heads by it": _layer(out=lambda y, w: y),
        "the scores were divided by the root of d_model: one head has only "
        "d_model / n_heads numbers": _layer(
            divisor=lambda q, n: math.sqrt(q.shape[-1] * n)
        ),
        "the scores were not divided by the root of one head's width": (
            _layer(divisor=lambda q, n: 1.0),
            _layer(divisor=lambda q, n: math.sqrt(n)),
        ),
        "the scores were divided by the width of a head: take its square root": _layer(
            divisor=lambda q, n: q.shape[-1]
        ),
        "this is the result of a single head: split before attending": (
            lambda x, q, k, v, o, n: _layer()(x, q, k, v, o, 1)
        ),
        "the heads take turns in each vector: head 0 gets the first D numbers": (
            _layer(_interleaved),
            _layer(_interleaved, join=lambda y: y.permute(0, 2, 3, 1).flatten(2)),
        ),
        "each head sees only its slice of x: project first, then split": _layer(
            project=_each_its_slice
        ),
        "a matrix was transposed: here it is x @ w_q, not nn.Linear's x @ w.T": (
            _with_matrices(lambda *matrices: [w.T for w in matrices]),
            _with_matrices(lambda q, k, v, o: [q.T, k.T, v.T, o]),
            _with_matrices(lambda q, k, v, o: [q, k, v, o.T]),
        ),
        "queries, keys and values are confused: compare q with k, and mix v": (
            _with_matrices(lambda q, k, v, o: [k, q, v, o]),
            _with_matrices(lambda q, k, v, o: [q, v, k, o]),
            _with_matrices(lambda q, k, v, o: [v, k, q, o]),
        ),
        "w_q, w_k and w_v are three matrices, and each has its use: one is left out": (
            _with_matrices(lambda q, k, v, o: [q, k, torch.eye(len(v)), o]),
            _with_matrices(lambda q, k, v, o: [q, k, k, o]),
            _with_matrices(lambda q, k, v, o: [q, q, v, o]),
            _with_matrices(lambda q, k, v, o: [q, q, q, o]),
        ),
        "softmax over the keys, the last axis": (
            _layer(weigh=lambda s: s.softmax(-2)),
            _layer(weigh=lambda s: s.softmax(1)),
        ),
        "the scores were mixed with the values: softmax comes first": _layer(
            weigh=lambda s: s
        ),
        "the future was masked: here every position sees all of them": _layer(
            weigh=_causal
        ),
    },
    verdict="It agrees with PyTorch's layer, for four heads and for one.",
)
"""A whole layer of multi-head attention, without a mask."""


def _heads_of(result: Any, n: int, weigh: Function = _causal) -> Tensor:
    """Return the attention weights of both heads, (2, n, n)."""
    q, k = (torch.stack([torch.as_tensor(head) for head in part]) for part in result)
    if q.ndim != 3 or q.shape[:2] != (2, n) or q.shape != k.shape:
        raise ValueError("queries and keys have another shape")
    weights: Tensor = weigh(q.float() @ k.float().mT / math.sqrt(q.shape[-1]))
    return weights


_TASKS = ("the first word", "the word before")


def _given(result: Any, n: int) -> dict[str, Tensor]:
    """Return what each word but the first gives to words that it may look at."""
    weights, unmasked = (_heads_of(result, n, w) for w in (_causal, _softmax))
    return {
        "the first word": weights[:, 1:, 0],
        "the word before": weights.diagonal(-1, 1, 2),
        "the word itself": weights.diagonal(0, 1, 2)[:, 1:],
        "the next word, which the mask hides": unmasked.diagonal(1, 1, 2),
    }


def _look_elsewhere(result: Any, n: int) -> bool | str:
    # The word before word 1 is the first, so only the words behind it can tell.
    found = [
        f"head {head} looks at {word}"
        for head in (0, 1)
        for word, weights in _given(result, n).items()
        if word != _TASKS[head] and n > 2 and weights[head, 1:].min() >= 0.9
    ]
    return not found or " and ".join(found)


def _enough(head: int) -> Function:
    def check(result: Any, n: int) -> bool | str:
        weight, word = _given(result, n)[_TASKS[head]][head].min(0)
        return weight.item() >= 0.9 or f"word {word + 1} gives it {weight:.3f}"

    return check


def _to_first(n: int) -> Tensor:
    return torch.eye(n)[:1].expand(n, n)


def _to_before(n: int) -> Tensor:
    return torch.eye(n).roll(-1, 1)


def _look(*queries: Callable[[int], Tensor], size: float = 40.0) -> Function:
    """Return queries and keys whose heads ask for the given positions."""
    return lambda n: (
        size * torch.stack([query(n) for query in queries]),
        torch.eye(n).expand(2, n, n),
    )


check_two_heads = Exercise(
    "check_two_heads",
    right=None,
    cases=[case(n) for n in (4, 2, 3, 8)],
    mistakes={},
    properties={
        "return queries and keys, two tensors of the shape (2, n, D), got {}": (
            lambda result, n: len(_heads_of(result, n)) == 2,
            lambda n: (torch.ones(n, 2), torch.ones(n, 2)),
            lambda n: (torch.ones(2, 1, n), torch.ones(2, 1, n)),
        ),
        "{}: let head 0 look at the first word, and head 1 at the word before": (
            _look_elsewhere,
            _look(_to_before, _to_first),
            _look(_to_first, _to_first),
            _look(_to_before, _to_before),
            _look(_to_first, lambda n: torch.eye(n).roll(1, 1)),
            _look(torch.eye, _to_before),
        ),
        "head 0 must give the first word 0.9, but {}: look at that score": (
            _enough(0),
            _look(_to_first, _to_before, size=2.0),
            _look(lambda n: -_to_first(n), _to_before),
        ),
        "head 1 must give the word before 0.9, but {}: look at that score": (
            _enough(1),
            _look(_to_first, lambda n: -_to_before(n)),
            _look(_to_first, lambda n: _to_before(n) * (torch.arange(n) > 1)[:, None]),
        ),
    },
    verdict="Head 0 looks at the first word, head 1 at the word before.",
)
"""Queries and keys of two heads that look at different words."""


def _fitting(
    bytes_of_one: Callable[[int, int, int], float] = lambda n, g, d: 4 * n * g * d,
    fit: Callable[[int, float], float] = lambda n_bytes, one: n_bytes // one,
) -> Function:
    return lambda n_bytes, n_layers, n_kv_heads, d_head: fit(
        n_bytes, bytes_of_one(n_layers, n_kv_heads, d_head)
    )


check_tokens_that_fit = Exercise(
    "check_tokens_that_fit",
    right=_fitting(),
    cases=[
        case(420_300, 3, 5, 7),
        case(11 * 96, 4, 2, 3),
        case(5_000_000, 8, 6, 64),
        case(400, 3, 5, 7, when="with 400 bytes, too few for a token of 420"),
    ],
    mistakes={
        "too many: a token has a key and a value, and each number 2 bytes": (
            _fitting(lambda n, g, d: 2 * n * g * d),
            _fitting(lambda n, g, d: n * g * d),
        ),
        "that is one layer: each layer has its own cache": _fitting(
            lambda n, g, d: 4 * g * d
        ),
        "that is one key-value head: count all of them": _fitting(
            lambda n, g, d: 4 * n * d
        ),
        "whole tokens are asked for: what is left of the memory holds no token": (
            _fitting(fit=lambda n_bytes, one: n_bytes / one),
            _fitting(fit=lambda n_bytes, one: round(n_bytes / one)),
            _fitting(fit=lambda n_bytes, one: math.ceil(n_bytes / one)),
        ),
        "one too few where the memory is filled exactly": _fitting(
            fit=lambda n_bytes, one: (n_bytes - 1) // one
        ),
        "these are bytes of a token: how many fit?": _fitting(fit=lambda _, one: one),
    },
    verdict="Keys and values, every layer, every key-value head, two bytes each.",
)
"""The number of tokens whose keys and values fit into a memory."""

_KEYS = Drawn("B G S D")


def _copied(copies: Callable[[Tensor, int], int], axis: int = 1) -> Function:
    return lambda k, n_heads: k.repeat_interleave(copies(k, n_heads), axis)


check_share_heads = Exercise(
    "check_share_heads",
    right=lambda k, n_heads: k.repeat_interleave(n_heads // k.shape[1], 1),
    cases=[
        case(_KEYS, 12, B=3, G=2, S=4, D=5),
        case(_KEYS, 18, B=2, G=3, S=5, D=4),
        case(_KEYS, 20, B=2, G=4, S=3, D=6),
        case(_KEYS, 5, B=4, G=1, S=6, D=7),
    ],
    mistakes={
        "the groups take turns: neighboring heads share keys, so head 1 uses group 0, "
        "as head 0 does": lambda k, n: k.repeat(1, n // k.shape[1], 1, 1),
        "all heads use group 0: that is multi-query attention": (
            lambda k, n: k[:, :1].expand(-1, n, -1, -1)
        ),
        "another axis was repeated: the groups are axis 1": (
            *[_copied(lambda k, n: n // k.shape[1], axis) for axis in (0, 2, 3)],
        ),
        "the number of groups is the length of axis 1": (
            _copied(lambda k, n: n // k.shape[0]),
            _copied(lambda k, n: n // k.shape[2]),
            _copied(lambda k, n: n // 2),
        ),
        "the copies have an axis of their own: the heads are one axis, (B, H, S, D)": (
            lambda k, n: k[:, :, None].expand(-1, -1, n // k.shape[1], -1, -1)
        ),
    },
    verdict="Neighboring heads share one group.",
)
"""Keys of a few groups, copied for all heads that use them."""
