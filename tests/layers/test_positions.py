"""Positions by hand, and against the classes that published them."""

import math
from collections.abc import Callable
from functools import partial

import pytest
import torch
from transformers.models.bloom.modeling_bloom import build_alibi_tensor
from transformers.models.t5.modeling_t5 import T5Attention

from llm_foundations.layers.positions import (
    LearnedPositions,
    RelativePositionBias,
    SinusoidalPositions,
    alibi_bias,
    alibi_slopes,
    relative_position_buckets,
    relative_positions,
)


def test_sinusoids_are_clock_hands() -> None:
    positions = SinusoidalPositions(4)(torch.tensor([0, 3]))
    expected = [
        [0.0, 1.0, 0.0, 1.0],
        [math.sin(3), math.cos(3), math.sin(0.03), math.cos(0.03)],
    ]
    torch.testing.assert_close(positions, torch.tensor(expected, dtype=torch.float64))


def test_a_shift_of_sinusoids_is_one_rotation_whatever_the_position() -> None:
    table = SinusoidalPositions(8)(torch.arange(50))
    hands = torch.view_as_complex(table.unflatten(-1, (4, 2)))
    turns = hands[5:] / hands[:-5]
    torch.testing.assert_close(turns, turns[:1].expand_as(turns))


@pytest.mark.parametrize("d_model", [0, 1, 5])
def test_an_odd_width_is_refused(d_model: int) -> None:
    with pytest.raises(ValueError, match=f"even d_model, got {d_model}"):
        SinusoidalPositions(d_model)


def test_learned_positions_end_with_the_context() -> None:
    positions = LearnedPositions(4, 3)
    assert torch.equal(positions(torch.tensor([3])), positions.weight[3:])
    with pytest.raises(ValueError, match="id 4 is not in 0 to 3"):
        positions(torch.tensor([4]))


@pytest.mark.parametrize("n_heads", [1, 2, 3, 8, 12, 40, 56, 112])
def test_alibi_equals_bloom_up_to_each_rows_shift(n_heads: int) -> None:
    real = torch.ones(1, 5)
    # Bloom adds slope * key position: each row differs from ours by one number,
    # and softmax does not see it.
    bloom = build_alibi_tensor(real, n_heads, torch.float32).view(n_heads, 1, 5)
    ours = alibi_bias(n_heads, 5, 5)[0]
    slopes = torch.tensor(alibi_slopes(n_heads)).view(n_heads, 1, 1)
    torch.testing.assert_close(
        ours + slopes * torch.arange(5).view(1, 5, 1), bloom.expand_as(ours)
    )


def test_alibi_needs_a_head() -> None:
    with pytest.raises(ValueError, match="at least 1, got 0"):
        alibi_slopes(0)


def test_cached_rows_are_the_last_rows() -> None:
    assert torch.equal(relative_positions(2, 5), relative_positions(5, 5)[-2:])
    assert torch.equal(alibi_bias(3, 1, 4), alibi_bias(3, 4, 4)[:, :, -1:])


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize(
    ("n_buckets", "max_distance"), [(32, 128), (8, 20), (16, 1000)]
)
def test_buckets_equal_t5s(
    bidirectional: bool, n_buckets: int, max_distance: int
) -> None:
    distances = torch.arange(-1500, 1500)
    ours = relative_position_buckets(distances, bidirectional, n_buckets, max_distance)
    theirs = T5Attention._relative_position_bucket(
        distances, bidirectional, n_buckets, max_distance
    )
    assert torch.equal(ours, theirs)
    assert ours.min() == 0
    assert ours.max() == n_buckets - 1


def test_a_bias_is_its_buckets_number_for_each_head() -> None:
    bias = RelativePositionBias(
        n_heads=3, bidirectional=True, n_buckets=8, max_distance=16
    )
    values = bias(2, 6)
    assert values.shape == (1, 3, 2, 6)
    bucket = relative_position_buckets(
        torch.tensor(-4), True, 8, 16
    )  # from query 4 to key 0
    assert torch.equal(values[0, :, 0, 0], bias.table.weight[bucket])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda x: relative_position_buckets(x, False, 1),
            "n_buckets must be at least 2, got 1",
        ),
        (
            lambda x: relative_position_buckets(x, True, 3),
            "n_buckets must be at least 4, got 3",
        ),
        (
            lambda x: relative_position_buckets(x, False, 8, 4),
            "max_distance must be at least 5, got 4",
        ),
        (lambda x: alibi_slopes(math.nan), "n_heads must be an integer, got nan"),
    ],
)
def test_too_few_buckets(call: Callable, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(torch.tensor([0, -9]))


@pytest.mark.parametrize(
    ("n_queries", "n_keys", "message"),
    [
        (3, 2, "n_keys must be at least 3, got 2"),
        (0, 2, "n_queries must be at least 1"),
    ],
)
def test_the_queries_are_among_the_keys(
    n_queries: int, n_keys: int, message: str
) -> None:
    for call in (
        relative_positions,
        partial(alibi_bias, 2),
        RelativePositionBias(2, bidirectional=True),
    ):
        with pytest.raises(ValueError, match=message):
            call(n_queries, n_keys)
