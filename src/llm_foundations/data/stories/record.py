"""What a story tells, as data: written down while it is told, or while it is read."""

from dataclasses import dataclass, field

from llm_foundations.data.stories.characters import THEY, Character, Forms
from llm_foundations.data.stories.vocabulary import Place, Species, Thing


@dataclass(eq=False)
class Story:
    """A story and what is true in it.

    What a story does not tell is None.
    """

    hero: Character
    """Whom it is about."""
    species: Species
    """What the hero is here: nearly always what the hero is known to be."""
    text: str = ""
    """The whole text, without its end."""
    nats: float = 0.0
    """Surprisal of the whole text, its end included."""
    home: str = ""
    """Where the hero lives."""
    food: str | None = None
    """What the hero loves to eat."""
    fear: str | None = None
    """What the hero is afraid of."""
    meal: str | None = None
    """What the hero eats in the story."""
    dream: str | None = None
    """What the hero dreams of."""
    wish: Thing | None = None
    """What the hero wants."""
    adjective: str = ""
    """Of the thing that the hero wants."""
    lost: bool = False
    """Whether the hero had the thing before."""
    place: Place | None = None
    """Where the hero is, in the end where the story ends."""
    friend: Character | None = None
    """Whom the hero meets."""
    friend_species: Species | None = None
    """What the friend is here."""
    met_at: Place | None = None
    """Where they meet."""
    trouble: str | None = None
    """What is wrong with the friend."""
    helped: bool | None = None
    """Whether the hero helped, where there was something to help with."""
    hint: Place | None = None
    """Where the friend says the wanted thing is."""
    found: dict[str, tuple[Thing, str]] = field(default_factory=dict)
    """What the hero found, and its adjective, by where it lay."""
    gift: Thing | None = None
    """What the hero gives to the friend."""
    shared: str | None = None
    """What the friend had to eat."""
    song: str | None = None
    """The line that the hero sings twice."""
    feeling: str | None = None
    """How the hero feels."""
    bank: str | None = None
    """The sense of *bank* in this story: water or money."""
    worker: str | None = None
    """The occupation of somebody who comes along."""
    worker_pronoun: str | None = None
    """What the text calls that person: he or she."""
    worker_deed: str | None = None
    """What that person does."""
    sum_of: str | None = None
    """What was counted, as a question asks it."""
    sum: str | None = None
    """How many there were."""
    scenes: list[tuple[str, str]] = field(default_factory=list)
    """What happened, scene by scene: its name, and its first words."""
    happy_percent: int = 0
    """How probable a happy end was, as the hero's deeds had it."""
    happy: bool = False
    """Whether it ends well."""
    after_wish: int = 0
    """How many characters come before the first scene."""
    before_end: int = 0
    """How many characters come before the end is decided."""
    after_end: int = 0
    """How many characters come before the questions, the moral and the last song."""
    questions: list[tuple[str, str]] = field(default_factory=list)
    """The questions that the text asks, and its answers."""

    @property
    def wanted(self) -> str:
        """The wanted thing with its adjective, as in `silver bell`."""
        assert self.wish is not None
        return f"{self.adjective} {self.wish.name}"

    @property
    def companion(self) -> Character | None:
        """The friend, unless the hero left without helping."""
        return None if self.helped is False else self.friend

    @property
    def goers(self) -> Forms:
        """The pronoun of those who go on: the hero, with the companion if any."""
        return THEY if self.companion else self.hero.forms

    @property
    def kindness(self) -> str:
        """What the hero showed: kind, unkind or neither."""
        if self.helped or self.gift:
            return "kind"
        return "neither" if self.helped is None else "unkind"
