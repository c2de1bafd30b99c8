import math

import pytest

from llm_foundations.data.stories.choosers import Reader
from llm_foundations.data.stories.grammar import END, NotInLanguage
from llm_foundations.data.stories.story import tell
from llm_foundations.data.stories.world import World

WORLD = World("tiny")
TEXT = (
    "Once there was a fox named Juniper. She lived in an old teapot and loved plum jam."
    " One day she lost her red kite. At noon she hurried to the garden."
    " There she met Mila the frog. At last they came to the market,"
    " and there it was: the red kite! Juniper and Mila danced. Who lost the red kite?"
    " Juniper. Where did Juniper meet Mila? In the garden."
)


def read(text: str) -> Reader:
    reader = Reader(text + END)
    tell(reader, WORLD)
    reader.finish()
    return reader


def test_what_a_story_tells() -> None:
    story = tell(Reader(TEXT + END), WORLD)
    assert (story.hero.name, story.species.name) == ("Juniper", "fox")
    assert (story.home, story.food, story.fear) == (
        "in an old teapot",
        "plum jam",
        None,
    )
    assert (story.wanted, story.lost) == ("red kite", True)
    assert (str(story.met_at), str(story.place)) == ("in the garden", "at the market")
    assert [scene for scene, _ in story.scenes] == ["walk", "meet"]
    assert (story.happy, story.happy_percent) == (True, 40)
    assert story.questions == [
        ("Who lost the red kite?", "Juniper"),
        ("Where did Juniper meet Mila?", "In the garden"),
    ]


def test_the_places_where_a_story_can_be_cut() -> None:
    story = tell(Reader(TEXT + END), WORLD)
    assert TEXT[: story.after_wish].endswith("red kite. ")
    assert TEXT[: story.before_end].endswith("came to the market")
    assert TEXT[: story.after_end].endswith("danced. ")


def test_the_end_is_as_probable_as_the_deeds_made_it() -> None:
    """A happy end in 40 of 100 stories without a deed; half of those `there it was`."""
    other = TEXT.replace(
        ", and there it was: the red kite! Juniper and Mila danced.",
        (', but the red kite was gone. "Never mind," said Mila.'),
    )
    happy = 0.40 * 3 / 6 * 3 / 8
    sad = 0.60 * 2 / 6 * 2 / 13
    assert math.exp(read(other).nats - read(TEXT).nats) == pytest.approx(happy / sad)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("Juniper and Mila danced", "Juniper and Otto danced"),
        ("the red kite! J", "the tin kite! J"),
        ("Who lost", "Who wanted"),
        ("meet Mila? In the garden", "meet Mila? In the market"),
        ("they came", "she came"),
    ],
)
def test_a_story_may_not_contradict_itself(right: str, wrong: str) -> None:
    changed = TEXT.replace(right, wrong)
    first = next(i for i in range(len(TEXT)) if TEXT[i] != changed[i])
    with pytest.raises(NotInLanguage) as stop:
        read(changed)
    assert stop.value.position == first


def test_a_question_is_not_asked_twice() -> None:
    again = TEXT.replace(
        "Where did Juniper meet Mila? In the garden.",
        ("Who lost the red kite? Juniper."),
    )
    with pytest.raises(NotInLanguage):
        read(again)
