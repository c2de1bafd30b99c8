"""Attention by hand, against PyTorch, under masks, and when misused."""

import math
import warnings

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.profiler import ProfilerActivity, profile

from llm_foundations.layers.attention import (
    attention_with_logsumexp,
    fused_attention,
    scaled_dot_product_attention,
)
from llm_foundations.layers.masks import causal_mask, padding_mask

SHAPES = [((), 1, 1, 1, 1), ((), 3, 5, 4, 4), ((2,), 4, 4, 7, 3), ((2, 3), 6, 9, 8, 8)]


def random_qkv(
    batch: tuple[int, ...], n_q: int, n_k: int, d: int, d_v: int
) -> list[Tensor]:
    generator = torch.Generator().manual_seed(0)
    shapes = [(*batch, n_q, d), (*batch, n_k, d), (*batch, n_k, d_v)]
    return [torch.randn(s, generator=generator, requires_grad=True) for s in shapes]


def test_three_words_by_hand() -> None:
    q = torch.tensor([[1.0, 2.0]])
    k = torch.tensor([[1.0, 1.0], [1.0, 0.0], [0.0, 0.0]])
    v = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    mixed, weights = scaled_dot_product_attention(q, k, v)
    powers = [math.exp(3 / math.sqrt(2)), math.exp(1 / math.sqrt(2)), 1.0]
    expected = torch.tensor([[p / sum(powers) for p in powers]])
    torch.testing.assert_close(weights, expected)
    torch.testing.assert_close(mixed, expected[:, :2])


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("masked", [False, True])
def test_equals_pytorch_forward_and_gradient(shape: tuple, masked: bool) -> None:
    q, k, v = random_qkv(*shape)
    mask = None
    if masked:
        mask = torch.rand(q.shape[-2], k.shape[-2]) < 0.5
        mask[:, 0] = True
    results = [
        scaled_dot_product_attention(q, k, v, mask)[0],
        fused_attention(q, k, v, mask),
        F.scaled_dot_product_attention(q, k, v, attn_mask=mask),
    ]
    gradients = [torch.autograd.grad(r.square().sum(), (q, k, v)) for r in results]
    for result, gradient in zip(results[:2], gradients[:2], strict=True):
        torch.testing.assert_close(result, results[2])
        torch.testing.assert_close(gradient, gradients[2])


def test_gradcheck_in_double_precision() -> None:
    q, k, v = (x.detach().double().requires_grad_() for x in random_qkv(*SHAPES[1]))
    torch.autograd.gradcheck(
        lambda q, k, v: scaled_dot_product_attention(q, k, v)[0], (q, k, v)
    )


def test_rows_sum_to_one_and_masked_weights_are_zero() -> None:
    q, k, v = random_qkv((2,), 6, 6, 4, 4)
    mask = causal_mask(6)
    _, weights = scaled_dot_product_attention(q, k, v, mask)
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 6))
    assert (weights[:, ~mask] == 0).all()
    assert (weights[:, mask] > 0).all()


@pytest.mark.parametrize("attention", [scaled_dot_product_attention, fused_attention])
def test_the_future_does_not_touch_the_past(attention) -> None:
    q, k, v = (x.detach() for x in random_qkv((), 5, 5, 4, 4))

    def run(k: Tensor, v: Tensor) -> Tensor:
        result = attention(q, k, v, causal_mask(5))
        return result if isinstance(result, Tensor) else result[0]

    before = run(k, v)
    k[3:], v[3:] = 7.0, -7.0
    after = run(k, v)
    torch.testing.assert_close(before[:3], after[:3], rtol=0, atol=0)
    assert not torch.equal(before[3:], after[3:])


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_a_fully_masked_row_gives_zero_and_a_finite_gradient(dtype) -> None:
    q, k, v = (
        x.detach().to(dtype).requires_grad_() for x in random_qkv((), 3, 3, 4, 4)
    )
    mask = torch.tensor([[1, 0, 0], [0, 0, 0], [1, 1, 1]], dtype=torch.bool)
    mixed, weights = scaled_dot_product_attention(q, k, v, mask)
    assert (mixed[1] == 0).all()
    assert (weights[1] == 0).all()
    torch.testing.assert_close(mixed, fused_attention(q, k, v, mask))
    mixed.float().sum().backward()
    assert all(x.grad.isfinite().all() for x in (q, k, v))


def test_scores_of_a_thousand_do_not_overflow() -> None:
    q, k = torch.tensor([[1000.0]]), torch.tensor([[1.0], [2.0]])
    _, weights = scaled_dot_product_attention(q, k, v=k)
    assert weights.tolist() == [[0.0, 1.0]]


def test_not_a_number_stays_in_its_row() -> None:
    q, k, v = (x.detach() for x in random_qkv((), 3, 3, 4, 4))
    q[1, 0] = float("nan")
    mixed, _ = scaled_dot_product_attention(q, k, v)
    assert mixed[1].isnan().all()
    assert mixed[[0, 2]].isfinite().all()


@pytest.mark.parametrize("axes", [2, 3, 4])
def test_the_fused_form_stores_no_weights(axes: int) -> None:
    n, d = 1024, 16
    q, k, v = torch.randn(3, *[1] * (axes - 2), n, d)
    fused, plain = (
        peak_bytes(attention, q, k, v)
        for attention in (fused_attention, scaled_dot_product_attention)
    )
    assert plain >= 2 * 4 * n * n
    assert fused < 4 * n * n


def peak_bytes(function, *arguments) -> int:
    """The most memory that PyTorch held at once during a call."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as recorded:
        function(*arguments)
    held = peak = 0
    for event in recorded.profiler.kineto_results.events():
        if event.name() == "[memory]":
            held += event.nbytes()
            peak = max(peak, held)
    return peak


def test_a_mask_that_is_all_true_changes_nothing() -> None:
    q, k, v = random_qkv((2,), 3, 5, 4, 4)
    everything = torch.ones(3, 5, dtype=torch.bool)
    torch.testing.assert_close(
        scaled_dot_product_attention(q, k, v, everything),
        scaled_dot_product_attention(q, k, v),
    )


def test_no_query_gives_no_result() -> None:
    mixed, weights = scaled_dot_product_attention(
        torch.zeros(0, 4), torch.zeros(3, 4), torch.zeros(3, 2)
    )
    assert mixed.shape == (0, 2)
    assert weights.shape == (0, 3)


@pytest.mark.parametrize("attention", [scaled_dot_product_attention, fused_attention])
@pytest.mark.parametrize(
    ("q", "k", "v", "message"),
    [
        ((4, 8), (4, 16), (4, 16), r"differ in width: q \(4, 8\), k \(4, 16\)"),
        ((4, 8), (5, 8), (6, 8), r"differ in number: .*k \(5, 8\), v \(6, 8\)"),
        ((4, 8), (0, 8), (0, 8), r"no key to attend to: .*k \(0, 8\)"),
        ((4, 0), (4, 0), (4, 8), r"no key to attend to: q \(4, 0\)"),
        ((8,), (4, 8), (4, 8), r"a position and a width axis, got q \(8,\)"),
        ((2, 4, 8), (3, 4, 8), (3, 4, 8), r"batch axes: q \(2, 4, 8\)"),
    ],
)
def test_wrong_shapes_are_named(attention, q, k, v, message) -> None:
    with pytest.raises(ValueError, match=message):
        attention(torch.zeros(q), torch.zeros(k), torch.zeros(v))


@pytest.mark.parametrize("attention", [scaled_dot_product_attention, fused_attention])
@pytest.mark.parametrize("shape", [(3, 4), (2, 4, 5), (4,), (1, 1, 4, 5)])
def test_a_mask_of_the_wrong_shape_is_named(attention, shape) -> None:
    q, k, v = random_qkv((), 4, 5, 8, 8)
    with pytest.raises(
        ValueError, match=r"mask of shape \(.*\) does not fit .*\(4, 5\)"
    ):
        attention(q, k, v, torch.ones(shape, dtype=torch.bool))


@pytest.mark.parametrize("attention", [scaled_dot_product_attention, fused_attention])
@pytest.mark.parametrize("dtype", [torch.float32, torch.int64])
def test_a_mask_that_is_not_bool_is_named(attention, dtype) -> None:
    q, k, v = random_qkv((), 4, 4, 8, 8)
    with pytest.raises(TypeError, match=rf"must be bool .* got {dtype}"):
        attention(q, k, v, torch.zeros(4, 4, dtype=dtype))


def test_causal_mask_has_the_diagonal_and_what_lies_before() -> None:
    assert causal_mask(1).tolist() == [[True]]
    assert causal_mask(3).int().tolist() == [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
    assert causal_mask(3).dtype == torch.bool


@pytest.mark.parametrize("n", [0, -2])
def test_causal_mask_needs_a_position(n: int) -> None:
    with pytest.raises(ValueError, match=f"n must be at least 1, got {n}"):
        causal_mask(n)


def test_padding_mask_joins_the_causal_one() -> None:
    mask = causal_mask(3) & padding_mask(torch.tensor([3, 2]), 3)
    assert mask.int().tolist() == [
        [[1, 0, 0], [1, 1, 0], [1, 1, 1]],
        [[1, 0, 0], [1, 1, 0], [1, 1, 0]],
    ]


def test_padding_changes_nothing_for_real_positions() -> None:
    q, k, v = (x.detach() for x in random_qkv((1,), 5, 5, 4, 4))
    mask = padding_mask(torch.tensor([3]), 5)
    alone, _ = scaled_dot_product_attention(q[:, :3], k[:, :3], v[:, :3])
    padded, _ = scaled_dot_product_attention(q, k, v, mask)
    torch.testing.assert_close(padded[:, :3], alone)
    torch.testing.assert_close(fused_attention(q, k, v, mask), padded)


@pytest.mark.parametrize(
    ("lengths", "message"),
    [
        ([4], "in 0 to 3, got 4"),
        ([1, -1], "in 0 to 3, got -1"),
        ([[1]], r"one axis, got shape \(1, 1\)"),
    ],
)
def test_padding_mask_names_a_length_that_cannot_be(lengths, message) -> None:
    with pytest.raises(ValueError, match=message):
        padding_mask(torch.tensor(lengths), 3)


def test_half_precision_warns_of_nothing() -> None:
    q, k, v = (x.half() for x in random_qkv((), 4, 4, 8, 8))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mixed, _ = scaled_dot_product_attention(q, k, v, causal_mask(4))
    assert mixed.dtype == torch.float16


def test_the_logsumexp_is_the_kernels() -> None:
    q, k, v = torch.randn(3, 1, 2, 5, 8).unbind()
    for mask in (None, causal_mask(5)):
        mixed, logsumexp = attention_with_logsumexp(q, k, v, mask)
        expected, theirs = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
            q, k, v, is_causal=mask is not None
        )[:2]
        torch.testing.assert_close(mixed, expected)
        torch.testing.assert_close(logsumexp, theirs)


def test_two_halves_of_the_keys_combine_by_their_logsumexp() -> None:
    q, k, v = torch.randn(4, 8), torch.randn(6, 8), torch.randn(6, 3)
    halves = [attention_with_logsumexp(q, k[i], v[i]) for i in (slice(2), slice(2, 6))]
    shares = torch.stack([logsumexp for _, logsumexp in halves]).softmax(0)
    combined = sum(
        s[:, None] * mixed for s, (mixed, _) in zip(shares, halves, strict=True)
    )
    torch.testing.assert_close(combined, scaled_dot_product_attention(q, k, v)[0])


def test_a_row_without_keys_has_the_logsumexp_of_nothing() -> None:
    x, mask = torch.ones(2, 4), torch.tensor([[True, True], [False, False]])
    mixed, logsumexp = attention_with_logsumexp(x, x, x, mask)
    assert mixed.tolist() == [[1.0] * 4, [0.0] * 4]
    assert logsumexp.tolist() == [pytest.approx(2 + math.log(2)), -math.inf]
