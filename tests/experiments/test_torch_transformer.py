"""PyTorch's `nn.Transformer` in our model: the same numbers, forward and gradient."""

import pytest
import torch
from torch import nn

from llm_foundations.experiments.encoder_decoder import from_torch
from llm_foundations.layers.masks import causal_mask


def transformer(n_encoder: int = 2, n_decoder: int = 2, **settings) -> nn.Transformer:
    theirs = nn.Transformer(
        12, 3, n_encoder, n_decoder, 20, 0.1, batch_first=True, **settings
    )
    theirs.encoder.norm = theirs.decoder.norm = None
    for p in theirs.parameters():
        nn.init.normal_(p, std=0.5)
    return theirs.eval()


@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
def test_the_same_numbers_forward_and_gradient() -> None:
    torch.manual_seed(0)
    theirs = transformer()
    ours = from_torch(theirs, vocab_size=23).eval()
    source_ids, target_ids = torch.randint(23, (2, 6)), torch.randint(23, (2, 5))
    source, target = (ours._embed(ids, 0) for ids in (source_ids, target_ids))
    expected = theirs(source, target, tgt_mask=~causal_mask(5))
    result = ours.decode(target_ids, ours.encode(source_ids))
    torch.testing.assert_close(result, expected)
    weight = ours.token_embedding.weight
    ours_, theirs_ = (
        torch.autograd.grad(y[..., 0].square().sum(), weight, retain_graph=True)
        for y in (result, expected)
    )
    torch.testing.assert_close(ours_, theirs_)


@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
def test_the_sizes_are_taken_over_and_the_weights_are_copies() -> None:
    theirs = transformer(layer_norm_eps=1e-3)
    ours = from_torch(theirs, vocab_size=23)
    config = ours.config
    sizes = config.d_model, config.n_layers, config.n_heads, config.d_ff
    assert sizes == (12, 2, 3, 20)
    assert (config.dropout, config.norm_eps) == (0.1, 1e-3)
    nn.init.zeros_(theirs.decoder.layers[1].norm3.weight)
    assert ours.decoder_blocks[1].feed_forward_norm.weight.abs().sum() > 0


@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
@pytest.mark.parametrize(
    ("theirs", "message"),
    [
        (lambda: transformer(norm_first=True), "pre-norm"),
        (lambda: transformer(activation="gelu"), "another activation than ReLU"),
        (lambda: transformer(n_decoder=1), "2 and 1 blocks"),
        (
            lambda: nn.Transformer(12, 3, 1, 1, 20, batch_first=True),
            "a norm after the last block",
        ),
    ],
)
def test_another_architecture_is_refused(theirs, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        from_torch(theirs(), vocab_size=23)
