"""The exercises of the lesson on cleaning text."""

import re
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from llm_foundations.exercises.exercise import Exercise, case
from llm_foundations.tokenizers.normalization import (
    fold_case,
    strip_accents,
    unicode_form,
)

if TYPE_CHECKING:
    from llm_foundations.experiments.what_is_an_llm import Storyteller

_Pair = tuple[str, str]
_ON_THE_PAGE = "café résumé 10² ﬁancé us straße फूल かぎ"


def _pairs(result: Any) -> list[_Pair]:
    pairs = [(first, second) for first, second in result]
    return pairs if all(isinstance(s, str) for pair in pairs for s in pair) else []


def _merges(step: Callable[[str], str], pair: _Pair) -> bool:
    return step(pair[0]) == step(pair[1])


def _bare(text: str) -> str:
    return strip_accents(unicode_form(text, "NFKC").casefold())


def _is_own(result: Any) -> bool | str:
    known = {_bare(word) for word in _ON_THE_PAGE.split()}
    copied = [pair for pair in _pairs(result) if any(_bare(s) in known for s in pair)]
    return not copied or repr(copied[0])


def _is_different(result: Any) -> bool | str:
    same = [first for first, second in _pairs(result) if first == second]
    return not same or repr(same[0])


def _both(text: str) -> str:
    return fold_case(strip_accents(text))


def _without(at: int, pair: _Pair) -> Callable[[], list[_Pair]]:
    """Return a right answer with one of its pairs replaced."""
    right = [("ﬂat", "flat"), ("Maß", "MASS"), ("мой", "мои"), ("Ñu", "nu")]
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
            lambda: [("ﬂat", "flat"), ("Maß", "MASS"), ("мой", "мои")],
        ),
        "the two strings of a pair must differ, but both are {}": (
            _is_different,
            _without(3, ("nu", "nu")),
            _without(0, ("flat", "flat")),
        ),
        "{} is on the page: find a pair of your own": (
            _is_own,
            _without(0, ("10²", "102")),
            _without(2, ("फूल", "फल")),
            _without(1, ("Straße", "STRASSE")),
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
            _without(1, ("ÉTÉ", "été")),
        ),
        "pair 2: fold_case doesn't make these equal": (
            lambda result: _merges(fold_case, _pairs(result)[1]),
            _without(1, ("größer", "groser")),
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
        "pair 4: the two steps together don't make these equal": (
            lambda result: _merges(_both, _pairs(result)[3]),
            _without(3, ("Ñu", "mu")),
            _without(3, ("Ł", "l")),
        ),
    },
    verdict="Each step has pairs that it alone merges.",
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


def _is_new_answer(text: str, story: str, name: str) -> bool | str:
    return _said(text) != name or repr(name)


def _changed(text: str, story: str) -> list[int]:
    return [i for i, (a, b) in enumerate(zip(text, story, strict=True)) if a != b]


def _is_lookalike(text: str, story: str, name: str) -> bool | str:
    from llm_foundations.experiments.cleaning import LOOKALIKES

    at = _changed(text, story)[0]
    return LOOKALIKES.get(story[at]) == text[at] or f"{text[at]!r} for {story[at]!r}"


def _outside(text: str, story: str, name: str) -> bool:
    at = _changed(text, story)[0]
    spans = [found.span() for found in re.finditer(re.escape(name), story)]
    return not any(start <= at < end for start, end in spans)


def _swap(story: str, at: int) -> str:
    from llm_foundations.experiments.cleaning import LOOKALIKES

    return story[:at] + LOOKALIKES.get(story[at], "?") + story[at + 1 :]


_GILBERT = (
    "Have you heard of Gilbert the goat? He lived on an island no bigger than a table."
    " More than anything he wanted a shrill whistle. At noon he hurried to the meadow."
    " And whom did he meet? Otto the donkey. Whom did Gilbert meet?"
)
_PIP = (
    "This is the story of Pip the duck. He lived on a houseboat. On Sunday he skipped"
    " to the school. There sat Mila the frog. Whom did Pip meet?"
)
_HAZEL = (
    "Once there was a frog named Hazel. She lived under a porch. One day she lost her"
    " painted map. There she met Basil the otter. Whom did Hazel meet?"
)

check_disguise = Exercise(
    "check_disguise",
    right=None,
    cases=[case(_GILBERT, "Otto"), case(_PIP, "Mila"), case(_HAZEL, "Basil")],
    mistakes={},
    properties={
        "return the whole story, with one letter replaced, got {}": (
            lambda text, story, name: isinstance(text, str) and len(text) == len(story),
            lambda story, name: story + " ",
            lambda story, name: "o",
        ),
        "replace exactly one letter, not {}": (
            lambda text, story, name: (
                len(_changed(text, story)) == 1 or str(len(_changed(text, story)))
            ),
            lambda story, name: story,
            lambda story, name: story.replace("o", "\u043e"),
        ),
        "use the Cyrillic letter from LOOKALIKES, not {}": (
            _is_lookalike,
            lambda story, name: story.replace("Whom", "Whim"),
            lambda story, name: story.replace("Whom", "Wh0m"),
            lambda story, name: story.replace("Whom", "Wh\u043en").replace(
                "Wh\u043en", "Wh\u03bfm"
            ),
        ),
        "leave the friend's name alone": (
            _outside,
            lambda story, name: _swap(
                story, story.index(name) + {"Otto": 0, "Mila": 0, "Basil": 0}[name]
            ),
        ),
        "the storyteller still answers {}: which word does it need in order to "
        "understand the question?": (
            _is_new_answer,
            lambda story, name: _swap(story, story.index("e")),
            lambda story, name: _swap(story, story.rindex("e")),
            lambda story, name: _swap(story, story.index("o")),
        ),
    },
    verdict="Nobody can see it, and the answer is another one.",
)
"""A story with one letter replaced by its double, so that the answer changes."""
