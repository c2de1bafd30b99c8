"""What a model is asked to predict: token ids in, inputs, targets and loss mask out.

An objective is a plain function. Give it to the
[`Trainer`][llm_foundations.training.loop.Trainer], with its settings filled in by
`functools.partial`. Those that draw at random take a generator; without one they
use PyTorch's own, whose state every checkpoint keeps.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F

from llm_foundations.checks import check_integer, check_number
from llm_foundations.training.objectives.span_corruption import with_sentinels

IGNORED = -100
"""The target of a prediction that does not count, as in `F.cross_entropy`."""


class LMBatch(NamedTuple):
    """One batch as the loop needs it."""

    inputs: tuple[Tensor, ...]
    """What the model is called with, in this order; token ids come first."""
    targets: Int[Tensor, "*batch"]
    """The right id for each row of logits."""
    loss_mask: Bool[Tensor, "*batch"]
    """True where the prediction counts."""


Objective = Callable[[Tensor], LMBatch]
"""A function from a batch of token ids to an example."""
Loss = Callable[[Tensor, Tensor, Tensor], Tensor]
"""A function from logits, targets and loss mask to the mean loss."""


def causal_lm(token_ids: Int[Tensor, "B S"], pad_id: int | None = None) -> LMBatch:
    """Predict each token from those before it.

    Args:
        token_ids: Rows that are one longer than what the model reads.
        pad_id: The id whose prediction does not count; None if rows are full.

    Returns:
        The inputs are all but the last column, the targets all but the first.

    Raises:
        ValueError: If the ids are not rows of at least two.

    Examples:
        >>> example = causal_lm(torch.tensor([[5, 6, 7]]))
        >>> example.inputs[0].tolist(), example.targets.tolist()
        ([[5, 6]], [[6, 7]])
    """
    _check_rows(token_ids, least=2)
    targets = token_ids[:, 1:]
    counts = torch.ones_like(targets, dtype=torch.bool)
    if pad_id is not None:
        counts = targets != pad_id
    return LMBatch((token_ids[:, :-1],), targets, counts)


def masked_lm(  # noqa: PLR0913
    token_ids: Int[Tensor, "B T"],
    mask_id: int,
    vocab_size: int,
    *,
    rate: float = 0.15,
    special: Bool[Tensor, "B T"] | None = None,
    words: Int[Tensor, "B T"] | None = None,
    generator: torch.Generator | None = None,
) -> LMBatch:
    """Predict hidden tokens from both sides.

    Of the chosen positions 80% show the mask, 10% a random token and 10% what
    stood there, so that the model may trust no token it sees.

    Args:
        token_ids: The text.
        mask_id: The id of the mask token.
        vocab_size: Random tokens are drawn from 0 up to this.
        rate: The share of positions to choose.
        special: True where a token is never chosen (padding, `[CLS]`, `[SEP]`).
        words: The number of each token's word in its row, from 0. If given, words
            are chosen whole.
        generator: The source of randomness.

    Raises:
        ValueError: If `rate` is not at least 0 and less than 1, or `special` or `words`
            is not of the shape of `token_ids`.

    Reference:
        Devlin et al. (2019), section 3.1, <https://arxiv.org/abs/1810.04805>; whole
        words: <https://github.com/google-research/bert#new-may-31st-2019-whole-word-masking-models>
    """
    check_number("rate", rate, least=0, below=1)
    check_integer("vocab_size", vocab_size)
    shape = token_ids.shape
    _check_shape("special", special, shape)
    _check_shape("words", words, shape)

    def happens(p: float) -> Tensor:
        return torch.bernoulli(torch.full(shape, p), generator=generator).bool()

    chosen = happens(rate)
    if words is not None:
        chosen = chosen.gather(1, words)
    if special is not None:
        chosen &= ~special
    hidden = happens(0.8) & chosen
    swapped = happens(0.5) & chosen & ~hidden
    random_ids = torch.randint(vocab_size, shape, generator=generator)
    inputs = torch.where(swapped, random_ids, token_ids.masked_fill(hidden, mask_id))
    return LMBatch((inputs,), token_ids, chosen)


def prefix_lm(
    token_ids: Int[Tensor, "B S"], prefix_lengths: Int[Tensor, " B"]
) -> LMBatch:
    """Predict what follows a prefix that is read in both directions.

    Args:
        token_ids: Rows that are one longer than what the model reads.
        prefix_lengths: How many ids of each row are given, at least 1.

    Returns:
        The inputs are the ids and an attention mask of shape (B, T, T): a position
        sees the whole prefix and what stands before it. Only ids after the prefix
        count.

    Raises:
        ValueError: If a prefix is empty or leaves nothing to predict, or there is not
            one length per row.

    Examples:
        >>> example = prefix_lm(torch.tensor([[5, 6, 7, 8]]), torch.tensor([2]))
        >>> example.inputs[1].int().tolist()
        [[[1, 1, 0], [1, 1, 0], [1, 1, 1]]]
        >>> example.loss_mask.int().tolist()
        [[0, 1, 1]]

    Reference:
        Raffel et al. (2020), section 3.2.1, <https://arxiv.org/abs/1910.10683>
    """
    _check_rows(token_ids, least=2)
    _check_shape("prefix_lengths", prefix_lengths, token_ids.shape[:1])
    length = token_ids.shape[1] - 1
    for prefix in prefix_lengths.tolist():
        if not 1 <= prefix <= length:
            raise ValueError(f"a prefix must have 1 to {length} ids, got {prefix}")
    positions = torch.arange(length, device=token_ids.device)
    given = positions < prefix_lengths[:, None]  # (B, T)
    mask = (positions <= positions[:, None]) | given[:, None]  # (B, T, T)
    counts = positions + 1 >= prefix_lengths[:, None]
    return LMBatch((token_ids[:, :-1], mask), token_ids[:, 1:], counts)


def span_corruption(
    token_ids: Int[Tensor, "B T"],
    removed: Bool[Tensor, "B T"],
    first_sentinel: int,
    eos_id: int,
    start_id: int = 0,
) -> LMBatch:
    """Replace each removed span by a sentinel, and predict what was removed.

    Args:
        token_ids: The text.
        removed: True where a token goes, such as the rows of
            `noise_spans`; as many tokens and spans in each row.
        first_sentinel: The id of the first sentinel; they count down from there
            (32099 for `<extra_id_0>` of T5).
        eos_id: The id that ends the input and the targets.
        start_id: What the decoder reads first; T5 uses its padding.

    Returns:
        The inputs are the encoder's ids and the decoder's: the targets, moved one
        to the right.

    Raises:
        ValueError: If the rows come out with different lengths, or `removed` is not of
            the shape of `token_ids`.

    Examples:
        >>> text = torch.tensor([[11, 12, 13, 14, 15]])
        >>> spans = torch.tensor([[False, True, True, False, True]])
        >>> example = span_corruption(text, spans, first_sentinel=99, eos_id=1)
        >>> example.inputs[0].tolist(), example.targets.tolist()
        ([[11, 99, 14, 98, 1]], [[99, 12, 13, 98, 15, 1]])
    """
    _check_rows(token_ids)
    _check_shape("removed", removed, token_ids.shape)
    pairs = list(zip(token_ids, removed, strict=True))
    inputs = [with_sentinels(i, r, r, first_sentinel, eos_id) for i, r in pairs]
    spans = [with_sentinels(i, ~r, r, first_sentinel, eos_id) for i, r in pairs]
    if len({len(row) for row in inputs}) > 1 or len({len(row) for row in spans}) > 1:
        raise ValueError("every row must lose as many tokens in as many spans")
    targets = torch.stack(spans)
    start = targets.new_full((len(targets), 1), start_id)
    decoder_ids = torch.cat([start, targets[:, :-1]], dim=1)
    counts = torch.ones_like(targets, dtype=torch.bool)
    return LMBatch((torch.stack(inputs), decoder_ids), targets, counts)


def cross_entropy(
    logits: Float[Tensor, "*batch V"],
    targets: Int[Tensor, "*batch"],
    loss_mask: Bool[Tensor, "*batch"],
) -> Float[Tensor, ""]:
    """Return the mean surprisal of the targets that count, in nats.

    Args:
        logits: Scores before the softmax.
        targets: The right ids.
        loss_mask: True where a prediction counts.

    Raises:
        ValueError: If targets and mask do not have the shape of the logits without
            their last axis.
    """
    _check_shape("targets", targets, logits.shape[:-1])
    _check_shape("loss_mask", loss_mask, logits.shape[:-1])
    kept = targets.masked_fill(~loss_mask, IGNORED)
    logits = _precise(logits).flatten(0, -2)  # (N, V)
    return F.cross_entropy(logits, kept.flatten(), ignore_index=IGNORED)


def label_smoothing_loss(
    logits: Float[Tensor, "*batch V"],
    targets: Int[Tensor, "*batch"],
    loss_mask: Bool[Tensor, "*batch"],
    smoothing: float = 0.1,
) -> Float[Tensor, ""]:
    """Return the mean loss against targets that leave a share to every token.

    Works on log-probabilities throughout, so no probability of 0 meets a
    logarithm.

    Args:
        logits: Scores before the softmax.
        targets: The right ids.
        loss_mask: True where a prediction counts.
        smoothing: The share that is spread evenly over the vocabulary.

    Raises:
        ValueError: If `smoothing` is not at least 0 and less than 1, or targets and
            mask do not have the shape of the logits without their last axis.

    Reference:
        Szegedy et al. (2016), section 7, <https://arxiv.org/abs/1512.00567>
    """
    check_number("smoothing", smoothing, least=0, below=1)
    _check_shape("targets", targets, logits.shape[:-1])
    _check_shape("loss_mask", loss_mask, logits.shape[:-1])
    log_probs = _precise(logits).log_softmax(-1)
    surprisal = -log_probs.gather(-1, targets[..., None]).squeeze(-1)
    losses = (1 - smoothing) * surprisal
    if smoothing:  # otherwise 0 times a log-probability of minus infinity is NaN
        losses = losses - smoothing * log_probs.mean(-1)
    return losses[loss_mask].mean()


def _precise(logits: Tensor) -> Tensor:
    """Use float32 or better: a sum of bfloat16 losses would lose its small terms."""
    return logits.to(torch.promote_types(logits.dtype, torch.float32))


def _check_rows(token_ids: Tensor, least: int = 1) -> None:
    if token_ids.ndim != 2 or token_ids.shape[1] < least:
        raise ValueError(
            f"token_ids must be rows of at least {least} ids, got shape "
            f"{tuple(token_ids.shape)}"
        )


def _check_shape(name: str, x: Tensor | None, shape: torch.Size) -> None:
    if x is not None and x.shape != shape:
        raise ValueError(
            f"{name} must be of shape {tuple(shape)}, got {tuple(x.shape)}"
        )
