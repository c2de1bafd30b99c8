"""Blockwise causal attention beside the plain form and PyTorch's kernel."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from llm_foundations.layers import attention as door, blockwise
from llm_foundations.layers.attention import scaled_dot_product_attention
from llm_foundations.layers.blockwise import blockwise_causal_attention, use_blockwise
from llm_foundations.layers.masks import causal_mask
from llm_foundations.layers.multi_head_attention import MultiHeadAttention


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
def test_blocks_are_causal_attention_with_its_gradients(form: object, n: int) -> None:
    qkv = sides(2, 3, n, 4)
    results = [f(*qkv, 0.3) for f in (blockwise_causal_attention, form)]
    torch.testing.assert_close(*results)
    weigh = torch.randn_like(results[0])
    torch.testing.assert_close(*(torch.autograd.grad(y, qkv, weigh) for y in results))


def test_blocks_have_the_gradient_of_small_steps() -> None:
    qkv = sides(1, 2, blockwise.BLOCK_SIZE + 2, 2, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda *x: blockwise_causal_attention(*x, 0.5), qkv)


def test_autocast_changes_nothing_inside() -> None:
    q, k, v = sides(1, 2, 70, 4)
    mixed = q, k, v.bfloat16().detach().requires_grad_()
    results = []
    for low in (True, False):
        with torch.autocast("cpu", torch.bfloat16, enabled=low):
            y = blockwise_causal_attention(
                *(mixed if low else (q, k, mixed[2].float())), 0.5
            )
            results.append([y, *torch.autograd.grad(y.square().sum(), mixed)])
    torch.testing.assert_close(*results)
    assert results[0][0].dtype == torch.float32


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
        door,
        "blockwise_causal_attention",
        lambda *a: used.append(a) or blockwise_causal_attention(*a),
    )
    monkeypatch.setattr(door, "use_blockwise", lambda *_: True)
    fast = layer_gradients(layer, x)
    assert len(used) == 1
    monkeypatch.setattr(door, "use_blockwise", lambda *_: False)
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


def test_second_derivatives_are_refused_not_wrong() -> None:
    q, k, v = sides(1, 1, 4, 2)
    loss = blockwise_causal_attention(q, k, v, 1.0).square().sum()
    (slope,) = torch.autograd.grad(loss, q, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        slope.sum().backward()


def test_it_is_used_in_training_under_autocast_on_a_cpu_alone() -> None:
    lengths = 31, 32, 512, 513
    q, k, _ = sides(1, 1, 64, 2)
    with torch.autocast("cpu", torch.bfloat16):
        used = [use_blockwise(*sides(1, 1, n, 1)[:2]) for n in lengths]
        assert used == [False, True, True, False]
        assert not use_blockwise(q.detach(), k)
        assert not use_blockwise(q.to("meta"), k)
        assert not use_blockwise(q, k[:, :, :32])
        taken: list[bool] = []
        torch.func.grad(lambda x: (taken.append(use_blockwise(x, x)), x.sum())[1])(q)
        assert taken == [False]
    assert not use_blockwise(q, k)
