"""The exercises of the lesson on multi-head attention."""

import math
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

import torch
from torch import Tensor

from llm_foundations.evaluation.tracing import head_outputs, patch_head
from llm_foundations.exercises.exercise import Case, Drawn, Exercise, Function, case
from llm_foundations.models.gpt import GPT, GPTConfig

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


def _output_follows(result: Any) -> bool | str:
    """Whether the output is right, given that the heads are."""
    found = [torch.as_tensor(part, dtype=torch.float32).flatten() for part in result]
    near = [
        bool((one - right).abs().max() < 0.03)
        for one, right in zip(found, _by_hand()(), strict=True)
    ]
    return near != [True, False] or str([round(o, 2) for o in found[1].tolist()])


check_by_hand = Exercise(
    "check_by_hand",
    right=_by_hand(),
    cases=[case()],
    why="the answer consists of numbers from paper",
    within=0.03,
    returns=("the concatenated head outputs", "the output"),
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
        "the heads are right, the output {} isn't: multiply each head's number by its "
        "own row of W_o, then add": (
            _output_follows,
            lambda: ([3.0, 6.0], [3.0, 12.0]),
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


def _tiny(n_layers: int, n_heads: int) -> GPT:
    """Return a small model whose logits differ by whole numbers, not by thousandths."""
    config = GPTConfig(11, 12, d_model=4 * n_heads, n_layers=n_layers, n_heads=n_heads)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(n_layers)
        model = GPT(config).eval()
        for parameter in model.parameters():
            parameter.data.normal_(std=0.5)
    return model


def _patches(
    n_layers: int, n_heads: int, a: int, b: int, n_tokens: int, n_other: int
) -> Case:
    ids = torch.arange(n_tokens)[None] * 3 % 11
    other = torch.arange(n_other)[None] * 5 % 11
    return case(
        _tiny(n_layers, n_heads),
        ids,
        other,
        a,
        b,
        when=f"with {n_layers} layers of {n_heads} heads, {n_tokens} tokens in ids and "
        f"{n_other} in other",
        T=n_tokens,
        S=n_other,
    )


def _after(logits: Tensor, before: Tensor, a: int, b: int) -> Tensor:
    return (logits[a] - logits[b]) - (before[a] - before[b])


def _effects(
    measure: Callable[[Tensor, Tensor, int, int], Tensor] = _after,
    at: Callable[[Tensor, Tensor], int] = lambda ids, other: ids.shape[1] - 1,
    taken: Callable[[Tensor, Tensor], int] = lambda ids, other: other.shape[1] - 1,
    from_itself: bool = False,
    piling: bool = False,
) -> Function:
    """Return the effect of every head, with one or more steps replaced."""

    @torch.no_grad()
    def effects(model: GPT, ids: Tensor, other: Tensor, a: int, b: int) -> Tensor:
        source = ids if from_itself else other
        outputs = head_outputs(model, source)[:, 0, :, taken(ids, source)]
        before, table = model(ids)[0, -1], outputs.new_zeros(outputs.shape[:2])
        with ExitStack() as all_patches:
            for i, j in torch.cartesian_prod(*map(torch.arange, table.shape)).tolist():
                with ExitStack() as one_patch:
                    patch = patch_head(model, i, j, at(ids, other), outputs[i, j])
                    (all_patches if piling else one_patch).enter_context(patch)
                    table[i, j] = measure(model(ids)[0, -1], before, a, b)
        return table

    return effects


check_effects = Exercise(
    "check_effects",
    right=_effects(),
    cases=[
        _patches(2, 3, 4, 7, n_tokens=5, n_other=8),
        _patches(3, 2, 9, 1, n_tokens=6, n_other=4),
        _patches(1, 4, 2, 5, n_tokens=7, n_other=3),
    ],
    within=1e-3,
    mistakes={
        "the patches change nothing: patch at the last token of ids, "
        "ids.shape[1] - 1, with the output from other": (
            _effects(lambda logits, before, a, b: logits[a] * 0),
        ),
        "these are the differences after the patch: subtract the one before it": (
            _effects(lambda logits, before, a, b: logits[a] - logits[b])
        ),
        "the sign is wrong: a minus b, and after minus before": _effects(
            lambda *given: -_after(*given)
        ),
        "this is the rise of a alone: subtract the rise of b": _effects(
            lambda logits, before, a, b: logits[a] - before[a]
        ),
        "these are probabilities: compare logits": _effects(
            lambda logits, before, a, b: _after(
                logits.softmax(-1), before.softmax(-1), a, b
            )
        ),
        "the patches pile up: leave each patch_head before you enter the next": (
            _effects(piling=True)
        ),
        "take the outputs at the last token of other": (
            _effects(taken=lambda ids, other: 0),
            _effects(taken=lambda ids, other: min(ids.shape[1], other.shape[1]) - 1),
        ),
        "patch the last token of ids: this patches an earlier one": _effects(
            at=lambda ids, other: 1
        ),
    },
    verdict="One head at a time, at the last token, compared with the unpatched run.",
)
"""What patching each head does to the difference of two logits."""


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
