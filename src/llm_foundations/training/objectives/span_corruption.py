"""The spans that T5's objective removes, and the sentinels that stand for them."""

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from llm_foundations.checks import check_integer, check_number


def noise_spans(
    length: int,
    rate: float = 0.15,
    mean_span_length: float = 3.0,
    generator: torch.Generator | None = None,
) -> Bool[Tensor, " T"]:
    """Choose the spans of a text that T5 removes.

    How many tokens and spans go depends on the length alone, so every row of a
    batch has the same size afterwards.

    Args:
        length: Tokens in the text, at least 2.
        rate: The share of tokens to remove.
        mean_span_length: Tokens in a span, on average.
        generator: The source of randomness.

    Returns:
        True where a token goes. The text starts with a kept token and ends with a
        removed one.

    Raises:
        ValueError: If a setting is out of range.

    Reference:
        Raffel et al. (2020), section 3.1.4, <https://arxiv.org/abs/1910.10683>, as
        computed by `random_spans_noise_mask` of the paper's code,
        <https://github.com/google-research/text-to-text-transfer-transformer>
    """
    check_integer("length", length, least=2)
    check_number("rate", rate, above=0, below=1)
    check_number("mean_span_length", mean_span_length, least=1)
    n_noise = min(max(round(length * rate), 1), length - 1)
    n_spans = min(max(round(n_noise / mean_span_length), 1), length - n_noise)
    kept = _random_parts(length - n_noise, n_spans, generator)
    removed = _random_parts(n_noise, n_spans, generator)
    lengths = torch.stack([kept, removed], dim=1).flatten()
    return (torch.arange(2 * n_spans) % 2 == 1).repeat_interleave(lengths)


def with_sentinels(
    token_ids: Int[Tensor, " T"],
    hidden: Bool[Tensor, " T"],
    removed: Bool[Tensor, " T"],
    first: int,
    eos_id: int,
) -> Int[Tensor, " S"]:
    """Write a text with one sentinel at the start of each removed span.

    Args:
        token_ids: The text.
        hidden: True where the id itself is left out.
        removed: True within a removed span.
        first: The first sentinel's id; the others count down.
        eos_id: The id at the end.

    Raises:
        ValueError: If the two masks are not of the shape of the text.

    Examples:
        >>> text, removed = torch.tensor([7, 8, 9]), torch.tensor([False, True, True])
        >>> with_sentinels(text, removed, removed, first=99, eos_id=1).tolist()
        [7, 99, 1]
        >>> with_sentinels(text, ~removed, removed, first=99, eos_id=1).tolist()
        [99, 8, 9, 1]
    """
    if not token_ids.shape == hidden.shape == removed.shape:
        raise ValueError(
            f"text, hidden and removed must be of one shape, got "
            f"{tuple(token_ids.shape)}, {tuple(hidden.shape)} and "
            f"{tuple(removed.shape)}"
        )
    starts = removed & ~removed.roll(1).index_fill(0, torch.tensor([0]), False)
    ids: list[int] = []
    n_spans = 0
    for token, is_hidden, is_start in zip(
        token_ids.tolist(), hidden.tolist(), starts.tolist(), strict=True
    ):
        if is_start:
            ids.append(first - n_spans)
            n_spans += 1
        if not is_hidden:
            ids.append(token)
    return torch.tensor([*ids, eos_id])


def _random_parts(n: int, n_parts: int, generator: torch.Generator | None) -> Tensor:
    """Cut n into that many parts of at least 1, each way equally likely."""
    cuts = torch.randperm(n - 1, generator=generator)[: n_parts - 1].sort().values + 1
    ends = torch.cat([cuts, torch.tensor([n])])
    return ends.diff(prepend=torch.tensor([0]))
