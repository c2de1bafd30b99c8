import math
import random

import pytest

from llm_foundations.data.stories.entropy import Entropy, measure
from llm_foundations.data.stories.grammar import Choice, Chooser

FIRST = Choice([("a", 1, 1), ("b", 1, 2)])
SECOND = Choice([("x", 1, 1), ("y", 2, 2), ("z", 1, 3)])


def letters(c: Chooser) -> None:
    """A letter, and after `b` another, which is not `z`."""
    if c.pick(FIRST) == 2:
        c.pick(SECOND, 3)


KNOWN = math.log(2) + (math.log(3) - 2 / 3 * math.log(2)) / 2


def test_the_interval_holds_a_known_entropy_95_times_of_100() -> None:
    source, held = random.Random(0), 0
    for _ in range(400):
        low, high = measure(letters, 100, source).interval
        held += low < KNOWN < high
    assert 0.92 <= held / 400 <= 0.98


def test_the_interval_narrows() -> None:
    entropy = measure(letters, 2000, random.Random(0))
    assert entropy.half_width < 0.02
    assert entropy.nats == pytest.approx(KNOWN, abs=0.03)
    assert entropy.characters == pytest.approx(1.5, abs=0.05)


def test_a_fixed_path_leaves_nothing_to_chance() -> None:
    entropy = measure(lambda c: c.pick(SECOND), 2, random.Random(0))
    assert entropy.nats == pytest.approx(1.5 * math.log(2))
    assert entropy.half_width == 0.0


def test_the_units() -> None:
    entropy = Entropy(nats=50.0, half_width=2.0, characters=400.0, n=9)
    assert entropy.interval == (48.0, 52.0)
    assert entropy.per_character == 0.125


def test_one_document_has_no_interval() -> None:
    with pytest.raises(ValueError, match="n must be at least 2, got 1"):
        measure(letters, 1, random.Random(0))
