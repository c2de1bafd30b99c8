"""The grammar of a story, in one function that writes and reads.

`tell` asks a chooser for every decision: given a `Sampler` it writes a story, given a
`Reader` it reads one. Either way it returns what the story says, as a `Story`.
"""

from functools import cache

from llm_foundations.data.stories import phrases
from llm_foundations.data.stories.characters import Forms
from llm_foundations.data.stories.grammar import END, Choice, Chooser
from llm_foundations.data.stories.plot import next_scene, possible
from llm_foundations.data.stories.questions import questions
from llm_foundations.data.stories.record import Story
from llm_foundations.data.stories.scenes import SCENES
from llm_foundations.data.stories.vocabulary import with_article
from llm_foundations.data.stories.world import World

_BEGINNINGS = Choice(
    [
        ("Once there was ", 5, ("kind", "")),
        ("There once lived ", 3, ("kind", "")),
        ("Far away lived ", 2, ("kind", "")),
        ("This is the story of ", 3, ("name", ". ")),
        ("Do you know ", 1, ("name", "? ")),
        ("Have you heard of ", 1, ("name", "? ")),
    ]
)
_TRAITS = [("{He} loved ", 4, "food"), ("{He} was afraid of ", 4, "fear")]
WISHES = [
    ("More than anything {he} wanted ", 3, "want"),
    ("All year {he} had dreamed of ", 2, "want"),
    ('"If only I had ', 1, "sigh"),
    ("One day {he} lost {his} ", 3, "lose"),
]
"""How a hero may want something: first words, weight, and the way of wanting."""
_AFTER_HOME = Choice(
    [(". ", 4, ""), (" and loved ", 1, "food"), (" and was afraid of ", 1, "fear")]
)
_AGAIN = Choice([(END, 3, False), (" ", 1, True)])


def tell(c: Chooser, world: World) -> Story:
    """Write or read one story, its end included.

    Args:
        c: Who decides: a writer or a reader.
        world: The words and the characters.

    Returns:
        What the story tells; its `text` and `nats` are left to the caller.
    """
    story = introduce(c, world)
    wish(c, world, story, describe(c, world, story))
    journey(c, world, story)
    conclude(c, world, story)
    ask_questions(c, story)
    return story


def introduce(c: Chooser, world: World) -> Story:
    """Once there was a fox named Mila."""
    first, mark = c.pick(_BEGINNINGS)
    if first == "kind":
        species = c.pick(world.kinds)
        return Story(c.pick(world.namesakes(species)), species)
    hero = c.pick(world.names)
    species = c.pick(world.species(hero.species))
    c.say(mark)
    return Story(hero, species)


@cache
def _topics(forms: Forms) -> Choice[str]:
    return Choice((forms.fill(text), w, topic) for text, w, topic in _TRAITS + WISHES)


def describe(c: Chooser, world: World, story: Story) -> str:
    """She lived under the windmill and loved plum jam. More than anything she wanted...

    Returns:
        In which way the hero wants something: `want`, `sigh` or `lose`.
    """
    hero = story.hero
    lived = [(f"{hero.forms.he.capitalize()} lived ", 2), (f"{hero.name} lived ", 1)]
    c.pick(Choice((text, weight, None) for text, weight in lived))
    story.home = c.pick(world.home(hero.home))
    # An empty topic is the full stop after the home: it says nothing, once.
    topic, told = c.pick(_AFTER_HOME), [""]
    while topic in ("", "food", "fear"):
        if topic == "food":
            story.food = c.pick(world.food(hero.food))
        elif topic == "fear":
            story.fear = c.pick(world.fear(hero.fear))
        c.say(". " if topic else "")
        told.append(topic)
        topic = c.pick(_topics(hero.forms), *told)
    return topic


def wish(c: Chooser, world: World, story: Story, way: str) -> None:
    """More than anything she wanted a silver bell."""
    hero = story.hero
    story.lost = way == "lose"
    story.wish, story.adjective = c.pick(world.wishes(hero.thing, story.lost))
    c.say(f'," sighed {hero.name}. ' if way == "sigh" else ". ")
    story.after_wish = c.position


def journey(c: Chooser, world: World, story: Story) -> None:
    """Tell scene after scene, until the hero comes to where the story ends."""
    fewest, most = world.measures.n_scenes
    while True:
        n = len(story.scenes)
        scenes = possible(story) if n < most else ()
        weight_of_end = 0 if n < fewest else 6000 if story.hint else 2000
        forms, goers = story.hero.forms, story.goers
        choice = next_scene(scenes, weight_of_end, forms, goers)
        scene, words = c.pick(choice, *story.scenes)  # no first words twice
        if scene == "end":
            return
        SCENES[scene](c, world, story, words)
        story.scenes.append((scene, words))


@cache
def _fortunes(percent: int) -> Choice[tuple[bool, str]]:
    """The end's first words: whether it is a happy one, and what they need."""
    sad = 100 - percent
    return Choice(
        [
            (", and there it was: ", 3 * percent, (True, "!")),
            (", and there, under a white cloth, was ", percent, (True, ".")),
            (", and there lay ", 2 * percent, (True, ".")),
            (", but there was no ", 4 * sad, (False, " anywhere.")),
            (", but the ", 2 * sad, (False, " was gone.")),
        ]
    )


def conclude(c: Chooser, world: World, story: Story) -> None:
    """At last she came to the orchard, and there it was: the silver bell!"""
    if story.hint:
        story.place = story.hint
        c.say(story.place.name)
    else:
        here = () if story.place is None else (story.place,)
        story.place = c.pick(world.place("{name}"), *here)
    story.before_end = c.position
    story.happy_percent = phrases.HAPPY_PERCENT[story.kindness, bool(story.hint)]
    story.happy, mark = c.pick(_fortunes(story.happy_percent))
    thing = story.wanted
    if story.happy:
        thing = f"the {thing}" if story.lost else with_article(thing)
    c.say(f"{thing}{mark} ")
    c.pick(Choice(_joys(story) if story.happy else _sorrows(story)))
    story.after_end = c.position


def _joys(story: Story) -> list[tuple[str, int, None]]:
    assert story.wish is not None
    he, name = story.hero.forms.he.capitalize(), story.hero.name
    joys = [
        (f"{he} {story.wish.joy}. ", 4, None),
        (f"{he} laughed out loud. ", 1, None),
    ]
    if story.companion:
        joys.append((f"{name} and {story.companion.name} danced. ", 3, None))
    return joys


def _sorrows(story: Story) -> list[tuple[str, int, None]]:
    forms, name = story.hero.forms, story.hero.name
    he = forms.he.capitalize()
    sorrows = [
        (f"{he} sat down and cried a little. ", 3, None),
        (f"{name} went home in the dark. ", 3, None),
        (f"{he} kicked a stone all the way home. ", 2, None),
    ]
    if story.companion:
        friend = story.companion.name
        sorrows += [
            (f"But {friend} made {forms.him} a cup of tea. ", 3, None),
            (f'"Never mind," said {friend}. ', 2, None),
        ]
    return sorrows


def ask_questions(c: Chooser, story: Story) -> None:
    """Who wanted the silver bell? Mila."""
    askable = questions(story)
    asked = [(f"{question} ", 10, (question, answer)) for question, answer in askable]
    first = c.pick(Choice([*asked, *_closings(story)]))
    _answer(c, story, c.pick(Choice(asked)) if first == _CLOSING else first)
    if c.pick(_AGAIN):
        _answer(c, story, c.pick(Choice(asked), *story.questions))
        c.say(END)


def _answer(c: Chooser, story: Story, question: tuple[str, str]) -> None:
    story.questions.append(question)
    c.say(f"{question[1]}.")


_CLOSING = ("", "")
"""Stands for no question, but something that comes before the first one."""


def _closings(story: Story) -> list[tuple[str, int, tuple[str, str]]]:
    """What may come between the story and its questions: its song again, a moral."""
    morals = phrases.MORALS[story.kindness]
    closings = [(moral, 8, _CLOSING) for moral in morals]
    if story.song:
        how = "All the way home" if story.happy else "Very softly"
        he = story.hero.forms.he
        text = f'{how} {he} sang, "{story.song}, {story.song}!" '
        closings.append((text, 60, _CLOSING))
    return closings
