import math

import pytest

from llm_foundations.data.stories.choosers import Reader
from llm_foundations.data.stories.grammar import NotInLanguage
from llm_foundations.data.stories.record import Story
from llm_foundations.data.stories.scenes import SCENES
from llm_foundations.data.stories.world import World

WORLD = World("small")
MILA, OTTO = WORLD.characters[:2]
PLACES = {place.name: place for place in WORLD.places}
THINGS = {thing.name: thing for thing in WORLD.things}


def story() -> Story:
    told = Story(MILA, MILA.species)
    told.wish, told.adjective = THINGS["bell"], "silver"
    told.place, told.friend = PLACES["harbour"], OTTO
    return told


def read(scene: str, text: str, told: Story, words: str = "") -> float:
    """Read one scene, after its first words; return the probability it had."""
    reader = Reader(text)
    SCENES[scene](reader, WORLD, told, words)
    reader.finish()
    return math.exp(-reader.nats)


def test_a_walk_changes_the_place() -> None:
    told = story()
    told.friend = None
    read("walk", "she hurried to the garden to look for it. ", told)
    assert told.place is PLACES["garden"]


def test_two_walk_as_they() -> None:
    with pytest.raises(NotInLanguage, match="expected 'they '"):
        read("walk", "she hurried to the garden. ", story())


@pytest.mark.parametrize("place", ["harbour", "mill"])
def test_nobody_walks_to_here_nor_to_where_the_hint_leads(place: str) -> None:
    told = story()
    told.hint = PLACES["mill"]
    with pytest.raises(NotInLanguage):
        read("walk", f"they hurried to the {place}. ", told)


def test_weather_makes_a_mood() -> None:
    told = story()
    read("weather", "Mila felt brave. ", told, "Rain fell, and ")
    assert told.feeling == "brave"


def test_a_meeting() -> None:
    told = story()
    told.friend = None
    read("meet", f"Otto the {OTTO.species.name}, who was mending a net. ", told)
    assert (told.friend, told.met_at) == (OTTO, PLACES["harbour"])
    with pytest.raises(NotInLanguage):
        read("meet", "Mila the frog. ", story())


@pytest.mark.parametrize(
    ("reaction", "helped", "probability"),
    [
        ("Mila lent him a scarf. ", True, 0.45 * 4 / 6),
        ("At once she lent him a scarf, just like that. ", True, 0.20 / 6),
        ("Mila was in a hurry and walked on. ", False, 0.20),
        ("Mila pretended not to see. ", False, 0.15),
    ],
)
def test_trouble_shows_who_is_kind(
    reaction: str, helped: bool, probability: float
) -> None:
    told = story()
    p = read("trouble", f"Otto was shivering. {reaction}", told)
    assert (told.trouble, told.helped) == ("was shivering", helped)
    assert p == pytest.approx(probability / 12)


def test_a_hint_is_somewhere_else() -> None:
    told = story()
    text = 'a silver bell?" asked Mila. "Look in the garden," said Otto. '
    read("ask", text, told)
    assert told.hint is PLACES["garden"]
    with pytest.raises(NotInLanguage):
        read("ask", text.replace("in the garden", "at the harbour"), story())


def test_what_was_lost_is_mine() -> None:
    told = story()
    told.lost = True
    read("ask", 'my silver bell?" asked Mila. "Perhaps at the mill," said Otto. ', told)
    assert told.hint is PLACES["mill"]


def test_what_is_found_can_be_given() -> None:
    told = story()
    read("find", "she found a red kite. ", told, "Under a bench ")
    assert told.found == {"Under a bench": (THINGS["kite"], "red")}
    assert read("gift", "Otto the red kite. ", told) == 1.0
    assert told.gift is THINGS["kite"]


def test_the_wanted_thing_does_not_lie_about() -> None:
    with pytest.raises(NotInLanguage):
        read("find", "she found a tiny bell. ", story(), "Under a bench ")


@pytest.mark.parametrize(
    ("job", "pronoun", "deed", "share"),
    [
        ("sailor", "She", "told a joke about crabs", 0.10),
        ("nurse", "She", "asked everybody to breathe in", 0.90),
        ("king", "He", "had forgotten the crown", 1.0),
    ],
)
def test_jobs_and_pronouns_go_together_as_stated(
    job: str, pronoun: str, deed: str, share: float
) -> None:
    told = story()
    p = read("worker", f"{job}. {pronoun} {deed}. ", told)
    assert (told.worker, told.worker_pronoun) == (job, pronoun.lower())
    assert p == pytest.approx(share / 13 / 2)


@pytest.mark.parametrize(
    ("text", "total"),
    [
        ("four crabs and then three more, which made seven. ", "seven"),
        ("nine sails, but two of them twice, so there were only seven. ", "seven"),
        ("nine sails and then nine more, which made eighteen. ", "eighteen"),
    ],
)
def test_sums_are_right(text: str, total: str) -> None:
    told = story()
    read("count", text, told)
    assert told.sum == total
    with pytest.raises(NotInLanguage):
        read("count", text.replace(f" {total}.", " six."), story())


def test_not_more_than_half_can_be_counted_twice() -> None:
    text = "four crabs, but three of them twice, so there were only one. "
    with pytest.raises(NotInLanguage, match="'hree of them', expected 'wo of them"):
        read("count", text, story())


@pytest.mark.parametrize(("scene", "fact"), [("eat", "food"), ("dream", "fear")])
def test_what_is_known_of_the_hero_is_certain(scene: str, fact: str) -> None:
    told = story()
    setattr(told, fact, "honey")
    assert read(scene, "honey. ", told) == 1.0
    usual = read(scene, f"{getattr(MILA, fact)}. ", story())
    assert usual == pytest.approx(0.9 + 0.1 / 16)


def test_friends_share_what_they_like() -> None:
    told = story()
    read("share", f"Otto took {OTTO.food}, and they ate together. ", told)
    assert told.shared == OTTO.food


def test_a_song_repeats_itself() -> None:
    told = story()
    p = read("song", 'tum ti lo ra, tum ti lo ra!" ', told)
    assert told.song == "tum ti lo ra"
    assert p == pytest.approx(20**-4)
    with pytest.raises(NotInLanguage, match="'do!"):
        read("song", 'tum ti lo ra, tum ti lo do!" ', story())


@pytest.mark.parametrize(
    ("place", "share"), [("harbour", 0.9), ("garden", 0.5), ("market", 0.1)]
)
def test_the_place_tells_what_bank_may_mean(place: str, share: float) -> None:
    told = story()
    told.place = PLACES[place]
    assert read("bank", "Two ducks slept in the reeds. ", told) == (
        pytest.approx(share / 6)
    )
    assert told.bank == "water"
    assert read("bank", "The big safe stood open. ", told) == (
        pytest.approx((1 - share) / 6)
    )
    assert told.bank == "money"
