from .decode import (
    generate as generate,
    greedy as greedy,
    pad_left as pad_left,
    sampler as sampler,
    translate as translate,
)

__all__ = [
    "generate",
    "greedy",
    "pad_left",
    "sampler",
    "translate",
]
