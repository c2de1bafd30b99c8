from llm_foundations.data.stories.characters import FORMS, THEY
from llm_foundations.data.stories.plot import OPENINGS, next_scene, possible
from llm_foundations.data.stories.record import Story
from llm_foundations.data.stories.world import World

WORLD = World("tiny")
HERO, FRIEND = WORLD.characters[:2]


def story(*scenes: str) -> Story:
    told = Story(HERO, HERO.species, scenes=[(scene, "") for scene in scenes])
    if "walk" in scenes:
        told.place = WORLD.places[0]
    if "meet" in scenes:
        told.friend = FRIEND
    return told


def test_a_story_starts_by_going_somewhere() -> None:
    assert possible(story()) == ("walk", "weather")


def test_scenes_wait_for_what_they_need() -> None:
    assert "trouble" not in possible(story("walk"))
    assert {"trouble", "ask", "share"} <= set(possible(story("walk", "meet")))
    assert "gift" not in possible(story("walk", "meet"))
    told = story("walk", "find", "meet")
    told.found["Under a bench"] = (WORLD.things[0], "red")
    assert "gift" in possible(told)


def test_nobody_asks_a_friend_left_behind() -> None:
    told = story("walk", "meet", "trouble")
    told.helped = False
    assert {"ask", "share", "gift"}.isdisjoint(possible(told))


def test_scenes_come_once_but_for_walks_and_finds() -> None:
    told = story("walk", "song", "find")
    assert {"song"}.isdisjoint(possible(told))
    assert {"walk", "find"} <= set(possible(told))
    assert "walk" not in possible(story("walk"))


def test_first_words_tell_the_scene() -> None:
    choice = next_scene(tuple(OPENINGS), 2000, FORMS["she"], THEY)
    told = dict(zip(choice.texts, choice.values, strict=True))
    assert told["There she met "][0] == "meet"
    assert told["At last they came to the "] == ("end", "")


def test_a_scene_has_the_same_weight_however_many_beginnings() -> None:
    choice = next_scene(("song", "walk"), 0, FORMS["he"], FORMS["he"])
    weights = dict.fromkeys(("song", "walk"), 0)
    for weight, (scene, _) in zip(choice.weights, choice.values, strict=True):
        weights[scene] += weight
    shares = {scene: OPENINGS[scene][0] for scene in weights}
    assert weights["walk"] * shares["song"] == weights["song"] * shares["walk"]
