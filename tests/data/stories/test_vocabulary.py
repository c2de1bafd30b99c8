import re

import pytest

from llm_foundations.data.stories import vocabulary
from llm_foundations.data.stories.vocabulary import (
    PLACES,
    SPECIES,
    THINGS,
    with_article,
)


@pytest.mark.parametrize(
    ("phrase", "with_its_article"),
    [("owl", "an owl"), ("fox", "a fox"), ("enormous hat", "an enormous hat")],
)
def test_articles(phrase: str, with_its_article: str) -> None:
    assert with_article(phrase) == with_its_article


def test_tables_are_read_cell_by_cell() -> None:
    assert (SPECIES[1].name, SPECIES[1].gait) == ("hare", "hopped")
    assert THINGS[0].adjectives == ("red", "paper", "striped", "patched", "enormous")
    assert THINGS[0].joy == "flew it until the stars came out"
    assert PLACES[2].pastimes == ("mending a net", "painting a boat")
    assert PLACES[2].countables == ("crabs", "sails")
    assert str(PLACES[2]) == "at the harbour"


def test_every_thing_has_five_adjectives() -> None:
    assert {len(set(thing.adjectives)) for thing in THINGS} == {5}


def test_every_place_tells_which_bank_is_near() -> None:
    assert {place.bank for place in PLACES} == {"water", "money", "either"}
    assert {place.preposition for place in PLACES} == {"in", "at", "on"}


def test_no_entry_comes_twice() -> None:
    for table in (SPECIES, THINGS, PLACES):
        names = [entry.name for entry in table]
        assert len(set(names)) == len(names)
    for rows in (vocabulary.HOMES, vocabulary.FOODS, vocabulary.FEARS):
        assert len(set(rows)) == len(rows)


def test_entries_are_plain_words() -> None:
    for text in (*vocabulary.HOMES, *vocabulary.FOODS, *vocabulary.FEARS):
        assert re.fullmatch("[a-z]+( [a-z]+)*", text)
