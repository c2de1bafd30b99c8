"""T5, versions 1.0 and 1.1, against Transformers: logits, loss, gradients, errors."""

import dataclasses

import pytest
import torch
from torch.nn import functional as F

from llm_foundations.layers.masks import padding_mask
from llm_foundations.models.t5 import T5, T5Config
from tests.models.families import VOCAB, assert_gradients_close, t5

V1_1_SMALL = T5Config(
    d_ff=1024, n_layers=8, n_heads=6, gated=True, tie_embeddings=False
)
V1_1 = {"tied": False, "feed_forward_proj": "gated-gelu"}
LENGTHS = [(2, 9, 6), (1, 1, 1), (3, 30, 2)]
SIZES = [{}, V1_1, {"num_heads": 1, "num_layers": 1, "num_decoder_layers": 3}]


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize(("n_batch", "n_source", "n"), LENGTHS)
def test_logits_loss_and_gradients_equal_transformers(
    sizes: dict, n_batch: int, n_source: int, n: int
) -> None:
    torch.manual_seed(0)
    ours, theirs = t5(**sizes)
    source_ids, target_ids = (torch.randint(VOCAB, (n_batch, k)) for k in (n_source, n))
    logits = ours(source_ids, target_ids)
    expected = theirs(source_ids, decoder_input_ids=target_ids).logits
    torch.testing.assert_close(logits, expected)
    targets = torch.randint(VOCAB, (n_batch, n))
    losses = [F.cross_entropy(x.mT, targets) for x in (logits, expected)]
    torch.testing.assert_close(*losses)
    for loss in losses:
        loss.backward()
    assert_gradients_close(ours, theirs)


def test_padding_of_both_sides_equals_transformers() -> None:
    torch.manual_seed(0)
    ours, theirs = t5()
    source_ids, target_ids = torch.randint(VOCAB, (2, 7)), torch.randint(VOCAB, (2, 5))
    source_mask = padding_mask(torch.tensor([7, 3]), 7)
    mask = padding_mask(torch.tensor([2, 5]), 5)
    logits = ours(source_ids, target_ids, source_mask, mask)
    expected = theirs(
        source_ids,
        attention_mask=source_mask[:, 0].long(),
        decoder_input_ids=target_ids,
        decoder_attention_mask=mask[:, 0].long(),
    ).logits
    shown = mask[:, 0]
    torch.testing.assert_close(logits[shown], expected[shown])
    alone = ours(source_ids[1:, :3], target_ids[1:])
    torch.testing.assert_close(logits[1:], alone)


@torch.no_grad()
def test_the_cache_equals_the_full_pass() -> None:
    ours, _ = t5(**V1_1)
    source, cache = ours.encode(torch.randint(VOCAB, (2, 4))), ours.new_cache()
    target_ids = torch.randint(VOCAB, (2, 9))
    steps = [ours.decode(part, source, cache=cache) for part in target_ids.split(2, 1)]
    torch.testing.assert_close(torch.cat(steps, 1), ours.decode(target_ids, source))


@pytest.mark.parametrize(
    ("config", "n_parameters"),
    [
        (T5Config(), 60_506_624),  # T5 small
        (  # T5 v1.1 small
            T5Config(
                d_ff=1024, n_layers=8, n_heads=6, gated=True, tie_embeddings=False
            ),
            76_961_152,
        ),
    ],
)
def test_counts_on_the_meta_device(config: T5Config, n_parameters: int) -> None:
    with torch.device("meta"):
        model = T5(config)
    assert sum(p.numel() for p in model.parameters()) == n_parameters


@pytest.mark.parametrize("gated", [False, True])
def test_a_config_goes_both_ways(gated: bool) -> None:
    config = T5Config(
        50, 12, 5, 10, 2, 3, 4, 8, 9, 0.25, 1e-5, gated, tie_embeddings=not gated
    )
    assert T5Config.from_huggingface(config.to_huggingface()) == config


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"n_buckets": 2}, "n_buckets=2 and max_distance=128"),
        ({"max_distance": 16}, "n_buckets=32 and max_distance=16"),
        ({"d_head": 0}, "d_head must be at least 1, got 0"),
    ],
)
def test_a_config_that_cannot_be_is_refused(wrong: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(T5Config(), **wrong)


def test_a_foreign_config_is_refused() -> None:
    theirs = {**T5Config().to_huggingface(), "feed_forward_proj": "gated-silu"}
    with pytest.raises(ValueError, match=r"'gated-silu' .only 'gated-gelu'"):
        T5Config.from_huggingface(theirs)


def test_an_unknown_id_is_refused() -> None:
    ours, _ = t5()
    with pytest.raises(ValueError, match=f"id {VOCAB} is not in 0 to {VOCAB - 1}"):
        ours(torch.tensor([[1]]), torch.tensor([[VOCAB]]))
