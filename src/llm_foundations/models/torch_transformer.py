"""The weights of PyTorch's `nn.Transformer` in our model."""

import torch
from torch import Tensor, nn

from llm_foundations.models.encoder_decoder import EncoderDecoder, EncoderDecoderConfig

_SAME = {
    "self_attn.out_proj": "attention.o_proj",
    "multihead_attn.out_proj": "cross_attention.o_proj",
    "linear1": "feed_forward.up_proj",
    "linear2": "feed_forward.down_proj",
    "norm1": "attention_norm",
}
_ENCODER = _SAME | {"norm2": "feed_forward_norm"}
_DECODER = _SAME | {"norm2": "cross_norm", "norm3": "feed_forward_norm"}
_JOINED = {"self_attn": "attention", "multihead_attn": "cross_attention"}


def from_torch(transformer: nn.Transformer, vocab_size: int) -> EncoderDecoder:
    """Return our model with the weights of PyTorch's.

    `nn.Transformer` has no embedding and no head, so ours keeps a new, random one.

    Args:
        transformer: As the paper has it: post-norm, ReLU, and no norm after the last
            block (set `encoder.norm` and `decoder.norm` to None), with as many blocks
            on both sides.
        vocab_size: Rows of the embedding.

    Raises:
        ValueError: If it is not as the paper has it.

    Examples:
        >>> theirs = nn.Transformer(8, 2, 1, 1, 16, batch_first=True)
        >>> theirs.encoder.norm = theirs.decoder.norm = None
        >>> from_torch(theirs, vocab_size=10).config.d_ff
        16
    """
    encoder, decoder = transformer.encoder.layers, transformer.decoder.layers
    first = encoder[0]
    _check(transformer)
    config = EncoderDecoderConfig(
        vocab_size=vocab_size,
        d_model=first.linear1.in_features,
        n_layers=len(encoder),
        n_heads=transformer.nhead,
        d_ff=first.linear1.out_features,
        dropout=first.dropout.p,
        norm_eps=first.norm1.eps,
    )
    model = EncoderDecoder(config)
    for ours, theirs in zip(model.encoder_blocks, encoder, strict=True):
        ours.load_state_dict(_renamed(theirs.state_dict(), _ENCODER))
    for ours, theirs in zip(model.decoder_blocks, decoder, strict=True):
        ours.load_state_dict(_renamed(theirs.state_dict(), _DECODER))
    return model


def _check(transformer: nn.Transformer) -> None:
    first = transformer.encoder.layers[0]
    n_blocks = len(transformer.encoder.layers), len(transformer.decoder.layers)
    wrong = {
        "pre-norm": first.norm_first,
        "a norm after the last block": transformer.encoder.norm is not None
        or transformer.decoder.norm is not None,
        "another activation than ReLU": first.activation is not torch.relu
        and first.activation is not nn.functional.relu,
        f"{n_blocks[0]} and {n_blocks[1]} blocks": n_blocks[0] != n_blocks[1],
    }
    found = [name for name, is_so in wrong.items() if is_so]
    if found:
        raise ValueError(f"not the Transformer of 2017: it has {', '.join(found)}")


def _renamed(theirs: dict[str, Tensor], names: dict[str, str]) -> dict[str, Tensor]:
    """Give one block's weights our names, and take the joined projections apart."""
    ours = {}
    for name, value in theirs.items():
        module, _, kind = name.rpartition(".")
        if module in names:
            ours[f"{names[module]}.{kind}"] = value
        else:
            parts = zip("qkv", value.chunk(3), strict=True)
            kind = kind.removeprefix("in_proj_")
            ours |= {f"{_JOINED[module]}.{x}_proj.{kind}": part for x, part in parts}
    return ours
