"""A language of short stories whose probability of every text is known exactly.

So the best possible loss is known too: no model's mean loss on these stories can be
below their entropy, and how far above it stays is how much it has yet to learn.
As a command it writes stories, or scores them:

    llm-foundations stories --documents 3 > stories.txt
    llm-foundations stories --score stories.txt
"""

import math
import random
import re
from collections.abc import Iterator
from functools import partial

from llm_foundations.data.stories.choosers import (
    CharacterReader,
    Completer,
    Reader,
    Sampler,
)
from llm_foundations.data.stories.entropy import Entropy, measure
from llm_foundations.data.stories.grammar import END, NotInLanguage
from llm_foundations.data.stories.partition import Split, drawn, random_source
from llm_foundations.data.stories.record import Story
from llm_foundations.data.stories.story import tell
from llm_foundations.data.stories.world import Size, World

__all__ = ["END", "MASK", "Language", "NotInLanguage"]
MASK = "[MASK]"
"""Stands for a hidden word."""
WORD = re.compile("[A-Za-z]+")
"""What counts as one word."""


class Language:
    """The language: it writes stories, reads them, and knows their probability.

    A document is one line of text. Its end counts as one more character, written
    `END`, which a model has to predict like any other.

    Args:
        size: `tiny` (20 names, about 32 nats per document), `small` (400 names, 64
            nats) or `large` (4,000 names, 73 nats).

    Raises:
        ValueError: If there is no such size.

    Examples:
        >>> language = Language("tiny")
        >>> story = next(language.documents("train"))
        >>> language.read(story).hero.name in story
        True
    """

    def __init__(self, size: Size = "small") -> None:
        self.world = World(size)

    def documents(
        self, split: Split, n: int | None = None, seed: int = 0
    ) -> Iterator[str]:
        """Return stories of one split, as text, the same ones on every machine.

        No story is in two splits, whatever the seeds. Within one split a story may
        come twice; in the small and the large language it hardly ever does.

        Args:
            split: `train`, `validation` or `test`.
            n: How many; without end if None.
            seed: Another seed gives other stories.

        Raises:
            ValueError: If there is no such split, or n is negative.
        """
        return (story.text for story in self.stories(split, n, seed))

    def stories(
        self, split: Split, n: int | None = None, seed: int = 0
    ) -> Iterator[Story]:
        """Return the stories of `documents`, with what each of them tells."""
        return drawn(self.sample, _text_of, split, n, seed)

    def sample(self, source: random.Random) -> Story:
        """Write one story, of no split in particular."""
        return self._write(Sampler(source))

    def complete(self, beginning: str, source: random.Random) -> Story:
        """Write a fair sample of the stories that begin so.

        This is what a perfect model would write.

        Raises:
            NotInLanguage: If no story begins so.
        """
        self.next_characters(beginning)
        return self._write(Completer(beginning, source))

    def _write(self, sampler: Sampler) -> Story:
        story = tell(sampler, self.world)
        story.text, story.nats = sampler.text.removesuffix(END), sampler.nats
        return story

    def read(self, text: str) -> Story:
        """Read a story: return what it tells, and its surprisal.

        Raises:
            NotInLanguage: If the text is no story; it says where, and what the
                language has there instead.
        """
        return self._read(Reader(self._ended(text)))

    def _read(self, reader: Reader) -> Story:
        story = tell(reader, self.world)
        reader.finish()
        story.text, story.nats = reader.text.removesuffix(END), reader.nats
        return story

    def _ended(self, text: str) -> str:
        """Put the end after a document, which may not hold one already."""
        if END in text:
            position = text.index(END)
            expected = self.continuations(text[:position])
            raise NotInLanguage(position, expected, END)
        return text + END

    def log_probability(self, text: str) -> float:
        """Return the natural logarithm of the probability of a whole document.

        Raises:
            NotInLanguage: If the probability is zero.
        """
        return -self.read(text).nats

    def surprisals(self, text: str) -> list[float]:
        """Return the nats of every character, given those before it.

        Returns:
            One number a character, and a last one for the end. They add up to the
            document's negative log-probability.

        Raises:
            NotInLanguage: If the probability is zero.
        """
        reader = CharacterReader(self._ended(text))
        self._read(reader)
        return reader.surprisals

    def entropy(self, n: int = 1000, seed: int = 0) -> Entropy:
        """Estimate the entropy of the language, in nats per document.

        Args:
            n: How many documents to draw; at least 2.
            seed: Another seed draws others.

        Raises:
            ValueError: If n is below 2.
        """
        source = random_source("entropy", seed)
        return measure(partial(tell, world=self.world), n, source)

    def next_characters(self, prefix: str) -> dict[str, float]:
        """Return the probability of each character that may come next.

        This is the best possible prediction. After a finished document it is empty.

        Args:
            prefix: How the document begins; it may be empty.

        Raises:
            NotInLanguage: If no document begins so.

        Examples:
            >>> best = Language("tiny").next_characters("Once there was a")
            >>> {character: round(p, 3) for character, p in best.items()}
            {' ': 0.928, 'n': 0.072}
        """
        probabilities: dict[str, float] = {}
        for text, probability in self.continuations(prefix).items():
            probabilities[text[0]] = probabilities.get(text[0], 0.0) + probability
        return probabilities

    def continuations(self, prefix: str) -> dict[str, float]:
        """Return each way to go on, to the end of one decision, and its probability.

        After a finished document there is none.

        Args:
            prefix: How the document begins; it may be empty.

        Raises:
            NotInLanguage: If no document begins so.

        Examples:
            >>> Language("tiny").continuations("Once there was a fox name")
            {'d ': 1.0}
        """
        try:
            self._read(Reader(prefix))
        except NotInLanguage as stop:
            if stop.position < len(prefix):
                raise
            return stop.expected
        return {}

    def masked_word(self, text: str) -> dict[str, float]:
        """Return the probability of each word that may stand behind the mask.

        This is the best possible prediction from both sides of the mask.

        Args:
            text: A whole document with one word replaced by `MASK`.

        Returns:
            Every possible word, the most probable first.

        Raises:
            ValueError: If there is not exactly one mask, or no word fits.
        """
        if text.count(MASK) != 1:
            raise ValueError(f"one {MASK} is needed, found {text.count(MASK)}")
        before, after = text.split(MASK)
        starts = (WORD.match(rest) for rest in self.continuations(before))
        nats = {}
        for word in sorted({start.group() for start in starts if start}):
            try:
                nats[word] = self.read(before + word + after).nats
            except NotInLanguage:
                continue
        if not nats:
            raise ValueError(f"no word of the language fits {text!r}")
        return _normalized(nats)


def _text_of(story: Story) -> str:
    return story.text


def _normalized(nats: dict[str, float]) -> dict[str, float]:
    """Turn surprisals into probabilities, the largest first."""
    least = min(nats.values())
    weights = {word: math.exp(least - surprisal) for word, surprisal in nats.items()}
    total = sum(weights.values())
    ordered = sorted(weights, key=lambda word: (-weights[word], word))
    return {word: weights[word] / total for word in ordered}
