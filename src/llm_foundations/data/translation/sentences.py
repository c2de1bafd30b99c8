"""Parallel sentences, English and French, each pair from one derivation.

The grammar writes or reads the English; the French follows from the same decisions.
What a translator has to learn here: articles and adjectives agree with the noun, some
adjectives change sides, participles agree with a subject after *être* and with an
object before the verb, *not* goes around the auxiliary, *its* agrees with what is
owned, and *bank* is two words.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product

from llm_foundations.data.stories.choosers import Reader, Sampler
from llm_foundations.data.stories.entropy import Entropy, measure
from llm_foundations.data.stories.grammar import Choice, Chooser
from llm_foundations.data.stories.partition import Split, drawn, random_source
from llm_foundations.data.translation import french
from llm_foundations.data.translation.french import Verb, elided
from llm_foundations.data.translation.noun_phrases import Phrase, noun_phrases


@dataclass(frozen=True)
class Pair:
    """A sentence in both languages."""

    english: str
    """The source."""
    french: str
    """The target."""
    nats: float
    """Surprisal of the English; the French is certain once the English is known."""


def pairs(split: Split, n: int | None = None, seed: int = 0) -> Iterator[Pair]:
    """Return sentence pairs of one split; no English sentence is in two splits.

    Args:
        split: `train`, `validation` or `test`.
        n: How many; without end if None.
        seed: Another seed gives other pairs.

    Raises:
        ValueError: If there is no such split, or n is negative.
    """
    return drawn(_sample, lambda pair: pair.english, split, n, seed)


def _sample(source: random.Random) -> Pair:
    sampler = Sampler(source)
    translated = sentence(sampler)
    return Pair(sampler.text, translated, sampler.nats)


def read(english: str) -> Pair:
    """Return the pair of an English sentence.

    Raises:
        NotInLanguage: If the grammar has no such sentence.

    Examples:
        >>> read("The cat chased the mouse.").french
        'Le chat a poursuivi la souris.'
    """
    reader = Reader(english)
    translated = sentence(reader)
    reader.finish()
    return Pair(english, translated, reader.nats)


def entropy(n: int = 1000, seed: int = 0) -> Entropy:
    """Estimate the entropy of the English sentences, in nats per sentence."""
    return measure(sentence, n, random_source("translation", seed))


@cache
def _subjects() -> list[tuple[str, int, Phrase | None]]:
    animals = noun_phrases(french.ANIMALS, french.ADJECTIVES[:4] + french.MOODS)
    people = noun_phrases(french.PEOPLE, french.SIZES + french.MOODS)
    return [
        (f"{text} ", weight, phrase) for text, weight, phrase in (*animals, *people)
    ]


@cache
def _openings() -> Choice[Phrase | None]:
    """A subject, or the word that a question starts with."""
    subjects = [(text[0].upper() + text[1:], w, it) for text, w, it in _subjects()]
    total = sum(weight for _, weight, _ in subjects)
    return Choice([*subjects, ("Did ", total // 9, None)])


@cache
def _asked_about() -> Choice[Phrase | None]:
    return Choice(_subjects())


@cache
def _objects(*marks: str) -> Choice[tuple[Phrase, str]]:
    """What is done something to, and the mark behind it."""
    things = noun_phrases(french.ANIMALS + french.THINGS, french.ADJECTIVES)
    people = noun_phrases(french.PEOPLE, french.SIZES + french.MOODS)
    return Choice(
        (text + mark, weight, (phrase, mark))
        for text, weight, phrase in (*things, *people)
        for mark in marks
    )


Predicate = tuple[str, Verb | None, str]
"""How the verb is used, the verb if it stands there at once, the mark behind it."""


def _verbs(base: bool, *marks: str) -> list[tuple[str, int, Predicate]]:
    """List the verbs: a transitive one before its object, others before a mark."""
    transitive = [(verb, " ", 4) for verb in french.TRANSITIVE]
    intransitive = [(verb, mark, 2) for verb in french.INTRANSITIVE for mark in marks]
    return [
        ((verb.base if base else verb.past) + mark, weight, ("plain", verb, mark))
        for verb, mark, weight in transitive + intransitive
    ]


@cache
def _predicates(plural: bool) -> Choice[Predicate]:
    return Choice(
        [
            *_verbs(False, ".", " "),
            ("often ", 8, ("often", None, "")),
            ("never ", 8, ("never", None, "")),
            ("did not ", 16, ("not", None, "")),
            ("are " if plural else "is ", 12, ("be", None, "")),
            ("lost ", 12, ("lose", None, "")),
        ]
    )


_PAST = Choice(_verbs(False, ".", " "))
_BASE = Choice(_verbs(True, ".", " "))
_ASKED = Choice(_verbs(True, "?"))
_MOODS = Choice((f"{mood.english}.", 1, mood) for mood in french.MOODS)
_SOMEWHERE: list[tuple[str, int, str | Verb]] = [
    (f"{text}.", 2, there) for text, there in french.PLACES.items()
]
_PLACES = Choice(_SOMEWHERE)


@cache
def _tails() -> Choice[str | Verb]:
    """What may follow an object: a place, or something else done to it."""
    more = ((f"and {verb.past} ", 1, verb) for verb in french.TRANSITIVE)
    return Choice([*_SOMEWHERE, *more])


def sentence(c: Chooser) -> str:
    """Write or read one English sentence, and return the French one."""
    subject = c.pick(_openings())
    translated = _question(c) if subject is None else _statement(c, subject)
    return translated[0].upper() + translated[1:]


def _question(c: Chooser) -> str:
    """Did the cat chase the mouse? Est-ce que le chat a poursuivi la souris ?"""
    subject = c.pick(_asked_about())
    _, verb, mark = c.pick(_ASKED)
    assert subject is not None
    assert verb is not None
    done = f"{subject.auxiliary(verb)} {subject.participle(verb)}"
    if mark != "?":
        done += f" {c.pick(_objects('?'))[0].french}"
    return f"est-ce {elided('que', subject.french)} {done} ?"


def _statement(c: Chooser, subject: Phrase) -> str:
    """The cat never chased the mouse. Le chat n'a jamais poursuivi la souris."""
    use, verb, mark = c.pick(_predicates(subject.plural))
    if use == "be":
        mood = c.pick(_MOODS).agreed(subject.noun.gender, subject.plural)
        return f"{subject.french} {'sont' if subject.plural else 'est'} {mood}."
    if use == "lose":
        return _loss(c, subject)
    if verb is None:
        _, verb, mark = c.pick(_BASE if use == "not" else _PAST)
    assert verb is not None
    auxiliary = subject.auxiliary(verb)
    before = {
        "plain": auxiliary,
        "often": f"{auxiliary} souvent",
        "never": f"{elided('ne', auxiliary)} jamais",
        "not": f"{elided('ne', auxiliary)} pas",
    }[use]
    done = f"{subject.french} {before} {subject.participle(verb)}"
    if verb in french.TRANSITIVE:
        return f"{done} {_object(c, subject, negated=use in ('never', 'not'))}."
    return f"{done}." if mark == "." else f"{done} {c.pick(_PLACES)}."


def _object(c: Chooser, subject: Phrase, negated: bool) -> str:
    """The mouse and followed it. La souris et l'a suivie."""
    thing, mark = c.pick(_objects(".", " "))
    words = thing.negated if negated else thing.french
    if mark == ".":
        return words
    tail = c.pick(_PLACES if negated else _tails())
    if isinstance(tail, str):
        return f"{words} {tail}"
    c.say(f"{thing.pronoun}.")
    auxiliary = subject.auxiliary(tail)
    clitic = f"les {auxiliary}" if thing.plural else elided("le", auxiliary)
    return f"{words} et {clitic} {thing.agreed(tail)}"


_BELONGINGS = Choice(
    [
        *((f"{it.english}.", 8, (it, None)) for it in french.THINGS),
        *(
            (f"{adjective.english} {it.english}.", 1, (it, adjective))
            for it, adjective in product(french.THINGS, french.ADJECTIVES)
        ),
    ]
)


def _loss(c: Chooser, subject: Phrase) -> str:
    """The queen lost her old book. La reine a perdu son vieux livre."""
    owner = {"him": "his", "her": "her", "it": "its", "them": "their"}
    c.say(f"{owner[subject.pronoun]} ")
    noun, adjective = c.pick(_BELONGINGS)
    words = french.with_adjective(noun, adjective, plural=False)
    if subject.plural:
        return f"{subject.french} ont perdu leur {words}."
    # *Sa* becomes *son* before a vowel, where an article would lose its own.
    feminine = noun.gender == "f" and words[0] not in french.VOWELS
    return f"{subject.french} a perdu {'sa' if feminine else 'son'} {words}."
