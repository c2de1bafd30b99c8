"""BLOOM against Transformers': logits, gradients, generation, and its errors."""

import pytest
import torch

from llm_foundations.generation.decode import generate, pad_left
from llm_foundations.models.bloom import Bloom, BloomConfig
from tests.models.families import VOCAB, assert_trains_alike, bloom


@pytest.mark.parametrize("n_head", [1, 3, 4])
@pytest.mark.parametrize(("n_batch", "n"), [(2, 9), (1, 1), (3, 24)])
def test_logits_loss_and_gradients_equal_transformers(
    n_head: int, n_batch: int, n: int
) -> None:
    torch.manual_seed(0)
    ours, theirs = bloom(n_head=n_head)
    assert_trains_alike(ours, theirs, n_batch, n)


def test_generation_with_filling_equals_transformers() -> None:
    torch.manual_seed(0)
    ours, theirs = bloom()
    token_ids, real = pad_left([[5, 6, 7, 8], [9, 10]], pad_id=0)
    written = generate(ours, token_ids, 12, mask=real)
    options = {"max_new_tokens": 12, "do_sample": False, "pad_token_id": 0}
    expected = theirs.generate(token_ids, attention_mask=real.long(), **options)
    assert torch.equal(written, expected)


def test_without_the_bias_the_order_would_not_be_seen() -> None:
    torch.manual_seed(0)
    model = Bloom(BloomConfig(VOCAB, 12, n_layers=1, n_heads=3)).eval()
    one, other = model(torch.tensor([[1, 2, 3], [2, 1, 3]]))[:, -1]
    assert (one - other).abs().max() > 1e-6


def test_a_config_goes_both_ways_and_is_read_under_its_old_names() -> None:
    config = BloomConfig(50, 12, 2, 3, dropout=0.25, norm_eps=1e-3)
    theirs = config.to_huggingface()
    assert BloomConfig.from_huggingface(theirs) == config
    theirs["n_embed"] = theirs.pop("hidden_size")
    theirs["num_attention_heads"] = theirs.pop("n_head")
    assert BloomConfig.from_huggingface(theirs) == config


def test_bloom_560m_counts_what_it_has() -> None:
    with torch.device("meta"):
        model = Bloom(BloomConfig())
    assert sum(p.numel() for p in model.parameters()) == 559_214_592


@pytest.mark.parametrize(
    ("theirs", "message"),
    [
        ({"apply_residual_connection_post_layernorm": True}, "only False is supported"),
        ({"attention_dropout": 0.1}, r"attention_dropout=0.1 \(only 0.0 is supported"),
        ({"n_layer": None}, r"lacks 'n_layer' \(n_layers\)"),
        ({"n_head": 7}, "d_model=1024 is not divisible by n_heads=7"),
        ({"vocab_size": 0}, "got vocab_size=0"),
    ],
)
def test_a_config_that_cannot_be_is_refused(theirs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        BloomConfig.from_huggingface({**BloomConfig().to_huggingface(), **theirs})
