"""Plausible wrong answers to the exercises on multi-head attention."""

import math

import torch


def split(x, n_heads):
    return x.unflatten(-1, (n_heads, -1)).transpose(1, 2)


def layer(x, w_q, w_k, w_v, w_o, n_heads, scale=None):  # noqa: PLR0913
    q, k, v = (split(x @ w, n_heads) for w in (w_q, w_k, w_v))
    scores = q @ k.transpose(-2, -1) / (scale or math.sqrt(q.shape[-1]))
    return (scores.softmax(-1) @ v).transpose(1, 2).flatten(2) @ w_o


def without_w_o(x, w_q, w_k, w_v, w_o, n_heads):
    return layer(x, w_q, w_k, w_v, torch.eye(8), n_heads)


def one_head_only(x, w_q, w_k, w_v, w_o, n_heads):
    return layer(x, w_q, w_k, w_v, w_o, 1)


def scaled_by_d_model(x, w_q, w_k, w_v, w_o, n_heads):
    return layer(x, w_q, w_k, w_v, w_o, n_heads, scale=math.sqrt(8))


def transposed_matrices(x, w_q, w_k, w_v, w_o, n_heads):
    return layer(x, w_q.T, w_k.T, w_v.T, w_o.T, n_heads)


def unscaled(x, w_q, w_k, w_v, w_o, n_heads):
    return layer(x, w_q, w_k, w_v, w_o, n_heads, scale=1.0)


def softmax_over_queries(x, w_q, w_k, w_v, w_o, n_heads):
    q, k, v = (split(x @ w, n_heads) for w in (w_q, w_k, w_v))
    weights = (q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])).softmax(-2)
    return (weights @ v).transpose(1, 2).flatten(2) @ w_o


def summed_heads(x, w_q, w_k, w_v, w_o, n_heads):
    q, k, v = (split(x @ w, n_heads) for w in (w_q, w_k, w_v))
    return ((q @ k.transpose(-2, -1)).softmax(-1) @ v).sum(dim=1)


def places(n):
    return torch.eye(n).expand(2, n, n)


def first(n, size=40.0):
    q = torch.zeros(n, n)
    q[:, 0] = size
    return q


def before(n, size=40.0):
    q = torch.zeros(n, n)
    q[1:, : n - 1] = size * torch.eye(n - 1)
    return q


MUTANTS = {
    "check_split_heads": [
        (lambda x, h: x.unflatten(-1, (h, -1)), "has the words before the heads"),
        (lambda x, h: x.view(x.shape[0], h, x.shape[1], -1), "the sentence was cut"),
        (
            lambda x, h: x.unflatten(-1, (-1, h)).permute(0, 3, 1, 2),
            "every fourth number",
        ),
        (lambda x, h: split(x, h).flip(1), "hold the wrong numbers"),
        (lambda x, h: x.chunk(h, dim=-1), r"needs \(2, 4, 3, 2\), got tuple"),
    ],
    "check_join_heads": [
        (lambda y: y.mean(dim=1), "adding or averaging heads"),
        (lambda y: y.reshape(2, 3, 8), "reshape alone mixes words"),
        (lambda y: y.flatten(2), r"joins to \(2, 3, 8\), got \(2, 4, 6\)"),
        (lambda y: y.permute(0, 2, 3, 1).flatten(2), "in the wrong order"),
    ],
    "check_multi_head_attention": [
        (without_w_o, "W_o is missing"),
        (one_head_only, "with 4 heads the result is that of one head"),
        (scaled_by_d_model, "divided by the root of d_model"),
        (transposed_matrices, "the matrices were transposed"),
        (unscaled, "root of one head's width"),
        (softmax_over_queries, "with 4 heads the result differs"),
        (summed_heads, r"stays \(2, 5, 8\), got \(2, 5, 2\)"),
    ],
    "check_two_heads": [
        (lambda n: (torch.stack([before(n), first(n)]), places(n)), "are swapped"),
        (lambda n: (torch.stack([first(n), first(n)]), places(n)), "the same job"),
        (
            lambda n: (torch.stack([first(n, 2.0), before(n)]), places(n)),
            "head 0 gives the first word only",
        ),
        (
            lambda n: (torch.stack([first(n), before(n, 2.0)]), places(n)),
            "head 1 gives the word before only",
        ),
        (
            lambda n: (torch.stack([40 * torch.eye(n), before(n)]), places(n)),
            "head 0 avoids the first word",
        ),
        (lambda n: (first(n), torch.eye(n)), r"of one shape \(2, 3, D\)"),
    ],
    "check_tokens_that_fit": [
        (lambda b, n_layers, g, d: b // (2 * n_layers * g * d), "twice too many"),
        (lambda b, n_layers, g, d: b // (4 * g * d), "that is one layer"),
        (lambda b, n_layers, g, d: b // (4 * n_layers * d), "one key-value head"),
        (lambda b, n_layers, g, d: b / (4 * n_layers * g * d), "whole tokens"),
        (lambda b, n_layers, g, d: b // (n_layers * g * d), "1000 tokens fit, got"),
    ],
    "check_share_heads": [
        (lambda k, h: k.repeat(1, h // k.shape[1], 1, 1), "the groups take turns"),
        (lambda k, h: k[:, :1].expand(-1, h, -1, -1), "multi-query attention"),
        (lambda k, h: k, r"needs \(2, 6, 3, 4\), got \(2, 2, 3, 4\)"),
        (
            lambda k, h: k.repeat_interleave(h // k.shape[1], dim=1).flip(1),
            "must use group h // 3",
        ),
    ],
}
