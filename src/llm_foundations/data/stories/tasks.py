"""Tasks over the stories, each with the best score that anybody can reach.

Every item belongs to the split of its story, so no task leaks from one split into
another, and a model trained on the stories of `train` may be tuned on its tasks.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import log

from llm_foundations.checks import check_integer
from llm_foundations.data.stories.choosers import Sampler
from llm_foundations.data.stories.grammar import Choice, NotInLanguage
from llm_foundations.data.stories.language import Language
from llm_foundations.data.stories.partition import Split, random_source, split_of
from llm_foundations.data.stories.record import Story
from llm_foundations.data.stories.story import WISHES
from llm_foundations.data.stories.vocabulary import with_article


@dataclass(frozen=True)
class Instruction:
    """A story, and an instruction that it follows."""

    prompt: str
    """Who, what, and which end."""
    response: str
    """The story."""
    nats: float
    """Surprisal of the response to who knows the prompt: the best possible loss."""


def prompt_of(story: Story) -> str:
    """Return the instruction that a story follows: who, what, and how it ends.

    Examples:
        >>> story = next(Language("tiny").stories("train"))
        >>> print(prompt_of(story))
        Tell a story about Oswald the bear, who wanted a brass bell. Let it end well.
    """
    hero = f"{story.hero.name} the {story.species.name}"
    wish = f"{'lost' if story.lost else 'wanted'} {with_article(story.wanted)}"
    end = "well" if story.happy else "badly"
    return f"Tell a story about {hero}, who {wish}. Let it end {end}."


def follows(language: Language, prompt: str, text: str) -> bool:
    """Tell whether a text is a story of the language that follows the instruction."""
    try:
        return prompt_of(language.read(text)) == prompt
    except NotInLanguage:
        return False


def instructions(
    language: Language, split: Split, n: int | None = None, seed: int = 0
) -> Iterator[Instruction]:
    """Return instructions with stories that follow them.

    The surprisal of a response is exact but for the share of happy ends, which is
    estimated from 2,000 stories: an error of about 0.01 nats, the same for all items.

    Args:
        language: Where the stories are from.
        split: Which of its stories.
        n: How many; without end if None.
        seed: Another seed gives others.
    """
    happy = happy_share(language)
    for story in language.stories(split, n, seed):
        known = prompt_probability(language, story, happy)
        yield Instruction(prompt_of(story), story.text, story.nats + log(known))


def prompt_probability(language: Language, story: Story, happy: float) -> float:
    """Return how probable it is that a story has the prompt that this one has.

    Who the hero is, what is wanted of whom, and the end depend on each other only as
    the grammar says: the thing on the hero, the end on neither.

    Args:
        language: Where the story is from.
        story: What has the prompt.
        happy: The share of stories that end well.
    """
    world = language.world
    hero = world.weight(story.hero, story.species) / world.kinds.total
    wishes = world.wishes(story.hero.thing, story.lost)
    assert story.wish is not None
    wished = wishes.values.index((story.wish, story.adjective))
    thing = wishes.weights[wished] / wishes.total
    ways = [(weight, way == "lose") for _, weight, way in WISHES]
    way = sum(weight for weight, lost in ways if lost == story.lost)
    end = happy if story.happy else 1 - happy
    return hero * thing * way / sum(weight for weight, _ in ways) * end


def happy_share(language: Language, n: int = 2000) -> float:
    """Estimate the share of stories that end well.

    Args:
        language: Where the stories are from.
        n: How many stories to ask, each for the probability that it had.

    Raises:
        ValueError: If `n` is less than 1.
    """
    check_integer("n", n)
    source = random_source("happy share")
    return sum(language.sample(source).happy_percent for _ in range(n)) / n / 100


@dataclass(frozen=True)
class Preference:
    """Two ways to go on with one beginning, of which one was preferred."""

    prompt: str
    """How both stories begin."""
    chosen: str
    """The preferred rest."""
    rejected: str
    """The other rest."""
    certainty: float
    """How probable the likelier verdict was: its mean is the best accuracy."""


PREFERRED = (50, 73, 88, 95, 98, 99)
"""How often, of a hundred times, a story with so much more reward is preferred: the
logistic function of the difference, in whole per cent (the Bradley-Terry model)."""


def reward(story: Story) -> int:
    """Return what readers like: 2 for a happy end, 1 for kindness and for a song.

    Unkindness costs 1, so a reward is from -1 to 4.
    """
    kindness = {"kind": 1, "neither": 0, "unkind": -1}[story.kindness]
    return 2 * story.happy + kindness + (story.song is not None)


def preferences(
    language: Language, split: Split, n: int | None = None, seed: int = 0
) -> Iterator[Preference]:
    """Return pairs of continuations, with the noisy verdict of a reader.

    Both stories of a pair are in the split. The arguments are those of `instructions`.
    """
    source = random_source("preferences", split, seed)
    for story in language.stories(split, n, seed):
        beginning = story.text[: story.after_wish]
        other = language.complete(beginning, source)
        while split_of(other.text) != split:
            other = language.complete(beginning, source)
        yield _verdict(story, other, source)


def _verdict(story: Story, other: Story, source: random.Random) -> Preference:
    better, worse = sorted((story, other), key=reward, reverse=True)
    percent = PREFERRED[reward(better) - reward(worse)]
    verdict = Choice([("agrees", percent, True), ("differs", 100 - percent, False)])
    if not Sampler(source).pick(verdict):
        better, worse = worse, better
    start = story.after_wish
    prompt, chosen, rejected = better.text[:start], better.text[start:], worse.text
    return Preference(prompt, chosen, rejected[start:], percent / 100)


@dataclass(frozen=True)
class Labelled:
    """A story without its questions, and what it shows beyond doubt."""

    text: str
    """The story."""
    mood: str
    """How it ends: happy or sad. A reader of the text can always tell."""
    who: str
    """The hero's name."""
    where: str
    """The place where it ends."""


def labelled(story: Story) -> Labelled:
    """Return a story without its questions, with its labels."""
    assert story.place is not None
    mood = "happy" if story.happy else "sad"
    return Labelled(_told(story), mood, story.hero.name, story.place.name)


def _told(story: Story) -> str:
    return story.text[: story.after_end].rstrip()


@dataclass(frozen=True)
class Forecast:
    """A story up to the moment when its end is decided."""

    text: str
    """The story so far."""
    happy: bool
    """How it went on."""
    probability: float
    """The best possible forecast of a happy end: `max(p, 1 - p)` is its accuracy."""


def forecast(story: Story) -> Forecast:
    """Return a story up to where its end is decided, and the odds."""
    text = story.text[: story.before_end]
    return Forecast(text, story.happy, story.happy_percent / 100)


@dataclass(frozen=True)
class Question:
    """A question on a story, and where the answer stands in it."""

    context: str
    """The story without its questions."""
    question: str
    """Asked by the story itself."""
    answer: str
    """As it stands in the context."""
    start: int
    """Index of the answer's first character in the context."""

    @property
    def end(self) -> int:
        """Index after the answer's last character."""
        return self.start + len(self.answer)


def question(story: Story) -> Question:
    """Return the question that a story asks, with the answer's last mention.

    The answer is a span of the context: without the article, and without *in*, *at*
    and *on* before it, and with the context's first letter.
    """
    asked, given = story.questions[0]
    context = _told(story)
    bare = re.sub("^(The|(In|At|On) the) ", "", given)
    # A name keeps its capital letter, any other answer loses it.
    pattern = rf"\b({re.escape(bare)}|{re.escape(bare[0].lower() + bare[1:])})\b"
    *_, mention = re.finditer(pattern, context)
    return Question(context, asked, mention.group(), mention.start())
