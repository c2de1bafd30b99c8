import math
import random
from collections import Counter

import pytest

from llm_foundations.data.stories.choosers import (
    CharacterReader,
    Completer,
    Reader,
    Sampler,
)
from llm_foundations.data.stories.grammar import Choice, Chooser, NotInLanguage

PETS = Choice([("cat", 1, "cat"), ("cow", 2, "cow"), ("dog", 5, "dog")])
MARKS = Choice([(".", 3, "."), (" and ", 1, "and")])


def two_pets(c: Chooser) -> list[str]:
    """A dog. A dog and cow: the second pet is another one."""
    c.say("A ")
    pets = [c.pick(PETS)]
    if c.pick(MARKS) == "and":
        pets.append(c.pick(PETS, *pets))
        c.say(".")
    return pets


def read(text: str) -> Reader:
    reader = Reader(text)
    two_pets(reader)
    reader.finish()
    return reader


PROBABILITIES = {
    "A cat.": 1 / 8 * 3 / 4,
    "A cow.": 2 / 8 * 3 / 4,
    "A dog.": 5 / 8 * 3 / 4,
    "A cat and cow.": 1 / 8 * 1 / 4 * 2 / 7,
    "A cat and dog.": 1 / 8 * 1 / 4 * 5 / 7,
    "A cow and cat.": 2 / 8 * 1 / 4 * 1 / 6,
    "A cow and dog.": 2 / 8 * 1 / 4 * 5 / 6,
    "A dog and cat.": 5 / 8 * 1 / 4 * 1 / 3,
    "A dog and cow.": 5 / 8 * 1 / 4 * 2 / 3,
}
"""Every text of the grammar, worked out by hand."""


def test_the_list_is_complete() -> None:
    assert sum(PROBABILITIES.values()) == pytest.approx(1)


@pytest.mark.parametrize("text", PROBABILITIES)
def test_reading_gives_the_probability(text: str) -> None:
    assert math.exp(-read(text).nats) == pytest.approx(PROBABILITIES[text])


@pytest.mark.parametrize("text", PROBABILITIES)
def test_characters_share_the_surprisal_out(text: str) -> None:
    reader = CharacterReader(text)
    two_pets(reader)
    assert math.fsum(reader.surprisals) == pytest.approx(reader.nats)


def test_the_surprisal_of_each_character_by_hand() -> None:
    reader = CharacterReader("A cow and dog.")
    two_pets(reader)
    by_hand = {2: 8 / 3, 3: 3 / 2, 5: 4, 10: 6 / 5}  # c, o after c, blank, d
    for position, surprisal in enumerate(reader.surprisals):
        assert surprisal == pytest.approx(math.log(by_hand.get(position, 1)))


def test_texts_come_as_often_as_they_should() -> None:
    source, counts = random.Random(1), Counter[str]()
    for _ in range(8000):
        sampler = Sampler(source)
        two_pets(sampler)
        counts[sampler.text] += 1
        assert sampler.position == len(sampler.text)
        assert math.exp(-sampler.nats) == pytest.approx(PROBABILITIES[sampler.text])
    # Pearson's chi-squared, 8 degrees of freedom: 26.1 is passed once in a thousand.
    expected = {text: 8000 * p for text, p in PROBABILITIES.items()}
    assert sum((counts[t] - e) ** 2 / e for t, e in expected.items()) < 26.1


@pytest.mark.parametrize(
    ("text", "position", "expected"),
    [
        ("A bat.", 2, {"cat": 1 / 8, "cow": 2 / 8, "dog": 5 / 8}),
        ("A cut.", 3, {"at": 1 / 3, "ow": 2 / 3}),
        ("A c", 3, {"at": 1 / 3, "ow": 2 / 3}),
        ("A dog or", 6, {"and ": 1}),
        ("A dog and dog.", 10, {"cat": 1 / 3, "cow": 2 / 3}),
        ("A dog and cat", 13, {".": 1}),
        ("A cow.!", 6, {}),
    ],
)
def test_reading_stops_at_the_first_wrong_character(
    text: str, position: int, expected: dict[str, float]
) -> None:
    with pytest.raises(NotInLanguage) as stop:
        read(text)
    assert stop.value.position == position
    assert stop.value.expected == pytest.approx(expected)


def test_completions_are_fair_samples_of_what_begins_so() -> None:
    source, counts = random.Random(2), Counter[str]()
    for _ in range(2000):
        completer = Completer("A c", source)
        two_pets(completer)
        counts[completer.text] += 1
    beginning = {t: p for t, p in PROBABILITIES.items() if t.startswith("A c")}
    expected = {t: 2000 * p / sum(beginning.values()) for t, p in beginning.items()}
    assert counts.keys() == expected.keys()
    # 5 degrees of freedom: 20.5 is passed once in a thousand.
    assert sum((counts[t] - e) ** 2 / e for t, e in expected.items()) < 20.5
