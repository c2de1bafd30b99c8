"""The entropy of a grammar: the loss that no model of its texts can go below.

The surprisal of a text sums the surprisals of its decisions. Its mean is the entropy;
so is the mean of the sum of the decisions' *entropies*, which varies less from text
to text, because only the path through the grammar is left to chance. We use that one.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from statistics import fmean, stdev

from llm_foundations.checks import check_integer
from llm_foundations.data.stories.choosers import Sampler
from llm_foundations.data.stories.grammar import Choice, Chooser, T, weights_entropy


@dataclass(frozen=True)
class Entropy:
    """The entropy of a language, estimated from its own texts.

    Examples:
        >>> entropy = Entropy(nats=60.0, half_width=0.5, characters=500.0, n=100)
        >>> print(entropy)
        60.00 ± 0.50 nats per document, 0.1200 per character
    """

    nats: float
    """Nats of one document, its end included."""
    half_width: float
    """Half of the 95 % confidence interval of `nats`."""
    characters: float
    """Mean length of a document, its end included."""
    n: int
    """How many documents were drawn."""

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval, in nats per document."""
        return self.nats - self.half_width, self.nats + self.half_width

    @property
    def per_character(self) -> float:
        """Nats of a document over the mean length of one."""
        return self.nats / self.characters

    def __str__(self) -> str:
        """Return both numbers, with the interval of the first."""
        per_document = f"{self.nats:.2f} ± {self.half_width:.2f} nats per document"
        return f"{per_document}, {self.per_character:.4f} per character"


class Meter(Sampler):
    """A sampler that sums the entropy of every decision that it takes.

    Attributes:
        entropy: Nats of the decisions so far, each before it was taken.
    """

    def __init__(self, source: random.Random) -> None:
        super().__init__(source)
        self.entropy = 0.0

    def pick(self, choice: Choice[T], *banned: T) -> T:
        """Write one option, and count the entropy of all of them."""
        if not banned:
            self.entropy += choice.entropy
        else:
            options = zip(choice.weights, choice.values, strict=True)
            self.entropy += weights_entropy(w for w, v in options if v not in banned)
        return super().pick(choice, *banned)


def measure(
    tell: Callable[[Chooser], object], n: int, source: random.Random
) -> Entropy:
    """Estimate the entropy of a grammar from n of its texts.

    Args:
        tell: The grammar.
        n: How many texts to draw; at least 2.
        source: Where the random bits come from.

    Raises:
        ValueError: If n is below 2.
    """
    check_integer("n", n, least=2)  # one has no spread
    nats, characters = [], []
    for _ in range(n):
        meter = Meter(source)
        tell(meter)
        nats.append(meter.entropy)
        characters.append(meter.position)
    half_width = 1.96 * stdev(nats) / math.sqrt(n)
    return Entropy(fmean(nats), half_width, fmean(characters), n)
