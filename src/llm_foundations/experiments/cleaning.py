"""What cleaning does to a text, and to a model that has read another kind of text."""

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

from llm_foundations.experiments.what_is_an_llm import Asked, Storyteller

Clean = Callable[[str], str]
"""Maps a text to a cleaned text."""

LOOKALIKES = dict(zip("aceopxyABCEHIKMOPTXW", "асеорхуАВСЕНІКМОРТХԜ", strict=True))  # noqa: RUF001
"""Cyrillic letters that look like Latin ones in most fonts."""
_STOP_WORDS = (
    "i me my myself we our ours ourselves you your yours yourself yourselves he him his"
    " himself she her hers herself it its itself they them their theirs themselves what"
    " which who whom this that these those am is are was were be been being have has"
    " had having do does did doing a an the and but if or because as until while of at"
    " by for with about against between into through during before after above below"
    " to from up down in out on off over under again further then once here there when"
    " where why how all any both each few more most other some such no nor not only own"
    " same so than too very s t can will just don should now"
)
STOP_WORDS = frozenset(_STOP_WORDS.split())
"""127 frequent English words, as in older versions of NLTK's list of stop words."""
PASSAGES: tuple[tuple[str, ...], ...] = (
    ("Dr. Ada Reed came at 9 a.m. on Monday.", "She brought Mr. Li."),
    ("The tea was $3.14.", "Nobody paid."),
    ('"Is it raining?" she asked.', '"No," he said.'),
    ("Wait ... what was that?", "A fox!"),
    ("We went to St. Ives.", "It rained."),
    ("He works for Acme Inc.", "His sister doesn't."),
    ("Bring pens, paper, etc.", "Don't be late."),
    ("I was born in the U.S.", "My brother wasn't."),
    ("Version 2.0 is out!", "iPhone owners can wait."),
    ("See Fig. 3.", "It explains everything."),
    ("J. R. R. Tolkien wrote it.", "You should read it."),
    ("She said, “Stop.”", "He didn't."),
    ("Gen. Ada Fox waved.", "We waved back."),
    ("Where did Pip live?", "On a houseboat."),
)
"""Short passages, each already split into its sentences.

They were chosen to be hard, by those who wrote `split_sentences`.
"""


def remove_punctuation(text: str) -> str:
    """Remove everything but letters, digits, underscores and white space.

    Examples:
        >>> remove_punctuation('"Why?" he asked.')
        'Why he asked'
    """
    return re.sub(r"[^\w\s]", "", text)


def remove_stop_words(text: str) -> str:
    """Remove every word in `STOP_WORDS`, whatever its case.

    Examples:
        >>> remove_stop_words("Whom did Gilbert meet? Otto the donkey.")
        'Gilbert meet? Otto donkey.'
    """

    def kept(word: re.Match[str]) -> str:
        return "" if word[1].lower() in STOP_WORDS else word[0]

    return re.sub(r"\b(\w+)\b ?", kept, text)


class Reading(NamedTuple):
    """How the storyteller reads cleaned texts."""

    nats: float
    """The mean surprisal of a story."""
    names: int
    """How many questions about a name it answers correctly, whatever the case."""
    others: int
    """How many other questions it answers correctly, whatever the case."""


CLEANINGS: dict[str, Clean] = {
    "as written": str,
    "two spaces after a period": lambda text: text.replace(". ", ".  "),
    "no punctuation": remove_punctuation,
    "lowercased": str.lower,
    "no stop words": remove_stop_words,
    "line break after a period": lambda text: text.replace(". ", ".\n"),
}
"""What is done to each text in `READINGS`."""
READINGS = {
    "as written": Reading(64.7, 20, 40),
    "two spaces after a period": Reading(388.1, 20, 40),
    "no punctuation": Reading(605.5, 17, 40),
    "lowercased": Reading(731.9, 0, 39),
    "no stop words": Reading(949.8, 0, 22),
    "line break after a period": Reading(1043.9, 0, 40),
}
"""What `read_cleaned` returns for 100 new stories and 60 questions, 20 about a name."""


def read_cleaned(
    teller: Storyteller,
    clean: Clean,
    stories: Sequence[str],
    questions: Iterable[Asked],
) -> Reading:
    """Clean stories and questions, and let the storyteller read them.

    Args:
        teller: The model.
        clean: What is done to each text, to a story with its question as a whole, and
            to the right answer.
        stories: Texts whose surprisal is measured.
        questions: Stories with a question, as `asked` returns them. Those that the
            story doesn't answer are left out.
    """
    nats = sum(sum(teller.surprisals(clean(story))) for story in stories)
    right = [
        q.kind.startswith("Whom")
        for q in questions
        if q.told
        and clean(q.told).strip().lower() in teller.answer(clean(q.text)).text.lower()
    ]
    return Reading(nats / len(stories), sum(right), len(right) - sum(right))


def sentence_errors(
    split: Callable[[str], Iterable[str]],
    passages: Iterable[Sequence[str]] = PASSAGES,
) -> tuple[int, int]:
    """Count the mistakes of a function that splits text into sentences.

    Args:
        split: Maps a text to its sentences.
        passages: Texts, each given as the right list of sentences.

    Returns:
        How many boundaries between sentences it misses, and how many it puts where
        there is none.

    Examples:
        >>> sentence_errors(lambda text: [text], [["He slept.", "Why?"]])
        (1, 0)
    """
    missed = wrong = 0
    for sentences in passages:
        right, found = _ends(sentences), _ends(split(" ".join(sentences)))
        missed += len(right - found)
        wrong += len(found - right)
    return missed, wrong


def _ends(sentences: Iterable[str]) -> set[int]:
    """After how many characters, spaces not counted, each sentence ends."""
    return set(accumulate(len("".join(sentence.split())) for sentence in sentences))
