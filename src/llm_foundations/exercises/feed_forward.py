"""Checkers of the lesson on feed-forward layers."""

import itertools
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from llm_foundations.exercises.checking import (
    Function,
    call,
    checker,
    refuse,
    require,
    same,
    shape_of,
)


@checker("One matrix and one bias do the work of both layers.")
def check_fold(fold: Function) -> None:
    """Check the one linear layer that equals two in a row.

    Args:
        fold: Takes `w1, b1, w2, b2`, the matrices to the right of what they
            multiply; returns one matrix and one bias.
    """
    generator = torch.Generator().manual_seed(0)
    w1, w2 = torch.randn(3, 4, generator=generator), torch.ones(4, 3).tril()
    b1, b2 = torch.randn(4, generator=generator), torch.randn(3, generator=generator)
    folded = call(fold, w1, b1, w2, b2, when="with (3, 4) and (4, 3)")
    two = isinstance(folded, tuple | list) and len(folded) == 2
    require(two, f"return a matrix and a bias, got {shape_of(folded)}")
    w, b = folded
    require(
        shape_of(w) == (3, 3),
        f"three numbers in and three out need a (3, 3) matrix, got {shape_of(w)}: "
        "the first layer stands at the left",
    )
    require(
        not same((w1 @ w2).T, w),
        "the matrix is transposed: here it is x @ w, not nn.Linear's x @ w.T",
    )
    require(same(w1 @ w2, w), "the matrix is not that of w1 followed by w2")
    require(
        shape_of(b) == (3,),
        f"the bias is one number for each that comes out, (3,), got {shape_of(b)}",
    )
    require(
        not same(b2, b),
        "the first bias is lost: the second matrix multiplies it as well",
    )
    require(same(b1 @ w2 + b2, b), "the bias is not what comes out for x = 0")


_STORED = {(0, 3): 0, (0, 4): 1, (1, 3): 1, (1, 4): 0, (2, 3): 2}
_NOT_STORED = (2, 4)


@checker("Every stored pair has its answer, and no other pair has one.")
def check_memory(memory: Function) -> None:
    """Check a layer with ReLU whose weights were set by hand to store facts.

    Args:
        memory: Takes facts `(who, does, where)`, and the numbers `n_in` and `n_out`;
            returns keys (n_in, F), biases (F,) and values (F, n_out).
    """
    facts = [(*pair, answer) for pair, answer in _STORED.items()]
    parts = call(memory, facts, 6, 3, when="with 5 facts, n_in=6 and n_out=3")
    require(len(parts) == 3, f"return keys, biases and values, got {len(parts)} things")
    keys, biases, values = (torch.as_tensor(x, dtype=torch.float32) for x in parts)
    n = len(biases) if biases.ndim else len(facts)
    require(
        biases.ndim == 1 and keys.shape == (6, n) and values.shape == (n, 3),
        f"{n} neurons need keys (6, {n}), biases ({n},) and values ({n}, 3), "
        f"got {shape_of(keys)}, {shape_of(biases)} and {shape_of(values)}",
    )

    def recall(*inputs: int) -> Tensor:
        x = torch.zeros(6).index_fill(0, torch.tensor(inputs), 1.0)
        return (x @ keys + biases).relu() @ values

    for pair, answer in _STORED.items():
        _explain_answer(recall(*pair), pair, answer)
    extra = recall(*_NOT_STORED).abs().max().item()
    require(
        extra < 1e-3,
        f"{_NOT_STORED} was not stored, and still gets {extra:.2f}: "
        "half a key must not be enough",
    )


def _explain_answer(scores: Tensor, pair: tuple[int, int], answer: int) -> None:
    others = [s for i, s in enumerate(scores.tolist()) if i != answer]
    lead = scores[answer].item() - max(others)
    silent = scores.abs().max() < 1e-3
    require(
        not silent,
        f"{pair} gets no answer: no neuron fires. A whole key, a 1 for who and a 1 "
        "for does, must lift one well above zero",
    )
    require(
        lead > -1e-3,
        f"{pair} is answered by {int(scores.argmax())}, not by {answer}: "
        "the value of a fact is a row with a 1 at its answer",
    )
    require(
        lead > 0.1,
        f"{pair} gets a tie, {scores.tolist()}: neurons fire at half of their key, "
        "lower the biases",
    )


@checker("It is the exact GELU, on both sides of zero.")
def check_gelu(gelu: Function) -> None:
    """Check the exact GELU.

    Args:
        gelu: Takes a tensor of any shape; returns one of the same shape.
    """
    x = torch.linspace(-4, 4, 34).view(2, 17)
    result = call(gelu, x, when="with a (2, 17) tensor")
    require(
        shape_of(result) == (2, 17), f"(2, 17) stays (2, 17), got {shape_of(result)}"
    )
    below = (1 + torch.erf(x / 2**0.5)) / 2
    mistakes = {
        "this is the tanh form, up to 0.0005 away: use torch.erf": F.gelu(
            x, approximate="tanh"
        ),
        "this is ReLU: it cuts off at zero": x.relu(),
        "this is SiLU, x times sigmoid(x)": F.silu(x),
        "this is x times sigmoid(1.702 x), an approximation": x * (1.702 * x).sigmoid(),
        "this is the share alone: multiply it by x": below,
        "erf takes x / sqrt(2), not x": x * (1 + torch.erf(x)) / 2,
        "erf goes from -1 to 1: add 1 and halve it": x * (2 * below - 1),
    }
    refuse(result, mistakes)
    require(same(F.gelu(x), result), "the result differs from PyTorch's")


@checker("It agrees with PyTorch's functions, and the gate is the gate.")
def check_swiglu(swiglu: Function) -> None:
    """Check a gated feed-forward layer.

    Args:
        swiglu: Takes `x, w_gate, w_up, w_down`, the matrices to the right of what
            they multiply; returns a tensor of the shape of `x`.
    """
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, 3, 4, generator=generator)
    w_gate, w_up = torch.randn(2, 4, 6, generator=generator)
    w_down = torch.randn(6, 4, generator=generator)
    result = call(swiglu, x, w_gate, w_up, w_down, when="with a (2, 3, 4) tensor")
    require(
        shape_of(result) == (2, 3, 4),
        f"(2, 3, 4) stays (2, 3, 4), got {shape_of(result)}",
    )
    gate, up = x @ w_gate, x @ w_up
    mistakes = {
        "gate and up are swapped: the bend belongs to the gate": gate * F.silu(up),
        "there is no bend: the gate goes through SiLU": gate * up,
        "the bend comes before the product, not after it": F.silu(gate * up),
        "the two halves were added: multiply them": F.silu(gate) + up,
        "sigmoid alone makes GLU: SiLU is x times sigmoid(x)": gate.sigmoid() * up,
        "the gate goes through GELU, which makes GEGLU": F.gelu(gate) * up,
        "the gate goes through ReLU, which makes ReGLU": gate.relu() * up,
        "up is missing: the gate needs something to let through": F.silu(gate),
    }
    refuse(result, {said: hidden @ w_down for said, hidden in mistakes.items()})
    expected = (F.silu(gate) * up) @ w_down
    require(same(expected, result), "the result differs from PyTorch's functions")


@checker("Two matrices or three, and each bias once.")
def check_feed_forward_parameters(n_parameters: Function) -> None:
    """Check the number of parameters of a feed-forward layer.

    Args:
        n_parameters: Takes `d_model, d_ff, gated, bias`; returns a whole number.
    """
    d_model, d_ff = 5, 7
    for gated, bias in itertools.product((False, True), repeat=2):
        given = (d_model, d_ff, gated, bias)
        count: Any = call(n_parameters, *given, when=f"with {given}")
        _explain_count(count, given)


def _explain_count(count: Any, given: tuple[int, int, bool, bool]) -> None:
    d_model, d_ff, gated, bias = given
    matrix, n_wide = d_model * d_ff, 2 if gated else 1
    weights, biases = (n_wide + 1) * matrix, n_wide * d_ff + d_model
    where = f"for {given}"
    require(
        not gated or count not in (2 * matrix, 2 * matrix + d_ff + d_model),
        f"{where} a matrix is missing: a gated layer has three",
    )
    require(not bias or count != weights, f"{where} the biases are missing")
    require(bias or count != weights + biases, f"{where} there are no biases to count")
    require(
        not bias or count != weights + n_wide * d_ff,
        f"{where} the last bias is missing: down has d_model of them",
    )
    right = weights + biases * bias
    require(count == right, f"{where} there are {right} parameters, got {count}")


@checker("They are the places where the neuron is largest, the largest first.")
def check_strongest(strongest: Function) -> None:
    """Check the words at which a neuron fires most.

    Args:
        strongest: Takes `hidden` (T, F), the T `words`, the number of a neuron and
            `k`; returns k words.
    """
    words = ["Once", "a", "bear", "named", "bear"]
    neuron = [0.1, -3.0, 2.0, 0.5, 1.0]
    hidden = torch.tensor([[9.0, v, float(t)] for t, v in enumerate(neuron)])
    found = call(strongest, hidden, words, 1, 3, when="with 5 words and k=3")
    require(
        isinstance(found, list | tuple) and all(isinstance(w, str) for w in found),
        "return words, not their places or a tensor",
    )
    said, right = list(found), ["bear", "bear", "named"]
    wrong = {
        "hidden[1] is one word at all neurons: neuron 1 is column 1": words[:3],
        "-3 is no strong firing: take the largest, not the largest sizes": [
            *("a", "bear", "bear"),
        ],
        "bear stands at two strong places: return it for both": [
            *("bear", "named", "Once"),
        ],
        "these are the weakest places": ["a", "Once", "named"],
    }
    for mistake, answer in wrong.items():
        require(sorted(said) != sorted(answer), mistake)
    require(
        said == right or sorted(said) != sorted(right),
        f"the words are right, their order is not: the strongest first, got {said}",
    )
    require(said == right, f"the 3 strongest are {right}, got {said}")
