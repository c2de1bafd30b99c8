"""Stories cut into words: to train a small model on for seconds, and to measure it."""

import torch
from torch import nn

from llm_foundations.data.batches.loader import Loader
from llm_foundations.data.batches.windows import sliding_windows
from llm_foundations.data.stories.language import Language
from llm_foundations.data.stories.world import Size
from llm_foundations.evaluation.loss import document_nll
from llm_foundations.tokenizers.words import WordTokenizer
from llm_foundations.training.config import TrainConfig
from llm_foundations.training.loop import Trainer
from llm_foundations.training.objectives.language_modeling import causal_lm

END = "<end>"
"""Stands before and after each story."""


class Stories:
    """Stories as word ids, some to train on and some that are held out.

    One id a word keeps the texts short, so that a model of a few ten thousand
    parameters learns something in a minute of steps. What is trained for good uses
    the command `llm-foundations train`.

    Args:
        n_train: How many stories to train on.
        n_held_out: How many to measure on.
        size: Of the language.

    Attributes:
        vocab_size: Words in all.

    Examples:
        >>> stories = Stories(n_train=50, n_held_out=2)
        >>> stories.tokenizer.decode(stories.encode("There once lived"))
        '<end> There once lived'
    """

    def __init__(
        self, n_train: int = 500, n_held_out: int = 40, size: Size = "tiny"
    ) -> None:
        self.language = Language(size)
        texts = list(self.language.documents("train", n_train))
        self.tokenizer = WordTokenizer.train(texts, 2000, ("<unknown>", END))
        self.vocab_size = self.tokenizer.vocab_size
        self._train = [i for text in texts for i in self.encode(text)]
        self._texts = list(self.language.documents("validation", n_held_out))
        end = self.tokenizer.special_tokens[END]
        self._held_out = [[*self.encode(text), end] for text in self._texts]

    def encode(self, text: str) -> list[int]:
        """Return the ids of the beginning of a story: the end of another, then it."""
        end = self.tokenizer.special_tokens[END]
        return [end, *self.tokenizer.encode_ordinary(text)]

    def train(
        self,
        model: nn.Module,
        n_steps: int,
        batch_size: int = 4,
        length: int = 64,
        optimizer: str = "muon",
        learning_rate: float = 0.02,
    ) -> list[float]:
        """Train a causal model in place on rows cut from the stories.

        Args:
            model: Maps word ids to logits over `vocab_size` words.
            n_steps: Changes of the weights.
            batch_size: Rows a step.
            length: Predictions a row.
            optimizer: `muon`, or another that `TrainConfig` knows.
            learning_rate: Its peak.

        Returns:
            The loss of each step, in nats per word, before the step was taken.
        """
        rows = sliding_windows(torch.tensor(self._train), length + 1, length)
        data = Loader(rows, batch_size)
        config, losses = TrainConfig(n_steps, optimizer, learning_rate), list[float]()
        Trainer(
            model, causal_lm, data, config, [lambda _, now: losses.append(now["loss"])]
        ).fit()
        return losses

    def loss(self, model: nn.Module) -> float:
        """Return the model's nats per word on the stories that were held out."""
        return document_nll(model, self._held_out).sum().item() / self._n_words

    def floor(self) -> float:
        """Return the nats per word that no model can pass, on the same stories."""
        nats = -sum(map(self.language.log_probability, self._texts))
        return nats / self._n_words

    @property
    def _n_words(self) -> int:
        return sum(len(document) - 1 for document in self._held_out)
