"""Plausible wrong answers to the exercises on attention, and what each is told."""

import math

import torch


def scores_of(q, k, scale=True):
    return q @ k.transpose(-2, -1) / (math.sqrt(q.shape[-1]) if scale else 1.0)


def hide(scores, mask):
    return scores if mask is None else scores.masked_fill(~mask, float("-inf"))


def without_scale(q, k, v, mask=None):
    weights = hide(scores_of(q, k, scale=False), mask).softmax(-1)
    return weights @ v, weights


def divided_by_width(q, k, v, mask=None):
    scores = q @ k.transpose(-2, -1) / q.shape[-1]
    weights = hide(scores, mask).softmax(-1)
    return weights @ v, weights


def divided_by_the_number_of_keys(q, k, v, mask=None):
    scores = q @ k.transpose(-2, -1) / math.sqrt(k.shape[-2])
    weights = hide(scores, mask).softmax(-1)
    return weights @ v, weights


def softmax_over_queries(q, k, v, mask=None):
    weights = hide(scores_of(q, k), mask).softmax(-2)
    return weights @ v, weights


def powers_without_sum(q, k, v, mask=None):
    weights = hide(scores_of(q, k), mask).exp()
    return weights @ v, weights


def only_the_mix(q, k, v, mask=None):
    return hide(scores_of(q, k), mask).softmax(-1) @ v


def weights_transposed(q, k, v, mask=None):
    weights = scores_of(k, q).softmax(-1)
    return weights.T @ v, weights


def keys_mixed(q, k, v, mask=None):
    weights = hide(scores_of(q, k), mask).softmax(-1)
    return weights @ k, weights


def scores_mixed(q, k, v, mask=None):
    scores = hide(scores_of(q, k), mask)
    return scores @ v, scores.softmax(-1)


def mask_ignored(q, k, v, mask=None):
    weights = scores_of(q, k).softmax(-1)
    return weights @ v, weights


def mask_upside_down(q, k, v, mask=None):
    weights = hide(scores_of(q, k), None if mask is None else ~mask).softmax(-1)
    return weights @ v, weights


def masked_score_zero(q, k, v, mask=None):
    scores = scores_of(q, k) if mask is None else scores_of(q, k) * mask
    weights = scores.softmax(-1)
    return weights @ v, weights


def masked_after_softmax(q, k, v, mask=None):
    weights = scores_of(q, k).softmax(-1)
    weights = weights if mask is None else weights * mask
    return weights @ v, weights


def overflowing(q, k, v, mask=None):
    powers = hide(scores_of(q, k), mask).exp()
    weights = powers / powers.sum(-1, keepdim=True)
    return weights @ v, weights


def two_axes_only(q, k, v, mask=None):
    scores = q @ k.permute(*range(k.ndim - 1, -1, -1)) / math.sqrt(q.shape[-1])
    weights = hide(scores, mask).softmax(-1)
    return weights @ v, weights


def softmax_over_axis_one(q, k, v, mask=None):
    weights = hide(scores_of(q, k), mask).softmax(1)
    return weights @ v, weights


def real_first(lengths, n):
    return torch.arange(n) < lengths[:, None]


MUTANTS = {
    "check_weights_by_hand": [
        (lambda: [0.4683, 0.4683, 0.0634], r"not divided by sqrt\(2\)"),
        (lambda: [4.11, 4.11, 1.0], "these are the powers"),
        (lambda: [0.45, 0.45, 0.2], "add up to 1.10, not 1"),
        (lambda: [0.576, 0.284, 0.14], "cat and mat have the same score"),
        (lambda: [1 / 3, 1 / 3, 1 / 3], r"right is about 0.45 for cat; got 0.33"),
        (lambda: [45, 45, 11], "these are percent"),
        (lambda: None, "return the list, do not print it"),
        (lambda: [0.5, 0.5], "three words need three weights, got 2"),
    ],
    "check_attention": [
        (without_scale, r"not divided by sqrt\(d_head\)"),
        (divided_by_width, "divided by d_head: take its square root"),
        (divided_by_the_number_of_keys, "root of the number of keys"),
        (softmax_over_queries, "not 1: softmax over the wrong axis"),
        (powers_without_sum, r"add up to [\d.]+, not 1$"),
        (only_the_mix, "return two things"),
        (weights_transposed, r"shape \(3, 5\), got \(5, 3\)"),
        (keys_mixed, "the keys were mixed"),
        (scores_mixed, "not weights @ v$"),
        (mask_ignored, "the mask changes nothing"),
        (mask_upside_down, "the mask is upside down"),
        (masked_score_zero, "set its score to -inf, not to 0"),
        (masked_after_softmax, "mask before softmax, not after"),
        (overflowing, "subtract the largest score before exp"),
        (two_axes_only, r"with a batch of 2 \(three axes\) it raised RuntimeError"),
        (softmax_over_axis_one, "softmax over the last axes only"),
    ],
    "check_causal_mask": [
        (lambda n: torch.ones(n, n).tril(-1).bool(), "the diagonal is True"),
        (lambda n: torch.ones(n, n).tril(1).bool(), "lies in its future"),
        (lambda n: torch.ones(n, n).bool(), "nothing is masked"),
        (lambda n: torch.ones(n, n).triu().bool(), "the mask is upside down"),
        (lambda n: torch.ones(n, n).tril(), r"must be bool, got torch.float32"),
        (lambda n: [[i >= j for j in range(n)] for i in range(n)], "not a list"),
        (lambda n: torch.eye(n).bool(), "may not attend to all of its past"),
        (
            lambda n: torch.ones(n, dtype=torch.bool),
            r"needs shape \(1, 1\), got \(1,\)",
        ),
    ],
    "check_padding_mask": [
        (real_first, r"read as 3 queries: add an axis, \(3, 1, 4\)"),
        (lambda lengths, n: real_first(lengths, n)[:, :, None], "hides queries"),
        (
            lambda lengths, n: ~real_first(lengths, n)[:, None],
            "upside down: True marks",
        ),
        (lambda lengths, n: real_first(lengths + 1, n)[:, None], "off by one"),
        (lambda lengths, n: real_first(lengths, n)[:, None].int(), "got torch.int32"),
        (lambda lengths, n: real_first(lengths, n).flip(-1)[:, None], "come first"),
        (lambda lengths, n: lengths < n, r"must be \(3, 1, 4\), got \(3,\)"),
    ],
    "check_score_spread": [
        (lambda d_head, std: d_head * std**4, "16 lacks a root"),
        (lambda d_head, std: math.sqrt(d_head) * std, "so it counts twice"),
        (lambda d_head, std: std**2, "predict it before"),
        (lambda d_head, std: d_head / 2 * std, "spread by 4, got 8"),
        (lambda d_head, std: math.sqrt(d_head) * std**4, "spread by 36, got 324"),
    ],
    "check_look_at_first": [
        (lambda n: (torch.zeros(n, 2), torch.ones(n, 2)), "spreads evenly"),
        (lambda n: (20 * torch.eye(n), torch.eye(n)), "looks at itself"),
        (lambda n: (torch.ones(n, 1), torch.eye(n)[:, :1]), "make the score larger"),
        (lambda n: (40 * torch.eye(n).roll(-1, 1), torch.eye(n)), "the word before"),
        (
            lambda n: (torch.ones(1, n), torch.eye(n)[:1]),
            r"q and k of one shape \(2, D",
        ),
        (lambda n: [torch.ones(n, 1)] * 3, "return two tensors, got 3 things"),
    ],
}
