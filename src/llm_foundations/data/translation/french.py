"""English words with their French ones, and how the French ones agree."""

from dataclasses import dataclass
from typing import Literal

Gender = Literal["m", "f"]
"""Masculine or feminine."""
VOWELS = "aeiouéèêàâîôûœ"
"""A French word that starts with one of these elides the article: *l'oiseau*.
Our only words with *h*, such as *hibou*, do not."""


def elided(word: str, following: str) -> str:
    """Put a short word before another, with an apostrophe where French wants one.

    Examples:
        >>> elided("le", "chat"), elided("le", "oiseau"), elided("ne", "a")
        ('le chat', "l'oiseau", "n'a")
    """
    return (
        f"{word[:-1]}'{following}" if following[0] in VOWELS else f"{word} {following}"
    )


def agreed(word: str, gender: Gender, plural: bool) -> str:
    """Give a participle or a regular adjective the ending that agrees.

    Examples:
        >>> agreed("vu", "f", plural=True)
        'vues'
    """
    return word + "e" * (gender == "f") + "s" * plural


@dataclass(frozen=True, eq=False)
class Noun:
    """A noun in both languages."""

    english: str
    """Singular."""
    english_plural: str
    """As in `mice`."""
    french: str
    """Singular."""
    french_plural: str
    """As in `chevaux`."""
    gender: Gender
    """In French."""
    pronoun: str = "it"
    """What English calls it as an object: him, her or it."""


@dataclass(frozen=True, eq=False)
class Adjective:
    """An adjective: its French forms, and on which side of the noun it stands."""

    english: str
    """Its one form."""
    masculine: str
    """Singular."""
    feminine: str
    """Singular."""
    before: bool = False
    """Whether it stands before the noun."""
    before_vowel: str = ""
    """The masculine before a vowel, where it has one of its own: *vieil*."""
    masculine_plural: str = ""
    """Where it is not the singular with an *s*."""

    def agreed(self, gender: Gender, plural: bool) -> str:
        """Return the form for a noun of this gender and number."""
        if gender == "f":
            return self.feminine + "s" * plural
        if not plural:
            return self.masculine
        unchanged = self.masculine[-1] in "sx"
        return self.masculine_plural or self.masculine + "s" * (not unchanged)


def with_adjective(noun: Noun, adjective: Adjective | None, plural: bool) -> str:
    """Put an adjective on its side of the French noun, and let it agree.

    Examples:
        >>> with_adjective(ANIMALS[5], ADJECTIVES[2], plural=False)
        'vieil oiseau'
    """
    word = noun.french_plural if plural else noun.french
    if adjective is None:
        return word
    form = adjective.agreed(noun.gender, plural)
    if not plural and noun.gender == "m" and word[0] in VOWELS:
        form = adjective.before_vowel or form
    return f"{form} {word}" if adjective.before else f"{word} {form}"


@dataclass(frozen=True, eq=False)
class Verb:
    """A verb: English past and base, French past participle."""

    past: str
    """As in `saw`."""
    base: str
    """As in `see`."""
    participle: str
    """Masculine singular, as in `vu`."""
    with_etre: bool = False
    """Whether the perfect takes *être*, and the participle agrees with the subject."""


def _regular(english: str, french: str, gender: Gender, pronoun: str = "it") -> Noun:
    return Noun(english, english + "s", french, french + "s", gender, pronoun)


ANIMALS = (
    _regular("cat", "chat", "m"),
    Noun("mouse", "mice", "souris", "souris", "f"),
    _regular("dog", "chien", "m"),
    Noun("fox", "foxes", "renard", "renards", "m"),
    Noun("owl", "owls", "hibou", "hiboux", "m"),
    Noun("bird", "birds", "oiseau", "oiseaux", "m"),
    _regular("hen", "poule", "f"),
    Noun("horse", "horses", "cheval", "chevaux", "m"),
    _regular("frog", "grenouille", "f"),
    _regular("goat", "chèvre", "f"),
    Noun("bear", "bears", "ours", "ours", "m"),
    _regular("bee", "abeille", "f"),
    Noun("wolf", "wolves", "loup", "loups", "m"),
)
"""Who acts, and is acted on."""
PEOPLE = (
    _regular("boy", "garçon", "m", "him"),
    Noun("princess", "princesses", "princesse", "princesses", "f", "her"),
    _regular("king", "roi", "m", "him"),
    _regular("queen", "reine", "f", "her"),
)
"""They have no colours, and their own pronouns."""
THINGS = (
    _regular("apple", "pomme", "f"),
    _regular("book", "livre", "m"),
    _regular("key", "clé", "f"),
    Noun("hat", "hats", "chapeau", "chapeaux", "m"),
    _regular("egg", "œuf", "m"),
    _regular("cup", "tasse", "f"),
    _regular("umbrella", "parapluie", "m"),
    _regular("letter", "lettre", "f"),
    _regular("star", "étoile", "f"),
    Noun("boat", "boats", "bateau", "bateaux", "m"),
    _regular("flower", "fleur", "f"),
    _regular("bell", "cloche", "f"),
    _regular("drum", "tambour", "m"),
    Noun("kite", "kites", "cerf-volant", "cerfs-volants", "m"),
)
"""What is acted on, and owned."""
ADJECTIVES = (
    Adjective("small", "petit", "petite", before=True),
    Adjective("big", "grand", "grande", before=True),
    Adjective("old", "vieux", "vieille", before=True, before_vowel="vieil"),
    Adjective("beautiful", "beau", "belle", True, "bel", "beaux"),
    Adjective("blue", "bleu", "bleue"),
    Adjective("black", "noir", "noire"),
    Adjective("white", "blanc", "blanche"),
    Adjective("green", "vert", "verte"),
)
"""For animals and things."""
SIZES = ADJECTIVES[:2]
"""Those of them that people have too."""
MOODS = (
    Adjective("happy", "heureux", "heureuse"),
    Adjective("tired", "fatigué", "fatiguée"),
    Adjective("hungry", "affamé", "affamée"),
    Adjective("brave", "courageux", "courageuse"),
    Adjective("curious", "curieux", "curieuse"),
    Adjective("quiet", "tranquille", "tranquille"),
)
"""For people and animals."""
TRANSITIVE = (
    Verb("chased", "chase", "poursuivi"),
    Verb("saw", "see", "vu"),
    Verb("found", "find", "trouvé"),
    Verb("followed", "follow", "suivi"),
    Verb("watched", "watch", "regardé"),
    Verb("carried", "carry", "porté"),
    Verb("heard", "hear", "entendu"),
    Verb("drew", "draw", "dessiné"),
    Verb("forgot", "forget", "oublié"),
    Verb("hid", "hide", "caché"),
    Verb("looked for", "look for", "cherché"),
    Verb("listened to", "listen to", "écouté"),
)
"""Verbs with an object."""
INTRANSITIVE = (
    Verb("arrived", "arrive", "arrivé", with_etre=True),
    Verb("left", "leave", "parti", with_etre=True),
    Verb("fell", "fall", "tombé", with_etre=True),
    Verb("came back", "come back", "revenu", with_etre=True),
    Verb("slept", "sleep", "dormi"),
    Verb("sang", "sing", "chanté"),
    Verb("danced", "dance", "dansé"),
    Verb("laughed", "laugh", "ri"),
    Verb("waited", "wait", "attendu"),
)
"""Verbs without one."""
PLACES = {
    "in the garden": "dans le jardin",
    "under the tree": "sous l'arbre",
    "behind the house": "derrière la maison",
    "at the market": "au marché",
    "at the library": "à la bibliothèque",
    "near the bank of the river": "près de la rive du fleuve",
    "near the bank in the town": "près de la banque de la ville",
}
"""Where something happens, in both languages."""
