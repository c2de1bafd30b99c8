"""Answers that readers wrote to the exercises on feed-forward layers."""

import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from llm_foundations.exercises.layers.feed_forward import (
    check_feed_forward_parameters,
    check_fold,
    check_gelu,
    check_memory,
    check_strongest,
    check_swiglu,
)
from tests.exercises.answers import accepts, refuses


def by_probing(w1, b1, w2, b2):
    """Read the matrix and the bias off what comes out."""
    bias = (torch.zeros(1, len(w1)) @ w1 + b1) @ w2 + b2
    return (torch.eye(len(w1)) @ w1 + b1) @ w2 + b2 - bias, bias


test_fold_accepts = accepts(
    check_fold,
    [
        by_probing,
        lambda w1, b1, w2, b2: [np.matmul(w1, w2), np.add(b1 @ w2, b2)],
        lambda w1, b1, w2, b2: (w1.double() @ w2.double(), b2 + w2.T @ b1),
        lambda w1, b1, w2, b2: (part for part in (w1 @ w2, b2.add_(b1 @ w2))),
    ],
)
test_fold_refuses = refuses(
    check_fold,
    {
        "it raised RuntimeError": lambda w1, b1, w2, b2: (w1 @ w2, b1 + b2),
        "the matrix: expected": lambda w1, b1, w2, b2: (2 * w1 @ w2, b1 @ w2 + b2),
        "the bias: expected the shape": lambda w1, b1, w2, b2: (w1 @ w2, b1),
    },
)


def with_neurons_to_spare(facts, n_in, n_out):
    keys, values = np.zeros((n_in, 20)), np.zeros((20, n_out))
    for neuron, (who, what, where) in enumerate(facts):
        keys[who, neuron] = keys[what, neuron] = 3
        values[neuron, where] = 0.5
    return [keys, np.full(20, -4.0), values]


def as_lists(facts, n_in, n_out):
    keys = [[float(i in fact[:2]) for fact in facts] for i in range(n_in)]
    values = [[float(fact[2] == i) for i in range(n_out)] for fact in facts]
    return keys, [-1.0 for _ in facts], values


test_memory_accepts = accepts(check_memory, [with_neurons_to_spare, as_lists])
test_memory_refuses = refuses(
    check_memory,
    {
        "got [(5, 6), (5,), (3, 5)]": lambda facts, n_in, n_out: (
            torch.ones(len(facts), n_in),
            torch.ones(len(facts)),
            torch.ones(n_out, len(facts)),
        ),
        "nothing was returned": lambda facts, n_in, n_out: None,
    },
)

test_gelu_accepts = accepts(
    check_gelu,
    [
        nn.GELU(),
        F.gelu,
        lambda x: x * torch.distributions.Normal(0, 1).cdf(x),
        lambda x: 0.5 * x * (1 + np.vectorize(math.erf)(x / np.sqrt(2))),
        lambda x: x.mul_(torch.special.ndtr(x)),
        lambda x: x.double() * (1 + torch.erf(x.double() / 2**0.5)) / 2,
    ],
)
test_gelu_refuses = refuses(
    check_gelu,
    {
        "this is SiLU": lambda x: x / (1 + torch.exp(-x)),
        "this is ReLU": lambda x: np.maximum(x, 0),
        "with x=[-2, 0, 1], expected": lambda x: x**2,
        "expected the shape": lambda x: x.sum(),
        "it raised ValueError": lambda x: math.erf(x),
    },
)


def neuron_by_neuron(x, w_gate, w_up, w_down):
    y = torch.zeros_like(x)
    for gate, up, down in zip(w_gate.T, w_up.T, w_down, strict=True):
        score = x @ gate
        y += (score / (1 + np.exp(-score)) * (x @ up))[..., None] * down
    return y


test_swiglu_accepts = accepts(
    check_swiglu,
    [
        neuron_by_neuron,
        lambda x, g, u, d: F.linear(F.silu(x.matmul(g)).mul(x.matmul(u)), d.T),
        lambda x, g, u, d: (
            ((x @ g).double() * (x @ g).sigmoid() * (x @ u)) @ d.double()
        ),
    ],
)
test_swiglu_refuses = refuses(
    check_swiglu,
    {
        "it raised RuntimeError": lambda x, g, u, d: x @ g.T,
        "w_down is missing": lambda x, g, u, d: F.silu(x @ g) * (x @ u),
    },
)

test_count_accepts = accepts(
    check_feed_forward_parameters,
    [
        lambda d_model, d_ff, gated, bias: sum(
            p.numel()
            for sizes in [(d_model, d_ff)] * (1 + gated) + [(d_ff, d_model)]
            for p in nn.Linear(*sizes, bias=bias).parameters()
        ),
        lambda c, f, gated, bias: torch.tensor((2 + gated) * c * f).add(
            ((1 + gated) * f + c) * bias
        ),
    ],
)
test_count_refuses = refuses(
    check_feed_forward_parameters,
    {
        "a gated layer has a third matrix": lambda c, f, gated, bias: (
            2 * c * f + bias * (f + c)
        ),
        "d_ff=7, gated=False, bias=False, expected 70, got 140": (
            lambda c, f, gated, bias: 8 * c**2 - 60
        ),
        "expected a number, got [4, 5]": lambda c, f, gated, bias: [4, 5],
    },
)


def by_sorting(hidden, words, neuron, k):
    pairs = sorted(zip(hidden[:, neuron].tolist(), words, strict=True), reverse=True)
    return tuple(word for _, word in pairs[:k])


test_strongest_accepts = accepts(
    check_strongest,
    [
        by_sorting,
        lambda hidden, words, neuron, k: np.array(words)[
            np.argsort(-hidden.numpy()[:, neuron])[:k]
        ],
        lambda hidden, words, neuron, k: (
            words[i] for i in hidden.T[neuron].argsort(descending=True)[:k]
        ),
    ],
)
test_strongest_refuses = refuses(
    check_strongest,
    {
        "these are positions": lambda hidden, words, neuron, k: (
            hidden[:, neuron].topk(k).indices
        ),
        "expected ['": lambda hidden, words, neuron, k: words[1 : k + 1],
        "k words are asked for": lambda hidden, words, neuron, k: by_sorting(
            hidden, words, neuron, len(words)
        ),
    },
)
