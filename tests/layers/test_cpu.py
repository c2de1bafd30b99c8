"""The forms for training on a CPU beside the plain ones and PyTorch's."""

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from llm_foundations.layers import attention as multi_head_attention
from llm_foundations.layers import cpu
from llm_foundations.layers.attention import (
    MultiHeadAttention,
    scaled_dot_product_attention,
)
from llm_foundations.layers.cpu import (
    blockwise_causal_attention,
    cross_entropy_at_once,
    gelu_by_sigmoid,
    mean_token_nll,
    surprisal,
    use_blockwise,
    use_float32_kernel,
)
from llm_foundations.layers.feed_forward import gelu_tanh
from llm_foundations.layers.masks import causal_mask


def sides(*shape: int, dtype: torch.dtype = torch.float32) -> list[Tensor]:
    """Queries, keys and values that want a gradient, laid out as a layer has them."""
    torch.manual_seed(0)
    b, h, t, d = shape
    made = (torch.randn(b, t, h, d, dtype=dtype) for _ in range(3))
    return [x.transpose(1, 2).requires_grad_() for x in made]


def plain(q: Tensor, k: Tensor, v: Tensor, scale: float) -> Tensor:
    q = q * scale * q.shape[-1] ** 0.5
    return scaled_dot_product_attention(q, k, v, causal_mask(q.shape[-2]))[0]


def kernel(q: Tensor, k: Tensor, v: Tensor, scale: float) -> Tensor:
    return F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=scale)


@pytest.mark.parametrize("form", [plain, kernel])
@pytest.mark.parametrize("n", [1, 63, 64, 65, 256, 300])
def test_strips_are_causal_attention_with_its_gradients(form: object, n: int) -> None:
    qkv = sides(2, 3, n, 4)
    results = [f(*qkv, 0.3) for f in (blockwise_causal_attention, form)]
    torch.testing.assert_close(*results)
    weigh = torch.randn_like(results[0])
    torch.testing.assert_close(*(torch.autograd.grad(y, qkv, weigh) for y in results))


def test_strips_have_the_gradient_of_small_steps() -> None:
    qkv = sides(1, 2, cpu.STRIP + 2, 2, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda *x: blockwise_causal_attention(*x, 0.5), qkv)


def test_gelu_by_a_sigmoid_is_gelu_with_its_gradient() -> None:
    x = torch.linspace(-12, 12, 2001, requires_grad=True)
    results = gelu_by_sigmoid(x), F.gelu(x, approximate="tanh")
    torch.testing.assert_close(*results)
    torch.testing.assert_close(*(torch.autograd.grad(y.sum(), x) for y in results))


def test_gelu_by_a_sigmoid_has_the_gradient_of_small_steps() -> None:
    x = torch.linspace(-6, 6, 101, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(gelu_by_sigmoid, x)


def test_a_second_derivative_is_refused_not_wrong() -> None:
    x = torch.linspace(-1, 1, 5, requires_grad=True)
    loss = gelu_by_sigmoid(x).square().sum()
    (slope,) = torch.autograd.grad(loss, x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        slope.sum().backward()


@pytest.mark.parametrize("imitates", [True, False])
def test_autocast_is_left_to_a_cpu_that_can(
    imitates: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cpu, "IMITATES_BF16", imitates)
    x = torch.zeros(2**16, requires_grad=True)
    with torch.autocast("cpu", torch.bfloat16):
        assert use_float32_kernel(x) == imitates
        assert use_float32_kernel(x.bfloat16()) == imitates
    assert use_float32_kernel(x)


def test_autocast_changes_nothing_inside() -> None:
    q, k, v = sides(1, 2, 70, 4)
    mixed = q, k, v.bfloat16().detach().requires_grad_()
    results = []
    for low in (True, False):
        with torch.autocast("cpu", torch.bfloat16, enabled=low):
            y = blockwise_causal_attention(
                *(mixed if low else (q, k, mixed[2].float())), 0.5
            )
            y = gelu_by_sigmoid(y)
            results.append([y, *torch.autograd.grad(y.square().sum(), mixed)])
    torch.testing.assert_close(*results)
    assert results[0][0].dtype == torch.float32


def test_gradients_taken_as_functions_go_through_pytorchs_own() -> None:
    torch.manual_seed(0)
    x = torch.randn(1, 2, 256, 128) / 4

    def loss(x: Tensor) -> Tensor:
        form = blockwise_causal_attention if use_blockwise(x, x) else kernel
        return gelu_tanh(form(x, x, x, 128**-0.5)).sum()

    by_autograd = x.clone().requires_grad_()
    loss(by_autograd).backward()
    torch.testing.assert_close(torch.func.grad(loss)(x), by_autograd.grad)


def test_they_are_for_gradients_on_a_cpu_in_float32() -> None:
    x = torch.zeros(1, 1, 256, 256, requires_grad=True)
    others = x.detach(), x.double(), x.bfloat16(), x.to("meta")
    for pays in (use_float32_kernel, lambda x: use_blockwise(x, x)):
        assert pays(x)
        assert not any(map(pays, others))


def test_strips_pay_in_the_middle_and_with_as_many_keys() -> None:
    lengths = 31, 32, 255, 256, 512, 513
    pays = [use_blockwise(*sides(1, 1, n, 1)[:2]) for n in lengths]
    assert pays == [False, False, False, True, True, False]
    with torch.autocast("cpu", torch.bfloat16):
        pays = [use_blockwise(*sides(1, 1, n, 1)[:2]) for n in lengths]
    assert pays == [False, True, True, True, True, False]
    (q, *_), (k, *_) = sides(1, 4, 256, 1), sides(1, 2, 256, 1)
    assert not use_blockwise(q, k)


def test_float32_pays_where_there_is_much_to_do() -> None:
    much = torch.zeros(2**16, requires_grad=True)
    assert use_float32_kernel(much)
    assert not use_float32_kernel(much[1:])


def layer_gradients(layer: MultiHeadAttention, x: Tensor) -> list[Tensor]:
    y = layer(x, causal=True)
    return [y, *torch.autograd.grad(y.square().sum(), list(layer.parameters()))]


def test_the_attention_layer_gives_the_same_either_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    torch.manual_seed(0)
    layer, x = MultiHeadAttention(8, 2), torch.randn(2, 256, 8)
    used = []
    monkeypatch.setattr(
        multi_head_attention,
        "blockwise_causal_attention",
        lambda *a: used.append(a) or blockwise_causal_attention(*a),
    )
    fast = layer_gradients(layer, x)
    assert len(used) == 1
    monkeypatch.setattr(multi_head_attention, "use_blockwise", lambda *_: False)
    torch.testing.assert_close(fast, layer_gradients(layer, x))
    assert len(used) == 1


def test_a_mask_or_dropout_is_not_lost() -> None:
    torch.manual_seed(0)
    x = torch.randn(1, 256, 8)
    layer = MultiHeadAttention(8, 2, dropout=0.5)
    assert not torch.equal(layer(x, causal=True), layer(x, causal=True))
    layer.eval()
    mask = causal_mask(256)
    torch.testing.assert_close(layer(x, mask), layer(x, causal=True))
    narrow = mask & ~mask.tril(-8)
    assert not torch.allclose(layer(x, narrow), layer(x, causal=True))


def test_the_activation_gives_the_same_either_way() -> None:
    torch.manual_seed(0)
    x = torch.randn(2, 2**15, requires_grad=True)
    results = gelu_tanh(x), gelu_by_sigmoid(x)
    assert type(results[0].grad_fn) is type(results[1].grad_fn)
    torch.testing.assert_close(gelu_tanh(x), F.gelu(x, approximate="tanh"))


def test_far_scores_lose_nothing() -> None:
    scores = torch.tensor([[1e4, 0.0, -1e4], [-3e4, -3e4, -3e4]])
    nats, slope = surprisal(scores, torch.tensor([1, 2]))
    torch.testing.assert_close(nats, torch.tensor([1e4, math.log(3)]))
    torch.testing.assert_close(slope[0], torch.tensor([1.0, -1.0, 0.0]))


def scores_and_targets(n: int) -> tuple[Tensor, Tensor]:
    """Scores of 7 ids that want a gradient, and targets, the second ignored."""
    torch.manual_seed(0)
    targets = torch.randint(7, (n,))
    targets[1:2] = cpu.IGNORED
    return (3 * torch.randn(n, 7)).requires_grad_(), targets


@pytest.mark.parametrize("n", [1, 2, 50])
@pytest.mark.parametrize("scale", [1.0, 0.25])
def test_the_loss_at_once_is_pytorchs_with_its_gradient(n: int, scale: float) -> None:
    scores, targets = scores_and_targets(n)
    results = [f(scores, targets) for f in (cross_entropy_at_once, F.cross_entropy)]
    torch.testing.assert_close(*results)
    torch.testing.assert_close(
        *(torch.autograd.grad(scale * loss, scores) for loss in results)
    )


def test_what_is_ignored_may_be_no_number() -> None:
    scores, targets = scores_and_targets(3)
    spoiled = scores.detach().clone()
    spoiled[1] = torch.nan
    loss = cross_entropy_at_once(spoiled.requires_grad_(), targets)
    torch.testing.assert_close(loss, cross_entropy_at_once(scores, targets))
    loss.backward()
    assert spoiled.grad is not None
    assert spoiled.grad[1].tolist() == [0] * 7


def test_the_gradient_of_the_loss_can_be_taken_twice() -> None:
    scores, targets = scores_and_targets(3)
    loss = cross_entropy_at_once(scores, targets)
    loss.backward(retain_graph=True)
    first = scores.grad.clone()
    loss.backward()
    torch.testing.assert_close(scores.grad, 2 * first)


def test_a_loss_of_nothing_is_no_number() -> None:
    scores, targets = scores_and_targets(3)
    assert cross_entropy_at_once(scores, targets.fill_(cpu.IGNORED)).isnan()


def test_a_target_that_is_no_id_is_refused() -> None:
    scores, targets = scores_and_targets(3)
    with pytest.raises(RuntimeError, match="index 7 is out of bounds"):
        cross_entropy_at_once(scores, targets.fill_(7))


@pytest.mark.parametrize(("n", "at_once"), [(2**16 // 7, False), (2**14, True)])
def test_the_loss_is_taken_at_once_where_there_is_much_to_do(
    n: int, at_once: bool
) -> None:
    scores, targets = scores_and_targets(n)
    loss = mean_token_nll(scores, targets)
    own = cross_entropy_at_once(scores, targets)
    assert (type(loss.grad_fn) is type(own.grad_fn)) == at_once
    torch.testing.assert_close(loss, own)
