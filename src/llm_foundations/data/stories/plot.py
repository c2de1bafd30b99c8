"""The plot of a story: which scenes may come next, and how each of them begins."""

from functools import cache

from llm_foundations.data.stories import phrases
from llm_foundations.data.stories.characters import Forms
from llm_foundations.data.stories.grammar import Choice
from llm_foundations.data.stories.record import Story

OPENINGS: dict[str, tuple[int, tuple[str, ...]]] = {
    "walk": (36, phrases.TIMES),
    "weather": (14, tuple(f"{weather}, and " for weather in phrases.WEATHER)),
    "meet": (100, ("There {he} met ", "There sat ", "And whom did {he} meet? ")),
    "trouble": (110, ("Poor ", "But poor ")),
    "ask": (80, ('"Have you seen ', '"Do you know where to find ')),
    "gift": (120, ("As a gift {he} gave ", "Without a word {he} gave ")),
    "share": (16, ("Out of a pocket ", "From under a hat ")),
    "find": (30, phrases.SPOTS),
    "worker": (14, ("Along came a ", "Next came a ", "Out of nowhere came a ")),
    "count": (16, ("{He} counted ", "For fun {he} counted ")),
    "eat": (10, ("For lunch {he} had ", "When {he} was hungry {he} ate ")),
    "dream": (10, ("At night {he} dreamed of ", "{He} dozed off and dreamed of ")),
    "song": (16, ('On the way {he} sang, "', '{He} made up a song: "')),
    "bank": (16, ("Soon {he} came to the bank. ", "{He} stopped at the bank. ")),
}
"""Each scene's weight, and the first words that it may have."""


def possible(story: Story) -> tuple[str, ...]:
    """Return the scenes that may come next, in a fixed order."""
    done = [scene for scene, _ in story.scenes]
    once = {"walk": done[-1:] != ["walk"], "find": len(story.found) < 2}
    return tuple(
        scene
        for scene in OPENINGS
        if once.get(scene, scene not in done) and _has_its_place(scene, story)
    )


def _has_its_place(scene: str, story: Story) -> bool:
    """Tell whether the story has what the scene needs."""
    if scene in ("trouble", "ask", "share"):
        return story.companion is not None
    if scene == "gift":
        return story.companion is not None and bool(story.found)
    return scene in ("walk", "weather") or story.place is not None


def _openings(
    scenes: tuple[str, ...], forms: Forms
) -> list[tuple[str, int, tuple[str, str]]]:
    return [
        (forms.fill(words), weight * 180 // len(all_words), (scene, words))
        for scene, (weight, all_words) in OPENINGS.items()
        if scene in scenes
        for words in all_words
    ]


_LEAVING = [("At last {he} came to the ", 3), ("In the end {he} reached the ", 2)]


@cache
def next_scene(
    scenes: tuple[str, ...], weight_of_end: int, forms: Forms, goers: Forms
) -> Choice[tuple[str, str]]:
    """Return the choice of what happens next, by its first words.

    Args:
        scenes: What may happen.
        weight_of_end: How probable the end is, against scenes of 1,800 to 21,600.
        forms: The hero's pronoun.
        goers: The pronoun of those who come to the end.

    Returns:
        A choice whose values are a scene and the words that it begins with; the end
        is the scene `end`.
    """
    options = _openings(scenes, forms)
    if weight_of_end:
        leaving = [(goers.fill(text), w * weight_of_end) for text, w in _LEAVING]
        options += [(text, weight, ("end", "")) for text, weight in leaving]
    return Choice(options)
