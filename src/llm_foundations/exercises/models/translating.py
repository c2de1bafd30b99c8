"""The exercises of the lesson on the encoder-decoder: its loss, and writing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence

from llm_foundations.exercises.exercise import Case, Exercise, Function, case

_PAD, _START, _END = 0, 1, 2


@dataclass(frozen=True)
class _Model:
    """Scores words by the one that is read and by the whole source."""

    n_words: int

    def __call__(
        self,
        source_ids: Tensor,
        target_ids: Tensor,
        source_mask: Tensor | None = None,
        mask: Tensor | None = None,  # of the target; no position reads another
    ) -> Tensor:
        shape = (len(source_ids), 1, source_ids.shape[1])
        visible = torch.ones(shape).bool() if source_mask is None else source_mask
        if (visible.dtype, visible.shape) != (torch.bool, shape):
            raise ValueError(
                f"source_mask should be bool and {shape}, got {visible.dtype} and "
                f"{tuple(visible.shape)}"
            )
        generator = torch.Generator().manual_seed(self.n_words)
        table = torch.randn(self.n_words, self.n_words, generator=generator)
        table.requires_grad_()
        memory = (table.T[source_ids] * visible.mT).sum(dim=1, keepdim=True)
        return table[target_ids] + memory


def _real(mask: Tensor) -> Tensor | None:
    return mask


_MASKS: tuple[Callable[[Tensor], Tensor | None], ...] = (
    _real,
    lambda mask: None,
    lambda mask: ~mask,
)


def _loss(
    pair: Function = lambda target: (target[:, :-1], target[:, 1:]),
    reduce: Function = lambda each, real, to_write: each[real].mean(),
    scores: Callable[[Tensor], Tensor] = lambda logits: logits.mT,
    mask: Callable[[Tensor], Tensor | None] = _real,
    **settings: Any,
) -> Function:
    """Return the loss of teacher forcing, with one or more of its steps replaced."""

    def translation_loss(model: Any, source_ids: Tensor, target_ids: Tensor) -> Any:
        read, to_write = pair(target_ids)
        logits = model(source_ids, read, mask((source_ids != _PAD)[:, None]))
        given = {"reduction": "none", **settings}
        each = F.cross_entropy(scores(logits), to_write, **given)
        return reduce(each, to_write != _PAD, to_write)

    return translation_loss


def _any_mask(*steps: Any, **settings: Any) -> tuple[Function, ...]:
    """Return a mistake three times: the mask may be right, missing, or inverted."""
    return tuple(_loss(*steps, **{**settings, "mask": mask}) for mask in _MASKS)


def _all(each: Tensor, real: Tensor, to_write: Tensor) -> Tensor:
    return each.mean()


def _copied(target: Tensor) -> tuple[Tensor, Tensor]:
    return target, target


def _backwards(target: Tensor) -> tuple[Tensor, Tensor]:
    return target[:, 1:], target[:, :-1]


def _texts(rows: Sequence[Sequence[int]]) -> Tensor:
    return pad_sequence([torch.tensor(row) for row in rows], batch_first=True)


def _pairs(
    n_words: int,
    source: Sequence[Sequence[int]],
    target: Sequence[Sequence[int]],
    why: str = "",
) -> Case:
    """Return a case with pairs of texts, padded; the targets start and end."""
    s, t = _texts(source), _texts([[_START, *row, _END] for row in target])
    sizes = {"B": len(s), "S": s.shape[1], "U": t.shape[1]}
    when = f"with a batch of {len(s)} pairs"
    return Case((_Model(n_words), s, t), sizes, when, why)


check_translation_loss = Exercise(
    "check_translation_loss",
    right=_loss(),
    cases=[
        _pairs(9, [[3, 4, 5], [6]], [[5, 6, 7], [8]]),
        _pairs(11, [[3, 9], [6], [10, 4, 8, 5]], [[9, 4, 3, 10], [8, 5], [7]]),
        # As many words in the vocabulary as to write: confused axes raise no error.
        _pairs(6, [[3, 4], [5], [4], [3, 5, 5]], [[4, 3, 5, 5, 3], [3], [5, 4], [4]]),
    ],
    mistakes={
        "the targets are not shifted: the decoder reads the word that it has to "
        "write": (*_any_mask(_copied), *_any_mask(_copied, _all)),
        "shifted the wrong way: it reads a word and has to write the one before": (
            *_any_mask(_backwards),
            *_any_mask(_backwards, _all),
        ),
        "the padding is counted: leave out the targets that are 0": _any_mask(
            reduce=_all
        ),
        "that is the sum: divide by the number of real targets": _any_mask(
            reduce=lambda each, real, to_write: each[real].sum()
        ),
        "that is a loss for each token: return their mean": (
            *_any_mask(reduce=lambda each, real, to_write: each * real),
            *_any_mask(reduce=lambda each, real, to_write: each),
        ),
        "the padding is counted in the divisor: divide by the real targets alone": (
            _any_mask(reduce=lambda each, real, to_write: (each * real).mean())
        ),
        "the end token is left out: it has to be written, too": (
            *_any_mask(
                reduce=lambda each, real, to_write: each[to_write > _END].mean()
            ),
            *_any_mask(lambda target: (target[:, :-2], target[:, 1:-1])),
        ),
        "every sentence counts the same: let every word count the same": _any_mask(
            reduce=lambda each, real, to_write: (
                (each * real).sum(1) / real.sum(1)
            ).mean()
        ),
        "the padding of the source is read: hand the model source_mask": _loss(
            mask=_MASKS[1]
        ),
        "source_mask is upside down: True where a token is real": _loss(mask=_MASKS[2]),
        "reshape mixes words and positions: cross_entropy wants the scores of the "
        "words on the second axis, logits.mT": _any_mask(
            scores=lambda logits: logits.reshape(
                len(logits), logits.shape[2], logits.shape[1]
            )
        ),
        "cross_entropy wants the scores of the words on the second axis: logits.mT": (
            _any_mask(scores=lambda logits: logits)
        ),
        "cross_entropy takes logits: it applies softmax itself": _any_mask(
            scores=lambda logits: logits.softmax(-1).mT
        ),
        "label smoothing was not asked for": _any_mask(label_smoothing=0.1),
        "that is the perplexity: the loss is its logarithm": _any_mask(
            reduce=lambda each, real, to_write: each[real].mean().exp()
        ),
    },
    properties={
        "it has no gradient to train with: no item(), detach() or no_grad()": (
            lambda loss, *given: loss.requires_grad,
            torch.no_grad()(_loss()),
            lambda *given: _loss()(*given).item(),
        ),
    },
    verdict="Shifted by one, over real tokens alone.",
)
"""The loss of teacher forcing on a batch."""


@dataclass
class _Scores:
    """Scores the next word of a sentence best, and notes what it was asked."""

    start_id: int
    sentence: Sequence[int]
    asked: list[list[int]] = field(default_factory=list)

    def __call__(self, ids: Any) -> Tensor:
        so_far: list[int] = torch.as_tensor(ids).flatten().tolist()
        self.asked.append(so_far)
        # To ask twice is no mistake, so only far more questions are too many.
        if len(so_far) > 40 or len(self.asked) > 5000:
            raise RuntimeError("it never stops: count the new tokens")
        written = [self.start_id, *self.sentence[:-1]]
        scores = torch.linspace(0.0, 0.1, 12)
        if so_far == written[: len(so_far)] and so_far:
            scores[self.sentence[len(so_far) - 1]] = 3.0
        elif len(self.asked) > 50:  # let an endless loop find what it waits for
            scores[self.sentence[-1]] = 3.0
        return scores


def _asked(holds: Callable[[list[int], int], bool]) -> Function:
    """Return the property that something holds for every question."""

    def check(ids: Any, scores: _Scores, start_id: int, *rest: int) -> bool | str:
        wrong = [asked for asked in scores.asked if not holds(asked, start_id)]
        return not wrong or f"{wrong[0]}"

    return check


def _writing(
    stop: bool = True,
    shown: Callable[[list[int]], list[int]] = lambda ids: ids,
    limit: Callable[[int], int] = lambda n: n,
    best: Callable[[Tensor], Tensor] = torch.argmax,
    returned: Callable[[list[int], int], list[int]] = lambda ids, end: ids[1:],
) -> Function:
    """Return greedy decoding, with one or more of its steps replaced."""

    def write(
        next_scores: Function, start_id: int, end_id: int, max_new_tokens: int
    ) -> list[int]:
        ids = [start_id]
        for _ in range(limit(max_new_tokens)):
            ids.append(int(best(next_scores(shown(ids)))))
            if stop and ids[-1] == end_id:
                break
        return returned(ids, end_id)

    return write


def _from_nothing(
    next_scores: Function, start_id: int, end_id: int, max_new_tokens: int
) -> list[int]:
    ids = list[int]()
    while len(ids) < max_new_tokens and end_id not in ids:
        ids.append(int(next_scores(ids or [end_id]).argmax()))
    return ids


check_write = Exercise(
    "check_write",
    right=_writing(),
    cases=[
        case(_Scores(1, [5, 7, 5, 9, 2]), 1, 2, 10, when="with at most 10 tokens"),
        case(_Scores(1, [5, 7, 5, 9, 2]), 1, 2, 3, when="with at most 3 tokens"),
        case(_Scores(4, [8, 1, 6]), 4, 6, 9, when="with start 4 and end 6"),
        case(_Scores(3, [9, 2, 8, 5]), 3, 5, 4, when="with exactly enough tokens"),
    ],
    mistakes={
        "it goes on after the end token": _writing(stop=False),
        "the start token was given, not written": _writing(
            returned=lambda ids, end: ids
        ),
        "the end token is part of what is returned": _writing(
            returned=lambda ids, end: [i for i in ids[1:] if i != end]
        ),
        "the last token that is written is missing": _writing(
            returned=lambda ids, end: ids[1:-1]
        ),
        "more than max_new_tokens were written": (
            _writing(limit=lambda n: 99),
            _writing(limit=lambda n: n + 1),
        ),
        "max_new_tokens does not count the start token": _writing(
            limit=lambda n: n - 1
        ),
        "these are the second best words: take the best": _writing(
            best=lambda scores: scores.topk(2).indices[1]
        ),
        "these are the worst words: take the best": _writing(best=torch.argmin),
    },
    properties={
        "next_scores was never asked": (
            lambda ids, scores, *rest: len(scores.asked) > 0,
            lambda next_scores, start_id, end_id, max_new_tokens: [5, 7, 5, 9, 2],
        ),
        "the first question must be [start_id], got {}": (
            lambda ids, scores, start_id, *rest: (
                scores.asked[0] == [start_id] or f"{scores.asked[0]}"
            ),
            _from_nothing,
        ),
        "the decoder was shown {} alone: show it all words so far": (
            _asked(lambda asked, start_id: len(asked) > 1 or asked == [start_id]),
            _writing(shown=lambda ids: ids[-1:]),
        ),
        "the start token stands first in every question, got {}": (
            _asked(lambda asked, start_id: asked[0] == start_id),
            _writing(shown=lambda ids: ids[len(ids) > 2 :]),
            _writing(shown=lambda ids: ids[-2:]),
        ),
    },
    verdict="It writes the best word each time, and knows when to stop.",
)
"""Greedy decoding."""
