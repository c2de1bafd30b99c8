"""The exercises of the lesson on feed-forward layers."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from llm_foundations.exercises.exercise import Drawn, Exercise, Function, case

_TWO_LAYERS = Drawn("I F"), Drawn("F"), Drawn("F O"), Drawn("O")

check_fold = Exercise(
    "check_fold",
    right=lambda w1, b1, w2, b2: (w1 @ w2, b1 @ w2 + b2),
    cases=[
        case(*_TWO_LAYERS, I=2, F=4, O=3),
        case(*_TWO_LAYERS, I=3, F=5, O=2),
        case(*_TWO_LAYERS, I=6, F=4, O=5),
    ],
    returns=("the matrix", "the bias"),
    mistakes={
        "the first bias is lost: the second matrix multiplies it as well": (
            lambda w1, b1, w2, b2: (w1 @ w2, b2)
        ),
        "the second bias is lost: it is added at the end": (
            lambda w1, b1, w2, b2: (w1 @ w2, b1 @ w2)
        ),
        "the matrix is transposed: here it is x @ w, not nn.Linear's x @ w.T": (
            lambda w1, b1, w2, b2: ((w1 @ w2).T, b1 @ w2 + b2)
        ),
        "the results are swapped: the matrix comes first": (
            lambda w1, b1, w2, b2: (b1 @ w2 + b2, w1 @ w2)
        ),
        "only the matrix was returned: return a bias, too": (
            lambda w1, b1, w2, b2: w1 @ w2
        ),
    },
    verdict="One matrix and one bias do the work of both layers.",
)
"""The one linear layer that equals two in a row."""

_Fact = tuple[int, int, int]


def _answers(
    layer: Any, facts: list[_Fact], n_in: int, n_out: int
) -> dict[tuple[int, int], list[float]]:
    """Return what a layer answers to every pair of a who and a what of the facts."""
    keys, biases, values = (torch.as_tensor(part).float() for part in layer)
    n = len(biases)
    if keys.shape != (n_in, n) or biases.ndim != 1 or values.shape != (n, n_out):
        raise ValueError("keys, biases and values have another shape")
    pairs = [(who, what) for who, *_ in facts for _, what, _ in facts]
    inputs = torch.zeros(len(pairs), n_in)
    inputs.scatter_(1, torch.tensor(pairs), 1.0)
    answers = (inputs @ keys + biases).relu() @ values
    return dict(zip(pairs, answers.tolist(), strict=True))


def _every(holds: Callable[[list[float], int], bool], stored: bool = True) -> Function:
    """Return the property that something holds for each pair that is (not) stored."""

    def check(layer: Any, facts: list[_Fact], n_in: int, n_out: int) -> bool | str:
        answers = _answers(layer, facts, n_in, n_out)
        right = {(who, what): where for who, what, where in facts}
        for pair, scores in answers.items():
            if (pair in right) == stored and not holds(scores, right.get(pair, 0)):
                return f"{pair} gets {[round(score, 2) for score in scores]}"
        return True

    return check


def _lead(scores: list[float], answer: int) -> float:
    return scores[answer] - max(s for i, s in enumerate(scores) if i != answer)


def _stored(
    bias: float = -1.0, key: Sequence[float] = (1, 1), shift: int = 0
) -> Function:
    """Return a memory with one neuron for each fact, set in one of several ways."""

    def memory(facts: list[_Fact], n_in: int, n_out: int) -> tuple[Tensor, ...]:
        keys, values = torch.zeros(n_in, len(facts)), torch.zeros(len(facts), n_out)
        for neuron, (who, what, where) in enumerate(facts):
            keys[[who, what], neuron] = torch.tensor(key).float()
            values[neuron, (where + shift) % n_out] = 1.0
        return keys, torch.full((len(facts),), bias), values

    return memory


def _transposed(*arguments: Any) -> tuple[Tensor, ...]:
    keys, biases, values = _stored()(*arguments)
    return keys.T, biases, values.T


check_memory = Exercise(
    "check_memory",
    right=None,
    cases=[
        case([(0, 3, 0), (0, 4, 1), (1, 3, 1), (1, 4, 0), (2, 3, 2)], 6, 3),
        case([(4, 0, 1), (3, 1, 0), (3, 0, 0)], 5, 2),
        case([(5, 2, 3), (6, 1, 0), (0, 2, 2), (6, 2, 1), (0, 1, 3)], 7, 4),
    ],
    mistakes={},
    properties={
        "return keys (n_in, F), biases (F,) and values (F, n_out), got {}": (
            lambda layer, *given: len(_answers(layer, *given)) > 0,
            _transposed,
            lambda *given: _stored()(*given)[::2],
        ),
        "{}: no neuron fires. A whole key, a 1 for who and a 1 for what, must lift one "
        "well above zero": (
            _every(lambda scores, answer: max(map(abs, scores)) > 1e-3),
            _stored(bias=-2.0),
            _stored(bias=-3.0),
            _stored(key=(1, 0)),
        ),
        "{}, where another answer leads: the value of a fact is a row with a 1 at its "
        "answer": (
            _every(lambda scores, answer: _lead(scores, answer) > -1e-3),
            _stored(shift=1),
        ),
        "{}, a tie: neurons fire at half of their key, so lower the biases": (
            _every(lambda scores, answer: _lead(scores, answer) > 0.1),
            _stored(bias=0.0),
        ),
        "{} and was not stored: half a key must not be enough": (
            _every(lambda scores, _: max(map(abs, scores)) < 1e-3, stored=False),
            _stored(bias=-0.5),
        ),
    },
    verdict="Every stored pair has its answer, and no other pair has one.",
)
"""A layer with ReLU whose weights were set by hand to store facts."""


def _times_x(share: Callable[[Tensor], Tensor]) -> Function:
    return lambda x: x * share(x)


def _wide(shape: Sequence[int], generator: Generator) -> Tensor:
    return 3 * torch.randn(shape, generator=generator)


check_gelu = Exercise(
    "check_gelu",
    right=lambda x: F.gelu(x),
    cases=[
        case(torch.tensor([-2.0, 0.0, 1.0]), N=3),
        case(Drawn("T C", _wide), T=3, C=4),
        case(Drawn("B T C", _wide), B=2, T=5, C=6),
        case(torch.linspace(-6, 6, 35).view(5, 7), T=5, C=7),
    ],
    mistakes={
        "this is the tanh form, up to 0.0005 away: use torch.erf": (
            lambda x: F.gelu(x, approximate="tanh")
        ),
        "this is ReLU: it cuts off at zero": torch.relu,
        "this is SiLU, x times sigmoid(x)": F.silu,
        "this is x times sigmoid(1.702 x), an approximation": (
            _times_x(lambda x: (1.702 * x).sigmoid())
        ),
        "this is the share alone: multiply it by x": lambda x: (
            (1 + torch.erf(x / math.sqrt(2))) / 2
        ),
        "erf takes x / sqrt(2), not x": _times_x(lambda x: (1 + torch.erf(x)) / 2),
        "erf takes x / sqrt(2), not x / 2": _times_x(
            lambda x: (1 + torch.erf(x / 2)) / 2
        ),
        "erf goes from -1 to 1: add 1 and halve it": (
            _times_x(lambda x: torch.erf(x / math.sqrt(2))),
            _times_x(lambda x: torch.erf(x / math.sqrt(2)) / 2),
        ),
        "the share goes from 0 to 1: halve 1 + erf(x / sqrt(2))": (
            _times_x(lambda x: 1 + torch.erf(x / math.sqrt(2)))
        ),
    },
    verdict="It is the exact GELU, on both sides of zero.",
)
"""The exact GELU."""


def _gated(mix: Callable[[Tensor, Tensor], Tensor]) -> Function:
    return lambda x, w_gate, w_up, w_down: mix(x @ w_gate, x @ w_up) @ w_down


_MATRICES = Drawn("C F"), Drawn("C F"), Drawn("F C")

check_swiglu = Exercise(
    "check_swiglu",
    right=_gated(lambda gate, up: F.silu(gate) * up),
    cases=[
        case(Drawn("T C"), *_MATRICES, T=2, C=3, F=4),
        case(Drawn("B T C"), *_MATRICES, B=2, T=3, C=4, F=6),
        case(Drawn("T C"), *_MATRICES, T=5, C=6, F=3),
    ],
    mistakes={
        "gate and up are swapped: the activation function belongs to the gate": (
            _gated(lambda gate, up: gate * F.silu(up))
        ),
        "there is no activation function: the gate goes through SiLU": (
            _gated(lambda gate, up: gate * up)
        ),
        "the activation function comes before the product, not after it": (
            _gated(lambda gate, up: F.silu(gate * up))
        ),
        "gate and up were added: multiply them": (
            _gated(lambda gate, up: F.silu(gate) + up)
        ),
        "sigmoid alone makes GLU: SiLU is x times sigmoid(x)": (
            _gated(lambda gate, up: gate.sigmoid() * up)
        ),
        "the gate goes through GELU, which makes GEGLU": (
            _gated(lambda gate, up: F.gelu(gate) * up),
            _gated(lambda gate, up: F.gelu(gate, approximate="tanh") * up),
        ),
        "the gate goes through ReLU, which makes ReGLU": (
            _gated(lambda gate, up: gate.relu() * up)
        ),
        "both go through SiLU: only the gate does": (
            _gated(lambda gate, up: F.silu(gate) * F.silu(up))
        ),
        "up is missing: the gate needs something to let through": (
            _gated(lambda gate, up: F.silu(gate))
        ),
        "the gate is missing: SiLU(gate) multiplies up": (
            _gated(lambda gate, up: F.silu(up)),
            _gated(lambda gate, up: up),
        ),
        "w_down is missing: it brings the result back to the width of x": (
            lambda x, w_gate, w_up, w_down: F.silu(x @ w_gate) * (x @ w_up)
        ),
    },
    verdict="It agrees with PyTorch's functions, and the gate is the gate.",
)
"""A gated feed-forward layer."""


def _n_parameters(d_model: int, d_ff: int, gated: bool, bias: bool) -> int:
    n_wide = 1 + gated
    return (n_wide + 1) * d_model * d_ff + bias * (n_wide * d_ff + d_model)


check_feed_forward_parameters = Exercise(
    "check_feed_forward_parameters",
    right=_n_parameters,
    cases=[
        case(d_model, d_ff, gated, bias)
        for d_model, d_ff in ((5, 7), (3, 11))
        for gated in (False, True)
        for bias in (False, True)
    ],
    mistakes={
        "the biases are missing": lambda c, f, gated, bias: (2 + gated) * c * f,
        "a gated layer has a third matrix": (
            lambda c, f, gated, bias: 2 * c * f + bias * (f + c),
            lambda c, f, gated, bias: 2 * c * f + bias * ((1 + gated) * f + c),
        ),
        "a layer without a gate has two matrices": (
            lambda c, f, gated, bias: 3 * c * f + bias * (2 * f + c),
            lambda c, f, gated, bias: 3 * c * f + bias * ((1 + gated) * f + c),
        ),
        "without bias there are no biases to count": (
            lambda c, f, gated, bias: (2 + gated) * c * f + (1 + gated) * f + c
        ),
        "the last bias is missing: down has d_model of them": (
            lambda c, f, gated, bias: (2 + gated) * c * f + bias * (1 + gated) * f
        ),
        "gate and up have a bias each, of d_ff numbers": (
            lambda c, f, gated, bias: (2 + gated) * c * f + bias * (f + c)
        ),
        "a bias has a number for each output, not for each input": (
            lambda c, f, gated, bias: (2 + gated) * c * f + bias * ((1 + gated) * c + f)
        ),
        "the bias of down has d_model numbers, not d_ff": (
            lambda c, f, gated, bias: (2 + gated) * (c * f + bias * f)
        ),
        "the biases of gate and up have d_ff numbers, not d_model": (
            lambda c, f, gated, bias: (2 + gated) * (c * f + bias * c)
        ),
    },
    verdict="Two matrices or three, and each bias once.",
)
"""The number of parameters of a feed-forward layer."""


def _strongest(order: Callable[[Tensor, int], list[int]]) -> Function:
    """Return the words at the positions that `order` picks from a neuron's outputs."""
    return lambda hidden, words, neuron, k: [
        words[i] for i in order(hidden[:, neuron], k)
    ]


def _top(outputs: Tensor, k: int) -> list[int]:
    found: list[int] = outputs.topk(k).indices.tolist()
    return found


check_strongest = Exercise(
    "check_strongest",
    right=_strongest(_top),
    cases=[
        case(Drawn("T F"), ["Once", "a", "bear", "named", "bear"], 1, 3, T=5, F=4),
        case(Drawn("T F"), ["the", "old", "fox", "saw", "the", "owl"], 0, 2, T=6, F=3),
        case(
            Drawn("T F"), ["a", "hare", "met", "a", "frog", "a", "hare"], 2, 4, T=7, F=5
        ),
    ],
    mistakes={
        "hidden[neuron] is one word at all neurons: a neuron is a column": (
            lambda hidden, words, neuron, k: [words[i] for i in _top(hidden[neuron], k)]
        ),
        "these are positions: return the words that stand there": (
            lambda hidden, words, neuron, k: _top(hidden[:, neuron], k)
        ),
        "these are the neuron's outputs: return the words at which they occur": (
            lambda hidden, words, neuron, k: hidden[:, neuron].topk(k).values
        ),
        "these are the weakest": _strongest(lambda h, k: h.argsort().tolist()[:k]),
        "a large negative output is no strong firing: take the largest, not the "
        "largest absolute values": _strongest(lambda h, k: _top(h.abs(), k)),
        "the words are right, their order is not: the strongest comes first": (
            _strongest(lambda h, k: sorted(_top(h, k))),
            _strongest(lambda h, k: _top(h, k)[::-1]),
        ),
        "k words are asked for, not all of them": (
            _strongest(lambda h, k: _top(h, len(h)))
        ),
        "a word that stands at two strong positions is returned for both": (
            lambda hidden, words, neuron, k: list(
                dict.fromkeys(words[i] for i in _top(hidden[:, neuron], len(hidden)))
            )[:k]
        ),
    },
    verdict="They are the words at which the neuron fires most, the strongest first.",
)
"""The words at which a neuron fires most."""
