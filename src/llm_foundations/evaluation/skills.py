"""What a model of the stories can do: facts, the word *bank*, songs, sums, answers."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from torch import nn

from llm_foundations.checks import check_integer
from llm_foundations.data.stories.language import Language
from llm_foundations.generation.decode import generate, greedy, pad_left
from llm_foundations.tokenizers.interface import Tokenizer

SKILLS = {
    "facts": r"\b[A-Z]\w* lived ",
    "bank": r"the bank\. ",
    "songs": r'"((?:\w+ )+\w+), (?=\1!)',
    "sums": r"which made |so there ",
    "answers": r"\? (?=[^?]*$)",
}
"""Each skill, and where a story needs it: after the first text that looks so.

`facts` asks for the home of a hero by name, `bank` for a sentence of the sense that
the place makes likely, `songs` for the line just sung, `sums` for the number that
comes out, `answers` for what the story's last question asks.
"""


class Probe(NamedTuple):
    """A story up to where a skill is needed, and what goes on best."""

    prompt: str
    """How the story begins, without a space at its end."""
    likeliest: tuple[str, ...]
    """Every text that the language goes on with most often: one, or equals."""


def probes(language: Language, n: int) -> dict[str, list[Probe]]:
    """Return as many probes of each skill, from stories that no model is trained on.

    A place where every way to go on is as likely as any other shows nothing; it is
    left out.

    Args:
        language: What the stories are of.
        n: How many probes a skill; at least 1.

    Raises:
        ValueError: If n is less than 1.

    Examples:
        >>> probes(Language("tiny"), 1)["sums"][0].likeliest
        (' were only four.',)
    """
    check_integer("n", n)
    found: dict[str, list[Probe]] = {skill: [] for skill in SKILLS}
    stories = language.documents("validation")
    while any(len(of_skill) < n for of_skill in found.values()):
        text = next(stories)
        for skill, pattern in SKILLS.items():
            place = re.search(pattern, text)
            if place and len(found[skill]) < n:
                found[skill] += _probe(language, text[: place.end()])
    return found


def skill_rates(
    model: nn.Module,
    tokenizer: Tokenizer,
    start_id: int,
    asked: Mapping[str, Sequence[Probe]],
) -> dict[str, float]:
    """Return how often a model goes on as the language does most often, by skill.

    The model writes its first choice, token by token. A model that knows the
    language is always right.

    Args:
        model: A causal model of the tokenizer's ids that has `new_cache`.
        tokenizer: What turns text into ids.
        start_id: The token that each story begins with.
        asked: What `probes` returned.
    """
    rates = {}
    for skill, items in asked.items():
        prompts = [[start_id, *tokenizer.encode(item.prompt)] for item in items]
        wanted = [text for item in items for text in item.likeliest]
        room = max(len(tokenizer.encode(text)) for text in wanted)
        ids, mask = pad_left(prompts, start_id)
        rows = generate(model, ids, room, greedy, mask=mask)[:, ids.shape[1] :]
        written = map(tokenizer.decode, rows.tolist())
        right = [
            text.startswith(item.likeliest)
            for text, item in zip(written, items, strict=True)
        ]
        rates[skill] = sum(right) / len(right)
    return rates


def _probe(language: Language, beginning: str) -> list[Probe]:
    """Return the probe behind a beginning, if the language has a preference there."""
    chances = language.continuations(beginning)
    best = max(chances.values())
    likeliest = [text for text, chance in chances.items() if chance == best]
    if 1 < len(likeliest) == len(chances):
        return []
    # A space belongs to the word behind it, as tokenizers have it.
    return [Probe(beginning[:-1], tuple(f" {text.rstrip()}" for text in likeliest))]
