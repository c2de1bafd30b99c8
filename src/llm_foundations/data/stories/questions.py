"""Questions about a story, each with the answer that the story gives."""

from llm_foundations.data.stories.record import Story

Asked = list[tuple[str, str]]
"""Questions, each with its answer."""


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def questions(story: Story) -> Asked:
    """Return every question that the story answers, with the answer.

    Every answer stands in the story, but for its first letter.
    """
    return [
        *_about_the_wish(story),
        *_about_the_hero(story),
        *_about_the_friend(story),
        *_about_the_way(story),
    ]


def _about_the_wish(story: Story) -> Asked:
    hero, thing = story.hero.name, story.wanted
    where = f"was the {thing}" if story.happy else f"did {hero} look for the {thing}"
    return [
        (f"Who {'lost' if story.lost else 'wanted'} the {thing}?", hero),
        (f"What did {hero} {'lose' if story.lost else 'want'}?", f"The {thing}"),
        (f"Where {where}?", _capital(str(story.place))),
    ]


def _about_the_hero(story: Story) -> Asked:
    hero = story.hero.name
    asked = [(f"Where did {hero} live?", _capital(story.home))]
    told = {
        f"What did {hero} love?": story.food,
        f"What did {hero} eat?": story.meal,
        f"What was {hero} afraid of?": story.fear,
        f"What did {hero} dream of?": story.dream,
        f"How did {hero} feel?": story.feeling,
    }
    return asked + [(about, _capital(fact)) for about, fact in told.items() if fact]


def _about_the_friend(story: Story) -> Asked:
    if story.friend is None:
        return []
    hero, friend = story.hero.name, story.friend.name
    asked = [
        (f"Whom did {hero} meet?", friend),
        (f"Where did {hero} meet {friend}?", _capital(str(story.met_at))),
    ]
    if story.trouble:
        asked.append((f"Who {story.trouble}?", friend))
    if story.shared:
        asked.append((f"What did {friend} share?", _capital(story.shared)))
    if story.gift:
        asked.append((f"What did {friend} get?", f"The {_gift(story)}"))
    return asked


def _gift(story: Story) -> str:
    """Name the gift with the adjective that it was found with."""
    found = story.found.values()
    return next(f"{adjective} {it.name}" for it, adjective in found if it is story.gift)


def _about_the_way(story: Story) -> Asked:
    asked = [
        (f"What was {spot[0].lower()}{spot[1:]}?", f"The {adjective} {thing.name}")
        for spot, (thing, adjective) in story.found.items()
    ]
    if story.sum:
        asked.append((f"How many {story.sum_of} were there?", _capital(story.sum)))
    if story.worker:
        asked.append((f"Who {story.worker_deed}?", f"The {story.worker}"))
    return asked
