"""The exercises of the lesson on attention."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Generator, Tensor

from llm_foundations.exercises.exercise import Drawn, Exercise, Function, case

_KEYS = torch.tensor([[1.0, 0.0], [0.0, 0.0], [1.0, 1.0], [0.0, 0.0]])
"""Those of the page: Gilbert, island, Otto and the question mark."""
_VALUES = torch.tensor([[1.0, 0.0], [0.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
_QUERY = torch.tensor([2.0, 0.0])


def _attended(weights: Tensor) -> tuple[Tensor, Tensor]:
    return weights, weights @ _VALUES


def _by_hand(scale: float = math.sqrt(2), query: Tensor = _QUERY) -> Function:
    return lambda: _attended((_KEYS @ query / scale).softmax(-1))


def _numbers(result: Any) -> Tensor:
    """Return the four weights, in whatever they were put."""
    return torch.as_tensor(result[0], dtype=torch.float32).reshape(4)


def _adds_up(result: Any) -> bool | str:
    total = _numbers(result).sum().item()
    return abs(total - 1) < 0.025 or f"{total:.2f}"


def _mixes(result: Any) -> bool | str:
    """Whether the output is right, given that the weights are."""
    right = (_KEYS @ _QUERY / math.sqrt(2)).softmax(-1)
    output = torch.as_tensor(result[1], dtype=torch.float32).reshape(2)
    are_right = (_numbers(result) - right).abs().max() < 0.011
    is_mixed = bool((output - right @ _VALUES).abs().max() < 0.011)
    return not are_right or is_mixed or str([round(o, 2) for o in output.tolist()])


check_attention_by_hand = Exercise(
    "check_attention_by_hand",
    right=_by_hand(),
    cases=[case()],
    why="the answer consists of numbers from paper",
    within=0.011,
    returns=("the weights", "the output"),
    mistakes={
        "the scores were not divided by the square root of 2": _by_hand(1.0),
        "the scores were divided by 2: take its square root": _by_hand(2.0),
        "these are the exponentials: divide each by their sum": lambda: _attended(
            (_KEYS @ _QUERY / math.sqrt(2)).exp()
        ),
        "the scores were divided by their sum: take their exponentials first": (
            lambda: _attended(torch.tensor([0.5, 0.0, 0.5, 0.0]))
        ),
        "this is the token that only asks Friend?: here it asks both": _by_hand(
            query=torch.tensor([1.0, 2.0])
        ),
        "this is the token that only asks Hero?: here it asks both": _by_hand(
            query=torch.tensor([1.0, -2.0])
        ),
        "these are averages of the answers to Friend? and to Hero?: the token has a "
        "query of its own, x times W_q": lambda: _attended(
            torch.tensor([0.3063, 0.1510, 0.3918, 0.1510])
        ),
        "the token attends to itself, too: its score is 0, its exponential 1": (
            lambda: _attended(torch.tensor([0.4458, 0.1084, 0.4458, 0.0]))
        ),
        "the scores don't cancel: the two queries add up to (2, 0), not to 0": (
            lambda: _attended(torch.tensor([0.25, 0.25, 0.25, 0.25]))
        ),
        "the output mixes the values, and these are the keys": lambda: (
            _by_hand()()[0],
            _by_hand()()[0] @ _KEYS,
        ),
    },
    properties={
        "return four weights and an output of two numbers, got {}": (
            lambda result: len(_numbers(result)) == 4 and len(result[1]) == 2,
            lambda: ([0.5, 0.5], [0.5, 0.5]),
        ),
        "the weights are right, but the output is {}: mix the values with them": (
            _mixes,
            lambda: ([0.4, 0.1, 0.4, 0.1], [0.5, 0.5]),
        ),
        "these are percentages: divide them by 100": (
            lambda result: abs(_numbers(result).sum() - 100) > 3,
            lambda: ([40, 10, 40, 10], [40, 40]),
        ),
        "the weights add up to {}, not to 1": (
            _adds_up,
            lambda: ([0.3, 0.1, 0.6, 0.1], [0.3, 0.6]),
        ),
    },
    verdict="The two queries add up, and what they disagree on cancels.",
)
"""Attention computed on paper, from the vector to the output."""


def _ratio(query: Any, ratio: float) -> Tensor:
    """Return how many times Gilbert's weight Otto gets from a query."""
    numbers = torch.as_tensor(query, dtype=torch.float32).reshape(2)
    scores = _KEYS @ numbers / math.sqrt(2)
    return (scores[2] - scores[0]).exp()


check_query_for_ratio = Exercise(
    "check_query_for_ratio",
    right=lambda ratio: [0.0, math.sqrt(2) * math.log(ratio)],
    cases=[case(ratio) for ratio in (3.0, 10.0, 0.25, 1.5)],
    observe=_ratio,
    within=0.01,
    mistakes={
        "the scores are divided by sqrt(2) before softmax: make up for it": (
            lambda ratio: [1.0, math.log(ratio)]
        ),
        "weights are exponentials of scores: a ratio of weights is a difference of "
        "scores, its logarithm": (
            lambda ratio: [1.0, ratio],
            lambda ratio: [1.0, math.sqrt(2) * ratio],
            lambda ratio: [1.0, ratio - 1],
        ),
        "multiply by sqrt(2) to undo the division, do not divide again": (
            lambda ratio: [1.0, math.log(ratio) / math.sqrt(2)]
        ),
        "Gilbert gets more and Otto less: the sign is the other way round": (
            lambda ratio: [1.0, -math.sqrt(2) * math.log(ratio)]
        ),
        "softmax uses the exponential with base e: take the natural logarithm": (
            lambda ratio: [1.0, math.sqrt(2) * math.log2(ratio)],
            lambda ratio: [1.0, math.sqrt(2) * math.log10(ratio)],
        ),
        "both names are persons, so the first component changes nothing between them": (
            lambda ratio: [math.sqrt(2) * math.log(ratio), 0.0]
        ),
    },
    verdict="A difference of scores is a ratio of weights, whatever the other keys.",
)
"""A query that gives one key a chosen multiple of another's weight."""


def _real(n_padding: int, n: int) -> Tensor:
    return torch.arange(n) >= n_padding


def _causal(n: int, shift: int = 0) -> Tensor:
    return torch.ones(n, n).tril(shift).bool()


def _rows_of_tokens(mask: Any, n_padding: int, n: int) -> Tensor:
    """Return the rows of a mask that don't belong to padding."""
    rows = torch.as_tensor(mask)
    if rows.dtype != torch.bool or rows.shape != (n, n):
        raise ValueError("the mask has another form")
    return rows[n_padding:]


def _masked(shift: int = 0, padding: int = 0) -> Function:
    """Return a mask whose diagonal or whose padding is off by a number of positions."""
    return lambda n_padding, n: _causal(n, shift) & _real(n_padding + padding, n)


check_left_padded_mask = Exercise(
    "check_left_padded_mask",
    right=_masked(),
    cases=[case(1, 3), case(2, 5), case(0, 4), case(3, 7)],
    observe=_rows_of_tokens,
    mistakes={
        "True means that a query may attend: the mask is upside down": (
            lambda n_padding, n: ~_masked()(n_padding, n)
        ),
        "the padding is on the left: it is the first columns that must be hidden": (
            lambda n_padding, n: _causal(n) & _real(n_padding, n).flip(0)
        ),
        "hide a key if it is in the future or if it is padding: attend if both masks "
        "say so, with &": lambda n_padding, n: _real(n_padding, n) | _causal(n),
        "the past is hidden instead of the future: rows are queries, columns are "
        "keys": lambda n_padding, n: _causal(n).T & _real(n_padding, n),
        "the future is not hidden: no position may attend to a later one": (
            lambda n_padding, n: _real(n_padding, n).expand(n, n)
        ),
        "the keys that are padding are not hidden: keys are the last axis, the "
        "columns": (
            lambda n_padding, n: _causal(n),
            lambda n_padding, n: _causal(n) & _real(n_padding, n)[:, None],
        ),
        "off by one: a position may attend to itself": _masked(shift=-1),
        "off by one: a position may attend to the next one": _masked(shift=1),
        "off by one: the last position of padding counts as real": _masked(padding=-1),
        "off by one: the first real token counts as padding": _masked(padding=1),
    },
    verdict="Every token sees itself and the tokens before it, and no padding.",
)
"""A causal mask for a text that is padded on the left."""


def _weights(*rows: Sequence[float]) -> Function:
    """Return what draws attention weights whose first heads end in the given rows."""

    def draw(shape: Sequence[int], generator: Generator) -> Tensor:
        scores = 1.5 * torch.randn(shape, generator=generator)
        future = torch.ones(shape[-2:]).triu(1).bool()
        weights = scores.masked_fill(future, -torch.inf).softmax(-1)
        for head, row in enumerate(rows):
            weights[0, head, -1] = torch.tensor(row)
        return weights

    return draw


_A_HALF = _weights(
    [0.125, 0.25, 0.25, 0.25, 0.125], [0.25, 0.25, 0.125, 0.234375, 0.140625]
)


def _pairs(found: Tensor) -> list[tuple[int, ...]]:
    return [tuple(pair) for pair in found.nonzero().tolist()]


def _in_any_order(result: Any, *_: Any) -> list[tuple[int, ...]]:
    return sorted(tuple(int(i) for i in pair) for pair in result)


check_heads_that_fetch = Exercise(
    "check_heads_that_fetch",
    right=lambda attention, positions: _pairs(
        attention[:, :, -1, positions].sum(-1) >= 0.5
    ),
    cases=[
        case(Drawn("N H T S", _A_HALF), [1, 3], N=3, H=4, T=5, S=5, why="self"),
        case(Drawn("N H T S", _weights()), [0], N=4, H=3, T=6, S=6, why="self"),
        case(Drawn("N H T S", _weights()), [2, 4, 5], N=2, H=6, T=8, S=8, why="self"),
    ],
    observe=_in_any_order,
    mistakes={
        "add the weights of all the positions before you compare with a half": (
            lambda attention, positions: _pairs(
                (attention[:, :, -1, positions] >= 0.5).any(-1)
            )
        ),
        "this is what the positions give the last token: a row belongs to the token "
        "that looks, a column to the one that is looked at": (
            lambda attention, positions: _pairs(
                attention[:, :, positions, -1].sum(-1) >= 0.5
            )
        ),
        "at least a half means that exactly a half counts, too": (
            lambda attention, positions: _pairs(
                attention[:, :, -1, positions].sum(-1) > 0.5
            )
        ),
        "add the weights of the positions, don't average them": (
            lambda attention, positions: _pairs(
                attention[:, :, -1, positions].mean(-1) >= 0.5
            )
        ),
        "layers and heads are counted from 0": lambda attention, positions: [
            (layer + 1, head + 1)
            for layer, head in _pairs(attention[:, :, -1, positions].sum(-1) >= 0.5)
        ],
        "a pair is (layer, head), in this order": lambda attention, positions: [
            (head, layer)
            for layer, head in _pairs(attention[:, :, -1, positions].sum(-1) >= 0.5)
        ],
        "only the last token looks here: take the last row": (
            lambda attention, positions: _pairs(
                attention[:, :, :, positions].sum(-1).mean(-1) >= 0.5
            ),
            lambda attention, positions: _pairs(
                attention[:, :, 0, positions].sum(-1) >= 0.5
            ),
        ),
        "this is the one head with the most weight: return every head that reaches a "
        "half": lambda attention, positions: [
            divmod(
                int(attention[:, :, -1, positions].sum(-1).argmax()), attention.shape[1]
            )
        ],
    },
    verdict="These heads spend at least half of their attention there.",
)
"""The heads whose last token attends to given positions."""
