"""Training, validation and test documents that stay apart whatever else changes."""

import hashlib
import math
from collections.abc import Mapping

from llm_foundations.checks import check_number
from llm_foundations.data.corpus.deduplication import canonical

SHARES = {"train": 0.98, "validation": 0.01, "test": 0.01}
"""The usual shares of a corpus that is not small."""


def split_of(key: str, shares: Mapping[str, float] = SHARES, seed: int = 0) -> str:
    """Return the split that a document belongs to.

    The choice is made by a hash of the document itself. So it does not depend on
    the order of the corpus, or on what is added to it later, and exact copies
    (in other case, white space or Unicode form too) fall into the same split. Near
    copies do not: give all documents of a group the same key.

    Args:
        key: The text of the document, or whatever names its group.
        shares: The name of each split and its share of the documents.
        seed: Another seed gives other splits.

    Raises:
        ValueError: If the shares are negative or do not add up to 1.

    Examples:
        >>> split_of("A story."), split_of("a  STORY."), split_of("A story.", seed=161)
        ('train', 'train', 'test')
    """
    for split, share in shares.items():
        check_number(f"the share of {split!r}", share, least=0, most=1)
    total = math.fsum(shares.values())
    if not math.isclose(total, 1):
        raise ValueError(f"shares must add up to 1, got {dict(shares)}")
    name = f"{seed}\n{canonical(key)}".encode()
    digest = hashlib.blake2b(name, digest_size=8).digest()
    point = int.from_bytes(digest, "little") / 2**64 * total
    for split, share in shares.items():
        point -= share
        if point < 0:
            return split
    return max(shares, key=shares.__getitem__)  # rounding left nothing behind the last
