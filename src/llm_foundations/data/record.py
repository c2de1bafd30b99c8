"""What a story tells, as data: written down while it is told, or while it is read."""

from dataclasses import dataclass, field

from llm_foundations.data.characters import THEY, Character, Forms
from llm_foundations.data.vocabulary import Place, Species, Thing


@dataclass(eq=False)
class Story:
    """A story and what is true in it.

    What a story does not tell is None.
    """

    hero: Character
    species: Species
    text: str = ""
    nats: float = 0.0
    """Surprisal of the whole text, its end included."""
    home: str = ""
    food: str | None = None
    """What the hero loves to eat."""
    fear: str | None = None
    meal: str | None = None
    """What the hero eats in the story."""
    dream: str | None = None
    wish: Thing | None = None
    adjective: str = ""
    """Of the thing that the hero wants."""
    lost: bool = False
    """Whether the hero had the thing before."""
    place: Place | None = None
    """Where the hero is, in the end where the story ends."""
    friend: Character | None = None
    friend_species: Species | None = None
    met_at: Place | None = None
    trouble: str | None = None
    """What is wrong with the friend."""
    helped: bool | None = None
    """Whether the hero helped, where there was something to help with."""
    hint: Place | None = None
    """Where the friend says the wanted thing is."""
    found: dict[str, tuple[Thing, str]] = field(default_factory=dict)
    """What the hero found, and its adjective, by where it lay."""
    gift: Thing | None = None
    shared: str | None = None
    """What the friend had to eat."""
    song: str | None = None
    feeling: str | None = None
    bank: str | None = None
    """The sense of *bank* in this story: water or money."""
    worker: str | None = None
    worker_pronoun: str | None = None
    worker_deed: str | None = None
    sum_of: str | None = None
    """What was counted, as a question asks it."""
    sum: str | None = None
    scenes: list[tuple[str, str]] = field(default_factory=list)
    """What happened, scene by scene: its name, and its first words."""
    happy_percent: int = 0
    """How probable a happy end was, as the hero's deeds had it."""
    happy: bool = False
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
