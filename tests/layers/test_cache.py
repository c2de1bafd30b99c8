"""The cache returns what concatenation would, forgets what a window cannot see."""

import math

import pytest
import torch
from hypothesis import given, settings, strategies as st

from llm_foundations.layers.cache import KVCache, LayerCache


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=8), st.integers(1, 12))
def test_equals_concatenation_for_any_chunks_and_window(
    chunks: list[int], window: int
) -> None:
    total = sum(chunks)
    k = torch.arange(2.0 * 3 * total * 4).reshape(2, 3, total, 4)
    v = k[..., :2] + 0.5  # values may have another width
    everything, windowed, end = LayerCache(), LayerCache(window), 0
    for n in chunks:
        new = slice(end, end + n)
        end += n
        keys, values = everything.append(k[:, :, new], v[:, :, new])
        assert torch.equal(keys, k[:, :, :end])
        assert torch.equal(values, v[:, :, :end])
        start = max(0, end - n - window + 1)
        keys, values = windowed.append(k[:, :, new], v[:, :, new])
        assert torch.equal(keys, k[:, :, start:end])
        assert torch.equal(values, v[:, :, start:end])
    assert len(everything) == everything.n_seen == windowed.n_seen == total
    assert len(windowed) == min(total, window - 1)


def test_a_window_bounds_the_memory() -> None:
    cache = LayerCache(window=4)
    for _ in range(1000):
        cache.append(torch.zeros(1, 1, 1, 2), torch.zeros(1, 1, 1, 2))
    assert cache._keys is not None
    assert cache._keys.shape[2] <= 8
    assert cache.n_seen == 1000


def test_counts_tokens_and_keys() -> None:
    cache = KVCache(n_layers=2, window=3)
    assert (cache.length, cache.n_keys(2)) == (0, 2)
    for layer in cache.layers:
        layer.append(torch.zeros(1, 1, 5, 2), torch.zeros(1, 1, 5, 2))
    assert (cache.length, cache.n_keys(1)) == (5, 3)


def test_another_batch_is_refused_and_changes_nothing() -> None:
    cache = LayerCache()
    cache.append(torch.zeros(2, 3, 1, 4), torch.zeros(2, 3, 1, 4))
    with pytest.raises(ValueError, match=r"holds \(2, 3, 1, 4\).*take \(1, 3, 1, 4\)"):
        cache.append(torch.zeros(1, 3, 1, 4), torch.zeros(1, 3, 1, 4))
    assert len(cache) == 1


@pytest.mark.parametrize("window", [0, -3, math.nan, True])
def test_a_window_is_at_least_one_position(window: int) -> None:
    with pytest.raises(ValueError, match=f"window must be .* got {window}"):
        KVCache(n_layers=1, window=window)
    with pytest.raises(ValueError, match="n_layers must be at least 1, got 0"):
        KVCache(n_layers=0)


@pytest.mark.parametrize(
    ("k", "v", "message"),
    [
        ((1, 2, 3, 4), (1, 2, 1, 4), r"got shapes \(1, 2, 3, 4\) and \(1, 2, 1, 4\)"),
        ((1, 2, 3, 4), (1, 1, 3, 4), r"got shapes \(1, 2, 3, 4\) and \(1, 1, 3, 4\)"),
        ((2, 3, 4), (2, 3, 4), r"\(B, G, T, D\) and \(B, G, T, V\), got shapes"),
    ],
)
def test_keys_without_their_values(k: tuple, v: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LayerCache().append(torch.zeros(k), torch.zeros(v))


def test_another_dtype_is_refused() -> None:
    cache, one = LayerCache(), torch.zeros(1, 1, 1, 4)
    cache.append(one, one)
    with pytest.raises(ValueError, match=r"float32 and cannot take .* torch.bfloat16"):
        cache.append(one.bfloat16(), one.bfloat16())
    assert len(cache) == 1
