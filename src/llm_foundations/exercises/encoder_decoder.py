"""Checkers of the lesson on the first Transformer."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from llm_foundations.exercises.checking import (
    Function,
    call,
    checker,
    require,
    same,
    shape_of,
)
from llm_foundations.layers.attention import scaled_dot_product_attention


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
        ("logits", (b, t, c)): "the head turns a vector into scores of all words: V",
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


@checker("The target asks, the source answers, and its filling is never read.")
def check_cross_attention(cross_attention: Function) -> None:
    """Check attention from one sequence to another, for one head.

    Args:
        cross_attention: Takes `x` (B, T, C), `source` (B, S, C), three matrices
            (C, C) to the right of what they multiply, and `source_mask` (B, 1, S);
            returns the mixed values (B, T, C) and the weights (B, T, S).
    """
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, 3, 8, generator=generator)
    source = torch.randn(2, 5, 8, generator=generator)
    matrices = list(torch.randn(3, 8, 8, generator=generator) / 2)
    mask = torch.arange(5) < torch.tensor([4, 3])[:, None, None]
    result = call(
        cross_attention, x, source, *matrices, mask, when="with 3 and 5 places"
    )
    is_pair = isinstance(result, tuple | list) and len(result) == 2
    require(is_pair, "return two tensors: the mixed values and the weights")
    mixed, weights = result
    _explain_weights(weights, x, source, matrices, mask)
    w_v, weights = matrices[2], weights.to(source.dtype)
    require(
        shape_of(mixed) == (2, 3, 8),
        f"each of the 3 places of x gets 8 numbers: (2, 3, 8), got {shape_of(mixed)}",
    )
    require(not same(weights @ source, mixed), "mix the values source @ w_v")
    require(same(weights @ (source @ w_v), mixed), "the mixed values are wrong")


def _explain_weights(
    weights: Any, x: Tensor, source: Tensor, matrices: list[Tensor], mask: Tensor
) -> None:
    w_q, w_k, _ = matrices
    require(
        shape_of(weights) != (2, 3, 3),
        "3 by 3 weights: x reads itself; the keys must come from the source",
    )
    require(
        shape_of(weights) != (2, 5, 3),
        "5 by 3 weights: the source asks; the queries must come from x",
    )
    require(
        shape_of(weights) == (2, 3, 5),
        f"3 places ask 5: the weights are (2, 3, 5), got {shape_of(weights)}",
    )

    def attended(scale: float, visible: Tensor | None) -> Tensor:
        q, k = x @ w_q * scale, source @ w_k
        return scaled_dot_product_attention(q, k, k, visible)[1]

    require(not weights.isnan().any(), "a weight is not a number")
    require(
        not same(attended(1, None), weights),
        "the filling is read: set its scores to minus infinity",
    )
    require(
        not same(attended(1, ~mask), weights),
        "the mask is upside down: True means may attend",
    )
    require(
        not same(attended(1, None) * mask, weights),
        "the filling was taken out after softmax: the rows no longer add up to 1",
    )
    require(
        not same(attended(8**0.5, mask), weights),
        "the scores were not divided by the root of 8",
    )
    require(same(attended(1, mask), weights), "the weights differ from PyTorch's")


@checker("Shifted by one, over real tokens alone.")
def check_translation_loss(translation_loss: Function) -> None:
    """Check the loss of teacher forcing on a batch.

    Args:
        translation_loss: Takes `model, source_ids, target_ids`: the model maps
            source and decoder ids to logits (B, T, V), each target stands between
            start (1) and end (2) and is filled up with 0; returns the mean loss.
    """
    generator = torch.Generator().manual_seed(0)
    table = torch.randn(9, 9, generator=generator)

    def model(source_ids: Tensor, decoder_ids: Tensor, *_masks: Any) -> Tensor:
        source_part: Tensor = table.T[source_ids] * (source_ids > 0)[..., None]
        read: Tensor = table[decoder_ids]
        return read + source_part.sum(dim=1, keepdim=True)

    source = torch.tensor([[3, 4, 5], [6, 0, 0]])
    target = torch.tensor([[1, 5, 6, 7, 2], [1, 8, 2, 0, 0]])
    loss = call(translation_loss, model, source, target, when="with two pairs")
    loss = torch.as_tensor(loss, dtype=torch.float32).detach()
    require(shape_of(loss) == (), f"the loss is one number, got {shape_of(loss)}")
    _explain_loss(loss, model, source, target)


def _explain_loss(
    loss: Tensor, model: Function, source: Tensor, target: Tensor
) -> None:
    read, to_write = target[:, :-1], target[:, 1:]

    def surprisal(read: Tensor, to_write: Tensor, **settings: Any) -> Tensor:
        return F.cross_entropy(model(source, read).mT, to_write, **settings)

    require(
        not same(surprisal(target, target, ignore_index=0), loss)
        and not same(surprisal(target, target), loss),
        "the targets are not shifted: the decoder reads the word that it has to write",
    )
    require(
        not same(surprisal(to_write, read, ignore_index=0), loss)
        and not same(surprisal(to_write, read), loss),
        "shifted the wrong way: it reads a word and has to write the one before",
    )
    require(
        not same(surprisal(read, to_write), loss),
        "the filling is counted: leave out the targets that are 0",
    )
    summed = surprisal(read, to_write, ignore_index=0, reduction="sum")
    require(not same(summed, loss), "that is the sum: divide by the real targets")
    each = surprisal(read, to_write, ignore_index=0, reduction="none")
    by_sentence = (each.sum(1) / (to_write > 0).sum(1)).mean()
    require(
        not same(by_sentence, loss),
        "every sentence counts the same: let every word count the same",
    )
    right = surprisal(read, to_write, ignore_index=0)
    require(same(right, loss), f"the mean loss is {right:.3f}, got {loss:.3f}")
