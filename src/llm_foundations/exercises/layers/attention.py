"""The exercises of the lesson on attention."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Generator, Tensor

from llm_foundations.exercises.exercise import Drawn, Exercise, Function, case

_SCORES = torch.tensor([2.0, 2.0, 0.0])


def _numbers(weights: Any) -> Tensor:
    """Return three numbers, in whatever they were put."""
    return torch.as_tensor(weights, dtype=torch.float32).reshape(3)


def _adds_up(weights: Any) -> bool | str:
    total = _numbers(weights).sum().item()
    return abs(total - 1) < 0.02 or f"{total:.2f}"


check_weights_by_hand = Exercise(
    "check_weights_by_hand",
    right=lambda: (_SCORES / math.sqrt(2)).softmax(-1),
    cases=[case()],
    why="the answer consists of three numbers from paper",
    within=0.011,
    mistakes={
        "the scores were not divided by sqrt(2)": lambda: _SCORES.softmax(-1),
        "the scores were divided by 2, not by its square root": lambda: (
            _SCORES / 2
        ).softmax(-1),
        "these are the exponentials: divide each by their sum": lambda: (
            _SCORES / math.sqrt(2)
        ).exp(),
        "these are the scaled scores: softmax comes next": lambda: (
            _SCORES / math.sqrt(2)
        ),
        "the scores were divided by their sum: take their exponentials first": lambda: (
            _SCORES / 4
        ),
        "these are the weights of the query (1, 2): here it is (2, 0)": lambda: (
            torch.tensor([3.0, 1.0, 0.0]) / math.sqrt(2)
        ).softmax(-1),
    },
    properties={
        "three words need three weights, got {}": (
            lambda w: len(_numbers(w)) == 3,
            lambda: [0.5, 0.5],
        ),
        "these are percentages: divide them by 100": (
            lambda w: abs(_numbers(w).sum() - 100) > 2,
            lambda: [45, 45, 11],
        ),
        "the weights add up to {}, not to 1": (_adds_up, lambda: [0.45, 0.45, 0.2]),
        "cat and mat have the same score, so they need the same weight": (
            lambda w: abs(_numbers(w)[0] - _numbers(w)[1]) < 0.02,
            lambda: [0.58, 0.28, 0.14],
        ),
    },
    verdict="Both nouns get the same weight, and the word itself gets what is left.",
)
"""Attention weights computed on paper."""

check_score_spread = Exercise(
    "check_score_spread",
    right=lambda d_head, std: math.sqrt(d_head) * std**2,
    cases=[case(16, 1.0), case(16, 3.0), case(9, 2.0), case(5, 0.5)],
    mistakes={
        "that is the variance: the standard deviation is its square root": (
            lambda d_head, std: d_head * std**4
        ),
        "the score multiplies q by k, and both have std: it counts twice": (
            lambda d_head, std: math.sqrt(d_head) * std
        ),
        "variances add up, standard deviations do not: d_head needs a square root": (
            lambda d_head, std: d_head * std**2,
            lambda d_head, std: d_head * std,
        ),
        "one product has the standard deviation std**2, its variance is std**4": (
            lambda d_head, std: math.sqrt(d_head) * std**4,
        ),
        "that is after the division by sqrt(d_head): predict it before": (
            lambda d_head, std: std**2
        ),
        "std is not used": lambda d_head, std: math.sqrt(d_head),
        "that is the mean, which is 0: predict the standard deviation": (
            lambda d_head, std: 0.0
        ),
    },
    verdict="It grows with the square root of d_head and with the square of std.",
)
"""The standard deviation of a dot product."""


def _divided_by(divisor: Callable[[Tensor, Tensor, Tensor], float]) -> Function:
    return lambda q, k, v: q @ k.mT / divisor(q, k, v)


_scaled = _divided_by(lambda q, k, v: math.sqrt(q.shape[-1]))


def _hidden(scores: Tensor, mask: Tensor | None) -> Tensor:
    return scores if mask is None else scores.masked_fill(~mask, -torch.inf)


def _attention(
    scores: Function = _scaled,
    hide: Function = _hidden,
    weigh: Function = lambda scores: scores.softmax(-1),
    mix: Function = lambda weights, scores, q, k, v: (weights @ v, weights),
) -> Function:
    """Return attention, with one or more of its steps replaced."""

    def attention(q: Tensor, k: Tensor, v: Tensor, mask: Any = None) -> Any:
        hidden = hide(scores(q, k, v), mask)
        return mix(weigh(hidden), hidden, q, k, v)

    return attention


def _if_masked(change: Callable[[Tensor, Tensor], Tensor]) -> Function:
    return lambda scores, mask: scores if mask is None else change(scores, mask)


def _masked_after_softmax(renormalize: bool) -> Function:
    def attention(q: Tensor, k: Tensor, v: Tensor, mask: Any = None) -> Any:
        weights = _scaled(q, k, v).softmax(-1)
        if mask is not None:
            weights = weights * mask
        if renormalize:
            weights = weights / weights.sum(-1, keepdim=True)
        return weights @ v, weights

    return attention


def _exponentials(largest: Callable[[Tensor], Tensor | float]) -> Function:
    def weigh(scores: Tensor) -> Tensor:
        powers = (scores - largest(scores)).exp()
        return powers / powers.sum(-1, keepdim=True)

    return weigh


def _some(shape: Sequence[int], generator: Generator) -> Tensor:
    """Return a mask that hides some keys of each row: of every other one the last."""
    mask = torch.rand(shape, generator=generator) < 0.5
    is_odd = torch.arange(shape[-2]) % 2 == 1
    mask[..., 0], mask[..., -1] = ~is_odd, is_odd
    return mask


def _far_apart(shape: Sequence[int], generator: Generator) -> Tensor:
    """Return queries of which the first is 500 times as large as the last."""
    sizes = torch.linspace(500.0, 1.0, shape[-2])[:, None]
    return torch.randn(shape, generator=generator).abs() * sizes


def _last_largest(shape: Sequence[int], generator: Generator) -> Tensor:
    """Return keys of which the last gets by far the largest scores."""
    keys = torch.rand(shape, generator=generator)
    keys[..., -1, :] += 2.0
    return keys


_QKV = Drawn("T D"), Drawn("S D"), Drawn("S V")
_BATCHES = Drawn("B T D"), Drawn("B S D"), Drawn("B S V")
_HEADS = Drawn("B H T D"), Drawn("B H S D"), Drawn("B H S V")
_MASK = Drawn("T S", _some)
_LARGE = Drawn("T D", _far_apart), Drawn("S D", _last_largest), Drawn("S V")
_LOW = Drawn("T D", lambda *a, **k: -_far_apart(*a, **k)), *_LARGE[1:]

check_attention = Exercise(
    "check_attention",
    right=_attention(),
    cases=[
        case(*_QKV, T=2, S=3, D=4, V=5),
        case(*_QKV, T=6, S=5, D=3, V=2),
        case(*_QKV, _MASK, T=3, S=4, D=6, V=5),
        case(*_BATCHES, B=2, T=3, S=5, D=6, V=4),
        case(*_BATCHES, _MASK, B=3, T=4, S=5, D=2, V=6),
        case(*_BATCHES, Drawn("B T S", _some), B=4, T=3, S=6, D=5, V=2),
        case(*_HEADS, Drawn("B N T S", _some), B=2, H=3, T=4, S=5, D=6, V=7, N=1),
        case(*_LARGE, T=3, S=4, D=5, V=6, when="with scores near 1,000"),
        case(*_LARGE, _MASK, T=4, S=5, D=3, V=6, when="with a masked score near 1,000"),
        case(*_LOW, _MASK, T=5, S=4, D=2, V=3, when="with scores near -1,000"),
    ],
    returns=("the mixed values", "the weights"),
    mistakes={
        "the scores were not divided by sqrt(d_head)": _attention(
            _divided_by(lambda q, k, v: 1.0)
        ),
        "the mask is upside down: True means that a query may attend": _attention(
            hide=_if_masked(lambda s, m: s.masked_fill(m, -torch.inf))
        ),
        "the scores were divided by d_head: take its square root": _attention(
            _divided_by(lambda q, k, v: q.shape[-1])
        ),
        "the scores were divided by the root of the number of keys, not of d_head": (
            _attention(_divided_by(lambda q, k, v: math.sqrt(k.shape[-2])))
        ),
        "the scores were divided by the root of the width of the values: queries and "
        "keys have a width of their own": _attention(
            _divided_by(lambda q, k, v: math.sqrt(v.shape[-1]))
        ),
        "the columns of the weights add up to 1, not the rows: softmax over the keys, "
        "the last axis": _attention(weigh=lambda s: s.softmax(-2)),
        "softmax over a fixed axis: with a batch the keys are the last axis, dim=-1": (
            _attention(weigh=lambda s: s.softmax(1))
        ),
        "all weights together add up to 1: softmax for each query alone": _attention(
            weigh=lambda s: s.flatten(-2).softmax(-1).view(s.shape)
        ),
        "these are exponentials: divide each row by its sum": _attention(
            weigh=torch.exp
        ),
        "the mask changes nothing": _attention(hide=lambda s, m: s),
        "a masked score of 0 still gets a weight: set it to minus infinity": _attention(
            hide=_if_masked(lambda s, m: s * m)
        ),
        "the mask was added as 1 and 0: set the score to minus infinity where it is "
        "False": _attention(hide=_if_masked(lambda s, m: s + m)),
        "under a mask a row adds up to less than 1: mask before softmax, not after": (
            _masked_after_softmax(renormalize=False)
        ),
        "masked after softmax and divided again: where the masked score is large, 0 is "
        "divided by 0. Mask before softmax": _masked_after_softmax(renormalize=True),
        "a batch of masks has a mask for each text: here the first served all": (
            _attention(
                hide=_if_masked(
                    lambda s, m: _hidden(s, m[0] if m.ndim == 3 else m),
                )
            )
        ),
        "with a batch the mask changes nothing": _attention(
            hide=_if_masked(lambda s, m: _hidden(s, m) if s.ndim == 2 else s)
        ),
        "large scores give nan: subtract the largest score before exp": _attention(
            weigh=_exponentials(lambda s: 0.0)
        ),
        "the largest score of all was subtracted, and rows far below it give nan: "
        "subtract each row's own": _attention(weigh=_exponentials(torch.max)),
        "the keys were mixed: mix the values, weights @ v": _attention(
            mix=lambda w, s, q, k, v: (w @ k, w)
        ),
        "the scores were mixed with the values: softmax comes first": _attention(
            mix=lambda w, s, q, k, v: (s @ v, w)
        ),
        "these are the scores: return the weights, which softmax makes of them": (
            _attention(mix=lambda w, s, q, k, v: (w @ v, s))
        ),
        "only the mixed values were returned: return the weights, too": _attention(
            mix=lambda w, s, q, k, v: w @ v
        ),
        "only the weights were returned: return the mixed values, too": _attention(
            mix=lambda w, s, q, k, v: w
        ),
        "the results are swapped: the mixed values come first": _attention(
            mix=lambda w, s, q, k, v: (w, w @ v)
        ),
        "the weights are transposed: a row for each query, q @ k.mT": _attention(
            mix=lambda w, s, q, k, v: (w @ v, w.mT)
        ),
    },
    verdict="Scale, softmax, masks, large scores and batches agree with PyTorch.",
)
"""Scaled dot-product attention."""


def _band(below: int, above: int) -> Callable[[int], Tensor]:
    """Return a mask of the columns from i - below to i + above."""
    return lambda n: torch.ones(n, n).tril(above).triu(-below).bool()


check_causal_mask = Exercise(
    "check_causal_mask",
    right=lambda n: torch.ones(n, n).tril().bool(),
    cases=[case(n) for n in (1, 2, 3, 5, 20)],
    mistakes={
        "the mask is upside down: True means may attend, and here it is True in the "
        "future": (_band(-1, 99), _band(0, 99)),
        "the edge is off by one: a position must see itself, so the diagonal is "
        "True": _band(99, -1),
        "the edge is off by one: row 0 may attend to column 1, which lies in its "
        "future": _band(99, 1),
        "nothing is masked: every row sees its future": _band(99, 99),
        "every position sees itself alone: let it see its past, too": _band(0, 0),
        "the past is cut off: row 19 may attend to column 0": _band(7, 0),
    },
    verdict="Every position sees itself and the past, and nothing after.",
)
"""A mask that hides the future."""


def _real(lengths: Tensor, n: int) -> Tensor:
    return torch.arange(n) < lengths[:, None]


check_padding_mask = Exercise(
    "check_padding_mask",
    right=lambda lengths, n: _real(lengths, n)[:, None],
    cases=[
        case(torch.tensor([3, 1]), 4, B=2, N=4),
        case(torch.tensor([1, 4, 3]), 5, B=3, N=5),
        case(torch.tensor([2, 3, 1, 3, 2]), 3, B=5, N=3),
    ],
    mistakes={
        "the mask is upside down: True marks a real key": lambda lengths, n: (
            ~_real(lengths, n)[:, None]
        ),
        "(B, n) would be read as a row for each query: add an axis, (B, 1, n)": _real,
        "(B, n, 1) hides queries, but the keys have to be hidden: (B, 1, n)": (
            lambda lengths, n: _real(lengths, n)[:, :, None]
        ),
        "(1, B, n) would be a text with B queries: put the new axis after the batch": (
            lambda lengths, n: _real(lengths, n)[None]
        ),
        "off by one: the first position of padding counts as real": (
            lambda lengths, n: _real(lengths + 1, n)[:, None]
        ),
        "off by one: the last real position counts as padding": (
            lambda lengths, n: _real(lengths - 1, n)[:, None]
        ),
        "the batch is padded to n positions, not to its longest text": (
            lambda lengths, n: _real(lengths, int(lengths.max()))[:, None]
        ),
        "the real positions come first, the padding follows": lambda lengths, n: _real(
            lengths, n
        ).flip(-1)[:, None],
    },
    verdict="Padding is hidden as a key, for every query of its row.",
)
"""A mask that hides padding."""


def _rows(result: Any, n: int) -> Tensor:
    """Return the causal attention weights of all rows but the first, which is free."""
    q, k = (torch.as_tensor(part, dtype=torch.float32) for part in result)
    if q.ndim != 2 or len(q) != n or q.shape != k.shape:
        raise ValueError("queries and keys have another shape")
    weights: Tensor = _attention()(q, k, k, _band(99, 0)(n))[1]
    return weights[1:]


def _is_uneven(result: Any, n: int) -> bool:
    even = 1 / torch.arange(2, n + 1)
    return bool((_rows(result, n)[:, 0] - even).abs().max() > 1e-3)


def _sees_first(result: Any, n: int) -> bool | str:
    least = _rows(result, n)[:, 0].min().item()
    return least >= 0.9 or f"{least:.3f}"


check_look_at_first = Exercise(
    "check_look_at_first",
    right=None,
    cases=[case(n) for n in (4, 2, 3, 10)],
    mistakes={},
    properties={
        "return queries and keys, two tensors of the shape (n, D), got {}": (
            lambda result, n: len(_rows(result, n)) == n - 1,
            lambda n: [torch.ones(n, 1)] * 3,
            lambda n: (torch.ones(1, n), torch.eye(n)[:1]),
        ),
        "the scores of a row are all equal, so it attends to all words alike": (
            _is_uneven,
            lambda n: (torch.zeros(n, 2), torch.ones(n, 2)),
        ),
        "the words look at themselves: let them look at the first word": (
            lambda result, n: _rows(result, n).diagonal(1).min() < 0.9,
            lambda n: (40 * torch.eye(n), torch.eye(n)),
        ),
        "the words look at the word before: let them look at the first word": (
            lambda result, n: n == 2 or _rows(result, n)[1:].diagonal(1).min() < 0.9,
            lambda n: (40 * torch.eye(n).roll(-1, 1), torch.eye(n)),
        ),
        "the words avoid the first one: its key must match their queries": (
            lambda result, n: _rows(result, n)[:, 0].max() > 0.01,
            lambda n: (torch.full((n, 1), -30.0), torch.eye(n)[:, :1]),
        ),
        "a word gives the first one only {}: make that score larger": (
            _sees_first,
            lambda n: (torch.ones(n, 1), torch.eye(n)[:, :1]),
        ),
    },
    verdict="Every word gives the first one at least nine tenths of its attention.",
)
"""Queries and keys that make every word look at the first."""
