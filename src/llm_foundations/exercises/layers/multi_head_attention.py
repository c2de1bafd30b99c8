"""The exercises of the lesson on multi-head attention."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from llm_foundations.exercises.exercise import Drawn, Exercise, Function, case

_LN_3 = math.log(3)
_X = torch.eye(2)
_W_Q = torch.tensor([[0.0, 0.0], [_LN_3, -_LN_3]])
_W_K = torch.tensor([[1.0, 1.0], [0.0, 0.0]])
_W_V = torch.tensor([[4.0, 0.0], [0.0, 8.0]])
_W_O = torch.tensor([[1.0, 2.0], [-1.0, 1.0]])


def _weighed(scores: Tensor) -> Tensor:
    return scores.softmax(-1)


def _by_hand(
    query: int = 1,
    scale: float = 1.0,
    weigh: Callable[[Tensor], Tensor] = _weighed,
    w_o: Tensor = _W_O,
) -> Function:
    """Return the heads and the output of a token, with steps replaced.

    Each head has one component, so a column of a matrix is a head.
    """

    def layer() -> tuple[Tensor, Tensor]:
        scores = (_X @ _W_Q)[query][:, None] * (_X @ _W_K).T / scale  # (H, S)
        heads = (weigh(scores) * (_X @ _W_V).T).sum(-1)
        return heads, heads @ w_o

    return layer


def _two_pairs(result: Any) -> bool:
    return [torch.as_tensor(part).numel() for part in result] == [2, 2]


check_by_hand = Exercise(
    "check_by_hand",
    right=_by_hand(),
    cases=[case()],
    why="the answer consists of numbers from paper",
    within=0.03,
    returns=("the concatenated heads", "the output"),
    mistakes={
        "the output multiplies by W_o from the right: each row of W_o belongs to a "
        "head, and was read as a column": _by_hand(w_o=_W_O.T),
        "a head has width 1 here, so don't divide: 2 is the width of the whole "
        "layer": _by_hand(scale=math.sqrt(2)),
        "softmax is missing: these are sums with the scores as weights": _by_hand(
            weigh=lambda scores: scores
        ),
        "the exponentials were not divided by their sum": _by_hand(weigh=torch.exp),
        "these are the heads of token A: its query is zero, and B's is the second row "
        "of W_q": _by_hand(query=0),
        "head 1 has the weights of head 0: its query has the opposite sign": _by_hand(
            weigh=lambda scores: scores[:1].softmax(-1).expand(2, 2)
        ),
        "B attends to itself, too: its score is 0, its exponential 1": _by_hand(
            weigh=lambda scores: torch.tensor([[1.0, 0.0], [1.0, 0.0]])
        ),
        "the heads were added: the sum of each head times its own row of W_o is the "
        "output": lambda: (torch.tensor([3.0, 6.0]), torch.tensor([9.0, 9.0])),
    },
    properties={
        "return two numbers, one from each head, and two more for the output, got {}": (
            _two_pairs,
            lambda: ([3.0], [6.0]),
        ),
    },
    verdict="Each head's number times its own row of W_o, added up.",
)
"""Two heads and their output projection, computed on paper."""


def _cut(rows: Tensor, *sizes: int) -> Tensor:
    """Cut the rows of a matrix into several axes."""
    return rows.reshape(*sizes, rows.shape[-1])


def _interleaved(w_o: Tensor, n_heads: int) -> Tensor:
    """Reorder rows the wrong way: from concatenated to interleaved."""
    return _cut(w_o, n_heads, -1).transpose(0, 1).flatten(0, 1)


def _repaired(w_o: Tensor, n_heads: int, backward: Sequence[int] = ()) -> Tensor:
    """Reorder rows the right way, or with some axis backward."""
    return _cut(w_o, -1, n_heads).flip(tuple(backward)).transpose(0, 1).flatten(0, 1)


_W = Drawn("HD C")

check_repaired = Exercise(
    "check_repaired",
    right=lambda w_o, n_heads: _repaired(w_o, n_heads),
    cases=[
        case(_W, 2, HD=6, C=8),
        case(_W, 3, HD=12, C=9),
        case(_W, 4, HD=8, C=12),
        case(_W, 5, HD=15, C=10),
    ],
    mistakes={
        "this goes the other way, from concatenated to interleaved: the rows of a head "
        "are n_heads apart here, not D": _interleaved,
        "the rows are as they were: row 1 still belongs to head 1": lambda w_o, n: w_o,
        "the components of a head are in the wrong order: theirs doesn't change": (
            lambda w_o, n: _repaired(w_o, n, backward=[0])
        ),
        "the heads are in the wrong order: head 0 comes first": (
            lambda w_o, n: _repaired(w_o, n, backward=[1])
        ),
        "the columns were reordered: a head owns rows of w_o": (
            lambda w_o, n: _repaired(w_o.T, n).T,
            lambda w_o, n: _interleaved(w_o.T, n).T,
        ),
        "the heads have an axis of their own: flatten them into rows again": (
            lambda w_o, n: _cut(w_o, -1, n).transpose(0, 1)
        ),
        "the numbers were dealt out anew: move whole rows": (
            lambda w_o, n: w_o.T.reshape(w_o.shape)
        ),
    },
    verdict="Each head's rows stand together again, in the order of its components.",
)
"""The rows of an output projection, reordered for concatenated heads."""


def _fitting(
    per_layer: Callable[[int, int], int] = lambda g, d: 4 * g * d,
    count: Callable[[float, int, int], float] | None = None,
) -> Function:
    """Return how many tokens fit, from how many pairs of a token and a layer do."""

    def right(pairs: float, n_layers: int, window: int) -> int:
        if pairs < n_layers * window:
            return int(pairs // n_layers)
        return int((pairs - n_layers // 2 * window) // (n_layers // 2))

    def fit(
        n_bytes: int, n_layers: int, n_kv_heads: int, d_head: int, window: int
    ) -> float:
        pairs = n_bytes / per_layer(n_kv_heads, d_head)
        return (count or right)(pairs, n_layers, window)

    return fit


check_tokens_that_fit = Exercise(
    "check_tokens_that_fit",
    right=_fitting(),
    cases=[
        case(19_000, 4, 3, 5, 100, when="with a cache smaller than the window"),
        case(420_300, 6, 5, 7, 64),
        case(4 * 6 * 3 * 2 * 50, 6, 3, 2, 50, when="with a window that fits exactly"),
        case(5_000_000, 8, 2, 64, 128),
        case(4 * 10 * 4 * (6 * 30 - 1), 6, 4, 10, 30, when="with 29 tokens and a rest"),
        case(200, 4, 3, 5, 16, when="with 200 bytes, too few for a token of 240"),
    ],
    mistakes={
        "the window is ignored: half of the layers keep only the last tokens": _fitting(
            count=lambda pairs, n_layers, window: pairs // n_layers
        ),
        "wrong for texts shorter than the window: there, every layer keeps every "
        "token": _fitting(
            count=lambda pairs, n, window: max((pairs - n // 2 * window) // (n // 2), 0)
        ),
        "too many: a token has a key and a value, and each number 2 bytes": (
            _fitting(lambda g, d: 2 * g * d),
            _fitting(lambda g, d: g * d),
        ),
        "that is one key-value head: count all of them": _fitting(lambda g, d: 4 * d),
        "that is one layer of each kind: count all of them": _fitting(
            count=lambda pairs, n, window: (
                pairs // 2 if pairs < 2 * window else pairs - window
            )
        ),
        "the layers with a window keep something, too: at most the window": _fitting(
            count=lambda pairs, n, window: pairs // (n // 2)
        ),
        "the window holds tokens for each of its layers, not once for all of them": (
            _fitting(
                count=lambda pairs, n, window: (
                    pairs // n if pairs < n * window else (pairs - window) // (n // 2)
                )
            )
        ),
        "whole tokens are asked for: what is left of the memory holds no token": (
            _fitting(
                count=lambda pairs, n, window: (
                    pairs / n
                    if pairs < n * window
                    else (pairs - n // 2 * window) / (n // 2)
                )
            ),
            _fitting(
                count=lambda pairs, n, window: (
                    -(-pairs // n)
                    if pairs < n * window
                    else -((n // 2 * window - pairs) // (n // 2))
                )
            ),
        ),
    },
    verdict="Half of the layers stop growing when the window is full.",
)
"""The tokens that fit into a cache if every other layer has a sliding window."""


def _grouped(
    groups: Callable[[Tensor, int, int], Tensor],
) -> Callable[[Tensor, int, int], Tensor]:
    """Return a way to share, from one that still has an axis for the groups."""
    return lambda weight, n, g: groups(weight, n, g).flatten(0, 1)


def _neighbors(weight: Tensor, n_heads: int, n_groups: int) -> Tensor:
    """Cut a matrix into groups, heads of a group, and components, (G, H/G, D, C)."""
    return _cut(weight, n_groups, n_heads // n_groups, -1)


check_shared = Exercise(
    "check_shared",
    right=lambda weight, n_heads, n_groups: (
        _neighbors(weight, n_heads, n_groups).mean(1).flatten(0, 1)
    ),
    cases=[
        case(Drawn("HD C"), 4, 2, HD=12, C=5),
        case(Drawn("HD C"), 6, 2, HD=24, C=7),
        case(Drawn("HD C"), 6, 3, HD=30, C=8),
        case(Drawn("HD C"), 5, 1, HD=20, C=9),
    ],
    mistakes={
        "the groups take turns: neighboring heads share, so with 2 groups head 1 is in "
        "the group of head 0": _grouped(lambda w, n, g: _cut(w, n // g, g, -1).mean(0)),
        "the heads of a group were added: take their mean": _grouped(
            lambda w, n, g: _neighbors(w, n, g).sum(1)
        ),
        "this keeps one head of each group: take the mean of all of them": (
            _grouped(lambda w, n, g: _neighbors(w, n, g)[:, 0]),
            _grouped(lambda w, n, g: _neighbors(w, n, g)[:, -1]),
        ),
        "n_groups is the number of groups, not the number of heads in one": (
            _grouped(lambda w, n, g: _neighbors(w, n, n // g).mean(1)),
        ),
        "all heads were averaged: average those of each group": (
            lambda w, n, g: _cut(w, n, -1).mean(0).repeat(g, 1)
        ),
        "rows next to each other were averaged: those are components of one head": (
            _grouped(lambda w, n, g: _cut(w, g, -1, n // g).mean(2)),
        ),
        "the groups have an axis of their own: flatten them into rows again": (
            lambda w, n, g: _neighbors(w, n, g).mean(1)
        ),
        "the result still has rows for every query head: return those of the groups": (
            _grouped(
                lambda w, n, g: (
                    _neighbors(w, n, g).mean(1).repeat_interleave(n // g, dim=0)
                )
            )
        ),
    },
    verdict="Each group has the mean of its heads.",
)
"""The key or value matrix of all heads, averaged over the heads that share."""


def _numbers(n: int) -> Tensor:
    return torch.randn(n, generator=torch.Generator().manual_seed(n)) * 3


def _heads(result: Any, n: int) -> tuple[Tensor, Tensor]:
    """Return the weights of both heads, (2, n, n), and the output, (n,)."""
    w_q, w_k, w_v, w_o = (torch.as_tensor(w, dtype=torch.float32) for w in result)
    x = torch.cat([torch.eye(n), _numbers(n)[:, None]], dim=1)
    q, k, v = ((x @ w).reshape(n, 2, -1).transpose(0, 1) for w in (w_q, w_k, w_v))
    future = torch.ones(n, n).triu(1).bool()
    scores = (q @ k.mT / math.sqrt(q.shape[-1])).masked_fill(future, -torch.inf)
    weights = scores.softmax(-1)
    heads = (weights @ v).transpose(0, 1).flatten(1)
    return weights, (heads @ w_o.reshape(-1, 1))[:, 0]


def _has_form(result: Any, n: int) -> bool:
    q, k, v, o = (tuple(torch.as_tensor(w).shape) for w in result)
    is_even = not (q[1] % 2 or v[1] % 2)
    return is_even and q == k == (n + 1, q[1]) and v[0] == n + 1 and o[0] == v[1]


def _looks(back: Callable[[int], int]) -> Function:
    """Return whether some head gives 0.999 to a position, from every later one."""

    def check(result: Any, n: int) -> bool | str:
        weights, _ = _heads(result, n)
        given = torch.stack([weights[:, i, back(i)] for i in range(1, n)], dim=1)
        best = given.amin(1).amax().item()
        return best >= 0.999 or f"{best:.3f}"

    return check


def _output(result: Any, n: int) -> Tensor:
    return _heads(result, n)[1][1:]


def _layer(
    back: int = 1,
    size: float = 50.0,
    signs: tuple[float, float] = (1.0, -1.0),
    number: int = -1,
    first: int = 0,
) -> Function:
    """Return matrices of a layer whose heads look back, and at the first token."""

    def change(n: int) -> list[Tensor]:
        w_q, w_k, w_v = torch.zeros(3, n + 1, 2, n)
        for i in range(n):
            w_q[i, 0, max(i - back, 0)] = size * math.sqrt(n)
            w_q[i, 1, min(first, i)] = size * math.sqrt(n)
        w_k[:n] = torch.eye(n)[:, None]
        w_v[number, :, 0] = 1.0
        w_o = torch.zeros(2, n, 1)
        w_o[:, 0, 0] = torch.tensor(signs)
        return [*(w.flatten(1) for w in (w_q, w_k, w_v)), w_o.flatten(0, 1)]

    return change


check_change = Exercise(
    "check_change",
    right=_layer(),
    cases=[case(n) for n in (4, 6, 9)],
    observe=_output,
    within=0.05,
    mistakes={
        "the sign is wrong: subtract the number of the first token": _layer(
            signs=(-1.0, 1.0)
        ),
        "the two numbers were added: w_o has to subtract what one head delivers": (
            _layer(signs=(1.0, 1.0))
        ),
        "this is the token itself, not the one before": _layer(back=0),
        "this is two tokens back, not one": _layer(back=2),
        "this is the second token, not the first": _layer(first=1),
        "this is the number of the token before: subtract the first one": _layer(
            signs=(1.0, 0.0)
        ),
    },
    properties={
        "return w_q, w_k, w_v of shape (n + 1, 2D) and w_o of shape (2D, 1), got {}": (
            _has_form,
            lambda n: [torch.zeros(2, n + 1, n)] * 4,
        ),
        "no head looks sharply enough at the token before: it gets only {} from some "
        "token (does the last component enter the key?)": (
            _looks(lambda i: i - 1),
            _layer(size=0.05),
            _layer(first=0, back=3),
        ),
        "no head looks sharply enough at the first token: it gets only {} from some "
        "token (does the last component enter the key?)": (
            _looks(lambda i: 0),
            _layer(first=2),
        ),
    },
    verdict="Two heads look at two tokens, and w_o subtracts.",
)
"""The matrices of a layer whose heads look at two tokens at once."""
