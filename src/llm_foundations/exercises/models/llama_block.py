"""The exercise of the lesson on Llama in which a block is written."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from llm_foundations.exercises.exercise import Case, Exercise, Function
from llm_foundations.layers import RotaryEmbedding, rms_norm


def _turned(kinds: str) -> Callable[[str, Tensor, Function], Tensor]:
    return lambda kind, heads, rotate: rotate(heads) if kind in kinds else heads


def _attend(
    turn: Callable[[str, Tensor, Function], Tensor] = _turned("qk"),  # noqa: B008
    share: Callable[[Tensor, int], Tensor] = lambda k, n: k.repeat_interleave(n, 1),
    join: Callable[[Tensor], Tensor] = lambda mixed: mixed.transpose(1, 2).flatten(2),
    project: Callable[[Tensor, Tensor], Tensor] = F.linear,
    **settings: Any,
) -> Function:
    """Return attention from normalized vectors, with some of its steps replaced."""

    def attend(h: Tensor, w: Mapping[str, Tensor], rotate: Function, d: int) -> Tensor:
        heads = {
            kind: F.linear(h, w[f"attention.{kind}_proj.weight"]) for kind in "qkv"
        }
        q, k, v = (
            turn(kind, x.view(*x.shape[:2], -1, d).transpose(1, 2), rotate)
            for kind, x in heads.items()
        )
        k, v = (share(x, q.shape[1] // x.shape[1]) for x in (k, v))
        given = {"is_causal": True, **settings}
        mixed = F.scaled_dot_product_attention(q, k, v, **given)
        return project(join(mixed), w["attention.o_proj.weight"])

    return attend


def _add(x: Tensor, norm: Function, sublayer: Function) -> Any:
    return x + sublayer(norm(x))


def _block(
    attend: Function = _attend(),  # noqa: B008
    gate: Callable[[Tensor, Tensor], Tensor] = lambda gate, up: F.silu(gate) * up,
    norm: Function = rms_norm,
    add: Function = _add,
    norms: Sequence[str] = ("attention_norm", "feed_forward_norm"),
) -> Function:
    """Return a Llama block, with one or more of its steps replaced."""

    def llama_block(
        x: Tensor, w: Mapping[str, Tensor], rotate: Function, d_head: int
    ) -> Any:
        def think(h: Tensor) -> Tensor:
            matrices = (w[f"feed_forward.{n}_proj.weight"] for n in ("gate", "up"))
            inner = gate(*(F.linear(h, matrix) for matrix in matrices))
            return F.linear(inner, w["feed_forward.down_proj.weight"])

        first, second = (partial(norm, weight=w[f"{name}.weight"]) for name in norms)
        x = add(x, first, lambda h: attend(h, w, rotate, d_head))
        return add(x, second, think)

    return llama_block


def _parallel(x: Tensor, w: Mapping[str, Tensor], rotate: Function, d_head: int) -> Any:
    still = {**w, "attention.o_proj.weight": 0 * w["attention.o_proj.weight"]}
    thought = _block()(x, still, rotate, d_head)
    return thought + _attend()(
        rms_norm(x, w["attention_norm.weight"]), w, rotate, d_head
    )


def _layer_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    return F.layer_norm(x, weight.shape, weight, eps=eps)


def _block_case(d_head: int, **sizes: int) -> Case:
    """Return a case with drawn weights, by the names of a state dict."""
    draw = partial(torch.randn, generator=Generator().manual_seed(0))
    c, kv, f = (sizes[axis] for axis in "CKF")
    shapes = {"q": (c, c), "k": (kv, c), "v": (kv, c), "o": (c, c)}
    gated = {"gate": (f, c), "up": (f, c), "down": (c, f)}
    w = {f"attention.{name}_proj.weight": draw(s) / 2 for name, s in shapes.items()}
    w |= {f"feed_forward.{name}_proj.weight": draw(s) / 2 for name, s in gated.items()}
    w |= {
        f"{name}_norm.weight": 1 + draw(c) / 3 for name in ("attention", "feed_forward")
    }
    x, rotate = (
        draw(sizes["B"], sizes["T"], c),
        RotaryEmbedding(torch.arange(sizes["T"]), d_head),
    )
    return Case((x, w, rotate, d_head), sizes, f"with x of shape {tuple(x.shape)}")


check_llama_block = Exercise(
    "check_llama_block",
    right=_block(),
    cases=[
        _block_case(2, B=2, T=3, C=8, K=4, F=5),
        _block_case(4, B=3, T=5, C=12, K=4, F=7),
        _block_case(6, B=2, T=4, C=24, K=12, F=10),
    ],
    mistakes={
        "every word sees the future: attention needs is_causal=True": _block(
            _attend(is_causal=False)
        ),
        "nothing is rotated: rotate queries and keys": _block(_attend(_turned(""))),
        "the keys are not rotated": _block(_attend(_turned("q"))),
        "the queries are not rotated": _block(_attend(_turned("k"))),
        "the values were rotated, too: rotate queries and keys alone": _block(
            _attend(_turned("qkv"))
        ),
        "the residual connection starts after the norm: add to x itself": _block(
            add=lambda x, norm, f: norm(x) + f(norm(x))
        ),
        "nothing is added to x: a residual connection is x + f(norm(x))": _block(
            add=lambda x, norm, f: f(norm(x))
        ),
        "the norm stands after the sum: Llama normalizes what enters a sublayer": (
            _block(add=lambda x, norm, f: norm(x + f(x)))
        ),
        "the norm stands after the sublayer: Llama normalizes what enters it": _block(
            add=lambda x, norm, f: x + norm(f(x))
        ),
        "nothing is normalized": _block(norm=lambda x, weight: x),
        "the mean was subtracted: that is LayerNorm": _block(norm=_layer_norm),
        "one norm served both sublayers: each has its own": (
            _block(norms=("attention_norm", "attention_norm")),
            _block(norms=("feed_forward_norm", "feed_forward_norm")),
        ),
        "the norms are swapped": _block(norms=("feed_forward_norm", "attention_norm")),
        "both sublayers read x: the feed-forward layer reads what attention has added "
        "to": _parallel,
        "gate and up are swapped: SiLU belongs to the gate": _block(
            gate=lambda gate, up: gate * F.silu(up)
        ),
        "the gate goes through GELU or ReLU: Llama's goes through SiLU": (
            _block(gate=lambda gate, up: F.gelu(gate) * up),
            _block(gate=lambda gate, up: F.gelu(gate, approximate="tanh") * up),
            _block(gate=lambda gate, up: gate.relu() * up),
        ),
        "sigmoid alone makes GLU: SiLU is x times sigmoid(x)": _block(
            gate=lambda gate, up: gate.sigmoid() * up
        ),
        "the gate has no activation function: it goes through SiLU": _block(
            gate=lambda gate, up: gate * up
        ),
        "the gate is missing: SiLU(gate) multiplies up": (
            _block(gate=lambda gate, up: F.silu(up)),
            _block(gate=lambda gate, up: up),
        ),
        "up is missing: SiLU(gate) multiplies it": _block(
            gate=lambda gate, up: F.silu(gate)
        ),
        "the groups alternate: neighboring heads share keys (repeat_interleave)": (
            _block(_attend(share=lambda k, n: k.repeat(1, n, 1, 1)))
        ),
        "the heads were not transposed back before they were joined": _block(
            _attend(join=lambda mixed: mixed.reshape(len(mixed), mixed.shape[2], -1))
        ),
        "the output projection of attention is missing": _block(
            _attend(project=lambda joined, weight: joined)
        ),
        "the output projection is transposed: nn.Linear computes x @ w.T": _block(
            _attend(project=lambda joined, weight: joined @ weight)
        ),
        "the scores were not divided by sqrt(d_head)": _block(_attend(scale=1.0)),
    },
    verdict="Norms, rotation, mask, shared keys, gate and both sums are in their "
    "places.",
)
"""A whole Llama block."""
