"""What the decoder sees, what it has to write, and that a Transformer learns by it."""

from functools import partial

import pytest
import torch

from llm_foundations.data.batches.loader import Loader
from llm_foundations.data.translation import sentences as translation
from llm_foundations.data.translation.parallel import END, PAD, START, ParallelText
from llm_foundations.generation.decode import translate
from llm_foundations.models.encoder_decoder import EncoderDecoder, EncoderDecoderConfig
from llm_foundations.training.config import TrainConfig
from llm_foundations.training.loop import Trainer
from llm_foundations.training.objectives.seq2seq import teacher_forcing

ROWS = torch.tensor([[5, 6, 0, 1, 7, 8, 2], [5, 0, 0, 1, 9, 2, 0]])


def test_the_decoder_sees_one_token_less_than_it_writes() -> None:
    example = teacher_forcing(ROWS, n_source=3)
    source, seen, mask = example.inputs
    assert source.tolist() == [[5, 6, 0], [5, 0, 0]]
    assert seen.tolist() == [[1, 7, 8], [1, 9, 2]]
    assert example.targets.tolist() == [[7, 8, 2], [9, 2, 0]]
    assert mask.tolist() == [[[True, True, False]], [[True, False, False]]]
    assert example.loss_mask.tolist() == [[True] * 3, [True, True, False]]


@pytest.mark.parametrize("n_source", [0, 6])
def test_a_cut_that_leaves_nothing_is_refused(n_source: int) -> None:
    with pytest.raises(ValueError, match=f"n_source={n_source} leaves"):
        teacher_forcing(ROWS, n_source)


def test_a_small_transformer_learns_to_translate_by_it() -> None:
    torch.manual_seed(0)
    english = [f"The {noun} {verb}." for noun in ("cat", "hen") for verb in VERBS]
    pairs = [translation.read(sentence) for sentence in english]
    text = ParallelText(pairs)
    config = EncoderDecoderConfig(text.vocab_size, 16, 1, 1, 32, dropout=0.0)
    model = EncoderDecoder(config)
    objective = partial(teacher_forcing, n_source=text.n_source)
    settings = TrainConfig(n_steps=120, optimizer="adamw", learning_rate=0.01)
    Trainer(model, objective, Loader(text.rows, 8), settings).fit()
    source = text.encode(english)
    written = translate(model, source, 8, START, END, source != PAD)
    french = [" ".join(p.french[:-1].split()) + " ." for p in pairs]
    assert [text.decode(row) for row in written.tolist()] == french


VERBS = ("slept", "sang", "arrived", "fell")
