"""The state of every source of randomness, taken and put back."""

import random
from typing import Any

import numpy as np
import torch


def random_state() -> dict[str, Any]:
    """Return the state of Python's, NumPy's and PyTorch's generators.

    Examples:
        >>> state = random_state()
        >>> first = torch.rand(3)
        >>> set_random_state(state)
        >>> torch.equal(torch.rand(3), first)
        True
    """
    numpy: Any = np.random.get_state(legacy=False)
    keys = torch.from_numpy(numpy["state"]["key"].astype(np.int64))
    return {
        "python": random.getstate(),
        "numpy": {**numpy, "state": {**numpy["state"], "key": keys}},
        "torch": torch.get_rng_state(),
        "cuda": list(torch.cuda.get_rng_state_all()),
    }


def set_random_state(state: dict[str, Any]) -> None:
    """Put every generator back to a state.

    Args:
        state: What [`random_state`][llm_foundations.training.random_state.random_state]
            returned, on a machine with as many GPUs.
    """
    numpy = state["numpy"]
    keys = numpy["state"]["key"].numpy().astype(np.uint32)
    random.setstate(state["python"])
    np.random.set_state({**numpy, "state": {**numpy["state"], "key": keys}})
    torch.set_rng_state(state["torch"])
    torch.cuda.set_rng_state_all(state["cuda"])
