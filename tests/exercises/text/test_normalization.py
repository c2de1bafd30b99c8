"""Answers that readers might write to the exercises on cleaning text."""

import numpy as np

from llm_foundations.exercises.text.normalization import (
    check_disguise,
    check_pairs,
)
from llm_foundations.experiments.cleaning import LOOKALIKES
from llm_foundations.experiments.what_is_an_llm import Storyteller
from tests.exercises.answers import accepts, refuses

TELLER = Storyteller()
PAIRS = [("①", "1"), ("ﬀ", "FF"), ("\u0451", "\u0435"), ("Ö", "o")]


def pairs_with(at, pair):
    return lambda: [*PAIRS[:at], pair, *PAIRS[at + 1 :]]


test_pairs_accepts = accepts(
    check_pairs,
    [
        lambda: PAIRS,
        lambda: tuple(map(list, PAIRS)),
        lambda: (pair for pair in PAIRS),
        lambda: np.array(PAIRS),
        lambda: [("™", "TM"), ("\u03c2", "\u03c3"), ("ばし", "はし"), ("ÀB", "ab")],
        lambda: [("ｱ", "ア"), ("ﬆ", "st"), ("कुल", "कल"), ("\u0401", "\u0435")],
    ],
)
test_pairs_refuses = refuses(
    check_pairs,
    {
        "return four pairs of strings": lambda: dict(PAIRS),
        "return four pairs of strings, got": lambda: [(1, 2)] * 4,
        "but both are 'a'": pairs_with(0, ("a", "a")),
        "breaks the rule": pairs_with(1, ("STRASSE", "straße")),
        "('10²', '102') breaks the rule": pairs_with(0, ("10²", "102")),
        "('US!', 'us!') breaks": pairs_with(3, ("US!", "us!")),
        "('a US', 'a us') breaks": pairs_with(3, ("a US", "a us")),
        "('ﬁ', 'fi') breaks": pairs_with(0, ("ﬁ", "fi")),
        "('ß', 'ss') breaks": pairs_with(1, ("ß", "ss")),
        "('ぎ', 'き') breaks": pairs_with(2, ("ぎ", "き")),
        "('É', 'e') breaks": pairs_with(3, ("É", "e")),
        "pair 1: NFC makes": pairs_with(0, ("e\u0300", "è")),
        "pair 1: NFKC doesn't": pairs_with(0, ("O", "\u041e")),
        "pair 2: str.lower": pairs_with(1, ("AB", "ab")),
        "pair 2: fold_case": pairs_with(1, ("ä", "ae")),
        "pair 3: 'ã' is a Latin letter": pairs_with(2, ("ã", "a")),
        "pair 3: strip_accents": pairs_with(2, ("д", "т")),
        "pair 4: fold_case alone": pairs_with(3, ("K", "k")),
        "pair 4: strip_accents alone": pairs_with(3, ("è", "e")),
        "pair 4: strip_accents and then": pairs_with(3, ("È", "f")),
    },
)


def swapped(story, at, doubles):
    return story[:at] + doubles[story[at]] + story[at + 1 :]


def by_search(order, answers=lambda text: TELLER.answer(text).text):
    """Try every letter, in some order."""

    def disguise(story, answer, doubles):
        at = story.index(answer)
        for i in order(range(len(story))):
            if story[i] in doubles and not at <= i < at + len(answer):
                text = swapped(story, i, doubles)
                if answers(text).lower() != answer.lower():
                    return text
        return None

    return disguise


def by_words(story, answer, doubles):
    """Attack the words that carry the question, as one would by hand."""
    words = {"Otto": "om ", "the number seven": "afraid", "blackberries": "e?"}
    found = story.rindex(words.get(answer, "of?"))
    return swapped(story, found, doubles)


test_disguise_accepts = accepts(check_disguise, [by_search(reversed), by_words])
test_disguise_refuses = refuses(
    check_disguise,
    {
        "return the whole story": lambda story, answer, doubles: story[:-1],
        "exactly one letter, not 2": lambda story, answer, doubles: story.replace(
            "th", "ht", 1
        ),
        "exactly one letter, not 0": lambda story, answer, doubles: story,
        "not '\u041e' for 'H'": lambda story, answer, doubles: "\u041e" + story[1:],
        "use a letter of doubles": lambda story, answer, doubles: swapped(
            story, story.rindex("W"), LOOKALIKES
        ),
        "leave the answer alone": lambda story, answer, doubles: swapped(
            story,
            min(
                i for i in range(story.index(answer), len(story)) if story[i] in doubles
            ),
            doubles,
        ),
        "still answers 'Otto'": lambda story, answer, doubles: swapped(
            story, max(i for i, c in enumerate(story) if c in doubles), doubles
        ),
    },
)


def test_the_letters_that_matter_stand_in_the_question_and_in_the_fact() -> None:
    expected = [
        ["Whom", "Whom"],
        ["afraid", "afraid", "What", "afraid", "afraid"],
        ["loved", "love?"],
        ["of", "of?"],
    ]
    for case, words in zip(check_disguise.cases, expected, strict=True):
        story, answer, doubles = case.arguments
        kept = range(story.index(answer), story.index(answer) + len(answer))
        free = [i for i, c in enumerate(story) if c in doubles and i not in kept]
        said = {i: TELLER.answer(swapped(story, i, doubles)).text for i in free}
        found = [i for i in free if said[i].lower() != answer.lower()]
        ends = [(story[:i].rfind(" ") + 1, f"{story} ".index(" ", i)) for i in found]
        assert [story[start:end] for start, end in ends] == words
        assert len(free) < min(40, 15 * len(found))
