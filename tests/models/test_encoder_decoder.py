"""The Transformer of 2017 against PyTorch's own layers, and when it translates."""

import math

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from llm_foundations.layers.masks import causal_mask, padding_mask
from llm_foundations.models.encoder_decoder import EncoderDecoder, EncoderDecoderConfig
from tests.models.families import randomized

LENGTHS = [(2, 6, 5), (1, 1, 1), (3, 2, 9)]
CONFIG = EncoderDecoderConfig(23, d_model=12, n_layers=2, n_heads=3, d_ff=20)


def twins() -> tuple[EncoderDecoder, nn.Transformer]:
    """Ours, and PyTorch's without the last norms, which the paper does not have."""
    ours = EncoderDecoder(CONFIG)
    with pytest.warns(UserWarning, match="nested_tensor"):
        theirs = nn.Transformer(12, 3, 2, 2, 20, 0.0, batch_first=True)
    theirs.encoder.norm = theirs.decoder.norm = None
    randomized(ours)
    for mine, other in zip(
        [*ours.encoder_blocks, *ours.decoder_blocks],
        [*theirs.encoder.layers, *theirs.decoder.layers],
        strict=True,
    ):
        copy_block(mine, other)
    return ours, theirs.eval()


def copy_block(ours: nn.Module, theirs: nn.Module) -> None:
    pairs = [(ours.attention, theirs.self_attn)]
    norms = [ours.attention_norm, ours.feed_forward_norm]
    if hasattr(ours, "cross_attention"):
        pairs.append((ours.cross_attention, theirs.multihead_attn))
        norms.insert(1, ours.cross_norm)
    for mine, other in pairs:
        for kind in ("weight", "bias"):
            parts = [getattr(getattr(mine, f"{x}_proj"), kind) for x in "qkv"]
            getattr(other, f"in_proj_{kind}").data = torch.cat(parts).detach()
        other.out_proj.load_state_dict(mine.o_proj.state_dict())
    for i, norm in enumerate(norms, start=1):
        getattr(theirs, f"norm{i}").load_state_dict(norm.state_dict())
    theirs.linear1.load_state_dict(ours.feed_forward.up_proj.state_dict())
    theirs.linear2.load_state_dict(ours.feed_forward.down_proj.state_dict())


def embedded(ours: EncoderDecoder, ids: Tensor) -> Tensor:
    """The paper's section 3.4 and 3.5, written out."""
    rows = []
    for t in range(ids.shape[1]):
        hands = [t / 10000 ** (2 * (c // 2) / 12) for c in range(12)]
        row = [math.cos(h) if c % 2 else math.sin(h) for c, h in enumerate(hands)]
        rows.append(row)
    return ours.token_embedding.weight[ids] * math.sqrt(12) + torch.tensor(rows)


@pytest.mark.parametrize(("n_batch", "n_source", "n"), LENGTHS)
def test_logits_and_gradients_equal_pytorch(
    n_batch: int, n_source: int, n: int
) -> None:
    torch.manual_seed(0)
    ours, theirs = twins()
    source_ids, target_ids = (torch.randint(23, (n_batch, k)) for k in (n_source, n))
    lengths = torch.randint(1, n_source + 1, (n_batch,))
    source_mask = padding_mask(lengths, n_source)
    logits = ours(source_ids, target_ids, source_mask)
    hidden = theirs(
        embedded(ours, source_ids),
        embedded(ours, target_ids),
        tgt_mask=~causal_mask(n),
        src_key_padding_mask=~source_mask[:, 0],
        memory_key_padding_mask=~source_mask[:, 0],
    )
    expected = hidden @ ours.token_embedding.weight.T
    torch.testing.assert_close(logits, expected)
    weight = ours.token_embedding.weight
    gradients = [
        torch.autograd.grad(F.cross_entropy(x.mT, target_ids), weight)[0]
        for x in (logits, expected)
    ]
    torch.testing.assert_close(*gradients)


def test_the_gradient_of_a_block_equals_pytorch() -> None:
    torch.manual_seed(0)
    ours, theirs = twins()
    ids = torch.randint(23, (2, 5))
    ours(ids, ids).square().mean().backward()
    x = embedded(ours, ids)
    hidden = theirs(x, x, tgt_mask=~causal_mask(5))
    (hidden @ ours.token_embedding.weight.T).square().mean().backward()
    for mine, other in zip(ours.decoder_blocks, theirs.decoder.layers, strict=True):
        for x in "qkv":
            part = slice("qkv".index(x) * 12, "qkv".index(x) * 12 + 12)
            gradient = getattr(mine.cross_attention, f"{x}_proj").weight.grad
            expected = other.multihead_attn.in_proj_weight.grad[part]
            torch.testing.assert_close(gradient, expected)
        torch.testing.assert_close(mine.cross_norm.weight.grad, other.norm2.weight.grad)


@torch.no_grad()
def test_the_cache_equals_the_full_pass() -> None:
    model = randomized(EncoderDecoder(CONFIG))
    source, cache = model.encode(torch.randint(23, (2, 4))), model.new_cache()
    target_ids = torch.randint(23, (2, 9))
    steps = [model.decode(part, source, cache=cache) for part in target_ids.split(2, 1)]
    torch.testing.assert_close(torch.cat(steps, 1), model.decode(target_ids, source))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"d_model": 9, "n_heads": 3}, "even d_model, got 9"),
        ({"n_heads": 5}, "d_model=512 is not divisible by n_heads=5"),
        ({"n_layers": 0}, "got n_layers=0"),
    ],
)
def test_a_config_that_cannot_be_is_refused(wrong: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        EncoderDecoder(EncoderDecoderConfig(**wrong))


def test_it_learns_to_copy() -> None:
    torch.manual_seed(0)
    model = EncoderDecoder(EncoderDecoderConfig(8, 16, 1, 2, 32, dropout=0.0))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(250):
        source = torch.randint(1, 8, (16, 4))
        target = torch.cat((torch.zeros(16, 1, dtype=torch.long), source), 1)
        loss = F.cross_entropy(model(source, target[:, :-1]).mT, target[:, 1:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.2  # ln 7 = 1.95 for one who guesses


def test_alignment_is_what_pytorch_attends_to() -> None:
    torch.manual_seed(0)
    ours, theirs = twins()
    source_ids, target_ids = torch.randint(23, (2, 4)), torch.randint(23, (2, 5))
    source_mask = padding_mask(torch.tensor([4, 2]), 4)
    found: list[Tensor] = []

    def look(layer: nn.MultiheadAttention, _: tuple, settings: dict) -> tuple:
        return _, settings | {"need_weights": True, "average_attn_weights": False}

    for layer in theirs.decoder.layers:
        layer.multihead_attn.register_forward_pre_hook(look, with_kwargs=True)
        layer.multihead_attn.register_forward_hook(lambda *x: found.append(x[2][1]))
    theirs(
        embedded(ours, source_ids),
        embedded(ours, target_ids),
        tgt_mask=~causal_mask(5),
        src_key_padding_mask=~source_mask[:, 0],
        memory_key_padding_mask=~source_mask[:, 0],
    )
    weights = ours.alignment(source_ids, target_ids, source_mask)
    assert [w.shape for w in weights] == [(2, 3, 5, 4)] * 2
    for mine, other in zip(weights, found, strict=True):
        torch.testing.assert_close(mine, other)
    assert not ours.decoder_blocks[0].cross_attention._forward_pre_hooks
