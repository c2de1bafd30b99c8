"""Checkers of the lesson on the first Transformer: its loss, and writing."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from llm_foundations.exercises.checking import (
    Function,
    checker,
    refuse,
    require,
    returned,
    same,
    shape_of,
)

_PAD, _START, _END = 0, 1, 2
_SENTENCE = [5, 7, 5, 9, _END]
_VOCAB_SIZE = 12


@checker("Shifted by one, over real tokens alone.")
def check_translation_loss(translation_loss: Function) -> None:
    """Check the loss of teacher forcing on a batch.

    Args:
        translation_loss: Takes `model, source_ids, target_ids`: the model maps source
            ids, decoder ids and a mask of the source (B, 1, S) to logits (B, T, V),
            each target stands between start (1) and end (2), both sides are filled
            up with 0; returns the mean loss, as a tensor that can be differentiated.
    """
    source = torch.tensor([[3, 4, 5], [6, _PAD, _PAD]])
    target = torch.tensor([[_START, 5, 6, 7, _END], [_START, 8, _END, _PAD, _PAD]])
    loss = _loss_of(translation_loss, source.clone(), target.clone())
    is_number = isinstance(loss, Tensor | float | int)
    require(
        is_number and torch.as_tensor(loss).ndim == 0,
        f"the loss is one number, got {shape_of(loss)}",
    )
    _explain_loss(torch.as_tensor(loss).detach(), source, target)
    require(
        isinstance(loss, Tensor) and loss.requires_grad,
        "it has no gradient to train with: no item(), detach() or no_grad()",
    )


def _loss_of(translation_loss: Function, source: Tensor, target: Tensor) -> Any:
    given = (_model, source, target)
    try:
        return returned(translation_loss, *given, when="with two pairs")
    except AssertionError as error:
        require(
            "Expected target size" not in str(error),
            "cross_entropy wants the scores of the words on the second axis: logits.mT",
        )
        raise


def _model(
    source_ids: Tensor,
    target_ids: Tensor,
    source_mask: Tensor | None = None,
    mask: Tensor | None = None,  # of the target; no place here reads another
) -> Tensor:
    """Score words by the one that is read and by the whole source."""
    n_rows, n_source = source_ids.shape
    visible = torch.ones(n_rows, 1, n_source).bool()
    if source_mask is not None:
        if (source_mask.dtype, source_mask.shape) != (torch.bool, visible.shape):
            raise ValueError(
                f"source_mask should be bool and {tuple(visible.shape)}, got "
                f"{source_mask.dtype} and {tuple(source_mask.shape)}"
            )
        visible = source_mask
    table = torch.randn(9, 9, generator=torch.Generator().manual_seed(0))
    table.requires_grad_()
    memory = (table.T[source_ids] * visible.mT).sum(dim=1, keepdim=True)
    return table[target_ids] + memory


def _explain_loss(loss: Tensor, source: Tensor, target: Tensor) -> None:
    is_real = (source != _PAD)[:, None]
    for mask in (is_real, None, ~is_real):
        for mistake, wrong in _wrong_losses(source, target, mask):
            refuse(loss, {mistake: wrong})

    def masked_by(mask: Tensor | None) -> Tensor:
        each = _surprisals(source, target[:, :-1], target[:, 1:], mask)
        return _mean(each, target[:, 1:] != _PAD)

    masks = {
        "the padding of the source is read: hand the model source_mask": None,
        "source_mask is upside down: True where a token is real": ~is_real,
    }
    refuse(loss, {mistake: masked_by(mask) for mistake, mask in masks.items()})
    right = masked_by(is_real)
    require(same(right, loss), f"the mean loss is {right:.3f}, got {loss:.3f}")


def _wrong_losses(
    source: Tensor, target: Tensor, mask: Tensor | None
) -> list[tuple[str, Tensor]]:
    """Return what there is to say about known mistakes, and what they lead to."""
    read, to_write = target[:, :-1], target[:, 1:]
    each, real = _surprisals(source, read, to_write, mask), to_write != _PAD
    copied = _surprisals(source, target, target, mask)
    backwards = _surprisals(source, to_write, read, mask)
    not_shifted = (
        "the targets are not shifted: the decoder reads the word that it has to write"
    )
    wrong_way = "shifted the wrong way: it reads a word and has to write the one before"
    no_end = "the end token is left out: it has to be written too"
    return [
        (not_shifted, _mean(copied, target != _PAD)),
        (not_shifted, copied.mean()),
        (wrong_way, _mean(backwards, read != _PAD)),
        (wrong_way, backwards.mean()),
        ("the padding is counted: leave out the targets that are 0", each.mean()),
        ("that is the sum: divide by the real targets", each[real].sum()),
        (
            "the padding is counted in the divisor: divide by the real targets alone",
            (each * real).mean(),
        ),
        (no_end, _mean(each, real & (to_write != _END))),
        (no_end, _mean(each[:, :-1], real[:, :-1])),
        (
            "every sentence counts the same: let every word count the same",
            ((each * real).sum(1) / real.sum(1)).mean(),
        ),
    ]


def _surprisals(
    source: Tensor, read: Tensor, to_write: Tensor, mask: Tensor | None
) -> Tensor:
    logits = _model(source, read, mask).detach()
    return F.cross_entropy(logits.mT, to_write, reduction="none")


def _mean(each: Tensor, counted: Tensor) -> Tensor:
    return each[counted].mean()


@checker("It writes the best word each time, and knows when to stop.")
def check_write(write: Function) -> None:
    """Check greedy writing.

    Args:
        write: Takes `next_scores`, a function from the ids so far, the start token
            first, to a score for each word; `start_id`, `end_id` and
            `max_new_tokens`. Returns the ids written, the end token included.
    """
    for limit in (10, 3):
        asked: list[list[int]] = []

        def next_scores(ids: Any, asked: list[list[int]] = asked) -> Tensor:
            so_far: list[int] = torch.as_tensor(ids).flatten().tolist()
            asked.append(so_far)
            # To ask twice is no mistake, so only far more questions are too many.
            if len(so_far) > 40 or len(asked) > 5000:
                _explain_asked(asked)
                raise RuntimeError("it never stops: count the new tokens")
            return _scores(so_far)

        given = (next_scores, _START, _END, limit)
        found = returned(write, *given, when=f"with at most {limit}")
        _explain_asked(asked)
        _explain_written(_ids(found), limit)


def _ids(found: Any) -> list[int]:
    try:
        ids: list[int] = torch.as_tensor(found).flatten().tolist()
    except (TypeError, ValueError, RuntimeError) as error:
        raise AssertionError(f"return a list of ids, got {found}") from error
    return ids


def _scores(so_far: list[int]) -> Tensor:
    """Score the next word of the sentence best, the one after it second."""
    is_known = so_far[:1] == [_START] and so_far[1:] == _SENTENCE[: len(so_far) - 1]
    scores = torch.linspace(0.0, 0.1, _VOCAB_SIZE)
    best = _SENTENCE[len(so_far) - 1] if is_known and len(so_far) <= 5 else 4
    scores[best] = 3.0
    return scores


def _explain_asked(asked: list[list[int]]) -> None:
    require(asked, "next_scores was never asked")
    require(
        asked[0] == [_START],
        f"the first question must be [start], got {asked[0]}",
    )
    for ids in asked:
        require(
            len(ids) > 1 or ids == [_START],
            "the decoder was shown the last word alone: show it all words so far",
        )
        require(
            ids[0] == _START,
            f"the start token stands first in every question, got {ids}",
        )


def _explain_written(written: list[int], limit: int) -> None:
    expected = _SENTENCE[:limit]
    require(written != [_START, *expected], "the start token was given, not written")
    require(
        limit < 10 or written != expected[:-1], "the end token is missing at the end"
    )
    require(
        written[: len(expected)] != expected or len(written) <= len(expected),
        "it goes on after the end token"
        if limit == 10
        else f"{len(written)} tokens were written, {limit} were allowed",
    )
    require(
        expected[: len(written)] != written or len(written) == len(expected),
        f"it stopped after {len(written)} of {len(expected)} tokens",
    )
    require(written == expected, f"the best words are {expected}, it wrote {written}")
