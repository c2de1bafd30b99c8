"""Blocks against PyTorch's own layers: pre- and post-norm, encoder and decoder."""

import math
from functools import partial

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from llm_foundations.layers.block import (
    CrossBlock,
    TransformerBlock,
    post_norm,
    pre_norm,
)
from llm_foundations.layers.feed_forward import FeedForward
from llm_foundations.layers.masks import causal_mask, padding_mask
from llm_foundations.layers.multi_head_attention import (
    CrossAttention,
    MultiHeadAttention,
)
from llm_foundations.layers.normalization import LayerNorm


def copy_attention(ours: nn.Module, theirs: nn.MultiheadAttention) -> None:
    for name in ("weight", "bias"):
        parts = [getattr(getattr(ours, f"{p}_proj"), name) for p in "qkv"]
        getattr(theirs, f"in_proj_{name}").data = torch.cat(parts).detach()
        getattr(theirs.out_proj, name).data = getattr(ours.o_proj, name).detach()


def copy_rest(ours: nn.Module, theirs: nn.Module, norms: list[nn.Module]) -> None:
    theirs.linear1.load_state_dict(ours.feed_forward.up_proj.state_dict())
    theirs.linear2.load_state_dict(ours.feed_forward.down_proj.state_dict())
    for i, norm in enumerate(norms, start=1):
        nn.init.normal_(norm.weight)
        nn.init.normal_(norm.bias)
        getattr(theirs, f"norm{i}").load_state_dict(norm.state_dict())


def sizes(residual: object) -> dict:
    """Of PyTorch's layer."""
    first = residual is pre_norm
    return {
        "dropout": 0.0,
        "activation": F.relu,
        "norm_first": first,
        "batch_first": True,
    }


@pytest.mark.parametrize("residual", [pre_norm, post_norm])
def test_an_encoder_block_equals_pytorch(residual: object) -> None:
    torch.manual_seed(0)
    norm = partial(LayerNorm, 12)
    feed_forward = FeedForward(12, 20, F.relu)
    ours = TransformerBlock(MultiHeadAttention(12, 3), feed_forward, norm, residual)
    theirs = nn.TransformerEncoderLayer(12, 3, 20, **sizes(residual))
    copy_attention(ours.attention, theirs.self_attn)
    copy_rest(ours, theirs, [ours.attention_norm, ours.feed_forward_norm])
    x, real = torch.randn(2, 5, 12), padding_mask(torch.tensor([5, 3]), 5)
    expected = theirs(x, src_key_padding_mask=~real[:, 0])
    result = ours(x, real)
    torch.testing.assert_close(result, expected)
    result.square().sum().backward()
    expected.square().sum().backward()
    for mine, other in [
        (ours.attention.o_proj, theirs.self_attn.out_proj),
        (ours.attention_norm, theirs.norm1),
        (ours.feed_forward.up_proj, theirs.linear1),
    ]:
        torch.testing.assert_close(mine.weight.grad, other.weight.grad)
        torch.testing.assert_close(mine.bias.grad, other.bias.grad)


@pytest.mark.parametrize("residual", [pre_norm, post_norm])
def test_a_decoder_block_equals_pytorch(residual: object) -> None:
    torch.manual_seed(0)
    ours = CrossBlock(
        MultiHeadAttention(12, 3),
        CrossAttention(12, 3),
        FeedForward(12, 20, F.relu),
        partial(LayerNorm, 12),
        residual,
    )
    theirs = nn.TransformerDecoderLayer(12, 3, 20, **sizes(residual))
    copy_attention(ours.attention, theirs.self_attn)
    copy_attention(ours.cross_attention, theirs.multihead_attn)
    norms = [ours.attention_norm, ours.cross_norm, ours.feed_forward_norm]
    copy_rest(ours, theirs, norms)
    x, source = torch.randn(2, 4, 12), torch.randn(2, 6, 12)
    real = padding_mask(torch.tensor([6, 2]), 6)
    expected = theirs(
        x, source, tgt_mask=~causal_mask(4), memory_key_padding_mask=~real[:, 0]
    )
    torch.testing.assert_close(ours(x, source, None, real, causal=True), expected)
    torch.testing.assert_close(ours(x, source, causal_mask(4), real), expected)


def test_residuals_by_hand() -> None:
    x = torch.tensor([[[1.0, 3.0]]])
    norm, double = (lambda h: h - h.mean()), (lambda h: 2 * h)
    assert pre_norm(x, norm, double).tolist() == [[[-1.0, 5.0]]]  # x + 2 (x - 2)
    assert post_norm(x, norm, double).tolist() == [[[-3.0, 3.0]]]  # 3 x - 6


def test_a_pre_norm_stream_is_a_sum_that_gradients_pass_whole() -> None:
    block = TransformerBlock(
        MultiHeadAttention(8, 2), FeedForward(8, 16), partial(LayerNorm, 8)
    )
    for layer in (block.attention.o_proj, block.feed_forward.down_proj):
        nn.init.zeros_(layer.weight)
        nn.init.zeros_(layer.bias)
    x = torch.randn(1, 3, 8, requires_grad=True)
    assert torch.equal(block(x), x)
    block(x).sum().backward()
    assert torch.equal(x.grad, torch.ones_like(x))


def test_dropout_falls_on_what_is_added_not_on_the_stream() -> None:
    attention, feed_forward = MultiHeadAttention(8, 2), FeedForward(8, 16)
    block = TransformerBlock(
        attention, feed_forward, partial(LayerNorm, 8), dropout=1.0
    )
    x = torch.randn(1, 3, 8)
    assert torch.equal(block(x), x)
    block.eval()
    assert not torch.equal(block(x), x)


@pytest.mark.parametrize("dropout", [-0.1, 1.5, math.nan, "0.1"])
def test_dropout_is_a_share(dropout: float) -> None:
    message = f"dropout must be .* at least 0 and at most 1, got {dropout!r}"
    with pytest.raises(ValueError, match=message):
        MultiHeadAttention(8, 2, dropout=dropout)
    with pytest.raises(ValueError, match=message):
        TransformerBlock(
            MultiHeadAttention(8, 2),
            FeedForward(8, 8),
            lambda: nn.LayerNorm(8),
            dropout=dropout,
        )
