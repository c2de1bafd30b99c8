from .decode import (
    generate as generate,
)
from .decode import (
    greedy as greedy,
)
from .decode import (
    pad_left as pad_left,
)
from .decode import (
    sampler as sampler,
)
from .decode import (
    translate as translate,
)

__all__ = [
    "generate",
    "greedy",
    "pad_left",
    "sampler",
    "translate",
]
