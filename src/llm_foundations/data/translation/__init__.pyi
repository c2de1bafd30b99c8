from .sentences import (
    Pair as Pair,
    entropy as entropy,
    pairs as pairs,
    read as read,
    sentence as sentence,
)

__all__ = [
    "Pair",
    "entropy",
    "pairs",
    "read",
    "sentence",
]
