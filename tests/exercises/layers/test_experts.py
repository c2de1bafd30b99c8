"""Answers that readers wrote to the exercises on mixtures of experts."""

from functools import partial

import numpy as np
import torch
from torch.nn import functional as F

from llm_foundations.exercises.layers.experts import (
    check_balance,
    check_expert_counts,
    check_mixture,
    check_route,
)
from llm_foundations.layers import experts as reference
from llm_foundations.layers.feed_forward import SwiGLU
from tests.exercises.answers import accepts, refuses


def renormalized(scores, top_k):
    weights, chosen = scores.softmax(-1).topk(top_k)
    return weights / weights.sum(-1, keepdim=True), chosen


def ascending(scores, top_k):
    chosen = scores.argsort(-1)[:, -top_k:]
    return scores.gather(1, chosen).softmax(-1), chosen.to(torch.int32)


def token_by_token(scores, top_k):
    weights, chosen = [], []
    for row in scores.tolist():
        best = sorted(range(len(row)), key=lambda e: -row[e])[:top_k]
        exponentials = np.exp([row[e] for e in best])
        weights.append(list(exponentials / exponentials.sum()))
        chosen.append(best)
    return weights, chosen


def masked(scores, top_k):
    least = scores.topk(top_k).values[:, -1:]
    table = scores.masked_fill(scores < least, torch.finfo().min).softmax(-1)
    return table.topk(top_k)


test_route_accepts = accepts(
    check_route, [reference.route, renormalized, ascending, token_by_token, masked]
)
test_route_refuses = refuses(
    check_route,
    {
        "the results are swapped": lambda s, k: renormalized(s, k)[::-1],
        "softmax went over the tokens": lambda s, k: (
            s.topk(k).values.softmax(0),
            s.topk(k).indices,
        ),
        "softmax was taken twice": lambda s, k: (
            s.softmax(-1).topk(k).values.softmax(-1),
            s.topk(k).indices,
        ),
        "these are sigmoid gates, as in DeepSeek-V3": lambda s, k: (
            F.normalize(s.sigmoid().topk(k).values, p=1),
            s.topk(k).indices,
        ),
        "expected the shape (3, 2), got (2, 4)": lambda s, k: s.topk(k, dim=0),
        "expected 2 results": lambda s, k: s.topk(k).indices,
        "nothing was returned": lambda s, k: None,
        "with scores of shape (5, 3), top_k=1": lambda s, k: renormalized(s, 2),
        "the experts of each token, sorted: expected": lambda s, k: (
            s.topk(k).values.softmax(-1),
            s.topk(k).indices.roll(1, 0),
        ),
    },
)


def in_place(x, scores, experts, top_k):
    weights, chosen = reference.route(scores, top_k)
    result = torch.zeros_like(x)
    for e in chosen.unique():
        tokens, slots = torch.where(chosen == e)
        result.index_add_(
            0, tokens, weights[tokens, slots, None] * experts[e](x[tokens])
        )
    return result


def one_token_at_a_time(x, scores, experts, top_k):
    weights, chosen = reference.route(scores, top_k)
    return [
        sum(w * experts[e](vector) for w, e in zip(*row, strict=True))
        for vector, *row in zip(x, weights, chosen.tolist(), strict=True)
    ]


def slot_by_slot(x, scores, experts, top_k):
    weights, chosen = reference.route(scores.double(), top_k)
    result = torch.zeros(x.shape, dtype=torch.float64)
    for slot in range(top_k):
        for e, expert in enumerate(experts):
            mine = chosen[:, slot] == e
            result[mine] += weights[mine, slot, None] * expert(x[mine])
    return result.numpy()


def mixed(change, x, scores, experts, top_k):
    """Mix, with a change of the sums when an expert has computed its tokens."""
    weights, chosen = reference.route(scores, top_k)
    result = torch.zeros_like(x)
    for e, expert in enumerate(experts):
        tokens, slots = (chosen == e).nonzero(as_tuple=True)
        change(result, tokens, weights[tokens, slots, None], expert)
    return result


def overwriting(x, *given):
    def change(result, tokens, weights, expert):
        result[tokens] = weights * expert(x[tokens])

    return mixed(change, x, *given)


def weighing_inputs(x, *given):
    def change(result, tokens, weights, expert):
        result[tokens] += expert(weights * x[tokens])

    return mixed(change, x, *given)


def with_room_for_two(x, *given):
    def change(result, tokens, weights, expert):
        result[tokens[:2]] += (weights * expert(x[tokens]))[:2]

    return mixed(change, x, *given)


def computing_two(x, *given):
    def change(result, tokens, weights, expert):
        result[tokens[:2]] += weights[:2] * expert(x[tokens[:2]])

    return mixed(change, x, *given)


def without_return(*given):
    in_place(*given)


test_mixture_accepts = accepts(
    check_mixture, [in_place, one_token_at_a_time, slot_by_slot]
)
test_mixture_refuses = refuses(
    check_mixture,
    {
        "overwrote what another had added": overwriting,
        "the weight multiplied what an expert reads": weighing_inputs,
        "x was added": lambda x, *given: x + in_place(x, *given),
        "top_k=1": lambda x, scores, experts, top_k: in_place(x, scores, experts, 2),
        "the result: expected [[": with_room_for_two,
        "experts computed: expected [1, 3, 0, 2], got [1, 2, 0, 2]": computing_two,
        "the result: nothing was returned": without_return,
        "computed: expected [1, 3, 0, 2], got [0, 0, 0, 0]": lambda *given: None,
        "3 of 3 tokens came back as zeros": lambda x, *given: torch.zeros_like(x),
        "every token was computed twice": lambda *given: (
            (in_place(*given) + in_place(*given)) / 2
        ),
        "expected the shape (3, 2), got (2,)": lambda *given: in_place(*given)[0],
    },
)


def as_in_transformers(scores, top_k):
    probabilities = scores.softmax(-1)
    chosen = F.one_hot(probabilities.topk(top_k).indices, scores.shape[-1])
    per_expert = chosen.float().mean(0)
    return (per_expert * probabilities.mean(0)[None]).sum() * scores.shape[-1]


def written_out(scores, top_k):
    n_tokens, n_experts = scores.shape
    chosen = scores.topk(top_k).indices
    p = scores.double().softmax(-1).mean(0, keepdim=True)
    f = torch.stack([(chosen == e).sum() / n_tokens for e in range(n_experts)])
    return n_experts * p @ f.double()


test_balance_accepts = accepts(
    check_balance, [reference.load_balancing_loss, as_in_transformers, written_out]
)
test_balance_refuses = refuses(
    check_balance,
    {
        "with scores of shape (5, 3), top_k=1": lambda s, k: as_in_transformers(s, 2),
        "the result: expected": lambda s, k: as_in_transformers(s, k) * 4 / s.shape[1],
        "it has no gradient": lambda s, k: as_in_transformers(s, k).item(),
        "f counts only the first choice": lambda s, k: (
            s.shape[1]
            * (F.one_hot(s.argmax(-1), s.shape[1]).float().mean(0) @ s.softmax(-1).T)
        ).mean(),
        "average both before you multiply": lambda s, k: (
            s.shape[1] * s.softmax(-1).topk(k).values.sum() / len(s)
        ),
        "give it minlength": lambda s, k: (
            s.shape[1]
            * (s.topk(k).indices.flatten().bincount() * s.softmax(-1).mean(0)).sum()
            / len(s)
        ),
        "the result: expected the shape (), got (3, 4)": lambda s, k: s.softmax(-1),
        "nothing was returned": lambda s, k: None,
    },
)


def of_layers(d_model, d_ff, n_experts, top_k, n_layers):
    expert = partial(SwiGLU, d_model, d_ff)
    layer = reference.MixtureOfExperts(d_model, expert, n_experts, top_k)
    total = sum(p.numel() for p in layer.parameters())
    idle = layer.experts[top_k:].parameters()
    return n_layers * total, n_layers * (total - sum(p.numel() for p in idle))


test_expert_counts_accepts = accepts(
    check_expert_counts,
    [
        of_layers,
        lambda *sizes: torch.tensor(of_layers(*sizes)),
        lambda *sizes: (float(n) for n in of_layers(*sizes)),
    ],
)
test_expert_counts_refuses = refuses(
    check_expert_counts,
    {
        "top_k=2, n_layers=3, expected [2790, 1170], got [50, 20]": (
            lambda c, f, e, k, n: (e * f, k * f)
        ),
        "expected 2 numbers, got {": lambda *sizes: dict(
            zip(("total", "active"), of_layers(*sizes), strict=True)
        ),
        "expected 2 numbers, got 2790": lambda *sizes: of_layers(*sizes)[0],
    },
)
