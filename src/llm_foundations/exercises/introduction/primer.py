"""The exercises of the lesson on the math you need."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn.functional import cross_entropy, layer_norm

from llm_foundations.exercises.exercise import Drawn, Exercise, Function, case

_SHAPES = [(8, 12, 5), (8, 16), (16,), (8, 12, 16), (8, 12, 12), (8, 1, 12, 16)]
_PRODUCT = [[4, -2, 7], [6, 0, 3], [-1, -1, 2]]


def _predicted(index: int, shape: Any) -> Function:
    """Return the right answer with another shape at an index."""
    return lambda: ([*_SHAPES[:index], shape, *_SHAPES[index + 1 :]], _PRODUCT)


def _multiplied(*rows: Sequence[int]) -> Function:
    return lambda: (_SHAPES, rows)


def _has_shape(index: int) -> Callable[[Any], bool | str]:
    """Return whether a shape is right, which may be an int if it has one axis."""

    def holds(result: Any) -> bool | str:
        given = result[0][index]
        shape = tuple(map(int, given)) if hasattr(given, "__len__") else (int(given),)
        return shape == _SHAPES[index] or f"{shape}"

    return holds


def _product(result: Any) -> Tensor:
    return torch.as_tensor(result[1], dtype=torch.float32)


def _entries(result: Any) -> bool | str:
    """Return whether the product is right, or else the first entry that isn't."""
    wrong = (_product(result) != torch.tensor(_PRODUCT)).nonzero()
    return len(wrong) == 0 or f"row {wrong[0, 0]}, column {wrong[0, 1]}"


check_predictions = Exercise(
    "check_predictions",
    right=None,
    cases=[case()],
    why="the answer consists of shapes and numbers from paper",
    mistakes={},
    properties={
        "return six shapes and a product, got {}": (
            lambda result: len(result[0]) == 6 and len(result) == 2,
            lambda: (_SHAPES[:5], _PRODUCT),
        ),
        "x @ w: the last axis of x meets the first axis of w, and both disappear, got "
        "{}": (
            _has_shape(0),
            _predicted(0, (8, 12, 16)),
            _predicted(0, (8, 12, 16, 5)),
            _predicted(0, (12, 5)),
        ),
        "x.sum(dim=1): axes are counted from 0, and the one that is summed over "
        "disappears, got {}": (
            _has_shape(1),
            _predicted(1, (12, 16)),
            _predicted(1, (8, 12)),
            _predicted(1, (8, 1, 16)),
        ),
        "x[0, -1]: each index picks one entry of its axis, and the axis disappears, "
        "got {}": (_has_shape(2), _predicted(2, (12, 16)), _predicted(2, (1, 1, 16))),
        "m @ x: m is multiplied with each of the 8 matrices of x, got {}": (
            _has_shape(3),
            _predicted(3, (12, 16)),
            _predicted(3, (8, 16, 12)),
        ),
        "x @ x.mT: every token against every token, in each of the 8 texts, got {}": (
            _has_shape(4),
            _predicted(4, (8, 16, 16)),
            _predicted(4, (12, 12)),
            _predicted(4, (8, 12, 8, 12)),
        ),
        "x[:, None]: a new axis of length 1, in the place where None stands, got {}": (
            _has_shape(5),
            _predicted(5, (1, 8, 12, 16)),
            _predicted(5, (8, 12, 16, 1)),
            _predicted(5, (8, 12, 1, 16)),
        ),
        "the product has a row for each row of the left matrix, and a column for each "
        "column of the right one: its shape is {}": (
            lambda result: (
                _product(result).shape == (3, 3) or f"{tuple(_product(result).shape)}"
            ),
            _multiplied([1, 5], [-5, 5]),
        ),
        "the product is transposed: rows come from the left matrix, columns from the "
        "right one": (
            lambda result: not torch.equal(_product(result).T, torch.tensor(_PRODUCT)),
            _multiplied(*zip(*_PRODUCT, strict=True)),
        ),
        "the product is wrong at {}, counted from 0: multiply that row with that "
        "column, pairwise, then add": (
            _entries,
            _multiplied([4, 2, 7], [6, 0, 3], [-1, -1, 2]),
        ),
    },
    verdict="You can check a line of code on paper before you run it.",
)
"""Shapes, and a matrix product by hand."""


_ROUNDING = 1e-6
"""Below this, the standard deviation of a row is due to rounding alone."""


def _rescaled(
    center: Function = lambda scores: scores - scores.mean(-1, keepdim=True),
    spread: Function = lambda scores: scores.std(-1, correction=0, keepdim=True),
    scale: Function = lambda centered, spread, std: std * centered / spread,
) -> Function:
    def rescale(scores: Tensor, std: float) -> Tensor:
        divisor = spread(scores)
        divisor = torch.where(divisor < _ROUNDING, torch.inf, divisor)
        return torch.as_tensor(scale(center(scores), divisor, std))

    return rescale


def _with_rows_to_tell_apart(shape: Sequence[int], generator: Generator) -> Tensor:
    """Draw scores whose second row has no spread, and whose last row has little."""
    scores = 3 + 2 * torch.randn(shape, generator=generator)
    scores[1] = 2  # whose mean has no rounding, so that the deviation is exactly 0
    scores[-1] = 0.25 + 0.0015 * (scores[-1] - 3)
    return scores


def _divided(scores: Tensor, std: float) -> Tensor:
    centered = scores - scores.mean(-1, keepdim=True)
    return std * centered / centered.square().mean(-1, keepdim=True).sqrt()


def _has_zeros(result: Any, *_: Any) -> bool:
    return bool((torch.as_tensor(result)[1].abs() < 0.001).all())


def _rescales_what_is_small(result: Any, _: Tensor, std: float) -> bool | str:
    """Return whether the last row is as wide as the first, or else its deviation."""
    found = torch.as_tensor(result).double().std(-1, correction=0)
    first, last = (abs(found[i].item() - std) < 0.01 * std for i in (0, -1))
    return last or not first or f"{found[-1]:.3g}"


def _with(eps: float) -> Function:
    """Return what adds a constant to the variance."""
    return _rescaled(
        lambda x: x - x.mean(-1, keepdim=True),
        lambda x: (x.var(-1, correction=0, keepdim=True) + eps).sqrt(),
    )


_SCORES = Drawn("N V", _with_rows_to_tell_apart)


check_rescaled = Exercise(
    "check_rescaled",
    right=_rescaled(),
    cases=[
        case(_SCORES, 0.7, N=3, V=4),
        case(_SCORES, 2.0, N=4, V=7),
        case(_SCORES, 5.0, N=6, V=3),
    ],
    within=0.01,
    mistakes={
        "the variance divides by V: torch.std and torch.var divide by V - 1 unless "
        "you pass correction=0": _rescaled(spread=lambda x: x.std(-1, keepdim=True)),
        "this divides by the variance: take its square root": _rescaled(
            spread=lambda scores: scores.var(-1, correction=0, keepdim=True)
        ),
        "each row has a mean and a standard deviation of its own, and this takes those "
        "of each column": _rescaled(
            lambda x: x - x.mean(0), lambda x: x.std(0, correction=0)
        ),
        "each row has a mean and a standard deviation of its own, and this takes those "
        "of all scores": _rescaled(
            lambda x: x - x.mean(), lambda x: x.std(correction=0)
        ),
        "the means of the rows are not 0: subtract them": _rescaled(lambda x: x),
        "subtract the mean before you divide: the divided scores have another mean": (
            _rescaled(
                lambda scores: scores,
                scale=lambda x, spread, std: (
                    std * x / spread - x.mean(-1, keepdim=True)
                ),
            )
        ),
        "the means are added again at the end, and should stay 0": (
            lambda scores, std: _rescaled()(scores, std) + scores.mean(-1, keepdim=True)
        ),
        "the standard deviation is 1: multiply by std": _rescaled(
            scale=lambda centered, spread, std: centered / spread
        ),
        "multiply by std, don't divide by it": _rescaled(
            scale=lambda centered, spread, std: centered / spread / std
        ),
        "multiply by std itself, not by its square or its root": (
            _rescaled(scale=lambda centered, spread, std: std**2 * centered / spread),
            _rescaled(scale=lambda centered, spread, std: std**0.5 * centered / spread),
        ),
        "multiply by std after you have divided by the standard deviation of the row": (
            _rescaled(scale=lambda centered, spread, std: std * centered)
        ),
    },
    properties={
        "a row of equal scores has the standard deviation 0, and dividing by it gives "
        "nan: make this row zeros": (_has_zeros, _divided),
        "scores that differ by a few thousandths aren't equal, so their standard "
        "deviation should be std, too: this gives {}. A threshold, or a constant added "
        "before you divide, must be far smaller": (
            _rescales_what_is_small,
            lambda scores, std: std * layer_norm(scores, scores.shape[1:]),
            _with(1e-6),
            _rescaled(
                spread=lambda scores: scores.std(-1, correction=0, keepdim=True).where(
                    scores.std(-1, keepdim=True) > 0.01, torch.inf
                )
            ),
        ),
    },
    verdict="Every row is centered, and as sure as you want it.",
)
"""Rows of scores with mean 0 and a chosen standard deviation."""


def _probabilities(shape: Sequence[int], generator: Generator) -> Tensor:
    return torch.randn(shape, generator=generator).softmax(-1)


def _text(n_tokens: int) -> Function:
    """Return what draws a text whose tokens have no order."""
    return lambda shape, generator: torch.randint(n_tokens, shape, generator=generator)


def _seen(p: Tensor, ids: Tensor) -> Tensor:
    return p[ids[:-1], ids[1:]]


def _over_all_pairs(p: Tensor, q: Tensor, ids: Tensor) -> Tensor:
    """Return the mean of every row seen in every column seen, from their counts."""
    rows, columns = (part.bincount(minlength=len(p)) for part in (ids[:-1], ids[1:]))
    weights = rows[:, None] * columns / (len(ids) - 1) ** 2
    return (weights * (p / q).log()).sum()


def _advantage(of_p: Function) -> Function:
    """Return a difference of what a function makes of the probabilities seen."""
    return lambda p, q, ids: of_p(_seen(p, ids)) - of_p(_seen(q, ids))


_TABLE = Drawn("V W", _probabilities)
_SQUARE = "a token may follow any token, so both axes are as long as the vocabulary"


check_advantage = Exercise(
    "check_advantage",
    right=_advantage(lambda seen: seen.log().mean()),
    cases=[
        case(_TABLE, _TABLE, Drawn("T", _text(v)), V=v, W=v, T=n, why=_SQUARE)
        for v, n in {3: 6, 4: 11, 5: 5000}.items()
    ],
    mistakes={
        "the sign: the loss is minus the mean logarithm, and the advantage is positive "
        "if p has the lower loss": _advantage(lambda seen: -seen.log().mean()),
        "the product of thousands of probabilities is 0 in float32, and its logarithm "
        "is minus infinity: add logarithms instead": _advantage(
            lambda seen: seen.prod().log() / len(seen)
        ),
        "this is for the whole text: divide by the number of predictions": _advantage(
            lambda seen: seen.log().sum()
        ),
        "T tokens make T - 1 predictions: nothing comes before the first": _advantage(
            lambda seen: seen.log().sum() / (len(seen) + 1)
        ),
        "rows are the current token, columns the next one: this takes them the other "
        "way round": lambda p, q, ids: _advantage(lambda seen: seen.log().mean())(
            p.T, q.T, ids
        ),
        "this takes the diagonal, the probability that a token follows itself: the "
        "column is the next token": (
            lambda p, q, ids: (p / q).log()[ids[:-1], ids[:-1]].mean(),
            lambda p, q, ids: (p / q).log()[ids[1:], ids[1:]].mean(),
            lambda p, q, ids: (p / q).log()[ids, ids].mean(),
            lambda p, q, ids: (p / q).log().diagonal().mean(),
        ),
        "this pairs every token with every next token: give row and column in one pair "
        "of brackets, [current, following]": _over_all_pairs,
        "these are means over the whole matrix: pick the entry of each current token, "
        "in the column of the next one": lambda p, q, ids: (p / q).log().mean(),
        "these are means over whole rows: pick the column of the next token": (
            lambda p, q, ids: (p / q)[ids[:-1]].log().mean()
        ),
        "cross_entropy takes logits and applies softmax to them: p and q are "
        "probabilities already": lambda p, q, ids: (
            cross_entropy(q[ids[:-1]], ids[1:]) - cross_entropy(p[ids[:-1]], ids[1:])
        ),
        "nats are natural logarithms, with base e": (
            _advantage(lambda seen: seen.log2().mean()),
            _advantage(lambda seen: seen.log10().mean()),
        ),
        "take the logarithm of each probability first, then the mean: this takes the "
        "logarithm of the mean": _advantage(lambda seen: seen.mean().log()),
        "this is a difference of probabilities: take their logarithms": _advantage(
            lambda seen: seen.mean()
        ),
    },
    verdict="A ratio of probabilities became a difference, and nothing underflowed.",
)
"""How much lower one model's loss is than another's, from logarithms."""
