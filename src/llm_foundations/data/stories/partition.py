"""Three splits that share no text: which one a text is in depends on the text alone."""

import random
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Literal, TypeVar, get_args

from llm_foundations.checks import check_integer
from llm_foundations.data.stories.characters import digest

T = TypeVar("T")
Split = Literal["train", "validation", "test"]
"""The names of the splits."""


def split_of(text: str) -> Split:
    """Return the split that a text belongs to, by a hash of its bytes.

    Six texts of eight are for training, one each for validation and test. The hash
    has nothing to do with what the text says, so every split is a fair sample.

    Examples:
        >>> [split_of(text) for text in ("a", "h", "k")]
        ['train', 'test', 'validation']
    """
    share = digest(text) % 8
    return "train" if share < 6 else "validation" if share == 6 else "test"


def random_source(*about: object) -> random.Random:
    """Return a source of random bits that depends on these words alone."""
    return random.Random(digest(" ".join(map(str, about))))


def drawn(
    draw: Callable[[random.Random], T],
    text_of: Callable[[T], str],
    split: Split,
    n: int | None,
    seed: int,
) -> Iterator[T]:
    """Draw items, and keep those whose text belongs to the split.

    Args:
        draw: Makes one item from random bits.
        text_of: Returns the text of an item.
        split: Which items to keep.
        n: How many to return; without end if None.
        seed: Another seed gives other items, from the same split.

    Raises:
        ValueError: If there is no such split, or n is negative.
    """
    if split not in get_args(Split):
        raise ValueError(f"split must be one of {get_args(Split)}, got {split!r}")
    if n is not None:
        check_integer("n", n, least=0)
    source = random_source(split, seed)
    items = iter(lambda: draw(source), None)
    return islice((item for item in items if split_of(text_of(item)) == split), n)
