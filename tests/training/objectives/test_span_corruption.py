"""The spans that are removed: their number, their length, their chance."""

import math

import pytest
import torch
from hypothesis import given, settings, strategies as st

from llm_foundations.training.objectives.span_corruption import (
    noise_spans,
    with_sentinels,
)


def starts(removed: torch.Tensor) -> int:
    before = torch.cat([torch.tensor([False]), removed[:-1]])
    return int((removed & ~before).sum())


@settings(max_examples=100, deadline=None)
@given(
    length=st.integers(2, 600),
    rate=st.sampled_from([0.1, 0.15, 0.5, 0.9]),
    mean_length=st.sampled_from([1.0, 3.0, 10.0]),
    seed=st.integers(0, 99),
)
def test_how_much_goes_depends_on_the_length_alone(
    length: int, rate: float, mean_length: float, seed: int
) -> None:
    source = torch.Generator().manual_seed(seed)
    removed = noise_spans(length, rate, mean_length, source)
    n_noise = min(max(round(length * rate), 1), length - 1)
    assert len(removed) == length
    assert removed.sum() == n_noise
    wanted = max(round(n_noise / mean_length), 1)
    assert starts(removed) == min(wanted, length - n_noise)
    assert not removed[0]
    assert removed[-1]


def test_t5s_numbers() -> None:
    # 512 tokens: 77 removed in 26 spans, as the code of the paper computes.
    removed = noise_spans(512, generator=torch.Generator().manual_seed(0))
    assert (int(removed.sum()), starts(removed)) == (77, 26)


def test_every_way_to_cut_is_equally_likely() -> None:
    # 6 tokens, half removed in 2 spans: 2 x 2 ways, each a quarter of the draws.
    source = torch.Generator().manual_seed(0)
    draws = [tuple(noise_spans(6, 0.5, 1.5, source).tolist()) for _ in range(1000)]
    counts = [draws.count(way) for way in set(draws)]
    assert len(counts) == 4
    assert all(180 < count < 320 for count in counts)


@pytest.mark.parametrize(
    ("length", "rate", "mean", "message"),
    [
        (1, 0.1, 3, "length must be at least 2, got 1"),
        (9, 0, 3, "rate must be .* greater than 0 and less than 1, got 0"),
        (9, 1, 3, "rate must be .* greater than 0 and less than 1, got 1"),
        (9, math.nan, 3, "rate must be .* got nan"),
        (9, 0.1, 0.5, "mean_span_length must be .* at least 1, got 0.5"),
        (9, 0.1, math.nan, "mean_span_length must be .* at least 1, got nan"),
    ],
)
def test_refuses_what_cannot_be_cut(
    length: int, rate: float, mean: float, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        noise_spans(length, rate, mean)


def test_sentinels_count_down() -> None:
    ids = torch.tensor([5, 6, 7, 8])
    removed = torch.tensor([True, False, True, True])
    shown = with_sentinels(ids, removed, removed, first=99, eos_id=1)
    assert shown.tolist() == [99, 6, 98, 1]


def test_masks_of_another_length() -> None:
    ids, mask = torch.tensor([7, 8, 9]), torch.tensor([False, True])
    with pytest.raises(ValueError, match=r"one shape, got \(3,\), \(2,\) and \(2,\)"):
        with_sentinels(ids, mask, mask, first=99, eos_id=1)
