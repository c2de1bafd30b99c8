"""The world of the stories: its characters, and every choice that does not change.

Choices are built once, when they are first asked for. What depends on one text alone
(a choice between two names that it holds) is built where it is used.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Literal, TypeVar, get_args

from llm_foundations.data.stories import vocabulary
from llm_foundations.data.stories.characters import Character, Facts, cast, digest
from llm_foundations.data.stories.grammar import Choice
from llm_foundations.data.stories.vocabulary import Place, Species, Thing, with_article

T = TypeVar("T")
Size = Literal["tiny", "small", "large"]
"""The names of the sizes."""
CERTAINTY = 9
"""A fact about a character holds in 9 of 10 stories; in the tenth any value may."""


@dataclass(frozen=True)
class Measures:
    """How large a language is."""

    n_names: int
    """How many characters there are."""
    n_words: int
    """How many rows of each table are used."""
    n_scenes: tuple[int, int]
    """The fewest and the most scenes of a story."""


MEASURES: dict[str, Measures] = {
    "tiny": Measures(n_names=20, n_words=6, n_scenes=(1, 2)),
    "small": Measures(n_names=400, n_words=99, n_scenes=(3, 6)),
    "large": Measures(n_names=4000, n_words=99, n_scenes=(4, 7)),
}
"""What each size means."""


def ranked(values: Iterable[T], about: str) -> list[tuple[T, int]]:
    """Order the values by chance, but always the same way, and weigh them by rank.

    Args:
        values: What to order.
        about: What the preference belongs to: another text, another order.

    Returns:
        The values with their weights, 60 divided by the rank (Zipf's law).
    """
    order = sorted(values, key=lambda value: digest(f"{about}: {_name(value)}"))
    return [(value, 60 // (rank + 1) + 1) for rank, value in enumerate(order)]


def _name(value: object) -> str:
    return str(getattr(value, "name", value))


class World:
    """A language of one size: its words, its characters and its choices.

    Args:
        size: One of `tiny`, `small` and `large`.

    Raises:
        ValueError: If there is no such size.
    """

    def __init__(self, size: Size = "small") -> None:
        if size not in MEASURES:
            raise ValueError(f"size must be one of {get_args(Size)}, got {size!r}")
        self.size = size
        self.measures = MEASURES[size]
        n = self.measures.n_words
        self.places = vocabulary.PLACES[:n]
        self.things = vocabulary.THINGS[:n]
        self.facts = Facts(
            species=vocabulary.SPECIES[:n],
            homes=vocabulary.HOMES[:n],
            foods=vocabulary.FOODS[:n],
            fears=vocabulary.FEARS[:n],
            things=self.things,
        )
        self.characters = cast(self.measures.n_names, self.facts)
        self._build_tables()

    def _build_tables(self) -> None:
        """Remember each choice that these functions have built."""
        self.species: Callable[[Species], Choice[Species]] = cache(
            lambda own: usual(self.facts.species, own)
        )
        self.home = cache(lambda own: usual(self.facts.homes, own))
        self.food = cache(lambda own: usual(self.facts.foods, own))
        self.fear = cache(lambda own: usual(self.facts.fears, own))
        self.namesakes = cache(self._namesakes)
        self.gaits = cache(self._gaits)
        self.wishes = cache(self._wishes)
        self.finds = cache(self._finds)
        self.pastimes = cache(self._pastimes)
        self.place = cache(self._place)

    @cached_property
    def names(self) -> Choice[Character]:
        """A name before its species."""
        return Choice((f"{who.name} the ", who.weight, who) for who in self.characters)

    @cached_property
    def kinds(self) -> Choice[Species]:
        """A species before the name: how often its bearers are met, all together."""
        weights = dict.fromkeys(self.facts.species, 0)
        for who in self.characters:
            for species in weights:
                weights[species] += self.weight(who, species)
        return Choice(
            (with_article(species.name) + " named ", weight, species)
            for species, weight in weights.items()
        )

    def weight(self, who: Character, species: Species) -> int:
        """Return how often somebody appears as this kind of animal.

        It is relative to the total of `kinds`.
        """
        n = len(self.facts.species)
        return who.weight * _usual_weight(n, who.species is species)

    def _namesakes(self, species: Species) -> Choice[Character]:
        """A name after its species."""
        return Choice(
            (f"{who.name}. ", self.weight(who, species), who) for who in self.characters
        )

    def _gaits(self, species: Species) -> Choice[None]:
        """How somebody goes: half of the time as the species does."""
        weights = {verb: 1 for verb in vocabulary.VERBS}
        weights[species.gait] = len(vocabulary.VERBS)
        return Choice((f"{verb} to the ", w, None) for verb, w in weights.items())

    def _place(self, form: str) -> Choice[Place]:
        """A place, written as `form` says: `{}` is *in the forest* or so."""
        return Choice(
            (form.format(place=place, name=place.name), 100 // (rank + 4), place)
            for rank, place in enumerate(self.places)
        )

    def _wishes(self, favourite: Thing, lost: bool) -> Choice[tuple[Thing, str]]:
        """What a hero wants: half of the time the favourite thing."""
        n = len(self.things)
        weights = ((thing, 1 + n * (thing is favourite)) for thing in self.things)
        return _described(weights, lost)

    def _finds(self, place: Place) -> Choice[tuple[Thing, str]]:
        """What lies about at a place: each has its own preferences."""
        return _described(ranked(self.things, place.name), lost=False)

    def _pastimes(self, place: Place) -> Choice[str]:
        """What somebody may be doing at a place."""
        anywhere = ("humming a tune", "eating an apple", "counting to a hundred")
        usual_there = [(f"{what}. ", 3, what) for what in place.pastimes]
        return Choice([*usual_there, *((f"{what}. ", 1, what) for what in anywhere)])


def _usual_weight(n_values: int, is_own: bool) -> int:
    return 1 + CERTAINTY * n_values * is_own


def usual(values: Sequence[T], own: T) -> Choice[T]:
    """Return the choice of a fact's value: nearly always the character's own."""
    return Choice(
        (_name(value), _usual_weight(len(values), value is own), value)
        for value in values
    )


def _described(
    things: Iterable[tuple[Thing, int]], lost: bool
) -> Choice[tuple[Thing, str]]:
    """Return the choice of a thing with its adjective, `a red kite` or `red kite`."""
    options = []
    for thing, weight in things:
        for rank, adjective in enumerate(thing.adjectives):
            phrase = f"{adjective} {thing.name}"
            text = phrase if lost else with_article(phrase)
            options.append((text, weight * (5 - rank), (thing, adjective)))
    return Choice(options)
