"""Answers that readers might write to the exercises on cleaning text."""

import re

import numpy as np

from llm_foundations.exercises.text.normalization import (
    check_disguise,
    check_pairs,
)
from llm_foundations.experiments.cleaning import LOOKALIKES
from tests.exercises.answers import accepts, refuses

PAIRS = [("①", "1"), ("ﬀ", "FF"), ("\u0451", "\u0435"), ("É", "e")]


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
        "is on the page": pairs_with(1, ("STRASSE", "straße")),
        "('10²', '102') is on the page": pairs_with(0, ("10²", "102")),
        "pair 1: NFC makes": pairs_with(0, ("e\u0301", "é")),
        "pair 1: NFKC doesn't": pairs_with(0, ("O", "\u041e")),
        "pair 2: str.lower": pairs_with(1, ("AB", "ab")),
        "pair 2: fold_case": pairs_with(1, ("ä", "ae")),
        "pair 3: 'ã' is a Latin letter": pairs_with(2, ("ã", "a")),
        "pair 3: strip_accents": pairs_with(2, ("д", "т")),
        "pair 4: fold_case alone": pairs_with(3, ("K", "k")),
        "pair 4: strip_accents alone": pairs_with(3, ("é", "e")),
        "pair 4: the two steps": pairs_with(3, ("É", "f")),
    },
)


def at_the_question(word, letter):
    def answer(story, name):
        i = story.rindex(word) + word.index(letter)
        return story[:i] + LOOKALIKES[letter] + story[i + 1 :]

    return answer


test_disguise_accepts = accepts(
    check_disguise,
    [
        at_the_question("Whom", "W"),
        lambda story, name: story.replace("Whom", "Wh\u043em"),
        lambda story, name: re.sub("Whom", "\u051chom", story),
    ],
)
test_disguise_refuses = refuses(
    check_disguise,
    {
        "return the whole story": lambda story, name: story.replace("Whom", "Wh"),
        "exactly one letter, not 2": lambda story, name: story.replace(
            "Whom", "\u051ch\u043em"
        ),
        "exactly one letter, not 0": lambda story, name: story,
        "not 'u' for 'o'": lambda story, name: story.replace("Whom", "Whum"),
        "leave the friend's name alone": lambda story, name: story.replace(
            name, LOOKALIKES.get(name[0], "M") + name[1:], 1
        ),
        "still answers 'Otto'": at_the_question("meet", "e"),
    },
)
