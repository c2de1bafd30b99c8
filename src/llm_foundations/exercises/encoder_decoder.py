"""Checkers of the lesson on the first Transformer: its shapes, parts and size."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from llm_foundations.exercises.checking import (
    Function,
    call,
    checker,
    refuse,
    require,
    returned,
    same,
    shape_of,
)
from llm_foundations.layers.attention import scaled_dot_product_attention
from llm_foundations.models.encoder_decoder import EncoderDecoder, EncoderDecoderConfig


@checker("The encoder knows no T, the decoder reads T by T and then T by S.")
def check_tensor_shapes(tensor_shapes: Function) -> None:
    """Check the shapes of four tensors of a forward pass.

    Args:
        tensor_shapes: Takes `n_batch, n_source, n_target, d_model, n_heads,
            vocab_size`; returns the shapes of `memory`, `self_weights`,
            `cross_weights` and `logits` by these names.
    """
    b, s, t, c, h, v = given = (2, 6, 8, 32, 4, 50)
    shapes: Any = call(tensor_shapes, *given, when=f"with {given}")
    names = {"memory", "self_weights", "cross_weights", "logits"}
    require(
        isinstance(shapes, dict) and set(shapes) == names,
        f"the names are {sorted(names)}",
    )
    found = {name: tuple(shape) for name, shape in shapes.items()}
    mistakes = {
        ("memory", (b, t, c)): "the encoder never sees the target: S, not T, places",
        ("self_weights", (b, h, s, s)): "the decoder reads its own T places: T by T",
        ("self_weights", (b, t, t)): "every head has weights of its own",
        ("cross_weights", (b, h, s, t)): "a row for each place that asks: T by S",
        ("cross_weights", (b, h, t, t)): "cross-attention reads the source: T by S",
        ("logits", (b, t, c)): "a vector is turned into scores of all words: V",
        ("logits", (b, s, v)): "scores are given at the places of the target: T",
    }
    for (name, shape), mistake in mistakes.items():
        require(found[name] != shape, f"{name}: {mistake}")
    right = {
        "memory": (b, s, c),
        "self_weights": (b, h, t, t),
        "cross_weights": (b, h, t, s),
        "logits": (b, t, v),
    }
    for name, shape in right.items():
        require(found[name] == shape, f"{name} should be {shape}, got {found[name]}")


@checker("The target asks, the source answers, and its padding is never read.")
def check_cross_attention(cross_attention: Function) -> None:
    """Check attention from one sequence to another, for one head.

    Args:
        cross_attention: Takes `x` (B, T, C), `source` (B, S, C), three matrices
            (C, C) to the right of what they multiply, and `source_mask` (B, 1, S);
            returns the mixed values (B, T, C) and the weights (B, T, S).
    """
    generator = torch.Generator().manual_seed(0)
    source = torch.randn(2, 5, 8, generator=generator)
    matrices = torch.randn(3, 8, 8, generator=generator).div(2).unbind()
    mask = torch.arange(5) < torch.tensor([4, 3])[:, None, None]
    # As many places as the source has: confused sides then differ in numbers alone.
    for n in (5, 3):
        x = torch.randn(2, n, 8, generator=generator)
        given = (x, source, *matrices, mask)
        result = returned(cross_attention, *given, when=f"with {n} and 5 places")
        is_pair = isinstance(result, tuple | list) and len(result) == 2
        require(is_pair, "return two tensors: the mixed values and the weights")
        mixed, weights = result
        require(
            (shape_of(mixed), shape_of(weights)) != ((2, n, 5), (2, n, 8)),
            "wrong order: the mixed values come first, then the weights",
        )
        require(
            shape_of(weights) == (2, n, 5),
            f"{n} places ask 5: the weights are (2, {n}, 5), got {shape_of(weights)}",
        )
        require(
            shape_of(mixed) == (2, n, 8),
            f"{n} places get 8 numbers: (2, {n}, 8), got {shape_of(mixed)}",
        )
        _explain_weights(weights, x, source, matrices, mask)
        _explain_mixed(mixed, weights.to(x.dtype), x, source, matrices)


def _explain_weights(
    weights: Tensor, x: Tensor, source: Tensor, matrices: Sequence[Tensor], mask: Tensor
) -> None:
    w_q, w_k, _ = matrices
    q, k = x @ w_q, source @ w_k
    scores = q @ k.mT / 8**0.5
    if len(x[0]) == len(source[0]):
        for hidden in (~mask, torch.tensor(False)):
            refuse(weights, _confused(x, source, matrices, hidden))

    def weigh(q: Tensor, k: Tensor, visible: Tensor = mask) -> Tensor:
        return scaled_dot_product_attention(q, k, k, visible)[1]

    mistakes = {
        "the padding is read: set its scores to minus infinity": scores.softmax(-1),
        "the mask is upside down: True means may attend": weigh(q, k, ~mask),
        "the padding was taken out after softmax: the rows no longer add up to "
        "1": scores.softmax(-1) * mask,
        "a score of 0 is still read: set that of the padding to minus infinity": (
            scores * mask
        ).softmax(-1),
        "the mask was added to the scores, as 1 and 0: set them to minus infinity "
        "where it is False": (scores + mask).softmax(-1),
        "the scores were not divided by the root of 8": weigh(q * 8**0.5, k),
        "the scores were divided by 8, not by its root": weigh(q / 8**0.5, k),
        "the matrices were transposed, as in nn.Linear: here it is x @ w_q": weigh(
            x @ w_q.mT, source @ w_k.mT
        ),
    }
    refuse(weights, mistakes)
    require(
        same(torch.ones(weights.shape[:2]), weights.sum(-1)),
        "each row of weights must add up to 1: softmax over the last axis, dim=-1",
    )
    require(same(weigh(q, k), weights), "the weights differ from PyTorch's")


def _confused(
    x: Tensor, source: Tensor, matrices: Sequence[Tensor], hidden: Tensor
) -> dict[str, Tensor]:
    """Return the weights if the wrong side asks or answers."""
    sides = {
        "x reads itself: the keys must come from the source": (x, x),
        "the source reads itself: the queries must come from x": (source, source),
        "the source asks: the queries must come from x": (source, x),
    }
    w_q, w_k, _ = matrices
    return {
        mistake: ((asks @ w_q) @ (answers @ w_k).mT / 8**0.5)
        .masked_fill(hidden, -torch.inf)
        .softmax(-1)
        for mistake, (asks, answers) in sides.items()
    }


def _explain_mixed(
    mixed: Tensor,
    weights: Tensor,
    x: Tensor,
    source: Tensor,
    matrices: Sequence[Tensor],
) -> None:
    _, w_k, w_v = matrices
    mistakes = {
        "mix the values, source @ w_v, not the source": source,
        "the values come from the source, not from x": x @ w_v,
        "the keys were mixed: mix the values, source @ w_v": source @ w_k,
    }
    refuse(mixed, {m: weights @ v for m, v in mistakes.items() if v.shape[1] == 5})
    require(same(weights @ (source @ w_v), mixed), "the mixed values are wrong")


@checker("Embedding, attention, feed-forward layers and norms: it equals the model.")
def check_count_transformer(count_transformer: Function) -> None:
    """Check the number of parameters of an encoder-decoder.

    Args:
        count_transformer: Takes `vocab_size, d_model, n_layers, d_ff`; returns the
            number of parameters, with one shared embedding, biases in attention
            and feed-forward layers, and no norm after the last block.
    """
    for given in ((50, 12, 2, 20), (7, 8, 3, 30)):
        v, c, n, f = given
        model = EncoderDecoder(EncoderDecoderConfig(v, c, n, n_heads=2, d_ff=f))
        right = sum(p.numel() for p in model.parameters())
        names = "vocab_size={}, d_model={}, n_layers={}, d_ff={}".format(*given)
        count = returned(count_transformer, *given, when=f"with {names}")
        difference = f"with {names} it has {right} parameters, you count {count}"
        mistake = _miscounts(v, c, n, f).get(int(count) - right)
        require(count == right, mistake or difference)


def _miscounts(v: int, c: int, n: int, f: int) -> dict[int, str]:
    """Name known mistakes by how far they lead away from the right number."""
    attention, feed_forward, norm = 4 * (c * c + c), 2 * c * f + f + c, 2 * c
    encoder = attention + feed_forward + 2 * norm
    decoder = encoder + attention + norm
    away = {
        v * c: "the embedding is counted twice: source, target and output share it",
        2 * v * c: "the embedding is counted three times: all share one",
        -v * c: "the embedding is missing",
        2 * norm: "two norms too many: post-norm needs none at the end",
        -(n - 1) * (encoder + decoder): "n_layers is left out: one block is counted",
    }
    away_in_each_pair = {
        decoder: "the decoder is missing: n_layers blocks on each side",
        encoder: "the encoder is missing: n_layers blocks on each side",
        attention + norm: "both sides have the same block: the decoder's has a second "
        "attention and a third norm",
        attention: "the decoder has two attentions, not one",
        3 * attention: "attention is missing",
        2 * feed_forward: "the feed-forward layers are missing: one in every block",
        norm: "a block of the decoder has three norms, not two",
        5 * norm: "the norms are missing: an encoder block has two, a decoder block "
        "three",
        5 * c: "a norm has a weight and a bias for each number",
        3 * 4 * c: "attention has biases too: four times d_model",
        2 * (f + c): "feed-forward layers have biases: d_ff and d_model",
        3 * 4 * c + 2 * (f + c): "no bias is counted",
    }
    return away | {-n * short: said for short, said in away_in_each_pair.items()}
