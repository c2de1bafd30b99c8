"""Plausible wrong answers to the exercises on feed-forward layers."""

import math

import torch
from torch.nn import functional as F


def store(facts, n_in, n_out, bias=-1.0, key=2, shift=0):
    keys, values = torch.zeros(n_in, len(facts)), torch.zeros(len(facts), n_out)
    for neuron, (who, does, where) in enumerate(facts):
        keys[[who, does][:key], neuron] = 1.0
        values[neuron, (where + shift) % n_out] = 1.0
    return keys, torch.full((len(facts),), bias), values


def transposed(*facts_and_sizes):
    keys, biases, values = store(*facts_and_sizes)
    return keys.T, biases, values.T


def gated(mix):
    def layer(x, w_gate, w_up, w_down):
        return mix(x @ w_gate, x @ w_up) @ w_down

    return layer


def strongest(order, column=True):
    def answer(hidden, words, neuron, k):
        scores = hidden[:, neuron] if column else hidden[neuron]
        return [words[i] for i in order(scores)[:k]]

    return answer


def largest(scores):
    return scores.argsort(descending=True).tolist()


def by_place(scores):
    return sorted(largest(scores)[:3])


def only_once(scores):
    return [i for i in largest(scores) if i != 4]


MUTANTS = {
    "check_fold": [
        (lambda w1, b1, w2, b2: (w1 @ w2, b2), "the first bias is lost"),
        (lambda w1, b1, w2, b2: (w2 @ w1, b1 @ w2 + b2), r"got \(4, 4\)"),
        (lambda w1, b1, w2, b2: ((w1 @ w2).T, b1 @ w2 + b2), "is transposed"),
        (lambda w1, b1, w2, b2: (w1 @ w2, b1 + b2), "it raised RuntimeError"),
        (lambda w1, b1, w2, b2: (w1 @ w2, b1 @ w2), "comes out for x = 0"),
        (lambda w1, b1, w2, b2: w1 @ w2, r"a matrix and a bias, got \(3, 3\)"),
        (lambda w1, b1, w2, b2: (w1 @ w2, b1[None] @ w2 + b2), r"got \(1, 3\)"),
        (lambda w1, b1, w2, b2: (w1 @ w2.T.T * 2, b2), "not that of w1 followed"),
    ],
    "check_memory": [
        (lambda *a: store(*a, bias=0.0), r"\(0, 3\) gets a tie"),
        (lambda *a: store(*a, bias=-2.0), r"\(0, 3\) gets no answer"),
        (lambda *a: store(*a, shift=1), r"\(0, 3\) is answered by 1, not by 0"),
        (lambda *a: store(*a, bias=-0.5), "half a key must not be enough"),
        (lambda *a: store(*a, key=1), "a 1 for who and a 1 for does"),
        (transposed, r"need keys \(6, 5\)"),
        (lambda *a: store(*a)[::2], "got 2 things"),
    ],
    "check_gelu": [
        (lambda x: F.gelu(x, approximate="tanh"), "this is the tanh form"),
        (lambda x: x.relu(), "this is ReLU"),
        (lambda x: x * x.sigmoid(), "this is SiLU"),
        (lambda x: x * (1.702 * x).sigmoid(), r"sigmoid\(1.702 x\)"),
        (lambda x: (1 + torch.erf(x / math.sqrt(2))) / 2, "the share alone"),
        (lambda x: x * (1 + torch.erf(x)) / 2, "erf takes"),
        (lambda x: x * torch.erf(x / math.sqrt(2)), "from -1 to 1"),
        (lambda x: x * (1 + torch.erf(x / math.sqrt(2))), "differs from PyTorch"),
    ],
    "check_swiglu": [
        (gated(lambda gate, up: gate * F.silu(up)), "gate and up are swapped"),
        (gated(lambda gate, up: gate * up), "there is no bend"),
        (gated(lambda gate, up: F.silu(gate * up)), "before the product"),
        (gated(lambda gate, up: F.silu(gate) + up), "were added"),
        (gated(lambda gate, up: gate.sigmoid() * up), "makes GLU"),
        (gated(lambda gate, up: F.gelu(gate) * up), "makes GEGLU"),
        (gated(lambda gate, up: gate.relu() * up), "makes ReGLU"),
        (gated(lambda gate, up: F.silu(gate)), "up is missing"),
        (lambda x, g, u, d: F.silu(x @ g) * (x @ u), r"got \(2, 3, 6\)"),
    ],
    "check_feed_forward_parameters": [
        (lambda c, f, gated, bias: 2 * c * f + bias * (f + c), "a matrix is missing"),
        (lambda c, f, gated, bias: (2 + gated) * c * f, "the biases are missing"),
        (
            lambda c, f, gated, bias: (2 + gated) * c * f + (1 + gated) * f + c,
            "there are no biases to count",
        ),
        (
            lambda c, f, gated, bias: (2 + gated) * c * f + bias * (1 + gated) * f,
            "the last bias is missing",
        ),
        (
            lambda c, f, gated, bias: (2 + gated) * c * f + bias * (f + c),
            "there are 124 parameters, got 117",
        ),
    ],
    "check_strongest": [
        (strongest(lambda s: largest(s.abs())), "no strong firing"),
        (strongest(largest, column=False), "neuron 1 is column 1"),
        (strongest(lambda s: s.argsort().tolist()), "the weakest places"),
        (strongest(by_place), "their order is not"),
        (lambda hidden, words, n, k: hidden[:, n].topk(k).indices, "return words"),
        (lambda hidden, words, n, k: words[1:4], "the 3 strongest are"),
        (strongest(only_once), "at two strong places"),
    ],
}
