"""Questions to the storyteller, and its answers when heads are patched."""

import re
from collections.abc import Sequence
from contextlib import ExitStack

import torch

from llm_foundations.data.stories.language import Language
from llm_foundations.data.stories.record import Story
from llm_foundations.evaluation.tracing import head_outputs, patch_head
from llm_foundations.experiments.storyteller import encode
from llm_foundations.generation.decode import generate
from llm_foundations.models.llama import Llama
from llm_foundations.tokenizers.bpe.tokenizer import BPETokenizer

_QUESTION = re.compile(r"(Whom|Where|What|Who|How) (?!did s?he )[^.!?\"]*\?")

GILBERT = (
    "Have you heard of Gilbert the goat? He lived on an island no bigger than a table."
    " More than anything he wanted a shrill whistle. At noon he hurried to the meadow."
    ' And whom did he meet? Otto the donkey. "Have you seen a shrill whistle?" asked'
    ' Gilbert. "Look at the library," said Otto. At last they came to the library, and'
    " there it was: a shrill whistle! Gilbert and Otto danced. "
)
"""A story up to its first question."""


def stories_before_questions(n: int) -> list[tuple[str, Story]]:
    """Return validation stories without their questions.

    Args:
        n: How many.

    Returns:
        The text of each story up to its first question, and what the story tells. In
        each of them the hero meets a friend.

    Examples:
        >>> text, story = stories_before_questions(1)[0]
        >>> text[-25:].strip(), story.hero.name, story.friend.name
        ('Parven and Basil danced.', 'Parven', 'Basil')
    """
    found: list[tuple[str, Story]] = []
    for story in Language("small").stories("validation"):
        if len(found) == n:
            break
        question = _QUESTION.search(story.text)
        if story.friend and question:
            found.append((story.text[: question.start()], story))
    return found


def answer(
    model: Llama,
    tokenizer: BPETokenizer,
    prompt: str,
    other: str | None = None,
    heads: Sequence[tuple[int, int]] = (),
) -> str:
    """Return the greedy answer to a question, with the outputs of heads swapped.

    Args:
        model: The storyteller.
        tokenizer: Its tokenizer.
        prompt: A story that ends in a question.
        other: Another such text. At the last token of the prompt, the heads get the
            output that they have at the last token of this one.
        heads: The layer and the number of each of them, counted from 0.

    Returns:
        What the model generates, at most eight tokens, up to the first period.

    Examples:
        >>> from llm_foundations.models.storyteller import load_storyteller
        >>> text, story = stories_before_questions(1)[0]
        >>> answer(*load_storyteller(), f"{text}Whom did {story.hero.name} meet?")
        'Basil'
    """
    ids = torch.tensor([encode(tokenizer, prompt)])
    (period,) = tokenizer.encode_ordinary(".")
    with ExitStack() as patches:
        if other is not None:
            outputs = head_outputs(model, torch.tensor([encode(tokenizer, other)]))
            for layer, head in heads:
                output, last = outputs[layer, 0, head, -1], ids.shape[1] - 1
                patches.enter_context(patch_head(model, layer, head, last, output))
        written = generate(model, ids, 8, eos_id=period)[0, ids.shape[1] :]
    return tokenizer.decode(written.tolist()).split(".")[0].strip()
