from itertools import islice

from llm_foundations.data.stories.characters import FORMS, cast, digest, names
from llm_foundations.data.stories.world import World


def test_a_digest_is_the_same_everywhere() -> None:
    # The first eight bytes of the SHA-256 of "abc" (FIPS 180-4's own example).
    assert digest("abc") == 0xBA7816BF8F01CFEA


def test_names_are_many_and_differ() -> None:
    known = [name for name, _ in islice(names(), 4000)]
    assert len(known) == 4000
    assert len(set(known)) == 4000
    assert all(name.isalpha() and name.istitle() for name in known)


def test_half_of_the_names_are_hers() -> None:
    pronouns = [pronoun for _, pronoun in islice(names(), 400)]
    assert pronouns == ["she", "he"] * 200


def test_forms_fill_the_gaps() -> None:
    assert FORMS["she"].fill("{He} lost {his} hat; {he} misses it, and it {him}") == (
        "She lost her hat; she misses it, and it her"
    )


def test_facts_depend_on_the_name_and_weights_on_the_rank() -> None:
    facts = World("small").facts
    few, many = cast(3, facts), cast(400, facts)
    for a, b in zip(few, many, strict=False):
        assert (a.name, a.species, a.home, a.food) == (
            b.name,
            b.species,
            b.home,
            b.food,
        )
        assert (a.fear, a.thing) == (b.fear, b.thing)
    assert [who.weight for who in few] == [200_000, 166_666, 142_857]


def test_facts_differ_between_characters() -> None:
    facts = World("small").facts
    characters = cast(400, facts)
    assert {who.species for who in characters} == set(facts.species)
    assert {who.home for who in characters} == set(facts.homes)
