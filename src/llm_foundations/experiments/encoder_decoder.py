"""Short sentence pairs: to train a small model on for seconds, and to measure it."""

from collections.abc import Collection
from functools import partial

import torch
from torch import Tensor, nn

from llm_foundations.data.batches.loader import Loader
from llm_foundations.data.stories.partition import Split
from llm_foundations.data.translation import sentences as translation
from llm_foundations.data.translation.parallel import END, PAD, START, ParallelText
from llm_foundations.generation.decode import translate
from llm_foundations.models.encoder_decoder import EncoderDecoder, EncoderDecoderConfig
from llm_foundations.training.config import TrainConfig
from llm_foundations.training.loop import Trainer
from llm_foundations.training.objectives.seq2seq import teacher_forcing


class Translations:
    """Sentence pairs as word ids, some to train on and some that are held out.

    Args:
        n_train: How many pairs are drawn to train on; the short ones are kept.
        n_held_out: How many are drawn to measure on; the short ones are kept.
        longest: The number of French words, as spaces part them, of a short pair.
        without: English sentences that are never trained on.

    Attributes:
        text: The pairs to train on, and the vocabulary.
        vocab_size: Words in all, of both languages.

    Raises:
        ValueError: If no pair is short enough.

    Examples:
        >>> sentences = Translations(n_train=50, n_held_out=10, longest=4)
        >>> max(len(french.split()) for _, french in sentences.held_out) <= 4
        True
    """

    def __init__(
        self,
        n_train: int = 16000,
        n_held_out: int = 200,
        longest: int = 7,
        without: Collection[str] = (),
    ) -> None:
        kept = _short("train", n_train, longest)
        self.text = ParallelText(p for p in kept if p.english not in without)
        self.vocab_size = self.text.vocab_size
        held_out = _short("validation", n_held_out, longest)
        self.held_out = [(p.english, p.french) for p in held_out]
        """English sentences, and what they should become."""

    def train(
        self,
        model: nn.Module,
        n_steps: int,
        batch_size: int = 32,
        learning_rate: float = 0.01,
    ) -> None:
        """Train an encoder-decoder in place, with AdamW.

        Args:
            model: Maps source ids, target ids and the mask of the source to logits.
            n_steps: Changes of the weights, the first 20 with a rising rate.
            batch_size: Pairs a step.
            learning_rate: Its peak.
        """
        objective = partial(teacher_forcing, n_source=self.text.n_source)
        config = TrainConfig(n_steps, "adamw", learning_rate, n_warmup=min(20, n_steps))
        Trainer(model, objective, Loader(self.text.rows, batch_size), config).fit()

    def accuracy(self, model: nn.Module) -> float:
        """Return the share of held-out sentences that come out word for word."""
        source = self.text.encode([english for english, _ in self.held_out])
        n_words = 2 * source.shape[1]
        written = translate(model, source, n_words, START, END, source != PAD)
        tokenizer = self.text.tokenizer
        right = [
            self.text.decode(ids) == tokenizer.decode(tokenizer.encode(french))
            for ids, (_, french) in zip(written.tolist(), self.held_out, strict=True)
        ]
        return sum(right) / len(right)


def _short(split: Split, n: int, longest: int) -> list[translation.Pair]:
    drawn = translation.pairs(split, n)
    return [pair for pair in drawn if len(pair.french.split()) <= longest]


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
