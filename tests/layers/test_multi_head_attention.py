"""Heads against PyTorch's own layer, a naive loop, and their properties."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from llm_foundations.layers.cache import LayerCache
from llm_foundations.layers.masks import causal_mask, padding_mask
from llm_foundations.layers.multi_head_attention import (
    CrossAttention,
    MultiHeadAttention,
    check_heads,
)
from tests.layers import naive


def twins(
    d_model: int, n_heads: int, kind: type[MultiHeadAttention] = MultiHeadAttention
) -> tuple[MultiHeadAttention, nn.MultiheadAttention]:
    """Our layer and PyTorch's, with the same weights."""
    torch.manual_seed(0)
    ours, theirs = (
        kind(d_model, n_heads),
        nn.MultiheadAttention(d_model, n_heads, batch_first=True),
    )
    with torch.no_grad():
        for name in ("weight", "bias"):
            parts = [getattr(getattr(ours, f"{p}_proj"), name) for p in "qkv"]
            nn.init.normal_(parts[0] if name == "bias" else ours.o_proj.bias)
            getattr(theirs, f"in_proj_{name}").copy_(torch.cat(parts))
            getattr(theirs.out_proj, name).copy_(getattr(ours.o_proj, name))
    return ours, theirs


def in_proj_gradient(ours: MultiHeadAttention) -> Tensor:
    return torch.cat([getattr(ours, f"{p}_proj").weight.grad for p in "qkv"])


@pytest.mark.parametrize(
    ("d_model", "n_heads", "n_batch", "n"), [(12, 3, 2, 5), (8, 8, 1, 1), (10, 1, 3, 4)]
)
@pytest.mark.parametrize("causal", [False, True])
def test_equals_pytorch_forward_and_gradients(
    d_model: int, n_heads: int, n_batch: int, n: int, causal: bool
) -> None:
    ours, theirs = twins(d_model, n_heads)
    x = torch.randn(n_batch, n, d_model)
    lengths = torch.randint(1, n + 1, (n_batch,))
    mask = padding_mask(lengths, n) & (causal_mask(n) if causal else True)
    result = ours(x, mask)
    # PyTorch's layer means the opposite: True = may not attend.
    per_head = ~mask.expand(n_batch, n, n).repeat_interleave(n_heads, 0)
    expected, _ = theirs(x, x, x, attn_mask=per_head, need_weights=False)
    torch.testing.assert_close(result, expected)
    result.square().sum().backward()
    expected.square().sum().backward()
    assert theirs.in_proj_weight.grad is not None
    torch.testing.assert_close(in_proj_gradient(ours), theirs.in_proj_weight.grad)
    torch.testing.assert_close(ours.o_proj.weight.grad, theirs.out_proj.weight.grad)


def test_cross_attention_equals_pytorch() -> None:
    ours, theirs = twins(12, 3, CrossAttention)
    x, source = torch.randn(2, 4, 12), torch.randn(2, 6, 12)
    hidden = ~padding_mask(torch.tensor([6, 2]), 6)
    expected, _ = theirs(x, source, source, key_padding_mask=hidden[:, 0])
    torch.testing.assert_close(ours(x, source, ~hidden), expected)


@pytest.mark.parametrize(("n_heads", "n_kv_heads"), [(4, 4), (6, 2), (5, 1), (3, 3)])
@pytest.mark.parametrize("kind", ["bool", "bias", "none"])
@torch.no_grad()
def test_equals_a_naive_loop_in_double_precision(
    n_heads: int, n_kv_heads: int, kind: str
) -> None:
    torch.manual_seed(0)
    layer = MultiHeadAttention(16, n_heads, n_kv_heads, d_head=3).double()
    x = torch.randn(2, 5, 16, dtype=torch.float64)
    masks = {
        "bool": torch.rand(2, n_heads, 5, 5) < 0.6,  # some rows have nothing to read
        "bias": torch.randn(2, n_heads, 5, 5, dtype=torch.float64),
        "none": None,
    }
    q, (k, v) = layer.split_heads(layer.q_proj(x)), layer.project_kv(x)
    mixed = naive.attention(q, k, v, masks[kind])
    expected = layer.o_proj(mixed.transpose(1, 2).flatten(2))
    torch.testing.assert_close(layer(x, masks[kind]), expected, rtol=0, atol=1e-10)


def test_the_kernels_causal_path_equals_the_mask() -> None:
    layer, x = MultiHeadAttention(8, 2), torch.randn(2, 5, 8)
    torch.testing.assert_close(layer(x, causal=True), layer(x, causal_mask(5)))


def test_a_mask_of_three_axes_belongs_to_sequences_not_to_heads() -> None:
    layer, x = MultiHeadAttention(8, n_heads=2), torch.randn(2, 3, 8)
    masks = torch.stack((causal_mask(3), torch.ones(3, 3, dtype=torch.bool)))
    one_by_one = [layer(x[b : b + 1], masks[b]) for b in range(2)]
    torch.testing.assert_close(layer(x, masks), torch.cat(one_by_one))


def test_a_grouped_layer_is_one_with_its_keys_repeated() -> None:
    grouped, full = MultiHeadAttention(12, 6, n_kv_heads=2), MultiHeadAttention(12, 6)
    state = grouped.state_dict()
    for name in ("k_proj.weight", "k_proj.bias", "v_proj.weight", "v_proj.bias"):
        heads = state[name].unflatten(0, (2, 2))  # (G, D, ...)
        state[name] = heads.repeat_interleave(3, dim=0).flatten(0, 1)
    full.load_state_dict(state)
    x = torch.randn(2, 4, 12)
    torch.testing.assert_close(grouped(x), full(x))


def test_cross_attention_reads_its_source_once() -> None:
    layer, cache = CrossAttention(8, 2), LayerCache()
    x, source = torch.randn(1, 3, 8), torch.randn(1, 5, 8)
    first = layer(x, source, cache=cache)
    torch.testing.assert_close(layer(x, source * 0, cache=cache), first)
    torch.testing.assert_close(layer(x, source), first)


def test_dropout_acts_in_training_alone() -> None:
    layer, x = MultiHeadAttention(8, 2, dropout=0.5), torch.randn(1, 6, 8)
    assert not torch.equal(layer(x), layer(x))
    layer.eval()
    assert torch.equal(layer(x), layer(x))


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((10, 3, 3), "d_model=10 is not divisible by n_heads=3"),
        ((8, 2, 0), "n_kv_heads must be at least 1, got 0"),
        ((8, 2, 2, 0), "d_head must be at least 1, got 0"),
        ((8.0, 2, 2), "d_model must be an integer, got 8.0"),
        ((12, 4, 3), "n_heads=4 is not divisible by n_kv_heads=3"),
        ((8, 0, 1), "n_heads must be at least 1, got 0"),
    ],
)
def test_heads_that_cannot_be_are_refused(
    sizes: tuple[int, int, int], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        check_heads(*sizes)


def test_a_head_width_of_its_own_needs_no_division() -> None:
    assert MultiHeadAttention(10, 3, d_head=4)(torch.zeros(1, 2, 10)).shape == (
        1,
        2,
        10,
    )


X = torch.zeros(2, 3, 8)


def ones(*shape: int) -> Tensor:
    return torch.ones(shape, dtype=torch.bool)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda a: a(X[0]), r"x must be \(B, T, C\), got shape \(3, 8\)"),
        (lambda a: a(X[None]), r"x must be \(B, T, C\), got shape \(1, 2, 3, 8\)"),
        (lambda a: a(X[..., :5]), r"x must have 8 features .* got shape \(2, 3, 5\)"),
        (lambda a: a(X, ones(3)), r"mask of shape \(3,\) does not fit"),
        (lambda a: a(X, ones(2, 3)), r"mask of shape \(2, 3\) .* \(2, 2, 3, 3\)"),
        (lambda a: a(X, ones(3, 3, 3)), r"mask of shape \(3, 1, 3, 3\) does not fit"),
        (lambda a: a(X, ones(2, 4, 3, 3)), r"mask of shape \(2, 4, 3, 3\) does not"),
        (lambda a: a(X, ones(1, 1, 1, 3, 3)), "mask of shape .* does not fit"),
        (lambda a: a(X, ones(3, 3), causal=True), "3 keys and mask=True"),
    ],
)
def test_shapes_that_do_not_fit(call: Callable, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(MultiHeadAttention(8, 2))


def test_the_causal_rule_of_the_kernel_does_not_know_earlier_positions() -> None:
    attention, cache = MultiHeadAttention(8, 2), LayerCache()
    with torch.no_grad():
        attention(X, causal=True, cache=cache)
        with pytest.raises(ValueError, match="got 3 queries, 6 keys and mask=False"):
            attention(X, causal=True, cache=cache)


def test_a_mask_of_integers() -> None:
    with pytest.raises(TypeError, match=r"bool .* or float, got torch.int64"):
        MultiHeadAttention(8, 2)(X, torch.ones(3, 3, dtype=torch.long))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (X[:1], "x has 2 sequences, the source 1"),
        (X[0], r"source must be \(B, T, C\), got shape \(3, 8\)"),
        (X[..., :4], "source must have 8 features"),
    ],
)
def test_a_source_that_does_not_fit(source: Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CrossAttention(8, 2)(X, source)


def test_a_cached_source_is_of_the_same_batch() -> None:
    attention, cache = CrossAttention(8, 2), LayerCache()
    attention(X, X, cache=cache)
    with pytest.raises(ValueError, match="x has 1 sequences, the source 2"):
        attention(X[:1], X[:1], cache=cache)
