from .parallel import (
    END as END,
    PAD as PAD,
    START as START,
)
from .sentences import (
    Pair as Pair,
    entropy as entropy,
    pairs as pairs,
    read as read,
    sentence as sentence,
)

__all__ = [
    "END",
    "PAD",
    "START",
    "Pair",
    "entropy",
    "pairs",
    "read",
    "sentence",
]
