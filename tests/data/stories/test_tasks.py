import math
from itertools import product

import pytest

from llm_foundations.data.stories.language import Language
from llm_foundations.data.stories.partition import split_of
from llm_foundations.data.stories.record import Story
from llm_foundations.data.stories.tasks import (
    PREFERRED,
    follows,
    forecast,
    happy_share,
    instructions,
    labelled,
    preferences,
    prompt_of,
    prompt_probability,
    question,
    reward,
)

TINY, SMALL = Language("tiny"), Language("small")


def test_an_instruction_is_followed_by_its_story_alone() -> None:
    items = list(instructions(SMALL, "validation", 5))
    for item in items:
        assert follows(SMALL, item.prompt, item.response)
        assert split_of(item.response) == "validation"
    assert not follows(SMALL, items[0].prompt, items[1].response)
    assert not follows(SMALL, items[0].prompt, items[0].response[:-1])


def every_prompt(happy: float):
    """Yield the probability of every prompt of the tiny language."""
    world = TINY.world
    for hero, species in product(world.characters, world.facts.species):
        for thing, lost, end in product(world.things, (True, False), (True, False)):
            for adjective in thing.adjectives:
                story = Story(hero, species, wish=thing, adjective=adjective)
                story.lost, story.happy = lost, end
                yield prompt_probability(TINY, story, happy)


def test_the_probabilities_of_all_prompts_add_up() -> None:
    assert math.fsum(every_prompt(happy=0.4)) == pytest.approx(1)


def test_knowing_the_prompt_saves_its_surprisal() -> None:
    item = next(instructions(TINY, "train", 1))
    story = TINY.read(item.response)
    known = prompt_probability(TINY, story, happy_share(TINY))
    assert item.nats == pytest.approx(story.nats + math.log(known))
    assert 0 < item.nats < story.nats - 4


def test_prompts_come_as_often_as_they_should() -> None:
    """Heroes who lost something well: 1/3 of the stories, happy or not."""
    stories = list(TINY.stories("train", 1000))
    assert sum(s.lost for s in stories) / 1000 == pytest.approx(1 / 3, abs=0.05)
    happy = [s.happy for s in stories if s.lost]
    assert sum(happy) / len(happy) == pytest.approx(happy_share(TINY), abs=0.07)


def test_rewards_by_hand() -> None:
    story = next(TINY.stories("train"))
    story.happy, story.song, story.helped, story.gift = True, "la la", True, None
    assert reward(story) == 4
    story.happy, story.song, story.helped = False, None, False
    assert reward(story) == -1
    assert prompt_of(story).endswith("Let it end badly.")


def test_the_table_is_the_logistic_function() -> None:
    for difference, percent in enumerate(PREFERRED):
        assert percent == round(100 / (1 + math.exp(-difference)))


def test_pairs_share_their_beginning_and_the_better_one_wins_as_often_as_said() -> None:
    pairs = list(preferences(SMALL, "train", 400))
    agreed = 0
    for pair in pairs:
        chosen = SMALL.read(pair.prompt + pair.chosen)
        rejected = SMALL.read(pair.prompt + pair.rejected)
        assert chosen.after_wish == rejected.after_wish == len(pair.prompt)
        assert {split_of(chosen.text), split_of(rejected.text)} == {"train"}
        difference = reward(chosen) - reward(rejected)
        assert pair.certainty == PREFERRED[abs(difference)] / 100
        agreed += difference > 0
    decided = [pair.certainty for pair in pairs if pair.certainty > 0.5]
    assert agreed / len(decided) == pytest.approx(sum(decided) / len(decided), abs=0.06)


def test_labels() -> None:
    for story in SMALL.stories("test", 50):
        item = labelled(story)
        assert story.text.startswith(item.text)
        assert "?" not in item.text[story.before_end :]
        assert item.who in item.text
        assert item.where in item.text
        assert item.mood == ("happy" if story.happy else "sad")


def test_forecasts_are_as_good_as_they_say() -> None:
    items = [forecast(story) for story in SMALL.stories("train", 1000)]
    for percent in (0.4, 0.85, 0.95):
        outcomes = [item.happy for item in items if item.probability == percent]
        error = 4 * math.sqrt(percent * (1 - percent) / len(outcomes))
        assert abs(sum(outcomes) / len(outcomes) - percent) < error
    assert not any("?" in item.text[-30:] for item in items)


def test_answers_are_spans() -> None:
    for story in SMALL.stories("train", 300):
        item = question(story)
        assert item.context[item.start : item.end] == item.answer
        assert story.questions[0][1].lower().endswith(item.answer.lower())
        assert item.question == story.questions[0][0]


def test_the_last_mention_of_an_answer_counts() -> None:
    for story in SMALL.stories("train", 300):
        item = question(story)
        if item.answer == story.hero.name:
            assert item.answer not in item.context[item.end :].split()
