"""A crawl that is dirty on purpose, and what each kind of page in it costs a model.

The pages are stories of the course's language, copies of them, and pages that nobody
would want. Each has a label, so what a filter removes can be counted. A model's
loss is compared with the entropy of the language, as in the lesson on n-grams.
"""

import random
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Literal, NamedTuple

from llm_foundations.checks import check_integer
from llm_foundations.data.corpus.splits import split_of
from llm_foundations.data.stories.language import Language
from llm_foundations.experiments.storyteller import encode_to_end
from llm_foundations.models.ngram.model import NGramModel
from llm_foundations.models.ngram.smoothing import KneserNey, Smoothing
from llm_foundations.models.storyteller import load_storyteller
from llm_foundations.tokenizers.bpe.tokenizer import BPETokenizer

Kind = Literal["story", "copy", "edited copy", "shuffled", "menu", "ad"]
"""What a page of the crawl is."""
EXCESS = {
    "all pages": 1.001,
    "no ads": 1.001,
    "no menus": 1.001,
    "no shuffled text": 0.939,
    "no copies": 0.917,
    "stories only": 0.841,
}
"""By what is left of the crawl: the excess loss of a 5-gram model on new stories, in
nats per token, with the crawl of seed 0."""
ADD_K_EXCESS = {"all pages": 2.509, "no copies": 2.683}
"""The same for a model that adds 0.01 to each count: copies help it."""
SPLIT_EXCESS = {"page": 0.022, "text": 0.384, "story": 0.927}
"""By what decides the split of a page: the excess loss of an 8-gram model on the test
pages, in nats per token, with seed 0 of crawl and split."""
_VERBS, _NOUNS = ("buy", "get", "order"), ("boots", "hats", "drums", "kites", "tea")
_PRAISE, _WHEN = ("cheap", "best", "free", "new", "top"), ("today", "now", "online")
_MENU = ("Home", "About", "Login", "Cart (0)", "Search", "Contact", "Shop", "News")
_FOOTERS = (
    "Read more stories on our site. Share this page.",
    "(c) All rights reserved. Comments are closed.",
    "Next story. Previous story. Back to the list.",
)


class Page(NamedTuple):
    """A page of the crawl."""

    text: str
    """What it says."""
    kind: Kind
    """What it is."""
    story: int | None = None
    """The number of the story that it tells; None if it tells none."""


def crawl(n_stories: int = 500, seed: int = 0) -> list[Page]:
    """Return pages in random order: stories, four copies of each on average, and junk.

    Popular stories are copied more often: the first of them most, the second half as
    often, and so on. Every second copy has two words changed and a footer. There are
    as many pages of junk as stories: ads, menus, and stories with shuffled words.

    Args:
        n_stories: How many different stories there are.
        seed: Of what is copied, and how. The stories are always the same.

    Examples:
        >>> from collections import Counter
        >>> Counter(page.kind for page in crawl(6)).most_common(3)
        [('copy', 12), ('edited copy', 12), ('story', 6)]
    """
    check_integer("n_stories", n_stories)
    rng = random.Random(seed)
    texts = list(Language("small").documents("train", n_stories))
    pages = [Page(text, "story", i) for i, text in enumerate(texts)]
    weights = [1 / rank for rank in range(1, n_stories + 1)]
    for i, copied in enumerate(rng.choices(pages, weights, k=4 * n_stories)):
        pages.append(_edited(copied, rng) if i % 2 else _copied(copied, i % 10 == 0))
    makers = (_ad, _menu, lambda rng: _shuffled(rng.choice(texts), rng))
    pages += [makers[i % 3](rng) for i in range(n_stories)]
    rng.shuffle(pages)
    return pages


def _copied(page: Page, capitals: bool) -> Page:
    return Page(page.text.upper() if capitals else page.text, "copy", page.story)


def _edited(page: Page, rng: random.Random) -> Page:
    words = page.text.split()
    for _ in range(2):
        words[rng.randrange(len(words))] = rng.choice(("very", "tiny", "old", "the"))
    return Page(f"{' '.join(words)} {rng.choice(_FOOTERS)}", "edited copy", page.story)


def _ad(rng: random.Random) -> Page:
    offers = [
        " ".join(map(rng.choice, (_VERBS, _PRAISE, _NOUNS, _WHEN)))
        + f" for only ${rng.randrange(5, 99)}!"
        for _ in range(rng.randrange(8, 20))
    ]
    return Page(" ".join(offers), "ad")


def _menu(rng: random.Random) -> Page:
    return Page("\n".join(rng.choices(_MENU, k=rng.randrange(20, 60))), "menu")


def _shuffled(text: str, rng: random.Random) -> Page:
    words = text.split()
    return Page(" ".join(rng.sample(words, len(words))), "shuffled")


def excess_of(
    texts: Iterable[str], n: int = 5, smoothing: Smoothing | None = None
) -> float:
    """Return the excess loss of an n-gram model of texts, on new stories.

    Args:
        texts: What the model counts.
        n: The tokens of an n-gram, those of the storyteller.
        smoothing: The rule of smoothing; Kneser-Ney if not given.

    Returns:
        How many nats per token the model loses to the language, on 200 stories.
    """
    return excess_on(texts, _new_stories(), n, smoothing)


def excess_on(
    texts: Iterable[str],
    stories: Sequence[str],
    n: int = 5,
    smoothing: Smoothing | None = None,
) -> float:
    """Return the excess loss of an n-gram model of texts, on stories that are given.

    Raises:
        NotInLanguage: If one of the stories breaks a rule of the language.

    Examples:
        >>> story = "Once there was a fox named Otto."
        >>> stories = list(Language("small").documents("train", 2))
        >>> excess_on(stories, stories) < 0 < excess_on([story], stories)
        True
    """
    model = NGramModel(n, _tokenizer().vocab_size, smoothing or KneserNey())
    model.fit(map(_encode, texts))
    new = list(map(_encode, stories))
    known = sum(map(Language("small").log_probability, stories))
    return (known - sum(map(model.log_probability, new))) / sum(map(len, new))


def split_excess(by: Literal["page", "text", "story"], seed: int = 0) -> float:
    """Return the excess loss on a tenth of the pages, after training on the others.

    Only pages that tell a story are split, and the loss is measured on those of the
    test set that are stories word for word.

    Args:
        by: What decides the split: the number of the page, its text, or its story.
        seed: Another seed gives another split.
    """
    pages = [page for page in crawl() if page.story is not None]
    keys = {
        "page": [str(i) for i in range(len(pages))],
        "text": [page.text for page in pages],
        "story": [str(page.story) for page in pages],
    }[by]
    shares = {"train": 0.9, "test": 0.1}
    splits = [split_of(key, shares, seed) for key in keys]
    train = [page.text for page, s in zip(pages, splits, strict=True) if s == "train"]
    test = [page for page, s in zip(pages, splits, strict=True) if s == "test"]
    return excess_on(train, [page.text for page in test if _is_exact(page)], n=8)


def _is_exact(page: Page) -> bool:
    return page.kind in ("story", "copy") and not page.text.isupper()


@cache
def _new_stories() -> tuple[str, ...]:
    return tuple(Language("small").documents("validation", 200))


@cache
def _encode(text: str) -> tuple[int, ...]:
    return tuple(encode_to_end(_tokenizer(), text))


@cache
def _tokenizer() -> BPETokenizer:
    return load_storyteller()[1]
