"""The characters of the language, and the facts about each that a reader can learn.

A name's facts depend on the name and the tables alone, so a character of the small
language is the same in the large one. How often a character
appears falls with the rank of the name (Zipf's law, as Mandelbrot bent it at the
top): some facts are met every day, others once in a thousand stories.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, product
from typing import TypeVar

from llm_foundations.data.stories.vocabulary import Species, Thing

T = TypeVar("T")


def _words(text: str) -> list[str]:
    return text.split()


_SHE = _words(
    """Mila Juniper Tansy Clover Hazel Willa Maple Poppy Fern Olive Tilda Ida Nell Dot
    Posy Marigold Saffron Bryony Petra Luna Odette Pearl Rosalind Greta Elsie Flora Ivy
    Opal Beatrix Matilda Cosima Zelda Minna Agnes Edith Lotte Henrietta Dahlia Winifred
    Pippa Harriet Amelie Bettina Clementine Dora Esme Frieda Gwendolyn Hilda Iris"""
)
_HE = _words(
    """Otto Basil Pip Bramble Rufus Barnaby Oswald Hugo Fergus Magnus Alfie Casper
    Edmund Felix Gus Horace Ignatius Jasper Kit Leopold Monty Ludo Orson Percy Quentin
    Rollo Sorrel Tobias Ulysses Victor Wilbur Albert Bruno Cosmo Digby Ernest Finn
    Gilbert Hector Linus Mortimer Nestor Oscar Piers Ralph Sidney Theo Upton Vernon
    Walter"""
)
_ONSETS = _words("B Bl Br D Dr F Fl Fr G Gr H J L M N P Pr R S St T Th Tr V W Z")
_MIDDLES = _words("l lm lt n nn r rl rr rv v")
_ENDINGS = {"she": _words("a ella ette ia ina ora"), "he": _words("ard en in io o or")}


@dataclass(frozen=True, eq=False)
class Forms:
    """A pronoun's forms, to fill the gaps of a phrase with."""

    he: str
    """As a subject."""
    him: str
    """As an object."""
    his: str
    """Before what is owned."""

    def fill(self, phrase: str) -> str:
        """Fill the gaps {he}, {He}, {him} and {his}."""
        return phrase.format(
            he=self.he, He=self.he.capitalize(), him=self.him, his=self.his
        )


FORMS = {"she": Forms("she", "her", "her"), "he": Forms("he", "him", "his")}
"""The forms of she and of he."""
THEY = Forms("they", "them", "their")
"""The forms for two who go together."""


@dataclass(frozen=True, eq=False)
class Character:
    """Somebody of the stories: a name and what usually holds of its bearer."""

    name: str
    """Nobody else has it."""
    weight: int
    """How often the name is used, relative to the others."""
    forms: Forms
    """The pronoun, in its forms."""
    species: Species
    """What kind of animal."""
    home: str
    """Where, as in `in an old teapot`."""
    food: str
    """What this character loves to eat."""
    fear: str
    """What this character is afraid of."""
    thing: Thing
    """What this character wants in half of the stories."""


def digest(text: str) -> int:
    """Return 64 bits that depend on the text alone, the same on every machine."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])


def _invented(pronoun: str) -> list[str]:
    """Make up names that sound alike for one pronoun, the short ones first."""
    parts = product(_ONSETS, "aeiou", _MIDDLES, _ENDINGS[pronoun])
    made = {"".join(name) for name in parts} - {*_SHE, *_HE}
    return sorted(made, key=lambda name: (len(name) > 6, digest(name)))


def names() -> Iterator[tuple[str, str]]:
    """Yield every name with its pronoun, the commonest first, she and he in turn.

    Examples:
        >>> list(islice(names(), 3))
        [('Mila', 'she'), ('Otto', 'he'), ('Juniper', 'she')]
    """
    hers = chain(_SHE, _invented("she"))
    his = chain(_HE, _invented("he"))
    for her, him in zip(hers, his, strict=False):
        yield her, "she"
        yield him, "he"


@dataclass(frozen=True)
class Facts:
    """The values that a fact about a character can take."""

    species: Sequence[Species]
    """Kinds of animals."""
    homes: Sequence[str]
    """Places to live."""
    foods: Sequence[str]
    """Things to eat."""
    fears: Sequence[str]
    """Things to be afraid of."""
    things: Sequence[Thing]
    """Things to want."""


def cast(n_names: int, facts: Facts) -> list[Character]:
    """Return the first characters of the language, the commonest first.

    Args:
        n_names: How many.
        facts: What may hold of them.
    """

    def fact(kind: str, name: str, values: Sequence[T]) -> T:
        return values[digest(f"{kind} of {name}") % len(values)]

    return [
        Character(
            name=name,
            weight=1_000_000 // (rank + 5),
            forms=FORMS[pronoun],
            species=fact("species", name, facts.species),
            home=fact("home", name, facts.homes),
            food=fact("food", name, facts.foods),
            fear=fact("fear", name, facts.fears),
            thing=fact("thing", name, facts.things),
        )
        for rank, (name, pronoun) in enumerate(islice(names(), n_names))
    ]
