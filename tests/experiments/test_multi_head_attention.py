"""Stories end before their questions, and a swapped head changes the answer."""

import pytest

from llm_foundations.experiments.multi_head_attention import (
    answer,
    stories_before_questions,
)
from llm_foundations.models.storyteller import load_storyteller

MODEL, TOKENIZER = load_storyteller()
STORIES = stories_before_questions(5)


def test_stories_end_where_the_first_question_begins() -> None:
    assert len(STORIES) == 5
    for text, story in STORIES:
        assert story.text.startswith(text)
        asked = story.text[len(text) :].split()[0]
        assert asked in {"Whom", "Where", "What", "Who", "How"}
        assert story.friend.name in text
        assert text.endswith((". ", "! ", '!" '))


def test_no_stories_are_no_stories() -> None:
    assert stories_before_questions(0) == []


def test_one_head_of_the_first_layer_holds_the_question_word() -> None:
    for text, story in STORIES:
        asked = f"{text}Where did {story.hero.name} meet {story.friend.name}?"
        other = f"{text}Whom did {story.hero.name} meet?"
        plain = answer(MODEL, TOKENIZER, asked)
        assert plain.split()[0] in {"In", "At", "On"}
        assert answer(MODEL, TOKENIZER, asked, other, [(0, 2)]) == story.friend.name
        for head in (0, 1, 3):
            assert answer(MODEL, TOKENIZER, asked, other, [(0, head)]) == plain


@pytest.mark.parametrize("other", [None, "Once there was a fox named Otto."])
def test_without_heads_nothing_is_swapped(other) -> None:
    text, story = STORIES[0]
    asked = f"{text}Whom did {story.hero.name} meet?"
    assert answer(MODEL, TOKENIZER, asked, other) == story.friend.name
