"""The exercises of the lesson on the transformer block."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from llm_foundations.exercises.exercise import Case, Drawn, Exercise, Function, case
from llm_foundations.layers.block import TransformerBlock
from llm_foundations.layers.feed_forward import FeedForward
from llm_foundations.layers.multi_head_attention import MultiHeadAttention
from llm_foundations.layers.normalization import LayerNorm


def _added(x: Tensor, f: Function, norm: Function, drop: Function) -> Any:
    return x + drop(f(norm(x)))


def _block(first: Function = _added, then: Function = _added) -> Function:
    """Return a block, with what is done at one or both sublayers replaced."""

    def block(x: Tensor, *parts: Function) -> Any:
        attend, think, norm_1, norm_2, drop = parts
        return then(first(x, attend, norm_1, drop), think, norm_2, drop)

    return block


_RESIDUALS: dict[str, Function] = {
    "the residual stream was replaced: add to it": lambda x, f, n, d: d(f(n(x))),
    "that is post-norm: a sublayer reads norm(x)": lambda x, f, n, d: n(x + d(f(x))),
    "the residual stream itself was normalized: keep x, and let only the sublayer read "
    "norm(x)": lambda x, f, n, d: n(x) + d(f(n(x))),
    "drop was applied to the residual stream: it is for what a sublayer adds": (
        lambda x, f, n, d: d(x + f(n(x)))
    ),
    "drop is missing: it is for what a sublayer adds": lambda x, f, n, d: x + f(n(x)),
    "drop came before the sublayer, not after it": lambda x, f, n, d: x + f(d(n(x))),
    "drop came before the norm, not at the end": lambda x, f, n, d: x + f(n(d(x))),
    "the norm is missing: a sublayer reads norm(x)": lambda x, f, n, d: x + d(f(x)),
    "the norm comes before the sublayer, not after": lambda x, f, n, d: x + d(n(f(x))),
    "the norm comes first, not after drop": lambda x, f, n, d: x + n(d(f(x))),
    "the sublayer's result was normalized, too": lambda x, f, n, d: x + d(n(f(n(x)))),
}
"""What may be wrong at one sublayer or at both, given x, sublayer, norm and drop."""

_AT_BOTH = {hint: _block(f, f) for hint, f in _RESIDUALS.items()}
_AT_FIRST = {f"at attend: {hint}": _block(first=f) for hint, f in _RESIDUALS.items()}
_AT_SECOND = {f"at think: {hint}": _block(then=f) for hint, f in _RESIDUALS.items()}


def _stream(b: int, t: int, c: int) -> Case:
    parts: list[Function] = [
        lambda h: h.cumsum(-2),
        lambda h: torch.tanh(h.flip(-1)),
        lambda h: F.layer_norm(h, h.shape[-1:]) / 2,
        lambda h: F.layer_norm(h, h.shape[-1:]) * 2,
        lambda h: F.dropout(h, 0.5),
    ]
    when = f"with x of shape {(b, t, c)}"
    return case(Drawn("B T C"), *parts, B=b, T=t, C=c, when=when)


# In the mistakes, attend is a, think t, norm_1 n, norm_2 m and drop d.
check_block = Exercise(
    "check_block",
    right=_block(),
    cases=[_stream(2, 3, 4), _stream(3, 2, 5), _stream(2, 5, 6)],
    observe=lambda result, x, *_: (result, x),
    returns=("the result", "x, which your caller still needs"),
    mistakes={
        **(_AT_BOTH | _AT_FIRST | _AT_SECOND),
        "think read the stream from before attention had added to it: that is a "
        "parallel block": (
            lambda x, a, t, n, m, d: x + d(a(n(x))) + d(t(m(x))),
            lambda x, a, t, n, m, d: x + d(a(n(x))) + d(t(n(x))),
            lambda x, a, t, n, m, d: x + d(a(n(x)) + t(m(x))),
        ),
        "what attention added is lost: the second sum starts from the old x": (
            lambda x, a, t, n, m, d: x + d(t(m(_added(x, a, n, d))))
        ),
        "the last sum was normalized: leave it alone": (
            lambda x, a, t, n, m, d: n(_block()(x, a, t, n, m, d)),
            lambda x, a, t, n, m, d: m(_block()(x, a, t, n, m, d)),
        ),
        "the input was not added: only the results of the sublayers were": (
            lambda x, *parts: _block()(x, *parts) - x
        ),
        "the first sum was computed twice, and dropout draws anew each time: think "
        "must read the sum that you return": lambda x, a, t, n, m, d: (
            _added(x, a, n, d) + d(t(m(_added(x, a, n, d))))
        ),
        "think is missing": lambda x, a, t, n, m, d: _added(x, a, n, d),
        "attend is missing": lambda x, a, t, n, m, d: _added(x, t, m, d),
        "both sublayers use one norm: each has its own": (
            lambda x, a, t, n, m, d: _block()(x, a, t, n, n, d),
            lambda x, a, t, n, m, d: _block()(x, a, t, m, m, d),
        ),
        "the norms are swapped: norm_1 is for attention": (
            lambda x, a, t, n, m, d: _block()(x, a, t, m, n, d)
        ),
        "think came first: attend, then think": (
            lambda x, a, t, n, m, d: _block()(x, t, a, n, m, d),
            lambda x, a, t, n, m, d: _block()(x, t, a, m, n, d),
        ),
        "`+=` changed the x of your caller, which the backward pass needs as well: "
        "write x = x + ...": (
            lambda x, a, t, n, m, d: x.add_(d(a(n(x)))).add_(d(t(m(x))))
        ),
    },
    verdict="Both sublayers read a normalized copy, and add to the residual stream.",
)
"""A pre-norm block, put together from its parts."""


def _rows(following: Callable[[Tensor, Function], Tensor]) -> Function:
    """Return rows that start with x, each following from the one before."""

    def contributions(x: Tensor, parts: list[Function]) -> list[Tensor]:
        rows = [x]
        for part in parts:
            rows.append(following(rows[-1], part))
        return rows

    return contributions


_streams = _rows(lambda row, part: row + part(row))


def _contributions(x: Tensor, parts: list[Function]) -> list[Tensor]:
    streams = _streams(x, parts)[:-1]
    return [x, *(part(row) for part, row in zip(parts, streams, strict=True))]


def _adding_in_place(x: Tensor, parts: list[Function]) -> list[Tensor]:
    rows = [x]
    for part in parts:
        rows.append(part(x))
        x += rows[-1]
    return rows


_PARTS: list[Function] = [torch.tanh, lambda h: h.cumsum(-2), lambda h: h.flip(-1) ** 2]

check_contributions = Exercise(
    "check_contributions",
    right=_contributions,
    cases=[
        case(Drawn("T C"), _PARTS[:2], T=2, C=3, when="with 2 parts"),
        case(Drawn("T C"), _PARTS, T=3, C=4, when="with 3 parts"),
        case(Drawn("B T C"), _PARTS[1:2], B=2, T=4, C=3, when="with 1 part"),
        case(Drawn("T C"), _PARTS[::-1], T=5, C=2, when="with 3 other parts"),
    ],
    mistakes={
        "that is the stream after each part: give what each added": _streams,
        "each part read x alone: it reads the sum so far": (
            lambda x, parts: [x, *(part(x) for part in parts)]
        ),
        "each part read what the last one added: it reads the sum so far": _rows(
            lambda row, part: part(row)
        ),
        "the start is missing: x itself is the first row": (
            lambda x, parts: _contributions(x, parts)[1:],
            lambda x, parts: _streams(x, parts)[1:],
        ),
        "the sum is not asked for: x, and what each part added": (
            lambda x, parts: [*_contributions(x, parts), _streams(x, parts)[-1]],
            lambda x, parts: (_contributions(x, parts), _streams(x, parts)[-1]),
        ),
        "`+=` changed x itself, the first row: write x = x + y": _adding_in_place,
    },
    verdict="The rows add up to the stream, and each part read the sum so far.",
)
"""What each part of a stack adds to the residual stream."""

_SILENT = {
    "it when it means the cat": (1.0, 0.734, 0.178, 0.0),
    "it when it has fetched nothing": (1.0, 0.0, 0.0, 0.0),
    "mat": (0.0, 0.0, 2.0, 0.0),
    "cat": (0.0, 1.5, 0.5, 0.0),
}


def _fires(answer: Any, *vector: float) -> float:
    weights, bias = (torch.as_tensor(part, dtype=torch.float64) for part in answer)
    total = weights.reshape(4) @ torch.tensor(vector).double() + bias.reshape(())
    return float(total.relu())


def _is_silent(answer: Any) -> bool | str:
    for name, vector in _SILENT.items():
        if not (value := _fires(answer, *vector)) < 1e-4:
            numbers = ", ".join(f"{number:g}" for number in vector)
            return f"{value:.3f} for ({numbers}), {name}"
    return True


check_soft_neuron = Exercise(
    "check_soft_neuron",
    right=None,
    cases=[case()],
    why="the answer is one neuron, set by hand",
    mistakes={},
    properties={
        "return two things, four weights and a bias, got {}": (
            lambda answer: _fires(answer, 1.0, 0.0, 0.0, 0.0) is not None,
            lambda: (6.0, -2.0, 2.0, 0.0, -6.0),
            lambda: (-6.0, [6.0, -2.0, 2.0, 0.0]),
            lambda: ([6.0, -2.0, 2.0], -6.0),
            lambda: ([6.0, -2.0, 2.0, 0.0], [-6.0, 0.0]),
        ),
        "it gives {}: it must stay at 0": (
            _is_silent,
            lambda: ([3.0, 1.0, -1.0, 0.0], -3.0),
            lambda: ([3.0, -2.0, 2.0, 0.0], -3.0),
            lambda: ([0.0, 1.0, 0.0, 0.0], -1.4),
            lambda: ([6.0, -2.0, 2.0, 0.0], -5.995),
        ),
        "it gives {} for (1, 0.178, 0.734, 0), it when it means the mat: that must be "
        "at least 1": (
            lambda answer: (
                (value := _fires(answer, 1.0, 0.178, 0.734, 0.0)) > 0.9999
                or f"{value:.3f}"
            ),
            lambda: ([3.0, -1.0, 1.0, 0.0], -3.0),
        ),
    },
    verdict="It fires for a pronoun that means furniture, and for nothing else.",
)
"""A neuron set by hand."""


def _less(c: int = 0, f: int = 0, cc: int = 0, cf: int = 0) -> Function:
    """Return the count, less some times d_model, d_ff, d_model**2, d_model * d_ff."""
    return lambda d_model, d_ff: (
        d_model * ((4 - cc) * d_model + (2 - cf) * d_ff + 9 - c) + (1 - f) * d_ff
    )


check_block_parameters = Exercise(
    "check_block_parameters",
    right=_less(),
    cases=[case(5, 7), case(4, 16), case(3, 11), case(8, 6)],
    mistakes={
        "the biases and the norms are missing": _less(c=9, f=1),
        "the biases are missing": _less(c=5, f=1),
        "the biases of attention and the norms are missing": _less(c=8),
        "the four biases of attention, or the two norms are missing": _less(c=4),
        "the two biases of the feed-forward layer are missing": _less(c=1, f=1),
        "the feed-forward layer's first bias, of d_ff, is missing": _less(f=1),
        "there are two norms, each with a weight and a bias": _less(c=2),
        "a bias of d_model is missing, of attention or of feed-forward": _less(c=1),
        "attention has four matrices, W_o too": (_less(cc=1), _less(cc=1, c=1)),
        "the feed-forward layer has two matrices, up and down": (
            *(_less(cf=1), _less(cf=1, c=1), _less(cf=1, f=1)),
            *(_less(cf=-1), _less(cf=-1, f=-1)),
        ),
        "d_ff need not be 4 d_model: count with both": (
            lambda d_model, d_ff: 12 * d_model**2 + 13 * d_model,
            lambda d_model, d_ff: 12 * d_model**2,
        ),
    },
    verdict="Every matrix, bias and norm is counted once, for any d_ff.",
)
"""The number of parameters of a block."""


class _Watched(TransformerBlock):
    """A block that remembers its parameters, and the values that they had."""

    given: dict[str, tuple[nn.Parameter, Tensor]]


def _watched() -> _Watched:
    with torch.random.fork_rng(devices=[]):
        layers = MultiHeadAttention(64, 4), FeedForward(64, 128)
        block = _Watched(*layers, partial(LayerNorm, 64))
    block.given = {n: (p, p.detach().clone()) for n, p in block.named_parameters()}
    return block


def _no(wrong: Callable[[str, Tensor, Tensor, Tensor], Any]) -> Function:
    """Return the property that nothing is wrong, given name, new and old values."""

    def holds(_: Any, block: _Watched, n_layers: int) -> bool | str:
        named = block.named_parameters()
        return next((n for n, p in named if wrong(n, p, *block.given[n])), True)

    return holds


def _std(std: Function, adds: bool = True, wanted: bool = False) -> Function:
    """Return the property that a kind of matrices has, or has not, a certain std."""

    def holds(_: Any, block: _Watched, n_layers: int) -> bool | str:
        for name, p in block.named_parameters():
            is_meant = name.endswith(("o_proj.weight", "down_proj.weight")) == adds
            is_near = math.isclose(p.std().item(), std(n_layers), rel_tol=0.08)
            if p.ndim == 2 and is_meant and is_near != wanted:
                found = f"{name} has the standard deviation {p.std():.4f}"
                return f"with n_layers={n_layers}, {found}"
        return True

    return holds


def _is_normal(p: Tensor) -> bool:
    z = p / p.std()
    return bool(abs(z.mean()) < 0.1 and 0.025 < (z.abs() > 2).float().mean() < 0.07)


def _drawn(
    shrink: Callable[[int], float] = lambda n_layers: (2 * n_layers) ** -0.5,
    std: float = 0.02,
    everywhere: bool = False,
    other: Callable[[str], float | None] = lambda name: None if "norm" in name else 0.0,
    draw: Function = nn.init.normal_,
) -> Function:
    """Return GPT-2's rule, with one or more things changed."""

    def first_weights(block: nn.Module, n_layers: int) -> None:
        for name, p in block.named_parameters():
            small = everywhere or "o_proj" in name or "down_proj" in name
            if p.ndim == 2:
                draw(p, std=std * (shrink(n_layers) if small else 1.0))
            elif (value := other(name)) is not None:
                nn.init.constant_(p, value)

    return first_weights


def _scaled(scale: Callable[[int], float]) -> tuple[Function, Function]:
    """Return the property that matrices are not scaled so, and an answer that does."""
    return _std(lambda n: 0.02 * scale(n)), _drawn(scale)


def _new_parameters(block: TransformerBlock, n_layers: int) -> None:
    _drawn()(block, n_layers)
    for module in block.modules():
        if isinstance(module, nn.Linear):
            module.weight = nn.Parameter(module.weight.detach().clone())


check_first_weights = Exercise(
    "check_first_weights",
    right=None,
    cases=[case(_watched(), n, when=f"with n_layers={n}") for n in (6, 32, 15)],
    observe=lambda _, block, n_layers: block,
    mistakes={},
    properties={
        "{} is a new Parameter: fill the old one, in place": (
            _no(lambda name, p, was, old: p is not was),
            _new_parameters,
        ),
        "{} has its old values: change them in place": (
            _no(lambda name, p, was, old: p.ndim == 2 and p.equal(old)),
            lambda block, n_layers: None,
            lambda block, n_layers: _drawn()(block.feed_forward, n_layers),
        ),
        "{}: make what adds to the residual stream smaller": _scaled(lambda n: 1.0),
        "{}: there are two additions per block": _scaled(lambda n: n**-0.5),
        "{}: take the root of the number of additions": _scaled(lambda n: 0.5 / n),
        "{}: count the additions of all blocks": _scaled(lambda n: 2**-0.5),
        "{}: it does not add to the residual stream, so leave it at 0.02": (
            _std(lambda n: 0.02 / math.sqrt(2 * n), adds=False),
            _drawn(everywhere=True),
        ),
        "{} instead of 0.02": (
            _std(lambda n: 0.02, adds=False, wanted=True),
            _drawn(std=0.1),
            _drawn(std=0.02**2),
        ),
        "{} instead of 0.02 over the square root of the number of additions": (
            _std(lambda n: 0.02 / math.sqrt(2 * n), wanted=True),
            _drawn(lambda n: math.sqrt(2 * n)),
            _drawn(lambda n: 1 / n),
        ),
        "{} is not drawn from a normal distribution around 0": (
            _no(lambda name, p, was, old: p.ndim == 2 and not _is_normal(p)),
            _drawn(draw=lambda p, std: nn.init.uniform_(p, -1.73 * std, 1.73 * std)),
            _drawn(draw=lambda p, std: nn.init.normal_(p, std, std)),
        ),
        "{} was changed: leave the norms as they are": (
            _no(lambda name, p, was, old: "norm" in name and not p.equal(old)),
            _drawn(other=lambda name: 0.0),
        ),
        "{} is not 0: biases start at 0": (
            _no(lambda name, p, was, old: name.endswith("bias") and p.any()),
            _drawn(other=lambda name: None),
            _drawn(other=lambda name: None if "norm" in name else 0.02),
        ),
    },
    verdict="Two additions per block, and their sum keeps its size at any depth.",
)
"""The first weights of a block in a stack, as GPT-2 draws them."""
