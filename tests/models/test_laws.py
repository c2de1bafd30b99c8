"""Laws of a transformer: what must hold for every decoder, whatever its weights."""

from functools import cache

import pytest
import torch
from hypothesis import given, settings, strategies as st
from torch import nn

from llm_foundations.layers.masks import causal_mask
from llm_foundations.layers.multi_head_attention import MultiHeadAttention
from tests.models.families import VOCAB, bloom, gpt2, jais, llama

KINDS = ["gpt", "llama", "mistral", "bloom", "jais"]
MAKERS = {"gpt": gpt2, "bloom": bloom, "jais": jais}
EXACT = {"rtol": 0, "atol": 1e-10}
several = settings(deadline=None, max_examples=25)


@cache
def model(kind: str) -> nn.Module:
    """In double precision, so that no law hides behind rounding."""
    torch.manual_seed(0)
    sizes = {"sliding_window": 4} if kind == "mistral" else {}
    return MAKERS.get(kind, llama)(**sizes)[0].double()


def tokens(n_batch: int, n: int, seed: int) -> torch.Tensor:
    return torch.randint(
        VOCAB, (n_batch, n), generator=torch.Generator().manual_seed(seed)
    )


@pytest.mark.parametrize("kind", KINDS)
@several
@given(n=st.integers(2, 24), data=st.data(), seed=st.integers(0, 99))
@torch.no_grad()
def test_the_future_changes_nothing_before_it(
    kind: str, n: int, data: st.DataObject, seed: int
) -> None:
    at = data.draw(st.integers(1, n - 1))
    ids, changed = tokens(2, n, seed), tokens(2, n, seed)
    changed[:, at:] = (changed[:, at:] + 1) % VOCAB
    before, after = model(kind)(ids), model(kind)(changed)
    torch.testing.assert_close(before[:, :at], after[:, :at], **EXACT)
    assert (before[:, at] - after[:, at]).abs().max() > 1e-6


@pytest.mark.parametrize("kind", KINDS)
@several
@given(
    n_batch=st.integers(1, 3),
    chunks=st.lists(st.integers(1, 6), min_size=1, max_size=4),
    seed=st.integers(0, 99),
)
@torch.no_grad()
def test_the_cache_equals_the_full_pass(
    kind: str, n_batch: int, chunks: list[int], seed: int
) -> None:
    ids, memory = tokens(n_batch, sum(chunks), seed), model(kind).new_cache()
    parts = [model(kind)(part, cache=memory) for part in ids.split(chunks, dim=1)]
    torch.testing.assert_close(torch.cat(parts, 1), model(kind)(ids), **EXACT)


@pytest.mark.parametrize("kind", KINDS)
@several
@given(n=st.integers(1, 8), left=st.integers(0, 6), right=st.integers(0, 6))
@torch.no_grad()
def test_padding_changes_nothing(kind: str, n: int, left: int, right: int) -> None:
    ids = tokens(1, n, n)
    padded = nn.functional.pad(ids, (left, right))
    real = nn.functional.pad(torch.ones_like(ids), (left, right)).bool()
    positions = (real.cumsum(1) - 1).clamp(min=0)
    logits = model(kind)(padded, real[:, None], positions)
    assert logits.isfinite().all()
    torch.testing.assert_close(logits[real][None], model(kind)(ids), **EXACT)


@pytest.mark.parametrize("kind", ["llama", "mistral"])
@several
@given(n=st.integers(1, 12), shift=st.integers(1, 1000))
@torch.no_grad()
def test_rotary_models_see_distance_alone(kind: str, n: int, shift: int) -> None:
    ids, positions = tokens(2, n, shift), torch.arange(n)
    shifted = model(kind)(ids, positions=positions + shift)
    torch.testing.assert_close(shifted, model(kind)(ids), **EXACT)


@several
@given(order=st.permutations(range(6)))
@torch.no_grad()
def test_attention_without_positions_commutes_with_permutations(
    order: list[int],
) -> None:
    torch.manual_seed(0)
    layer, x = MultiHeadAttention(8, 2).double(), torch.randn(1, 6, 8).double()
    torch.testing.assert_close(layer(x[:, order]), layer(x)[:, order], **EXACT)


@several
@given(shift=st.floats(-1000, 1000))
@torch.no_grad()
def test_softmax_ignores_a_shared_shift(shift: float) -> None:
    torch.manual_seed(0)
    layer, x = MultiHeadAttention(8, 2).double(), torch.randn(1, 6, 8).double()
    bias = torch.randn(6, 6).double()
    torch.testing.assert_close(layer(x, bias + shift), layer(x, bias), **EXACT)


def test_gradients_are_those_of_finite_differences() -> None:
    torch.manual_seed(0)
    layer = MultiHeadAttention(4, 2, n_kv_heads=1).double()
    x = torch.randn(1, 3, 4).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda h: layer(h, causal_mask(3)), (x,))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("make", [gpt2, llama, bloom, jais])
def test_low_precision_gives_no_nan_even_where_all_is_masked(
    dtype: torch.dtype, make: object
) -> None:
    torch.manual_seed(0)
    low = make()[0].to(dtype)
    ids = tokens(3, 6, 0)
    mask = torch.rand(3, 6, 6) < 0.4
    mask[0, 2] = mask[1] = False
    logits = low(ids, mask)
    assert logits.dtype == dtype
    assert logits.isfinite().all()
    logits.float().square().mean().backward()
    assert all(p.grad.isfinite().all() for p in low.parameters())
