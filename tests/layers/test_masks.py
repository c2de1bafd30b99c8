"""Windows and cached steps are rows of one large causal mask."""

import math
import re

import pytest
import torch

from llm_foundations.layers.masks import (
    biased,
    causal_mask,
    decoder_mask,
    padding_mask,
    sliding_window_mask,
)


@pytest.mark.parametrize("n", [1, 2, 7])
@pytest.mark.parametrize("window", [1, 2, 3, 10])
def test_every_cell_of_a_window(n: int, window: int) -> None:
    expected = [[i - window < j <= i for j in range(n)] for i in range(n)]
    assert sliding_window_mask(n, n, window).tolist() == expected
    for n_new in range(1, n + 1):
        rows = sliding_window_mask(n_new, n, window)
        assert rows.tolist() == expected[n - n_new :]


def test_a_wide_window_is_the_causal_mask() -> None:
    assert torch.equal(sliding_window_mask(5, 5, 5), causal_mask(5))


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((0, 3, 1), "n_queries must be at least 1, got 0"),
        ((3, 2, 1), "n_keys must be at least 3, got 2"),
        ((1, 1, 0), "window must be at least 1, got 0"),
        ((1, 1, math.nan), "window must be an integer, got nan"),
    ],
)
def test_impossible_sizes_are_refused(sizes: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sliding_window_mask(*sizes)


def test_the_kernel_alone_suffices_where_it_can() -> None:
    assert decoder_mask(4, 4) == (None, True)
    assert decoder_mask(1, 4) == (None, False)
    assert decoder_mask(4, 4, window=4) == (None, True)


def test_joins_chunk_window_and_padding() -> None:
    padding = padding_mask(torch.tensor([3, 6]), 6)
    mask, causal = decoder_mask(2, 4, window=3, mask=padding)
    assert not causal
    assert mask is not None
    whole = sliding_window_mask(6, 6, 3) & padding
    assert torch.equal(mask[:, 0], whole[:, -2:, -4:])
    chunk, causal = decoder_mask(2, 4)
    assert not causal
    assert chunk is not None
    assert torch.equal(chunk[0, 0], causal_mask(4)[-2:])


@pytest.mark.parametrize("shape", [(4, 4), (2, 3, 4), (2, 1, 3), (2, 1, 4, 4)])
def test_a_mask_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"mask must be \(B, 1 or 4, at least 4\)"):
        decoder_mask(4, 4, mask=torch.ones(shape, dtype=torch.bool))


def test_a_mask_of_numbers_is_refused() -> None:
    with pytest.raises(TypeError, match=r"True = may attend.*float32"):
        decoder_mask(4, 4, mask=torch.ones(1, 1, 4))


@pytest.mark.parametrize("shape", [(4, 4), (2, 3, 4), (2, 1, 3), (2, 1, 5)])
def test_a_mask_that_does_not_fit_a_bias(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=re.escape(str(shape))):
        biased(torch.zeros(1, 2, 4, 4), torch.ones(shape, dtype=torch.bool))


def test_a_bias_takes_a_mask_of_bools() -> None:
    with pytest.raises(TypeError, match=r"True = may attend.*int64"):
        biased(torch.zeros(1, 1, 1, 2), torch.ones(1, 1, 2, dtype=torch.long))
