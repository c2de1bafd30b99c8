"""The exercises of the lesson on pretrained models: matrices, names, comparisons."""

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor

from llm_foundations.exercises.exercise import Case, Drawn, Exercise, Function, case

check_linear_weights = Exercise(
    "check_linear_weights",
    right=lambda joined: joined.T.chunk(3),
    cases=[
        case(Drawn("C W"), C=2, W=6),
        case(Drawn("C W"), C=4, W=12),
        case(Drawn("C W"), C=5, W=15),
    ],
    returns=("queries", "keys", "values"),
    mistakes={
        "the matrices are not transposed: nn.Linear keeps (out, in), and a square one "
        "fits either way": lambda joined: joined.chunk(3, dim=1),
        "reshape deals the numbers out in order: cut the columns in three": (
            lambda joined: joined.reshape(3, len(joined), -1),
            lambda joined: joined.reshape(3, len(joined), -1).mT,
        ),
        "every third column was taken: the first third belongs to the queries": (
            lambda joined: [joined[:, i::3].T for i in range(3)],
            lambda joined: [joined[:, i::3] for i in range(3)],
        ),
        "the order is query, key, value": (
            lambda joined: joined.T.chunk(3)[::-1],
            lambda joined: [joined.T.chunk(3)[i] for i in (0, 2, 1)],
        ),
        "the rows were cut: the three lie side by side, so cut the columns": (
            lambda joined: joined.split(-(-len(joined) // 3)),
        ),
        "that is the transposed matrix as a whole: cut it in three": (
            lambda joined: joined.T
        ),
    },
    verdict="Cut in three, transposed, and in the order query, key, value.",
)
"""GPT-2's joined matrix as three weights of `nn.Linear`."""


def _renamed(replace: Callable[[str, str, str], str], swap: bool = False) -> Function:
    """Return the renaming that replaces gamma and beta one after the other."""
    pairs = {"gamma": "weight", "beta": "bias"}
    if swap:
        pairs = {"gamma": "bias", "beta": "weight"}

    def new_name(name: str) -> str:
        for old, new in pairs.items():
            name = replace(name, old, new)
        return name

    return new_name


def _ending(name: str, old: str, new: str, dot: str = ".") -> str:
    return name.removesuffix(old) + new if name.endswith(dot + old) else name


_UNTOUCHED = (
    *("head.gamma_proj.weight", "beta.dense.bias", "x.gamma.scale"),
    *("x.log_gamma", "x.log_beta", "beta.bias"),
)

check_new_name = Exercise(
    "check_new_name",
    right=_renamed(_ending),
    cases=[
        case(name)
        for stem in ("bert.encoder.layer.0.output.LayerNorm", "norm")
        for name in (f"{stem}.gamma", f"{stem}.beta", f"{stem}.weight")
    ]
    + [case(name) for name in _UNTOUCHED],
    mistakes={
        "the old name is kept": lambda name: name,
        "gamma multiplies, so it is the weight, and beta is the bias": _renamed(
            _ending, swap=True
        ),
        "beta is an old name, too": lambda name: _ending(name, "gamma", "weight"),
        "gamma is an old name, too": lambda name: _ending(name, "beta", "bias"),
        "the ending is what follows the last dot: in head.gamma_proj.weight that is "
        "weight": (
            _renamed(lambda name, old, new: name.replace(old, new)),
            _renamed(lambda name, old, new: name.replace(f".{old}", f".{new}")),
        ),
        "the ending of x.log_gamma is log_gamma, which is no old name": _renamed(
            lambda name, old, new: _ending(name, old, new, dot="")
        ),
        "not only LayerNorm has old names: norm.gamma is one": _renamed(
            lambda name, old, new: name.replace(f"LayerNorm.{old}", f"LayerNorm.{new}")
        ),
        "only the ending is asked for to change: return the whole name": _renamed(
            lambda name, old, new: new if name.endswith(f".{old}") else name
        ),
    },
    verdict="Old endings become new ones, and nothing else is touched.",
)
"""Today's names of BERT's tensors."""

_Tensors = Mapping[str, Tensor]


def _comparison(when: str, n: int, change: Function) -> Case:
    """Return a case with a file that `change` makes of one that fits the model."""
    draw = partial(torch.randn, generator=torch.Generator().manual_seed(n))
    shapes = {"a": (n, n + 1), "b": (n + 2,), "c": (1, n)}
    file, ours = ({x: draw(shape) for x, shape in shapes.items()} for _ in range(2))
    return case(change(file), ours, when=f"with {when}", K=n, L=n + 1, M=n + 2)


def _found(
    missing: bool = True,
    unknown: bool = True,
    differ: Callable[[Tensor, Tensor], bool] = lambda t, o: t.shape != o.shape,
) -> Function:
    """Return the comparison of two sets of tensors, with some kinds left out."""

    def problems(theirs: _Tensors, ours: _Tensors) -> set[str]:
        both = theirs.keys() & ours.keys()
        found = {name for name in both if differ(theirs[name], ours[name])}
        found |= ours.keys() - both if missing else set()
        return found | (theirs.keys() - both if unknown else set())

    return problems


check_problems = Exercise(
    "check_problems",
    right=_found(),
    cases=[
        _comparison("other numbers", 2, lambda file: file),
        _comparison("b in float16", 3, lambda file: {**file, "b": file["b"].half()}),
        _comparison("b missing", 4, lambda file: {n: file[n] for n in "ac"}),
        _comparison("d besides", 5, lambda file: {**file, "d": file["b"][:1]}),
        _comparison("a transposed", 6, lambda file: {**file, "a": file["a"].T}),
        _comparison("c as a row", 7, lambda file: {**file, "c": file["c"][0]}),
        _comparison("an empty file", 8, lambda file: {}),
        _comparison("a and b swapped", 9, lambda f: {**f, "a": f["b"], "b": f["a"]}),
    ],
    observe=lambda found, theirs, ours: sorted(set(found)),
    mistakes={
        "no problem is ever found: a tensor that is missing keeps its random numbers": (
            lambda theirs, ours: []
        ),
        "what the file lacks is a problem, too": (
            _found(missing=False),
            _found(missing=False, unknown=False),
        ),
        "what the model does not know is a problem, too": _found(unknown=False),
        "shapes are not compared": _found(differ=lambda t, o: False),
        "as many numbers are not yet the same shape": _found(
            differ=lambda t, o: t.numel() != o.numel()
        ),
        "as many axes are not yet the same shape": _found(
            differ=lambda t, o: t.ndim != o.ndim
        ),
        "the numbers do not count: those of the file replace the model's": _found(
            differ=lambda t, o: not torch.equal(t.to(o.dtype), o)
        ),
        "the dtype does not count: loading converts it": _found(
            differ=lambda t, o: (t.shape, t.dtype) != (o.shape, o.dtype)
        ),
    },
    properties={
        "return one list of bare names, got {}": (
            lambda found, theirs, ours: (
                isinstance(found, Collection)
                and not isinstance(found, str | Mapping)
                and {*found} <= {*theirs, *ours}
            ),
            lambda theirs, ours: ([], [], []),
            lambda theirs, ours: "b",
            lambda theirs, ours: [f"{name} is missing" for name in ours],
        ),
    },
    verdict="It names what is missing, what is unknown and what has another shape.",
)
"""What a file lacks, and what it has that does not fit."""


def _if_shaped(compare: Callable[[Tensor, Tensor], Any]) -> Function:
    """Return a comparison that looks at the shapes first."""
    return lambda logits, others: (
        logits.shape == others.shape and bool(compare(logits, others))
    )


def _within(rtol: float, atol: float, **settings: Any) -> Function:
    return _if_shaped(lambda a, b: torch.allclose(a, b, rtol, atol, **settings))


def _pair(when: str, change: Function, n_words: int = 500, std: float = 10.0) -> Case:
    """Return a case with drawn logits and others, or the pair made of them."""
    draw = torch.Generator().manual_seed(0)
    x = std * torch.randn(2, 3, n_words, generator=draw)
    made = change(x.clone())
    pair = made if isinstance(made, tuple) else (x, made)
    return case(*pair, when=f"where {when}", B=2, T=3, V=n_words)


def _noisy(share: float) -> Function:
    """Add noise of up to a share of the standard deviation."""
    draw = torch.Generator().manual_seed(1)
    return lambda x: x + share * x.std() * (2 * torch.rand(x.shape, generator=draw) - 1)


def _off(by: float, at: Function = torch.argmin) -> Function:
    """Move one number by so many standard deviations."""

    def change(x: Tensor) -> Tensor:
        x.view(-1)[at(x)] += by * x.std()
        return x

    return change


_SMALL = "the logits are small and "
_PAIRS = [
    _pair("they differ in the last digit", lambda x: x * (1 + 1e-7)),
    _pair("one computed in float64, with the same weights", _noisy(1.5e-5), 510),
    _pair(f"{_SMALL}one computed in float64", _noisy(1e-5), 520, 0.01),
    _pair("the logits are large and one computed in float64", _noisy(2e-5), 530, 60),
    _pair(f"{_SMALL}one is off by 0.01 standard deviations", _off(0.01), 540, 0.01),
    _pair("the likeliest words are the same, one number is not", _off(-0.3)),
    _pair(
        "two numbers are swapped",
        lambda x: torch.cat([x[..., 1:2], x[..., :1], x[..., 2:]], -1),
    ),
    _pair("the others are all higher by 0.5", lambda x: x + 0.5),
    _pair("the others are all lower by 0.5", lambda x: x - 0.5),
    _pair("one number of 30,000 is off by 0.01 standard deviations", _off(0.01), 5000),
    _pair("the others are all a hundredth larger", lambda x: 1.01 * x),
    _pair("one number is nan", _off(torch.nan)),
    _pair("both have a nan in the same place", lambda x: (_off(torch.nan)(x),) * 2),
    _pair(
        "one has two sentences, the other one", lambda x: (x[:1].repeat(2, 1, 1), x[:1])
    ),
    _pair(
        "one has three words, the other one",
        lambda x: (x[:, :1].repeat(1, 3, 1), x[:, :1]),
    ),
    _pair("the numbers are the same, the shapes are not", lambda x: x.view(3, 2, -1)),
]

check_same_model = Exercise(
    "check_same_model",
    right=_if_shaped(lambda a, b: (a - b).abs().max() <= 1e-4 * a.std()),
    cases=_PAIRS,
    mistakes={
        "rounding differs from one program to the next: leave room for it": torch.equal,
        "the tolerance is too narrow: rounding adds up from layer to layer, to about a "
        "hundred-thousandth of the standard deviation": (
            _if_shaped(lambda a, b: (a - b).abs().max() <= 1e-6 * a.std()),
            _within(1e-5, 1e-8),
        ),
        "no fixed tolerance fits logits of every size: compare the difference with "
        "their standard deviation": (
            *(_within(1e-5, atol) for atol in (1e-5, 1e-4, 2e-4, 1e-3, 1e-2)),
            *(_within(0.0, atol) for atol in (1e-6, 1e-5, 1e-4, 1e-3, 1e-2)),
        ),
        "look at all logits, not only at the likeliest words": _if_shaped(
            lambda a, b: torch.equal(a.argmax(-1), b.argmax(-1))
        ),
        "sums and means hide a difference: look at the largest one": (
            _if_shaped(lambda a, b: (a.sum() - b.sum()).abs() <= 1e-4 * a.std()),
            _if_shaped(lambda a, b: (a - b).abs().mean() <= 1e-4 * a.std()),
            _if_shaped(lambda a, b: (a - b).std() <= 1e-4 * a.std()),
            _if_shaped(lambda a, b: (a - b).norm() <= 1e-4 * a.norm()),
        ),
        "a difference may be negative: take its absolute value": _if_shaped(
            lambda a, b: (a - b).max() <= 1e-4 * a.std()
        ),
        "a nan in one is a mistake: no comparison with it is true": _if_shaped(
            lambda a, b: not ((a - b).abs() > 1e-4 * a.std()).any()
        ),
        "a nan in both is a mistake, too": lambda a, b: (
            a.shape == b.shape
            and torch.allclose(a, b, 0.0, 1e-4 * a.nan_to_num().std(), equal_nan=True)
        ),
        "compare the shapes first: a tensor of size 1 is repeated along the other": (
            lambda a, b: len(a) == len(b) and (a - b).abs().max() <= 1e-4 * a.std()
        ),
        "as many numbers are not yet the same shape": lambda a, b: (
            a.numel() == b.numel()
            and bool((a.flatten() - b.flatten()).abs().max() <= 1e-4 * a.std())
        ),
        "the tolerance is too wide: two models passed as one": (
            _if_shaped(lambda a, b: (a - b).abs().max() <= 0.1 * a.std())
        ),
    },
    properties={
        "return one answer for all numbers, got {}": (
            lambda same, a, b: torch.as_tensor(same).numel() == 1,
            lambda a, b: (a.flatten() - b.flatten()[0]).abs() < 1e-3,
        ),
    },
    verdict="Shape, every number and nan are looked at, with room for rounding.",
)
"""Whether logits are those of the same model."""
