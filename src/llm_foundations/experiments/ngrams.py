"""N-gram models of the course's stories, measured against the entropy of the language.

Everything is counted in the storyteller's tokens, so that the losses of a table of
counts, of the storyteller and of the language itself can be compared.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from llm_foundations.checks import check_integer
from llm_foundations.data.stories.language import END, Language
from llm_foundations.data.stories.record import Story
from llm_foundations.experiments.storyteller import encode_to_end
from llm_foundations.experiments.what_is_an_llm import Storyteller
from llm_foundations.models.ngram.counts import NGramCounts
from llm_foundations.models.ngram.model import NGramModel
from llm_foundations.models.ngram.smoothing import Smoothing

EXCESS_BY_STORIES = {
    50: {3: 2.255, 5: 2.179, 8: 2.187},
    500: {3: 1.024, 5: 0.841, 8: 0.829},
    5_000: {3: 0.781, 5: 0.521, 8: 0.478},
    50_000: {3: 0.745, 5: 0.447, 8: 0.369},
}
"""By the number of counted stories and by n: the excess of an n-gram model with
Kneser-Ney smoothing, in nats per token. A test measures it again."""


class Unseen(NamedTuple):
    """How much of new stories was never counted."""

    tokens: float
    """The share of the tokens whose n-gram never occurred."""
    stories: float
    """The share of the stories with at least one such token."""


class Gap(NamedTuple):
    """How an n-gram model does on one kind of token, compared with the storyteller."""

    share: float
    """The share of all tokens."""
    nats: float
    """How much higher its surprisal is, in nats per story."""


class CountedStories:
    """The n-grams of training stories, and new stories to measure models on.

    Args:
        n_stories: How many training stories are counted.
        n: The length of the longest n-grams.
        n_new: How many stories of the validation split models are measured on.

    Attributes:
        counts: The n-grams of all lengths.
        new: The token ids of the new stories, each with its end.
        floor: The surprisal of the new stories in nats per token, by the language.

    Examples:
        >>> counted = CountedStories(n_stories=20, n=2, n_new=2)
        >>> 0 < counted.unseen(1).tokens < counted.unseen(2).tokens < 1
        True
    """

    def __init__(self, n_stories: int, n: int = 8, n_new: int = 200) -> None:
        check_integer("n_stories", n_stories)
        check_integer("n_new", n_new)
        self._teller, language = Storyteller(), Language("small")
        self.vocab_size = self._teller.model.config.vocab_size
        old = language.documents("train", n_stories)
        self.counts = NGramCounts(map(self.encode, old), n, self.vocab_size)
        texts = list(language.documents("validation", n_new))
        self.new = list(map(self.encode, texts))
        self._n_tokens = sum(map(len, self.new))
        self.floor = -sum(map(language.log_probability, texts)) / self._n_tokens

    def encode(self, text: str) -> list[int]:
        """Return the token ids of a story and of its end."""
        return encode_to_end(self._teller.tokenizer, text)

    def model(self, n: int, smoothing: Smoothing) -> NGramModel:
        """Return the n-gram model of one length."""
        model = NGramModel(n, self.vocab_size, smoothing)
        return model.fit_counts(self.counts.shortened(n))

    def loss(self, n: int, smoothing: Smoothing) -> float:
        """Return the loss of an n-gram model on the new stories, in nats per token."""
        counts = self.counts.shortened(n)
        contexts, tokens = counts.pairs(self.new)
        found = counts.find(contexts, tokens[:, None])
        return float(-np.log(smoothing.fit(counts)(found)).mean())

    def unseen(self, n: int) -> Unseen:
        """Return how much of the new stories was never counted."""
        counts = self.counts.shortened(n)
        is_unseen = [_is_unseen(counts, document) for document in self.new]
        stories = sum(map(np.any, is_unseen)) / len(self.new)
        return Unseen(float(np.concatenate(is_unseen).mean()), float(stories))

    def gaps(self, model: NGramModel, n_stories: int) -> dict[str, Gap]:
        """Return where an n-gram model loses to the storyteller.

        Args:
            model: One of those that `model` returns.
            n_stories: How many stories of the validation split to compare on.

        Returns:
            For each kind of token: the share of all tokens, and how much higher the
            n-gram model's surprisal is, in nats per story.
        """
        n_tokens, nats = Counter[str](), Counter[str]()
        for story in Language("small").stories("validation", n_stories):
            ids = self.encode(story.text)
            ours = self._teller.surprisals(story.text + END)
            theirs = model.token_log_probs(ids).neg().tolist()
            kinds = _kinds(story, self._teller.tokens(story.text + END))
            for kind, mine, other in zip(kinds, ours, theirs, strict=True):
                n_tokens[kind] += 1
                nats[kind] += other - mine
        total = n_tokens.total()
        return {k: Gap(n_tokens[k] / total, nats[k] / n_stories) for k in n_tokens}


def _kinds(story: Story, tokens: Sequence[str]) -> list[str]:
    """Name the kind of each token: what it refers back to, or nothing."""
    spans = list(_references(story))
    kinds, start = [], 0
    for token in tokens:
        end = start + len(token)
        first = end - len(token.lstrip(" "))
        inside = (kind for kind, a, b in spans if a <= first and end <= b)
        kinds.append(next(inside, "the rest"))
        start = end
    return kinds


def _references(story: Story) -> Iterator[tuple[str, int, int]]:
    """Yield what a story must remember to go on: its kind, its start and its end."""
    yield "closing questions", story.after_end, len(story.text) + len(END)
    for song in re.finditer(r'"([a-z ]+), (\1)!"', story.text):
        yield "second half of a song", *song.span(2)
    friend = story.friend.name if story.friend else story.hero.name
    for name in {story.hero.name, friend}:
        again = list(re.finditer(rf"\b{name}\b", story.text))[1:]
        yield from (("names, repeated", *mention.span()) for mention in again)
    for word in re.finditer(r"\b[HhSs]h?e\b", story.text):
        yield "he and she", *word.span()


@lru_cache(maxsize=2)
def counted_stories(n_stories: int = 5_000, n: int = 8) -> CountedStories:
    """Return counted stories, which are kept for the next call."""
    return CountedStories(n_stories, n)


def _is_unseen(counts: NGramCounts, document: Sequence[int]) -> np.ndarray:
    contexts, tokens = counts.pairs([document])
    return counts.find(contexts, tokens[:, None])[-1].gram[:, 0] < 0
