"""The exercises of the lesson on cleaning text."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from llm_foundations.exercises.exercise import Case, Exercise, case
from llm_foundations.tokenizers.normalization import (
    fold_case,
    strip_accents,
    unicode_form,
)

if TYPE_CHECKING:
    from llm_foundations.experiments.what_is_an_llm import Storyteller

_Pair = tuple[str, str]
_WORDS = {"cafe", "resume", "us", "strasse", "otto", "102"}
_CHARACTERS = set("²ﬁßéफぎ\uff1c\uff1e")
"""What no pair may hold, because the page has shown it."""


def _pairs(result: Any) -> list[_Pair]:
    pairs = [(first, second) for first, second in result]
    return pairs if all(isinstance(s, str) for pair in pairs for s in pair) else []


def _merges(step: Callable[[str], str], pair: _Pair) -> bool:
    return step(pair[0]) == step(pair[1])


def _is_own(result: Any) -> bool | str:
    copied = [pair for pair in _pairs(result) if any(map(_is_on_the_page, pair))]
    return not copied or repr(copied[0])


def _is_on_the_page(text: str) -> bool:
    composed = unicode_form(text, "NFC").lower()
    words = set(re.findall(r"\w+", composed))
    return bool(words & _WORDS or set(composed) & _CHARACTERS)


def _is_different(result: Any) -> bool | str:
    same = [first for first, second in _pairs(result) if first == second]
    return not same or repr(same[0])


def _both(text: str) -> str:
    return fold_case(strip_accents(text))


def _without(at: int, pair: _Pair) -> Callable[[], list[_Pair]]:
    """Return a right answer with one of its pairs replaced."""
    right = [("ﬂat", "flat"), ("ﬀ", "FF"), ("мой", "мои"), ("Ñu", "nu")]
    right[at] = pair
    return lambda: right


check_pairs = Exercise(
    "check_pairs",
    right=None,
    cases=[case()],
    why="the answer is what the reader finds",
    mistakes={},
    properties={
        "return four pairs of strings, got {}": (
            lambda result: len(_pairs(result)) == 4,
            lambda: ["ﬂat", "flat"],
            lambda: [("ﬂat", "flat")],
            lambda: [("ﬂat", "flat"), ("ﬀ", "FF"), ("мой", "мои")],
        ),
        "the two strings of a pair must differ, but both are {}": (
            _is_different,
            _without(3, ("nu", "nu")),
            _without(0, ("flat", "flat")),
        ),
        "{} breaks the rule: no words from this page, and none of the characters "
        "² ﬁ ß é \uff1c \uff1e फ ぎ": (
            _is_own,
            _without(0, ("10²", "102")),
            _without(2, ("फूल", "फल")),
            _without(1, ("Straße", "STRASSE")),
            _without(3, ("US!", "us!")),
            _without(0, ("ﬁ", "fi")),
            _without(1, ("\u1e9e", "ss")),
        ),
        "pair 1: NFC makes these equal, too": (
            lambda result: (
                not _merges(lambda s: unicode_form(s, "NFC"), _pairs(result)[0])
            ),
            _without(0, ("\u212b", "Å")),
            _without(0, ("n\u0303", "ñ")),
        ),
        "pair 1: NFKC doesn't make these equal": (
            lambda result: _merges(
                lambda s: unicode_form(s, "NFKC"), _pairs(result)[0]
            ),
            _without(0, ("Flat", "flat")),
            _without(0, ("½", "1/2")),
        ),
        "pair 2: str.lower makes these equal, too": (
            lambda result: not _merges(str.lower, _pairs(result)[1]),
            _without(1, ("Cat", "cat")),
            _without(1, ("ÜBEL", "übel")),
        ),
        "pair 2: fold_case doesn't make these equal": (
            lambda result: _merges(fold_case, _pairs(result)[1]),
            _without(1, ("oe", "œ")),
            _without(1, ("İ", "i")),
        ),
        "pair 3: {} is a Latin letter": (
            lambda result: _no_latin("".join(_pairs(result)[2])),
            _without(2, ("naïve", "naive")),
            _without(2, ("đ", "d")),
        ),
        "pair 3: strip_accents doesn't make these equal": (
            lambda result: _merges(strip_accents, _pairs(result)[2]),
            _without(2, ("\u041c", "\u043c")),
            _without(2, ("दिन", "दन")),
        ),
        "pair 4: fold_case alone makes these equal": (
            lambda result: not _merges(fold_case, _pairs(result)[3]),
            _without(3, ("Nu", "nu")),
        ),
        "pair 4: strip_accents alone makes these equal": (
            lambda result: not _merges(strip_accents, _pairs(result)[3]),
            _without(3, ("ñu", "nu")),
        ),
        "pair 4: strip_accents and then fold_case don't make these equal": (
            lambda result: _merges(_both, _pairs(result)[3]),
            _without(3, ("Ñu", "mu")),
            _without(3, ("Ł", "l")),
        ),
    },
    verdict="These pairs tell the steps apart.",
)
"""Four pairs of strings, each merged by one step and not by another."""


def _no_latin(text: str) -> bool | str:
    from unicodedata import name

    latin = [letter for letter in text if name(letter, "").startswith("LATIN")]
    return not latin or repr(latin[0])


@cache
def _storyteller() -> "Storyteller":
    from llm_foundations.experiments.what_is_an_llm import Storyteller

    return Storyteller()


@cache
def _said(text: str) -> str:
    return _storyteller().answer(text).text


Doubles = Mapping[str, str]
"""Letters and what may replace them."""


def _is_new_answer(text: str, story: str, answer: str, doubles: Doubles) -> bool | str:
    return _said(text).lower() != answer.lower() or repr(answer)


def _changed(text: str, story: str) -> list[int]:
    return [i for i, (a, b) in enumerate(zip(text, story, strict=True)) if a != b]


def _is_lookalike(text: str, story: str, answer: str, doubles: Doubles) -> bool | str:
    at = _changed(text, story)[0]
    return doubles.get(story[at]) == text[at] or f"{text[at]!r} for {story[at]!r}"


def _outside(text: str, story: str, answer: str, doubles: Doubles) -> bool:
    at = _changed(text, story)[0]
    spans = [found.span() for found in re.finditer(answer, story, re.IGNORECASE)]
    return not any(start <= at < end for start, end in spans)


def _swap(story: str, at: int, doubles: Doubles) -> str:
    return story[:at] + doubles[story[at]] + story[at + 1 :]


def _first(story: str, answer: str, doubles: Doubles) -> str:
    at = next(i for i, letter in enumerate(story) if letter in doubles)
    return _swap(story, at, doubles)


def _last(story: str, answer: str, doubles: Doubles) -> str:
    at = max(i for i, letter in enumerate(story) if letter in doubles)
    return _swap(story, at, doubles)


_GILBERT = (
    "Have you heard of Gilbert the goat? He lived on an island no bigger than a table."
    " And whom did he meet? Otto the donkey. Whom did Gilbert meet?"
)
_FELIX = (
    "Once there was a crow named Felix. Felix lived on a houseboat. He was afraid of"
    " the number seven. At sunrise he flapped to the forest. Under a bench he found a"
    " spiral shell. What was Felix afraid of?"
)
_OTTO = (
    "Do you know Otto the donkey? He lived in an old teapot and loved blackberries."
    " More than anything he wanted an old book. There he met Bruno the crow. What did"
    " Otto love?"
)
_COSIMA = (
    "Once there was a duck named Cosima. She lived in the attic of the inn and was"
    " afraid of falling leaves. More than anything she wanted a pink shell. That"
    " evening she waddled to the village. Under a bench she found a long rope. What was"
    " Cosima afraid of?"
)


def _asked(story: str, answer: str, latin: str, cyrillic: str) -> Case:
    return case(story, answer, dict(zip(latin, cyrillic, strict=True)))


check_disguise = Exercise(
    "check_disguise",
    right=None,
    cases=[
        _asked(_GILBERT, "Otto", "Weo", "\u051c\u0435\u043e"),
        _asked(_FELIX, "the number seven", "Wa", "\u051c\u0430"),
        _asked(_OTTO, "blackberries", "Me", "\u041c\u0435"),
        _asked(_COSIMA, "falling leaves", "co", "\u0441\u043e"),
    ],
    mistakes={},
    properties={
        "return the whole story, with one letter replaced, got {}": (
            lambda text, story, *_: isinstance(text, str) and len(text) == len(story),
            lambda story, answer, doubles: story + " ",
            lambda story, answer, doubles: "o",
        ),
        "replace exactly one letter, not {}": (
            lambda text, story, *_: (
                len(_changed(text, story)) == 1 or str(len(_changed(text, story)))
            ),
            lambda story, answer, doubles: story,
            lambda story, answer, doubles: story.translate(str.maketrans(doubles)),
        ),
        "use a letter of doubles, not {}": (
            _is_lookalike,
            lambda story, answer, doubles: story[::-1].replace("t", "T", 1)[::-1],
            lambda story, answer, doubles: _swap(
                story, story.rindex("W"), {"W": "\u051c"}
            ),
        ),
        "leave the answer alone": (
            _outside,
            lambda story, answer, doubles: _swap(
                story,
                next(
                    i
                    for i in range(story.index(answer), len(story))
                    if story[i] in doubles
                ),
                doubles,
            ),
        ),
        "the storyteller still answers {}: try another letter": (
            _is_new_answer,
            _first,
            _last,
        ),
    },
    verdict="In most fonts nobody can see it, but the storyteller was misled.",
)
"""A story with one letter replaced by its double, so that the answer changes."""
