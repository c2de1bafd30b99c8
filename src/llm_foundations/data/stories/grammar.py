"""A grammar that writes and reads: one function, run forwards or backwards.

A grammar is a function that asks a *chooser* for decisions. Given a `Sampler` it
writes a text; given a `Reader` it reads one, and takes the decisions that the text
shows. Every decision is visible at the moment it is taken, and no option of a choice
begins with another option. So a text has one derivation at most, and

    log p(text) = the sum over its decisions of log p(option)

exactly: nothing hidden is left to sum over. Weights are integers, so the same seed
gives the same text on every machine.
"""

import math
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Hashable, Iterable, Mapping
from functools import cached_property
from itertools import accumulate, pairwise
from operator import itemgetter
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)
END = "\n"
"""The end of a document, as a character: it is never inside one."""


class NotInLanguage(ValueError):
    """A text leaves the language at `position`.

    Args:
        position: Index of the first character that no text of the language has
            there. It is the length of the text if the text stops too early.
        expected: What may stand there instead: each continuation, up to the end of
            the decision, and its probability.
        found: What stands there; empty at the end of the text.
    """

    def __init__(
        self, position: int, expected: Mapping[str, float], found: str = ""
    ) -> None:
        self.position = position
        self.expected = dict(expected)
        likely = sorted(self.expected, key=lambda text: (-self.expected[text], text))
        some = ["the end" if text == END else repr(text) for text in likely[:5]]
        more = f" or {len(likely) - 5} more" if len(likely) > 5 else ""
        stands = repr(found) if found else "the end"
        wanted = ", ".join(some) or "nothing"
        super().__init__(f"character {position}: {stands}, expected {wanted}{more}")


def weights_entropy(weights: Iterable[int]) -> float:
    """Return the nats of one draw by these weights, before it is made.

    Examples:
        >>> round(weights_entropy([1, 1]), 3)
        0.693
    """
    weights = list(weights)
    total = sum(weights)
    return math.log(total) - math.fsum(w * math.log(w) for w in weights) / total


class Choice(Generic[T]):
    """Options, each a text with an integer weight and a value.

    Args:
        options: Triples (text, weight, value). The probability of an option is its
            weight over the total.

    Raises:
        ValueError: If there is no option, if a weight is not positive, or if one
            text begins with another, so that a reader could not tell them apart.

    Examples:
        >>> coin = Choice([("heads", 1, 0), ("tails", 3, 1)])
        >>> coin.match("two tails", 4)
        1
    """

    def __init__(self, options: Iterable[tuple[str, int, T]]) -> None:
        ordered = sorted(options, key=itemgetter(0))
        if not ordered:
            raise ValueError("a choice needs at least one option")
        self.texts = [text for text, _, _ in ordered]
        self.weights = [weight for _, weight, _ in ordered]
        self.values = [value for _, _, value in ordered]
        self.ends = list(accumulate(self.weights))
        self.total = self.ends[-1]
        self.longest = max(map(len, self.texts))
        self._check()

    def _check(self) -> None:
        if min(self.weights) < 1:
            raise ValueError(f"weights must be positive, got {min(self.weights)}")
        # In sorted order a text that begins with another has such a one before it.
        for text, after in pairwise(self.texts):
            if after.startswith(text):
                raise ValueError(f"{after!r} begins with another option, {text!r}")

    def match(self, text: str, position: int) -> int | None:
        """Return the index of the option that stands in the text, if one does."""
        # An option that begins the rest of the text is the last one not after it.
        rest = text[position : position + self.longest]
        index = bisect_right(self.texts, rest) - 1
        if index >= 0 and text.startswith(self.texts[index], position):
            return index
        return None

    def total_without(self, banned: Iterable[T]) -> int:
        """Return the weight of all options but those with a banned value."""
        return self.total - sum(self._weight_of.get(value, 0) for value in banned)

    @cached_property
    def entropy(self) -> float:
        """Nats of this decision before it is taken."""
        return weights_entropy(self.weights)

    @cached_property
    def _weight_of(self) -> dict[T, int]:
        weight_of: dict[T, int] = {}
        for value, weight in zip(self.values, self.weights, strict=True):
            weight_of[value] = weight_of.get(value, 0) + weight
        return weight_of


class Chooser(ABC):
    """What a grammar asks: to say a fixed text, or to pick one of several."""

    position: int
    """The number of characters so far."""

    @abstractmethod
    def say(self, text: str) -> None:
        """Write, or read, a text that is certain here."""

    @abstractmethod
    def pick(self, choice: Choice[T], *banned: T) -> T:
        """Write, or read, one option, and return its value."""
