"""Plausible wrong answers to the exercises on mixtures of experts."""

import torch


def route(scores, top_k):
    best, chosen = scores.topk(top_k, dim=-1)
    return best.softmax(-1), chosen


def over_all(scores, top_k):
    return scores.softmax(-1).topk(top_k, dim=-1)


def lowest(scores, top_k):
    best, chosen = (-scores).topk(top_k, dim=-1)
    return best.softmax(-1), chosen


def experts_choose(scores, top_k):
    best, chosen = scores.topk(top_k, dim=0)
    return best.softmax(-1), chosen


def even(scores, top_k):
    weights, chosen = route(scores, top_k)
    return torch.full_like(weights, 1 / top_k), chosen


def other_order(scores, top_k):
    weights, chosen = route(scores, top_k)
    return weights, chosen.sort(-1).values


def always_first(scores, top_k):
    weights, _ = route(scores, top_k)
    return weights, torch.arange(top_k).expand(len(scores), top_k)


def mixture(x, scores, experts, top_k, weigh=lambda weights, slots: weights):
    weights, chosen = route(scores, top_k)
    result = torch.zeros_like(x)
    for e, expert in enumerate(experts):
        rows, slots = (chosen == e).nonzero(as_tuple=True)
        share = weigh(weights, slots)[rows, slots]
        result = result.index_add(0, rows, share[:, None] * expert(x[rows]))
    return result


def unweighted(*given):
    return mixture(*given, weigh=lambda weights, slots: torch.ones_like(weights))


def first_weight(*given):
    return mixture(
        *given, weigh=lambda weights, slots: weights[:, :1].expand_as(weights)
    )


def best_alone(x, scores, experts, top_k):
    return unweighted(x, scores, experts, 1)


def averaged(x, scores, experts, top_k):
    return sum(expert(x) for expert in experts) / len(experts)


def softmax_over_all(x, scores, experts, top_k):
    weights, _ = over_all(scores, top_k)
    return mixture(x, scores, experts, top_k, weigh=lambda *_: weights)


def with_capacity(x, scores, experts, top_k):
    _, chosen = route(scores, top_k)
    full = (chosen == 1).any(-1).cumsum(0) > 3
    return mixture(x, scores, experts, top_k) * ~full[:, None]


def every_expert(x, scores, experts, top_k):
    weights, chosen = route(scores, top_k)
    table = torch.zeros_like(scores).scatter(1, chosen, weights)
    return sum(table[:, [e]] * expert(x) for e, expert in enumerate(experts))


def twice(x, scores, experts, top_k):
    mixture(x, scores, experts, top_k)
    return mixture(x, scores, experts, top_k)


def balance(scores, top_k):
    n_tokens, n_experts = scores.shape
    chosen = scores.topk(top_k).indices
    f = torch.bincount(chosen.flatten(), minlength=n_experts) / n_tokens
    return n_experts * (f * scores.softmax(-1).mean(0)).sum()


def counted_twice(scores, top_k):
    chosen = scores.topk(top_k).indices
    f = torch.bincount(chosen.flatten(), minlength=scores.shape[1]) / len(scores)
    return scores.shape[1] * (f * f).sum()


def soft_twice(scores, top_k):
    return scores.shape[1] * scores.softmax(-1).mean(0).square().sum()


def counts(c, f, e, k, n):
    return n * (e * 3 * c * f + c * e), n * (k * 3 * c * f + c * e)


def without_minlength(scores, top_k):
    chosen = scores.topk(top_k).indices.flatten().bincount() / len(scores)
    return scores.shape[-1] * (chosen * scores.softmax(-1).mean(0)).sum()


def divided_by_sum(scores, top_k):
    best, chosen = scores.topk(top_k)
    return best / best.sum(-1, keepdim=True), chosen


MUTANTS = {
    "check_route": [
        (over_all, r"add up to 0.88, not 1"),
        (lowest, "the lowest scores were chosen"),
        (experts_choose, r"two results of \(6, 2\), got \(2, 4\)"),
        (even, "all weights are equal"),
        (other_order, "a weight stands at the wrong expert"),
        (divided_by_sum, "not the softmax of each token's chosen scores"),
        (always_first, r"token 1 needs experts \[1, 2\], got \[0, 1\]"),
        (lambda scores, k: scores.topk(k), "these are the scores"),
    ],
    "check_mixture": [
        (unweighted, "added without their weights"),
        (first_weight, "got the weight of the first"),
        (best_alone, "only the best expert counts"),
        (averaged, "all experts were averaged"),
        (softmax_over_all, "softmax over all experts"),
        (with_capacity, "3 of 6 tokens came back as zeros"),
        (every_expert, "every expert computed every token"),
        (lambda *given: mixture(*given)[0], r"\(6, 3\) stays \(6, 3\), got \(3,\)"),
        (lambda *given: -mixture(*given), "not the weighted sum"),
    ],
    "check_balance": [
        (lambda s, k: balance(s, k) / 4, "the factor E is missing"),
        (lambda s, k: balance(s, k) / k, "f counts the choices of one token"),
        (lambda s, k: balance(s, k) * 6, "divide by the number of tokens"),
        (counted_twice, "that is f with itself"),
        (soft_twice, "that is P with itself"),
        (lambda s, k: balance(s, k).detach(), "it has no gradient"),
        (lambda s, k: balance(s, k) + 1, "for these scores it is"),
        (without_minlength, "with two experts that nobody chose it raised"),
        (lambda s, k: s.softmax(-1), r"needs one number, got shape \(6, 4\)"),
    ],
    "check_expert_counts": [
        (lambda c, f, e, k, n: (n * e * 3 * c * f, n * k * 3 * c * f), "routers are"),
        (
            lambda c, f, e, k, n: (
                n * (2 * e * c * f + c * e),
                n * (2 * k * c * f + c * e),
            ),
            "three matrices",
        ),
        (lambda c, f, e, k, n: counts(c, f, e, k, 1), "that is one layer"),
        (lambda *given: counts(*given)[::-1], "total and active are swapped"),
        (lambda *given: (counts(*given)[0],) * 2, "not through all"),
        (lambda *given: (counts(*given)[1],) * 2, "all experts are stored"),
        (
            lambda c, f, e, k, n: (
                counts(c, f, e, k, n)[0],
                n * k * (3 * c * f + c),
            ),
            "the router scores all experts",
        ),
        (lambda c, f, e, k, n: (e * c * f, k * c * f), "there are 2,790 and 1,170"),
    ],
}
