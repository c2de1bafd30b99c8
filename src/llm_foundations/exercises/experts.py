"""Checkers of the lesson on mixtures of experts."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from llm_foundations.exercises.checking import (
    Function,
    call,
    checker,
    refuse,
    require,
    same,
    shape_of,
)
from llm_foundations.layers import experts as reference

_SCORES = torch.tensor(
    [
        [2.0, 1.0, 0.0, -1.0],
        [0.0, 3.0, 1.0, 0.5],
        [1.0, 2.5, -1.0, 2.0],
        [0.5, 1.5, -2.0, 1.0],
        [3.0, 0.2, -0.7, 0.1],
        [1.2, 0.7, -3.0, 0.9],
    ]
)


def _dense(weights: Tensor, chosen: Tensor, n_experts: int = 4) -> Tensor:
    """One weight for each token and expert, 0 for what was not chosen."""
    table = torch.zeros(len(weights), n_experts)
    return table.scatter_add(1, chosen.long(), weights.float())


@checker("The best experts, and weights that add up to 1 over the chosen.")
def check_route(route: Function) -> None:
    """Check the choice of experts and of their weights.

    Args:
        route: Takes scores (N, E) and `top_k`; returns weights and expert numbers,
            both (N, top_k).
    """
    for top_k in (2, 1, 3):
        routed = call(route, _SCORES.clone(), top_k, when=f"with top_k={top_k}")
        weights, chosen = (torch.as_tensor(part).detach() for part in routed)
        require(
            weights.shape == chosen.shape == (6, top_k),
            f"6 tokens with top_k={top_k} need two results of (6, {top_k}), "
            f"got {shape_of(weights)} and {shape_of(chosen)}",
        )
        _explain_route(weights, chosen, top_k)


def _explain_route(weights: Tensor, chosen: Tensor, top_k: int) -> None:
    right, best = reference.route(_SCORES, top_k)
    worst = (-_SCORES).topk(top_k).indices
    wanted = [set(row) for row in best.tolist()]
    found = [set(row) for row in chosen.tolist()]
    require(
        found != [set(row) for row in worst.tolist()],
        "the experts with the lowest scores were chosen",
    )
    for token, (ours, theirs) in enumerate(zip(wanted, found, strict=True)):
        require(
            ours == theirs,
            f"with top_k={top_k} token {token} needs experts {sorted(ours)}, "
            f"got {sorted(theirs)}",
        )
    require(
        not same(_SCORES.softmax(-1).gather(1, chosen.long()), weights),
        f"the weights of token 0 add up to {weights[0].sum():.2f}, not 1: "
        "softmax goes over the chosen scores alone",
    )
    require(
        not same(_SCORES.gather(1, chosen.long()), weights),
        "these are the scores: softmax makes weights of them",
    )
    if top_k > 1:
        even = torch.full((6, top_k), 1 / top_k)
        require(not same(even, weights), "all weights are equal: use the scores")
    require(
        same(right.sort(-1).values, weights.float().sort(-1).values),
        "the weights are not the softmax of each token's chosen scores",
    )
    require(
        same(_dense(right, best), _dense(weights, chosen)),
        "a weight stands at the wrong expert: keep weights and numbers in one order",
    )


@checker("Each expert computed its own tokens alone, and no token was dropped.")
def check_mixture(mixture: Function) -> None:
    """Check a layer of experts that computes what was chosen and nothing else.

    Args:
        mixture: Takes `x` (N, C), scores (N, E), a list of E functions and `top_k`;
            returns (N, C).
    """
    torch.manual_seed(0)
    x, matrices, counts = torch.randn(6, 3), torch.randn(4, 3, 3), [0] * 4

    def expert(e: int) -> Callable[[Tensor], Tensor]:
        def run(tokens: Tensor) -> Tensor:
            counts[e] += tokens.numel() // 3
            return torch.tanh(tokens @ matrices[e])

        return run

    experts = [expert(e) for e in range(4)]
    result = call(mixture, x, _SCORES, experts, 2, when="with 6 tokens and 4 experts")
    require(shape_of(result) == (6, 3), f"(6, 3) stays (6, 3), got {shape_of(result)}")
    _explain_mixture(result.detach(), torch.tanh(x @ matrices))
    used = sum(counts)
    require(
        used != 24,
        "the result is right, but every expert computed every token: "
        "hand each its own tokens",
    )
    require(used == 12, f"{used} tokens were computed: 6 tokens choose 2 experts each")


def _explain_mixture(result: Tensor, outputs: Tensor) -> None:
    """Name the mistake; `outputs` (E, N, C) is each expert's answer to each token."""
    weights, chosen = reference.route(_SCORES, 2)

    def mixed(weights: Tensor, chosen: Tensor) -> Tensor:
        return torch.einsum("ne,enc->nc", _dense(weights, chosen), outputs)

    right = mixed(weights, chosen)
    mistakes = {
        "the experts were added without their weights": mixed(torch.ones(6, 2), chosen),
        "every chosen expert got the weight of the first: take the weight of the "
        "slot in which it was chosen": mixed(weights[:, :1].expand(6, 2), chosen),
        "only the best expert counts here: use all top_k": mixed(
            torch.ones(6, 1), chosen[:, :1]
        ),
        "all experts were averaged: use the chosen": outputs.mean(0),
        "the weights are a softmax over all experts: over the chosen alone": mixed(
            _SCORES.softmax(-1).gather(1, chosen), chosen
        ),
    }
    refuse(result, mistakes)
    dropped = (result.abs().sum(1) == 0) & (right.abs().sum(1) > 0)
    require(
        not dropped.any(),
        f"{int(dropped.sum())} of 6 tokens came back as zeros: no token is dropped, "
        "however many choose one expert",
    )
    require(same(right, result), "the result is not the weighted sum of the chosen")


@checker("Two when even, up to four, and its gradient moves the router.")
def check_balance(balance: Function) -> None:
    """Check the load-balancing loss.

    Args:
        balance: Takes scores (N, E) and `top_k`; returns one number,
            E times the sum of f times P.
    """
    scores = _SCORES.clone().requires_grad_()
    value = call(balance, scores, 2, when="with 6 tokens and 4 experts")
    require(isinstance(value, Tensor), f"needs a tensor, got {shape_of(value)}")
    require(value.numel() == 1, f"needs one number, got shape {shape_of(value)}")
    true = reference.load_balancing_loss(_SCORES, 2)
    _explain_balance(value.detach().reshape(()), true)
    require(
        value.requires_grad,
        "it has no gradient: P is the softmax itself, not detached and not counted",
    )
    theirs = reference.load_balancing_loss(scores, 2)
    gradients = [torch.autograd.grad(loss.sum(), scores)[0] for loss in (theirs, value)]
    require(same(*gradients), "the value is right, but its gradient is not that of P")
    alike = torch.tensor([[9.0, 8, 0, 0], [9, 8, 0, 0]])
    value = call(balance, alike, 2, when="with two experts that nobody chose")
    true = reference.load_balancing_loss(alike, 2)
    value = torch.as_tensor(value).detach().reshape(())
    require(same(true, value), f"with two idle experts it is {true:.3f}, got {value}")


def _explain_balance(value: Tensor, true: Tensor) -> None:
    _, chosen = reference.route(_SCORES, 2)
    counts = torch.bincount(chosen.flatten(), minlength=4) / 6
    mean = _SCORES.softmax(-1).mean(0)
    mistakes = {
        "the factor E is missing": true / 4,
        "f counts the choices of one token, two here: divide by the tokens, "
        "not by the slots": true / 2,
        "divide by the number of tokens": true * 6,
        "that is f with itself: it has no gradient, P takes its place once": (
            4 * (counts * counts).sum()
        ),
        "that is P with itself: f counts what was really chosen": (
            4 * (mean * mean).sum()
        ),
    }
    refuse(value, mistakes)
    require(same(true, value), f"for these scores it is {true:.3f}, got {value:.3f}")


@checker("All experts are stored, and a token passes through top_k of them.")
def check_expert_counts(expert_counts: Function) -> None:
    """Check the total and the active parameters of layers of experts.

    Args:
        expert_counts: Takes `d_model, d_ff, n_experts, top_k, n_layers`; returns the
            total and the active number, of gated experts without biases and their
            routers.
    """
    d_model, d_ff, n_experts, top_k, n_layers = given = (6, 10, 5, 2, 3)
    counted: Any = call(expert_counts, *given, when=f"with {given}")
    total, active = counted
    expert, router = 3 * d_model * d_ff, d_model * n_experts
    right = tuple(n_layers * (k * expert + router) for k in (n_experts, top_k))
    without = tuple(n_layers * k * expert for k in (n_experts, top_k))
    two = tuple(
        n_layers * (k * 2 * d_model * d_ff + router) for k in (n_experts, top_k)
    )
    for mistake, wrong in {
        "the routers are missing: d_model times n_experts in each layer": without,
        "a gated expert has three matrices": two,
        "that is one layer": tuple(n // n_layers for n in right),
        "total and active are swapped": right[::-1],
        "a token passes through top_k experts, not through all": (right[0],) * 2,
        "all experts are stored, not only those of one token": (right[1],) * 2,
        "the router scores all experts for every token: it is active as a whole": (
            right[0],
            n_layers * (top_k * expert + d_model * top_k),
        ),
    }.items():
        require((total, active) != wrong, mistake)
    require(
        (total, active) == right,
        f"for {given} there are {right[0]:,} and {right[1]:,}, "
        f"got {total:,} and {active:,}",
    )
