"""A short run on sentence pairs translates, is repeatable, and does not cheat."""

import pytest
import torch
from torch import nn

from llm_foundations.data.translation.parallel import END, START
from llm_foundations.experiments.encoder_decoder import Translations
from llm_foundations.models.encoder_decoder import EncoderDecoder, EncoderDecoderConfig


class Reciter(nn.Module):
    """Writes the given rows, whatever it is asked; has what `translate` needs."""

    def __init__(self, rows: list[list[int]], vocab_size: int) -> None:
        super().__init__()
        self.rows, self.vocab_size, self.n_asked = rows, vocab_size, 0

    def encode(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return ids

    def new_cache(self) -> "Reciter":
        self.length = 0
        return self

    def decode(self, ids, source, mask, cache) -> torch.Tensor:
        at, self.length = self.length, self.length + 1
        words = torch.tensor([(row + [END] * 40)[at] for row in self.rows])
        return nn.functional.one_hot(words, self.vocab_size).float()[:, None]

    def head(self, x: torch.Tensor) -> torch.Tensor:
        return x


def test_accuracy_counts_the_sentences_that_are_right_word_for_word() -> None:
    sentences = Translations(n_train=2000, n_held_out=60, longest=6)
    encode = sentences.text.tokenizer.encode
    rows = [encode(french) for _, french in sentences.held_out]
    assert sentences.accuracy(Reciter(rows, sentences.vocab_size)) == 1
    rows[0][0] = START
    expected = 1 - 1 / len(rows)
    found = sentences.accuracy(Reciter(rows, sentences.vocab_size))
    assert found == pytest.approx(expected)


def test_what_is_left_out_or_too_long_is_not_trained_on() -> None:
    def english(sentences: Translations) -> set[str]:
        n = sentences.text.n_source
        return {
            sentences.text.decode(row) for row in sentences.text.rows[:, :n].tolist()
        }

    whole = english(Translations(n_train=500, longest=7))
    left_out = sorted(whole)[0]
    without = Translations(
        n_train=500, longest=7, without=[left_out.replace(" .", ".")]
    )
    assert english(without) == whole - {left_out}
    with pytest.raises(ValueError, match="no pair"):
        Translations(n_train=50, longest=1)


def trained(n_steps: int) -> tuple[EncoderDecoder, Translations]:
    sentences = Translations(n_train=4000, n_held_out=200, longest=5)
    torch.manual_seed(0)
    config = EncoderDecoderConfig(sentences.vocab_size, 32, 1, 1, 64, dropout=0.0)
    model = EncoderDecoder(config)
    sentences.train(model, n_steps)
    return model, sentences


def test_a_short_run_learns_the_same_twice() -> None:
    first, second = (trained(5)[0].token_embedding.weight for _ in range(2))
    assert torch.equal(first, second)


def test_some_unseen_sentences_are_translated_after_a_short_run() -> None:
    model, sentences = trained(200)
    assert sentences.accuracy(model) > 0.4
