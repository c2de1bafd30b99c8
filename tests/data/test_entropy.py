import math
import random

import pytest

from llm_foundations.data.entropy import Entropy, measure
from llm_foundations.data.grammar import Choice, Chooser

FIRST = Choice([("a", 1, 1), ("b", 1, 2)])
SECOND = Choice([("x", 1, 1), ("y", 2, 2), ("z", 1, 3)])


def letters(c: Chooser) -> None:
    """A letter, and after `b` another, which is not `z`."""
    if c.pick(FIRST) == 2:
        c.pick(SECOND, 3)


def test_a_known_entropy_lies_in_the_interval() -> None:
    second = math.log(3) - 2 / 3 * math.log(2)
    known = math.log(2) + second / 2
    entropy = measure(letters, 2000, random.Random(0))
    low, high = entropy.interval
    assert low < known < high
    assert high - low < 0.1 * known
    assert entropy.characters == pytest.approx(1.5, abs=0.1)


def test_a_fixed_path_leaves_nothing_to_chance() -> None:
    entropy = measure(lambda c: c.pick(SECOND), 2, random.Random(0))
    assert entropy.nats == pytest.approx(1.5 * math.log(2))
    assert entropy.half_width == 0.0


def test_the_units() -> None:
    entropy = Entropy(nats=50.0, half_width=2.0, characters=400.0, n=9)
    assert entropy.interval == (48.0, 52.0)
    assert entropy.per_character == 0.125


def test_one_document_has_no_interval() -> None:
    with pytest.raises(ValueError, match="at least 2 documents, got n=1"):
        measure(letters, 1, random.Random(0))
