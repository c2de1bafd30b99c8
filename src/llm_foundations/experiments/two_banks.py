"""One word with two meanings: the vectors of *bank*, static and in context."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

import torch
from jaxtyping import Float
from torch import Tensor

from llm_foundations.data.stories import vocabulary
from llm_foundations.data.stories.partition import Split
from llm_foundations.evaluation.tracing import trace
from llm_foundations.experiments.embeddings import (
    N_STORIES,
    number_words,
    small_language,
    story_vectors,
    story_words,
    train_vectors,
    training_stories,
    words_of,
)
from llm_foundations.experiments.storyteller import encode
from llm_foundations.models.storyteller import load_storyteller
from llm_foundations.models.word_vectors import WordVectors, neighbor_counts

__all__ = [
    "Bank",
    "bank_rates",
    "banks",
    "vectors_after_bank",
    "vectors_of_two_banks",
]


@cache
def vectors_of_two_banks(seed: int = 0) -> WordVectors:
    """Train vectors on stories in which half of the banks say which kind they are.

    In every second story with a bank, the word is `riverbank` or `moneybank`. In the
    others it stays `bank`.

    Args:
        seed: The source of the random vectors that training begins with.
    """
    texts, n_banks = [], 0
    for story in training_stories():
        text = words_of(story.text)
        if story.bank:
            n_banks += 1
            told = {"water": "riverbank", "money": "moneybank"}[story.bank]
            text = [told if w == "bank" and n_banks % 2 else w for w in text]
        texts.append(text)
    words, documents = number_words(texts)
    counts = neighbor_counts(documents, len(words), window=3)
    return train_vectors(words, counts, seed=seed)


@dataclass(frozen=True)
class Bank:
    """A bank in a story."""

    before: list[str]
    """The words before it, from the beginning of the story."""
    after: list[str]
    """The words after it."""
    is_river: bool
    """Whether it is the bank of a river."""


@cache
def banks(split: Split, n_stories: int = 1000) -> list[Bank]:
    """Return the banks of some stories, with the words that have a vector.

    Args:
        split: `train`, `validation` or `test`.
        n_stories: How many stories are searched; about one in five has a bank.
    """
    known, found = {*story_words()[0]}, []
    for story in small_language().stories(split, n_stories):
        if story.bank:
            words = [word for word in words_of(story.text) if word in known]
            at = words.index("bank")
            found.append(Bank(words[:at], words[at + 1 :], story.bank == "water"))
    return found


_Contexts = list[list[str]]


def bank_rates(
    guess: Callable[
        [dict[str, Tensor], _Contexts, _Contexts, _Contexts], Iterable[bool]
    ],
) -> dict[str, float]:
    """Measure how often a function guesses from its context which bank is meant.

    Args:
        guess: A function of a vector for each word, the contexts of river banks, those
            of other banks, and new contexts. It says which of these are at a river.

    Returns:
        The share of right guesses in new stories, for each kind of context: the next
        5 words, the next 40, the last 5 and the last 40. Rounded to a percent.
    """
    contexts: dict[str, Callable[[Bank], list[str]]] = {
        "next 5": lambda bank: bank.after[:5],
        "next 40": lambda bank: bank.after[:40],
        "last 5": lambda bank: bank.before[-5:],
        "last 40": lambda bank: bank.before[-40:],
    }
    words = story_vectors()
    vectors = {word: words[word] for word in words.words}
    known, new = banks("train", N_STORIES), banks("validation")
    rates = {}
    for name, around in contexts.items():
        rivers = [around(bank) for bank in known if bank.is_river]
        others = [around(bank) for bank in known if not bank.is_river]
        guesses = guess(vectors, rivers, others, [around(bank) for bank in new])
        hits = [g == bank.is_river for g, bank in zip(guesses, new, strict=True)]
        rates[name] = round(float(sum(hits) / len(hits)), 2)
    return rates


@torch.no_grad()
def vectors_after_bank(
    n: int = 40, position: int = -1
) -> tuple[Float[Tensor, "K B C"], list[bool], list[bool]]:
    """Follow *bank*, or the period after it, through the storyteller in new stories.

    Each story is read up to "... came to the bank." The bank is at a place by the
    water or at one in the streets; stories at other places are left out.

    Args:
        n: How many stories.
        position: The token to follow: -1 for the period, -2 for *bank* itself.

    Returns:
        The vector of this token after the embedding and after every sublayer; for each
        story, whether it is at a place by the water, and whether the hero is a she.
    """
    model, tokenizer = load_storyteller()
    places = vocabulary.PLACES
    residual, is_water, is_she = [], [], []
    for story in small_language().stories("validation"):
        before, bank, _ = story.text.partition("the bank.")
        place = max(places, key=lambda place: before.rfind(f"the {place.name}"))
        if not bank or place.bank == "either":
            continue
        ids = torch.tensor([encode(tokenizer, before + bank)])
        residual.append(trace(model, ids).residual[:, 0, position])
        is_water.append(place.bank == "water")
        is_she.append(story.hero.forms.he == "she")
        if len(is_water) == n:
            break
    return torch.stack(residual, dim=1), is_water, is_she
