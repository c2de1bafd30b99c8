"""The exercises of the lesson on attention."""

import math
from collections.abc import Callable, Iterator, Sequence
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


check_by_hand = Exercise(
    "check_by_hand",
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


class _Stream:
    """Pairs of a key and a value that can be read once, from one buffer."""

    def __init__(self, keys: Tensor, values: Tensor) -> None:
        self.keys, self.values = keys, values
        self.is_read = False

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        if self.is_read:
            raise RuntimeError("the pairs can be read only once")
        self.is_read = True
        key, value = torch.empty_like(self.keys[0]), torch.empty_like(self.values[0])
        for next_key, next_value in zip(self.keys, self.values, strict=True):
            yield key.copy_(next_key), value.copy_(next_value)
            key.fill_(torch.nan)
            value.fill_(torch.nan)


def _stream(scale: float = 1.0) -> Function:
    """Return what draws a stream of random keys of this size."""

    def draw(shape: Sequence[int], generator: Generator) -> _Stream:
        n_keys, d_key, d_value = shape
        keys = scale * torch.randn(n_keys, d_key, generator=generator)
        return _Stream(keys, torch.randn(n_keys, d_value, generator=generator))

    return draw


def _read(
    step: Callable[[float, float], tuple[float, float, float]],
    scale: Callable[[int, int], float] = lambda d_key, d_value: math.sqrt(d_key),
    start: float = -math.inf,
    finish: Callable[[Tensor, float], Tensor] = lambda mixed, total: mixed / total,
) -> Function:
    """Return streaming attention with one or more of its steps replaced.

    `step` takes the largest score so far and the next score. It returns the new
    largest one, and the factors of the mixture and of the sum so far.
    """

    def attend(q: Tensor, pairs: Any) -> Tensor:
        largest, total = start, 0.0
        mixed = torch.zeros(())
        for key, value in pairs:
            score = float(q @ key) / scale(len(q), len(value))
            largest, of_mixed, of_total = step(largest, score)
            weight = math.exp(score - largest) if score - largest < 700 else math.inf
            mixed = mixed * of_mixed + weight * value
            total = total * of_total + weight
        return finish(mixed, total)

    return attend


def _rescaled(largest: float, score: float) -> tuple[float, float, float]:
    new = max(largest, score)
    return new, math.exp(largest - new), math.exp(largest - new)


def _without_maximum(largest: float, score: float) -> tuple[float, float, float]:
    return 0.0, 1.0, 1.0


def _not_rescaled(largest: float, score: float) -> tuple[float, float, float]:
    return max(largest, score), 1.0, 1.0


def _only_total(largest: float, score: float) -> tuple[float, float, float]:
    new, _, factor = _rescaled(largest, score)
    return new, 1.0, factor


def _only_mixed(largest: float, score: float) -> tuple[float, float, float]:
    new, factor, _ = _rescaled(largest, score)
    return new, factor, 1.0


def _first(largest: float, score: float) -> tuple[float, float, float]:
    return (score if largest == -math.inf else largest), 1.0, 1.0


def _steady(first: float, last: float) -> Function:
    """Return what draws a stream whose scaled scores go from one value to another."""

    def draw(shape: Sequence[int], generator: Generator) -> _Stream:
        stream: _Stream = _stream()(shape, generator)
        steps = torch.linspace(first, last, len(stream.keys))
        stream.keys[:, 0] += steps * math.sqrt(stream.keys.shape[-1]) / 20
        return stream

    return draw


def _large(shape: Sequence[int], generator: Generator) -> Tensor:
    """Return a query whose first component is 20."""
    query = torch.randn(shape, generator=generator)
    query[0] = 20.0
    return query


_LARGE = Drawn("D", _large)
_UP, _DOWN = Drawn("S D V", _steady(-900, 900)), Drawn("S D V", _steady(900, -900))
_LOW = Drawn("S D V", _steady(-899, -901))


def _kept(q: Tensor, pairs: Any) -> Tensor:
    """Read everything first, and find the last pair, overwritten, in every place."""
    keys, values = (torch.stack(parts) for parts in zip(*pairs, strict=True))
    return (keys @ q / math.sqrt(len(q))).softmax(-1) @ values


def _aliased(q: Tensor, pairs: Any) -> Tensor:
    """Begin with the first value itself, which the next pair overwrites."""
    largest, total, mixed = -math.inf, 0.0, torch.zeros(())
    for key, value in pairs:
        score = float(q @ key) / math.sqrt(len(q))
        new, factor, _ = _rescaled(largest, score)
        weight = math.exp(score - new)
        mixed = value if largest == -math.inf else mixed * factor + weight * value
        largest, total = new, total * factor + weight
    return mixed / total


check_streaming_attention = Exercise(
    "check_streaming_attention",
    right=_read(_rescaled),
    cases=[
        case(Drawn("D"), Drawn("S D V", _stream()), D=2, S=3, V=4, when="with 3 pairs"),
        case(
            Drawn("D"), Drawn("S D V", _stream(2.0)), D=3, S=7, V=5, when="with 7 pairs"
        ),
        case(
            Drawn("D"), Drawn("S D V", _stream(1.5)), D=6, S=5, V=4, when="with 5 pairs"
        ),
        case(_LARGE, _UP, D=5, S=6, V=4, when="with scaled scores from -900 to 900"),
        case(_LARGE, _LOW, D=3, S=4, V=6, when="with scaled scores near -900"),
        case(_LARGE, _DOWN, D=4, S=5, V=6, when="with scaled scores from 900 to -900"),
    ],
    mistakes={
        "the scores were not divided by sqrt(d_head)": _read(
            _rescaled, lambda d_key, d_value: 1.0
        ),
        "the scores were divided by d_head: take its square root": _read(
            _rescaled, lambda d_key, d_value: float(d_key)
        ),
        "the scores were divided by the root of the width of the values": _read(
            _rescaled, lambda d_key, d_value: math.sqrt(d_value)
        ),
        "the largest score changed, but what was added before was not rescaled": (
            _read(_not_rescaled)
        ),
        "the sum was rescaled, but the mixture of values was not": _read(_only_total),
        "the mixture of values was rescaled, but the sum was not": _read(_only_mixed),
        "the first score was subtracted from all: a later one can be far larger": (
            _read(_first)
        ),
        "the result is nan: pairs were kept, although the next one overwrites them, or "
        "all exponentials vanished": _kept,
        "the first value was changed after you stored it: the next pair overwrites it, "
        "so keep a copy": _aliased,
        "divide by the sum of the exponentials at the end": _read(
            _rescaled, finish=lambda mixed, total: mixed
        ),
        "that is the plain average of the values: weigh them by the exponentials": (
            lambda q, pairs: torch.stack([v.clone() for _, v in pairs]).mean(0)
        ),
        "exponentials of large scores overflow, and those of very negative ones "
        "vanish: keep the largest score so far, and subtract it": (
            _read(_without_maximum)
        ),
        "a largest score that starts at 0 is too large for negative scores: start at "
        "minus infinity": _read(_rescaled, start=0.0),
    },
    verdict="One pass over the keys gives what softmax over all of them gives.",
)
"""Attention for one query that reads its keys and values one at a time."""
