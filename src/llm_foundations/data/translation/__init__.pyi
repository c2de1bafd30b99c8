from .sentences import (
    Pair as Pair,
)
from .sentences import (
    entropy as entropy,
)
from .sentences import (
    pairs as pairs,
)
from .sentences import (
    read as read,
)
from .sentences import (
    sentence as sentence,
)

__all__ = [
    "Pair",
    "entropy",
    "pairs",
    "read",
    "sentence",
]
