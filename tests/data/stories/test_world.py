from fractions import Fraction

import pytest

from llm_foundations.data.stories.world import World, ranked

SMALL = World("small")


@pytest.mark.parametrize(("size", "n"), [("tiny", 20), ("small", 400)])
def test_sizes_have_their_names(size, n) -> None:
    assert len(World(size).characters) == n


def test_an_unknown_size_is_named() -> None:
    with pytest.raises(ValueError, match=r"must be one of .* got 'huge'"):
        World("huge")  # type: ignore[arg-type]


def test_a_fact_holds_in_nine_stories_of_ten() -> None:
    who = SMALL.characters[0]
    home = SMALL.home(who.home)
    own = home.weights[home.values.index(who.home)]
    n = len(SMALL.facts.homes)
    assert Fraction(own, home.total) == Fraction(9, 10) + Fraction(1, 10 * n)


def test_a_species_before_a_name_means_the_same_as_after_it() -> None:
    """Both orders give one joint probability, exactly."""
    for who in (SMALL.characters[0], SMALL.characters[333]):
        for species in (who.species, SMALL.facts.species[5]):
            names, kinds = SMALL.names, SMALL.kinds
            after = SMALL.species(who.species)
            name = Fraction(names.weights[names.values.index(who)], names.total)
            fact = after.weights[after.values.index(species)]
            name_first = name * Fraction(fact, after.total)
            bearers = SMALL.namesakes(species)
            kind = Fraction(kinds.weights[kinds.values.index(species)], kinds.total)
            bearer = bearers.weights[bearers.values.index(who)]
            assert kind * Fraction(bearer, bearers.total) == name_first
            assert Fraction(SMALL.weight(who, species), kinds.total) == name_first


def test_half_of_the_heroes_want_their_favourite() -> None:
    thing = SMALL.things[3]
    wishes = SMALL.wishes(thing, lost=False)
    n = len(SMALL.things)
    options = zip(wishes.weights, wishes.values, strict=True)
    favourite = sum(weight for weight, (it, _) in options if it is thing)
    assert Fraction(favourite, wishes.total) == Fraction(n + 1, 2 * n)


def test_half_of_the_time_somebody_goes_as_its_kind_does() -> None:
    swan = next(s for s in SMALL.facts.species if s.name == "swan")
    gaits = SMALL.gaits(swan)
    assert gaits.weights[gaits.texts.index("glided to the ")] * 2 == gaits.total


def test_choices_are_built_once() -> None:
    place = SMALL.places[0]
    assert SMALL.finds(place) is SMALL.finds(place)


def test_a_preference_is_an_order_that_stays() -> None:
    first, second = ranked("abcd", "kites"), ranked("abcd", "drums")
    assert ranked("abcd", "kites") == first
    assert [weight for _, weight in first] == [61, 31, 21, 16]
    assert [v for v, _ in first] != [v for v, _ in second]
