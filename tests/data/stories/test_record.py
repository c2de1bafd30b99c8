import pytest

from llm_foundations.data.stories.characters import THEY
from llm_foundations.data.stories.record import Story
from llm_foundations.data.stories.world import World

WORLD = World("tiny")


def story() -> Story:
    hero, friend = WORLD.characters[:2]
    told = Story(hero, hero.species)
    told.friend, told.wish, told.adjective = friend, WORLD.things[0], "red"
    return told


def test_the_wanted_thing_has_its_adjective() -> None:
    assert story().wanted == "red kite"


@pytest.mark.parametrize(
    ("helped", "gift", "kindness"),
    [
        (None, False, "neither"),
        (True, False, "kind"),
        (False, False, "unkind"),
        (None, True, "kind"),
    ],
)
def test_kindness(helped: bool | None, gift: bool, kindness: str) -> None:
    told = story()
    told.helped, told.gift = helped, WORLD.things[1] if gift else None
    assert told.kindness == kindness


def test_a_friend_comes_along_unless_left_behind() -> None:
    told = story()
    assert told.companion is told.friend
    assert told.goers is THEY
    told.helped = False
    assert told.companion is None
    assert told.goers is told.hero.forms
