"""The scenes of a story: what may happen between its beginning and its end.

Each scene is a function of the chooser, the world, the story so far and the words that
the scene began with: `plot.OPENINGS` holds those, and tells the scenes apart by them.
"""

from collections.abc import Callable
from functools import cache

from llm_foundations.data.stories import phrases
from llm_foundations.data.stories.characters import Forms
from llm_foundations.data.stories.grammar import Choice, Chooser
from llm_foundations.data.stories.record import Story
from llm_foundations.data.stories.vocabulary import with_article
from llm_foundations.data.stories.world import World, ranked

_WALKED = Choice([(". ", 2, None), (" to look for it. ", 1, None)])


def walk(c: Chooser, world: World, story: Story, words: str) -> None:
    """One morning she hurried to the harbour to look for it."""
    c.say(f"{story.goers.he} ")
    c.pick(world.gaits(story.species))
    # Nobody walks to where they are, nor, before the end, to where the hint leads.
    avoided = [place for place in (story.place, story.hint) if place]
    story.place = c.pick(world.place("{name}"), *avoided)
    if any(scene == "walk" for scene, _ in story.scenes):
        c.say(". ")
    else:
        c.pick(_WALKED)


@cache
def _feelings(weather: str) -> Choice[str]:
    return Choice((f"{f}. ", w, f) for f, w in ranked(phrases.FEELINGS, weather))


def weather(c: Chooser, world: World, story: Story, words: str) -> None:
    """Fog hid the road, and Mila felt brave."""
    c.say(f"{story.hero.name} felt ")
    story.feeling = c.pick(_feelings(words))


_MEETING = Choice([(". ", 1, False), (", who was ", 1, True)])


def meet(c: Chooser, world: World, story: Story, words: str) -> None:
    """There she met Otto the owl, who was mending a net."""
    assert story.place is not None
    friend = c.pick(world.names, story.hero)
    story.friend, story.met_at = friend, story.place
    story.friend_species = c.pick(world.species(friend.species))
    if c.pick(_MEETING):
        c.pick(world.pastimes(story.place))


_TROUBLES = Choice(
    (f" {trouble}. ", 1, (trouble, deed)) for trouble, deed in phrases.TROUBLES
)


_HELPED = Choice(
    [
        (". ", 4, None),
        (", just like that. ", 1, None),
        (" and asked for nothing. ", 1, None),
    ]
)


def trouble(c: Chooser, world: World, story: Story, words: str) -> None:
    """Poor Otto was shivering. Mila lent him a scarf."""
    assert story.friend is not None
    hero = story.hero
    c.say(story.friend.name)
    story.trouble, deed = c.pick(_TROUBLES)
    deed = story.friend.forms.fill(deed)
    reactions = [
        (f"{hero.name} {deed}", 45, True),
        (f"At once {hero.forms.he} {deed}", 20, True),
        (f"{hero.name} was in a hurry and walked on. ", 20, False),
        (f"{hero.name} pretended not to see. ", 15, False),
    ]
    story.helped = c.pick(Choice(reactions))
    if story.helped:
        c.pick(_HELPED)


_HINTS = Choice([("Look ", 3, None), ("Try looking ", 2, None), ("Perhaps ", 1, None)])


def ask(c: Chooser, world: World, story: Story, words: str) -> None:
    """Mila asks, "Have you seen my silver bell?", and Otto says where to look."""
    assert story.friend is not None
    thing = f"my {story.wanted}" if story.lost else with_article(story.wanted)
    c.say(f'{thing}?" asked {story.hero.name}. "')
    c.pick(_HINTS)
    here = () if story.place is None else (story.place,)
    story.hint = c.pick(world.place('{place}," said '), *here)
    c.say(f"{story.friend.name}. ")


def gift(c: Chooser, world: World, story: Story, words: str) -> None:
    """As a gift she gave Otto the red kite."""
    assert story.friend is not None
    c.say(f"{story.friend.name} the ")
    found = story.found.values()
    options = [(f"{adjective} {it.name}. ", 1, it) for it, adjective in found]
    story.gift = c.pick(Choice(options))


def share(c: Chooser, world: World, story: Story, words: str) -> None:
    """Out of a pocket Otto took cherry pie, and they ate together."""
    assert story.friend is not None
    c.say(f"{story.friend.name} took ")
    story.shared = c.pick(world.food(story.friend.food))
    c.say(", and they ate together. ")


def find(c: Chooser, world: World, story: Story, words: str) -> None:
    """Under a bench she found a red kite."""
    assert story.place is not None
    c.say(f"{story.hero.forms.he} found ")
    seen = (story.wish, *(thing for thing, _ in story.found.values()))
    banned = [(it, adjective) for it in seen if it for adjective in it.adjectives]
    story.found[words.strip()] = c.pick(world.finds(story.place), *banned)
    c.say(". ")


_WORKERS = Choice((f"{job}. ", 1, job) for job in phrases.WORKERS)


@cache
def _pronouns(job: str) -> Choice[str]:
    percent = phrases.WORKERS[job][0]
    options = [("He ", 100 - percent, "he"), ("She ", percent, "she")]
    return Choice(option for option in options if option[1])


@cache
def _deeds(job: str) -> Choice[str]:
    return Choice((f"{deed}. ", 1, deed) for deed in phrases.WORKERS[job][1:])


def worker(c: Chooser, world: World, story: Story, words: str) -> None:
    """Along came a sailor. He told a joke about crabs."""
    story.worker = c.pick(_WORKERS)
    story.worker_pronoun = c.pick(_pronouns(story.worker))
    story.worker_deed = c.pick(_deeds(story.worker))


@cache
def _numbers(low: int, high: int, after: str) -> Choice[int]:
    return Choice((phrases.NUMBERS[n] + after, 1, n) for n in range(low, high + 1))


_PLUS = Choice([(" and then ", 3, True), (", but ", 2, False)])


def count(c: Chooser, world: World, story: Story, words: str) -> None:
    """She counted four plums and then three more, which made seven."""
    assert story.place is not None
    first = c.pick(_numbers(4, 9, " "))
    story.sum_of = c.pick(Choice((it, 1, it) for it in story.place.countables))
    if c.pick(_PLUS):
        total = first + c.pick(_numbers(1, 9, " more, which made "))
        story.sum = phrases.NUMBERS[total]
        c.say(f"{story.sum}. ")
    else:
        total = first - c.pick(_numbers(1, first // 2, " of them twice, so there "))
        story.sum = phrases.NUMBERS[total]
        c.say(f"were only {story.sum}. ")


def _recalled(c: Chooser, known: str | None, usual: Choice[str]) -> str:
    """Say again what the story has told of the hero, or pick it now."""
    if known:
        c.say(known)
    fact = known or c.pick(usual)
    c.say(". ")
    return fact


def eat(c: Chooser, world: World, story: Story, words: str) -> None:
    """For lunch she had plum jam."""
    story.meal = _recalled(c, story.food, world.food(story.hero.food))


def dream(c: Chooser, world: World, story: Story, words: str) -> None:
    """At night she dreamed of long corridors."""
    story.dream = _recalled(c, story.fear, world.fear(story.hero.fear))


def _syllables(after: str) -> Choice[str]:
    return Choice((syllable + after, 1, syllable) for syllable in phrases.SYLLABLES)


_INSIDE, _LAST = _syllables(" "), _syllables(", ")


def song(c: Chooser, world: World, story: Story, words: str) -> None:
    """On the way she sang, "tum ti lo ra, tum ti lo ra!"."""
    syllables = [c.pick(choice) for choice in (_INSIDE, _INSIDE, _INSIDE, _LAST)]
    story.song = " ".join(syllables)
    c.say(f'{story.song}!" ')


@cache
def _banks(kind: str, forms: Forms) -> Choice[str]:
    water = phrases.BANK_PERCENT[kind]
    weights = {"water": water, "money": 100 - water}
    return Choice(
        (forms.fill(sentence), weights[sense], sense)
        for sense, sentences in phrases.BANKS.items()
        for sentence in sentences
    )


def bank(c: Chooser, world: World, story: Story, words: str) -> None:
    """Soon she came to the bank. Two ducks slept in the reeds."""
    assert story.place is not None
    story.bank = c.pick(_banks(story.place.bank, story.hero.forms))


SCENES: dict[str, Callable[[Chooser, World, Story, str], None]] = {
    scene.__name__: scene
    for scene in (
        *(walk, weather, meet, trouble, ask, gift, share),
        *(find, worker, count, eat, dream, song, bank),
    )
}
"""Each scene by its name in the plot."""
