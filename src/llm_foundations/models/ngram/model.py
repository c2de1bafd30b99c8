"""A language model that counts: the next token by what followed the last few.

The first thing that a neural model has to beat, and it takes seconds to train.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from llm_foundations.models.ngram.counts import Document, Ids, NGramCounts
from llm_foundations.models.ngram.smoothing import Estimate, KneserNey, Smoothing


class NGramModel(nn.Module):
    """Predicts each token from the `n - 1` tokens before it.

    The ids may stand for characters, words or pieces of words. It has no weights,
    and gives out log-probabilities where other models give logits, so whatever
    evaluates or samples those takes it too.

    Args:
        n: The tokens of an n-gram; 1 looks at nothing before.
        vocab_size: The number of different tokens.
        smoothing: How counts become probabilities.

    Examples:
        >>> from llm_foundations.models.ngram.smoothing import AddK
        >>> model = NGramModel(n=2, vocab_size=3, smoothing=AddK(1)).fit([[0, 1, 0, 2]])
        >>> [round(p, 2) for p in model.next_log_probs([0]).exp().tolist()]
        [0.2, 0.4, 0.4]

    Reference:
        Shannon (1948), "A mathematical theory of communication", section 3;
        Chen and Goodman (1999) for the smoothing.
    """

    def __init__(
        self, n: int, vocab_size: int, smoothing: Smoothing | None = None
    ) -> None:
        """Check the order, and start without counts."""
        super().__init__()
        if n < 1 or vocab_size < 1:
            raise ValueError(
                f"n and vocab_size must be at least 1: {n=}, {vocab_size=}"
            )
        self.n, self.vocab_size = n, vocab_size
        self.smoothing = smoothing or KneserNey()
        self._fitted: tuple[NGramCounts, Estimate] | None = None

    def fit(self, documents: Iterable[Document]) -> "NGramModel":
        """Count the n-grams of documents, and forget what was counted before.

        Returns:
            The model itself.

        Raises:
            ValueError: If there is no token, or an id is not in the vocabulary.
        """
        return self.fit_counts(NGramCounts(documents, self.n, self.vocab_size))

    def fit_counts(self, counts: NGramCounts) -> "NGramModel":
        """Use counts that have been made already, which several models may share.

        Raises:
            ValueError: If they are of other n-grams.
        """
        if (counts.n, counts.vocab_size) != (self.n, self.vocab_size):
            raise ValueError(
                f"counts of n={counts.n}, vocab_size={counts.vocab_size}; the model "
                f"has n={self.n}, vocab_size={self.vocab_size}"
            )
        self._fitted = counts, self.smoothing.fit(counts)
        return self

    def forward(self, token_ids: Int[Tensor, "B T"]) -> Float[Tensor, "B T V"]:
        """Return the log-probability of every token after each position.

        Args:
            token_ids: Rows that begin where a document begins.
        """
        counts, _ = self._ready()
        after = torch.nn.functional.pad(token_ids, (0, 1))  # one more, to be predicted
        contexts = counts.pairs(after)[0].reshape(len(after), -1, self.n - 1)[:, 1:]
        flat = self._log_probs(contexts.reshape(-1, self.n - 1))
        return flat.reshape(*token_ids.shape, -1).to(token_ids.device, torch.float32)

    def next_log_probs(self, prompt: Document) -> Float[Tensor, " V"]:
        """Return the log-probability of each token after the start of a document."""
        counts, _ = self._ready()
        contexts, _ = counts.pairs([[*_integers(prompt), 0]])
        return self._log_probs(contexts[-1:])[0]

    def token_log_probs(self, document: Document) -> Float[Tensor, " T"]:
        """Return the log-probability of each token of a document, in nats."""
        counts, estimate = self._ready()
        contexts, tokens = counts.pairs([document])
        return _log(estimate(counts.find(contexts, tokens[:, None]))[:, 0])

    def log_probability(self, document: Document) -> float:
        """Return the log-probability of a whole document, in nats.

        Nothing is added: where documents end in a token of their own, that token
        has to be the document's last.
        """
        return self.token_log_probs(document).sum().item()

    def perplexity(self, documents: Iterable[Document]) -> float:
        """Return `exp` of the mean negative log-probability of a token.

        Raises:
            ValueError: If there is no token.
        """
        log_probs = [self.token_log_probs(d) for d in documents if len(d)]
        if not log_probs:
            raise ValueError("perplexity needs at least one token")
        return torch.cat(log_probs).mean().neg().exp().item()

    def generate(
        self,
        prompt: Document,
        max_new_tokens: int,
        generator: torch.Generator,
        eos_id: int | None = None,
    ) -> list[int]:
        """Continue a document, drawing each token from the model's distribution.

        Args:
            prompt: How the document begins; may be empty.
            max_new_tokens: After how many tokens to stop.
            generator: The source of chance.
            eos_id: The token after which to stop earlier.

        Returns:
            The prompt and what follows it.
        """
        ids = _integers(prompt)
        for _ in range(max_new_tokens):
            probs = self.next_log_probs(ids[-self.n :]).exp()
            ids.append(int(torch.multinomial(probs, 1, generator=generator)))
            if ids[-1] == eos_id:
                break
        return ids

    def _log_probs(self, contexts: Ids) -> Float[Tensor, "P V"]:
        counts, estimate = self._ready()
        every_token = np.arange(self.vocab_size)[None]
        return _log(estimate(counts.find(contexts, every_token)))

    def _ready(self) -> tuple[NGramCounts, Estimate]:
        if self._fitted is None:
            raise RuntimeError("the model has counted nothing yet: call fit first")
        return self._fitted


def _integers(document: Document) -> list[int]:
    return document.tolist() if isinstance(document, Tensor) else list(document)


def _log(probabilities: Sequence[float] | np.ndarray) -> Tensor:
    return torch.from_numpy(np.asarray(probabilities)).log()
