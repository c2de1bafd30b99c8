"""The exercises of the lesson on mixtures of experts."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from llm_foundations.exercises.comparing import as_tensor
from llm_foundations.exercises.exercise import Case, Drawn, Exercise, Function, case

_Routed = tuple[Tensor, Tensor]
_SCORES = Drawn("N E")


def _softmax(scores: Tensor, chosen: Tensor) -> Tensor:
    return scores.gather(-1, chosen).softmax(-1)


def _best(scores: Tensor, top_k: int) -> Tensor:
    return scores.topk(top_k, dim=-1).indices


def _route(
    weigh: Callable[[Tensor, Tensor], Tensor] = _softmax, choose: Function = _best
) -> Function:
    """Return a router, with the choice of experts or their weights replaced."""

    def route(scores: Tensor, top_k: int) -> _Routed:
        chosen = choose(scores, top_k)
        return weigh(scores, chosen), chosen

    return route


def _gates(gate: Callable[[Tensor], Tensor], normalized: bool = False) -> Function:
    """Return a router that makes weights of all scores, and picks the chosen."""

    def weigh(scores: Tensor, chosen: Tensor) -> Tensor:
        weights = gate(scores).gather(-1, chosen)
        return weights / weights.sum(-1, keepdim=True) if normalized else weights

    return _route(weigh)


_OVER_ALL = _gates(lambda scores: scores.softmax(-1))
_SIGMOIDS = (
    _gates(torch.sigmoid, normalized=True),
    _gates(torch.sigmoid),
    _route(lambda scores, chosen: _softmax(scores.sigmoid(), chosen)),
)
_LOWEST = _route(choose=lambda scores, top_k: _best(-scores, top_k))
_EVEN = _route(lambda scores, chosen: torch.full(chosen.shape, 1 / chosen.shape[-1]))


def _by_expert(routed: Any, scores: Tensor, top_k: int) -> _Routed:
    """Return each token's experts, sorted, and the weights in the same order."""
    parts: list[Any] = [as_tensor(part) for part in routed]
    weights, chosen = parts
    if not weights.shape == chosen.shape == (len(scores), top_k):
        raise ValueError("the weights or the experts have another shape")
    order = chosen.argsort(-1)
    return chosen.gather(-1, order), weights.gather(-1, order)


check_route = Exercise(
    "check_route",
    right=_route(),
    cases=[
        case(_SCORES, 2, N=3, E=4),
        case(_SCORES, 1, N=5, E=3),
        case(_SCORES, 3, N=4, E=6),
        case(_SCORES, 4, N=7, E=5),
    ],
    observe=_by_expert,
    returns=("the experts of each token, sorted", "the weights in their order"),
    mistakes={
        "the weights of a token add up to less than 1: softmax goes over the chosen "
        "scores alone": _OVER_ALL,
        "these are the scores: softmax makes weights of them": (
            _gates(lambda scores: scores)
        ),
        "the results are swapped: the weights come first": (
            lambda scores, top_k: _route()(scores, top_k)[::-1]
        ),
        "these are sigmoid gates, as in DeepSeek-V3: this exercise asks for a softmax "
        "over the chosen scores": _SIGMOIDS,
        "softmax went over the tokens: it goes over the chosen scores of one token, "
        "dim=-1": (
            _route(lambda scores, chosen: scores.gather(-1, chosen).softmax(0)),
            _gates(lambda scores: scores.softmax(0)),
        ),
        "softmax was taken twice: once, of the chosen scores": (
            _route(lambda scores, chosen: _softmax(scores.softmax(-1), chosen)),
            _route(lambda scores, chosen: _softmax(scores, chosen).softmax(-1)),
        ),
        "the chosen scores were divided by their sum: take their exponentials first": (
            _gates(lambda scores: scores, normalized=True)
        ),
        "these are exponentials: divide them by their sum": _gates(torch.exp),
        "all weights are equal: use the scores": _EVEN,
        "the experts with the lowest scores were chosen": (
            _LOWEST,
            lambda scores, top_k: _route()(-scores, top_k),
        ),
        "the experts with the largest absolute scores were chosen: a very negative "
        "score is a bad one": _route(choose=lambda s, k: _best(s.abs(), k)),
        "every token got the first experts: choose by its scores": _route(
            choose=lambda s, k: torch.arange(k).expand(len(s), -1)
        ),
        "all tokens got the experts of the first: each token chooses its own": _route(
            choose=lambda s, k: _best(s[:1], k).expand(len(s), -1)
        ),
        "a weight belongs to another expert: keep weights and experts in one order": (
            _route(lambda scores, chosen: _softmax(scores, chosen.sort(-1).values)),
            _route(lambda scores, chosen: _softmax(scores, chosen).flip(-1)),
        ),
    },
    verdict="The best experts, and weights that add up to 1 over the chosen.",
)
"""Each token's best experts, and their weights."""


class _Expert:
    """An expert that counts the tokens that it is given."""

    def __init__(self, number: int) -> None:
        self.number, self.n_tokens = number, 0

    def __call__(self, tokens: Tensor) -> Tensor:
        self.n_tokens += tokens.numel() // tokens.shape[-1]
        return (tokens.cumsum(-1) + self.number).cos()


def _mixture(
    route: Function = _route(),  # noqa: B008
    add: Function = lambda sums, t, w, f, x: sums.index_add(0, t, w * f(x[t])),
    start: Function = torch.zeros_like,
) -> Function:
    """Return a mixture of experts, with one of its steps replaced.

    The sums are added to at the tokens t, with their weights w.
    """

    def mixture(x: Tensor, scores: Tensor, experts: list[_Expert], top_k: int) -> Any:
        weights, chosen = route(scores, top_k)
        sums = start(x)
        for e, expert in enumerate(experts):
            t, slots = (chosen == e).nonzero(as_tuple=True)
            sums = add(sums, t, weights[t, slots, None], expert, x)
        return sums

    return mixture


def _every_expert(x: Tensor, scores: Tensor, experts: list[_Expert], top_k: int) -> Any:
    weights, chosen = _route()(scores, top_k)
    table = torch.zeros_like(scores).scatter(1, chosen, weights)
    return sum(table[:, [e]] * expert(x) for e, expert in enumerate(experts))


def _with_room_for(n: int) -> Function:
    """Return a mixture that drops the tokens that come to an expert when it is full."""

    def weigh(scores: Tensor, chosen: Tensor) -> Tensor:
        table = torch.zeros_like(scores).scatter(1, chosen, 1.0)
        late = (table * (table.cumsum(0) > n)).any(-1, keepdim=True)
        return _softmax(scores, chosen) * ~late

    return _mixture(_route(weigh))


def _has_no_zeros(result: Any, x: Tensor, *_: Any) -> bool | str:
    found = as_tensor(result)
    n = 0 if found is None else int((found == 0).all(-1).sum())
    return n == 0 or f"{n} of {len(x)}"


def _crowd(shape: Sequence[int], generator: Generator) -> Tensor:
    """Return scores by which all tokens choose expert 1, and none the last one."""
    scores = torch.randn(shape, generator=generator)
    scores[:, 1], scores[:, -1] = 3 + scores[:, 1].abs(), -3 - scores[:, -1].abs()
    return scores


def _tokens(top_k: int, n: int, c: int, e: int, make: Function = torch.randn) -> Case:
    experts = [_Expert(number) for number in range(e)]
    scores, when = Drawn("N E", make), f"with {n} tokens, {e} experts and top_k={top_k}"
    return case(Drawn("N C"), scores, experts, top_k, N=n, C=c, E=e, when=when)


check_mixture = Exercise(
    "check_mixture",
    right=_mixture(),
    cases=[
        _tokens(2, n=3, c=2, e=4),
        _tokens(1, n=5, c=4, e=3),
        _tokens(3, n=6, c=3, e=5),
        _tokens(2, n=7, c=5, e=4, make=_crowd),
    ],
    observe=lambda result, x, scores, experts, top_k: (
        [expert.n_tokens for expert in experts],
        result,
    ),
    returns=("the numbers of tokens that the experts computed", "the result"),
    mistakes={
        "the experts were added without weights": _mixture(_gates(torch.ones_like)),
        "every chosen expert got the weight of the first: take the weight of the slot "
        "in which it was chosen": _mixture(
            _route(lambda scores, c: _softmax(scores, c)[:, :1].expand(c.shape))
        ),
        "only the best expert counts here: use all top_k": (
            lambda x, scores, experts, top_k: _mixture()(x, scores, experts, 1)
        ),
        "the chosen experts were averaged: use their weights": _mixture(_EVEN),
        "all experts were averaged: use the chosen": (
            lambda x, scores, experts, top_k: (
                sum(expert(x) for expert in experts) / len(experts)
            )
        ),
        "the weights are a softmax over all experts: over the chosen alone": (
            _mixture(_OVER_ALL)
        ),
        "these are sigmoid gates, as in DeepSeek-V3: this exercise asks for a softmax "
        "over the chosen scores": tuple(map(_mixture, _SIGMOIDS)),
        "the experts with the lowest scores were used": _mixture(_LOWEST),
        "an expert overwrote what another had added for the same token: add to it": (
            _mixture(add=lambda sums, t, w, f, x: sums.index_copy(0, t, w * f(x[t])))
        ),
        "the weight multiplied what an expert reads: it multiplies what it returns": (
            _mixture(add=lambda sums, t, w, f, x: sums.index_add(0, t, f(w * x[t])))
        ),
        "x was added, which the block does later": _mixture(start=torch.clone),
        "the result is right, but every expert computed every token: hand each its "
        "own tokens": _every_expert,
        "the result is right, but every token was computed twice": (
            lambda *given: [_mixture()(*given) for _ in range(2)][1]
        ),
    },
    properties={
        "{} tokens came back as zeros: no token is dropped, however many choose one "
        "expert": (_has_no_zeros, _with_room_for(1), _with_room_for(3)),
    },
    verdict="Each expert computed its own tokens alone, and no token was dropped.",
)
"""A layer of experts that computes what was chosen and nothing else."""


def _share(scores: Tensor, top_k: int) -> Tensor:
    n_experts = scores.shape[-1]
    return F.one_hot(_best(scores, top_k), n_experts).float().sum(1).mean(0)


def _probability(scores: Tensor, top_k: int) -> Tensor:
    return scores.softmax(-1).mean(0)


def _over_chosen(scores: Tensor, top_k: int) -> Tensor:
    weights, chosen = _route()(scores, top_k)
    return torch.zeros_like(scores).scatter(1, chosen, weights).mean(0)


def _balance(
    f: Function = _share,
    p: Function = _probability,
    scale: Function = lambda n, e, k: e,
) -> Function:
    """Return the load-balancing loss, with one of its factors replaced."""

    def balance(scores: Tensor, top_k: int) -> Any:
        total = (f(scores, top_k) * p(scores, top_k)).sum()
        return total * scale(*scores.shape, top_k)

    return balance


def _product_of_each(scores: Tensor, top_k: int) -> Tensor:
    is_chosen = torch.zeros_like(scores).scatter(1, _best(scores, top_k), 1.0)
    return scores.shape[-1] * (is_chosen * scores.softmax(-1)).sum(-1).mean()


def _all_choose_first(shape: Sequence[int], generator: Generator) -> Tensor:
    scores = torch.randn(shape, generator=generator)
    scores[:, 0] = scores.amax(-1) + 0.5
    return scores


check_balance = Exercise(
    "check_balance",
    right=_balance(),
    cases=[
        case(_SCORES, 2, N=3, E=4),
        case(_SCORES, 1, N=5, E=3),
        case(_SCORES, 3, N=4, E=6),
        case(_SCORES, 2, N=7, E=5),
        case(Drawn("N E", _crowd), 2, N=6, E=4),
        case(Drawn("N E", _all_choose_first), 1, N=6, E=4),
    ],
    backward=True,
    mistakes={
        "the factor E is missing, or a mean took the place of the sum": (
            _balance(scale=lambda n, e, k: 1),
            _balance(scale=lambda n, e, k: 1 / e),
        ),
        "a token has top_k choices: divide f by the number of tokens, not of choices": (
            _balance(scale=lambda n, e, k: e / k)
        ),
        "divide by the number of tokens: f is a share and P a mean": (
            _balance(scale=lambda n, e, k: e * n),
            _balance(scale=lambda n, e, k: e * n**2),
        ),
        "that is f with itself, which has no gradient: P takes its place once": (
            _balance(p=_share)
        ),
        "that is P with itself: f counts what was really chosen": (
            _balance(f=_probability)
        ),
        "it has no gradient: P is the softmax itself, not detached and not counted": (
            lambda scores, top_k: _balance()(scores, top_k).detach()
        ),
        "P is the softmax over all experts, not over the chosen": (
            _balance(p=_over_chosen)
        ),
        "softmax went over the tokens: P is a softmax over the experts, dim=-1": (
            _balance(p=lambda scores, top_k: scores.softmax(0).mean(0))
        ),
        "P is a mean of probabilities, not of scores": (
            _balance(p=lambda scores, top_k: scores.mean(0))
        ),
        "f counts only the first choice of each token: count all top_k": (
            _balance(f=lambda scores, top_k: _share(scores, 1))
        ),
        "f and P are means over the tokens: average both before you multiply": (
            _product_of_each
        ),
        "bincount ends with the last expert that was chosen: give it minlength": (
            _balance(
                f=lambda scores, k: _best(scores, k).flatten().bincount() / len(scores)
            )
        ),
    },
    verdict="An even load gives top_k, and the gradient of P moves the router.",
)
"""The load-balancing loss."""


def _all_and_active(e: int, k: int, m: int, r: int) -> tuple[float, float]:
    """Count a layer with e experts of m parameters, k active, and a router of r."""
    return e * m + r, k * m + r


def _counts(count: Function = _all_and_active, n_matrices: int = 3) -> Function:
    def expert_counts(
        d_model: int, d_ff: int, n_experts: int, top_k: int, n_layers: int
    ) -> tuple[float, ...]:
        sizes = n_matrices * d_model * d_ff, d_model * n_experts
        return tuple(n_layers * n for n in count(n_experts, top_k, *sizes))

    return expert_counts


check_expert_counts = Exercise(
    "check_expert_counts",
    right=_counts(),
    cases=[case(6, 10, 5, 2, 3), case(4, 7, 6, 3, 2), case(8, 5, 3, 1, 4)],
    returns=("the total", "the active number"),
    mistakes={
        "the routers are missing: d_model times n_experts in each layer": (
            _counts(lambda e, k, m, r: (e * m, k * m))
        ),
        "a gated expert has three matrices": (
            _counts(n_matrices=2),
            _counts(n_matrices=1),
        ),
        "that is one layer": lambda c, f, e, k, n: _counts()(c, f, e, k, 1),
        "total and active are swapped": lambda *sizes: _counts()(*sizes)[::-1],
        "a token passes through top_k experts, not through all": (
            _counts(lambda e, k, m, r: (e * m + r, e * m + r))
        ),
        "all experts are stored, not only those of one token": (
            _counts(lambda e, k, m, r: (k * m + r, k * m + r))
        ),
        "the router scores all experts for every token: it is active as a whole": (
            _counts(lambda e, k, m, r: (e * m + r, k * m + r // e * k)),
            _counts(lambda e, k, m, r: (e * m + r, k * m)),
        ),
        "each layer has a router of its own": lambda c, f, e, k, n: (
            3 * c * f * e * n + c * e,
            3 * c * f * k * n + c * e,
        ),
        "a layer has one router, not one per expert": (
            _counts(lambda e, k, m, r: (e * (m + r), k * (m + r)))
        ),
    },
    verdict="All experts are stored, and a token passes through top_k of them.",
)
"""The total and the active parameters of layers of experts."""
