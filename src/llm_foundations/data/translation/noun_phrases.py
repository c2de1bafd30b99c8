"""Noun phrases in two languages: the same thing named in English and in French."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from llm_foundations.data.stories.vocabulary import with_article
from llm_foundations.data.translation.french import (
    Adjective,
    Noun,
    Verb,
    agreed,
    elided,
    with_adjective,
)


@dataclass(frozen=True, eq=False)
class Phrase:
    """A noun with what belongs to it."""

    noun: Noun
    """What is named."""
    french: str
    """With its determiner."""
    negated: str
    """The French of it as the object of a verb with *ne*: there, *un* becomes *de*."""
    plural: bool
    """Whether there are more than one."""

    @property
    def pronoun(self) -> str:
        """What English calls it as an object."""
        return "them" if self.plural else self.noun.pronoun

    def auxiliary(self, verb: Verb) -> str:
        """Return the form of *avoir* or *être* that goes with it as a subject."""
        if verb.with_etre:
            return "sont" if self.plural else "est"
        return "ont" if self.plural else "a"

    def agreed(self, verb: Verb) -> str:
        """Return a participle that agrees with it."""
        return agreed(verb.participle, self.noun.gender, self.plural)

    def participle(self, verb: Verb) -> str:
        """Return the participle that goes with it as a subject."""
        return self.agreed(verb) if verb.with_etre else verb.participle


DETERMINERS = {"the": 5, "a": 2, "many": 2, "two": 1}
"""How often each is used; `many` is *the* before a plural."""


def _phrase(noun: Noun, adjective: Adjective | None, determiner: str) -> Phrase:
    plural, feminine = determiner in ("two", "many"), noun.gender == "f"
    words = with_adjective(noun, adjective, plural)
    if determiner == "a":
        one = f"{'une' if feminine else 'un'} {words}"
        return Phrase(noun, one, elided("de", words), plural)
    if determiner == "the":
        words = elided("la" if feminine else "le", words)
    else:
        words = f"{'deux' if determiner == 'two' else 'les'} {words}"
    return Phrase(noun, words, words, plural)


def _english(noun: Noun, adjective: Adjective | None, determiner: str) -> str:
    words = noun.english_plural if determiner in ("two", "many") else noun.english
    if adjective:
        words = f"{adjective.english} {words}"
    if determiner == "a":
        return with_article(words)
    return f"{'the' if determiner == 'many' else determiner} {words}"


def noun_phrases(
    nouns: Iterable[Noun], adjectives: tuple[Adjective, ...]
) -> Iterator[tuple[str, int, Phrase]]:
    """Yield every phrase with these nouns, as options: English, weight, phrase.

    Half of the phrases that are drawn have no adjective.
    """
    for noun, adjective, determiner in product(nouns, (None, *adjectives), DETERMINERS):
        weight = DETERMINERS[determiner] * (1 if adjective else len(adjectives))
        words = (noun, adjective, determiner)
        yield _english(*words), weight, _phrase(*words)
