"""Short sentence pairs: to train a small model on for seconds, and to measure it."""

from collections.abc import Collection
from functools import partial

from torch import nn

from llm_foundations.data import translation
from llm_foundations.data.loader import Loader
from llm_foundations.data.parallel import END, PAD, START, ParallelText
from llm_foundations.data.partition import Split
from llm_foundations.generation.decode import translate
from llm_foundations.training.config import TrainConfig
from llm_foundations.training.loop import Trainer
from llm_foundations.training.teacher_forcing import teacher_forcing


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
