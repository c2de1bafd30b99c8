from llm_foundations.data.stories.language import Language
from llm_foundations.data.stories.questions import questions

LANGUAGE = Language("small")
TEXT = (
    "Once there was a frog named Mila. She lived under the stone bridge and loved"
    " pancakes. She was afraid of thunder. One day she lost her silver bell."
    " Rain fell, and Mila felt brave. At noon she hopped to the harbour. There she met"
    " Otto the donkey. Under a bench she found a red kite. As a gift she gave Otto the"
    " red kite. At last they came to the mill, but the silver bell was gone. Mila went"
    " home in the dark. How did Mila feel? Brave."
)


def test_every_question_that_a_story_answers() -> None:
    assert dict(questions(LANGUAGE.read(TEXT))) == {
        "Who lost the silver bell?": "Mila",
        "What did Mila lose?": "The silver bell",
        "Where did Mila look for the silver bell?": "At the mill",
        "Where did Mila live?": "Under the stone bridge",
        "What did Mila love?": "Pancakes",
        "What was Mila afraid of?": "Thunder",
        "How did Mila feel?": "Brave",
        "Whom did Mila meet?": "Otto",
        "Where did Mila meet Otto?": "At the harbour",
        "What did Otto get?": "The red kite",
        "What was under a bench?": "The red kite",
    }


def test_sums_workers_and_meals_are_asked_about() -> None:
    text = TEXT.replace(
        "Under a bench she found a red kite. As a gift she gave Otto",
        (
            "She counted four sails, but one of them twice, so there were only three."
            " Along came a pilot. He wore goggles and one boot. For lunch she had"
            " pancakes. Otto"
        ),
    )
    text = text.replace(" Otto the red kite.", "")
    asked = dict(questions(LANGUAGE.read(text)))
    assert asked["How many sails were there?"] == "Three"
    assert asked["Who wore goggles and one boot?"] == "The pilot"
    assert asked["What did Mila eat?"] == "Pancakes"


def test_answers_stand_in_their_stories() -> None:
    for story in LANGUAGE.stories("train", 200):
        told = story.text[: story.after_end].lower()
        for question, answer in questions(story):
            bare = answer.removeprefix("The ").lower()
            assert bare in told or bare.split(" ", 1)[1] in told, question


def test_questions_differ() -> None:
    for story in LANGUAGE.stories("train", 200):
        asked = [question for question, _ in questions(story)]
        assert len(set(asked)) == len(asked)
