"""Two jobs of memory, to find out what a way of telling positions can and cannot do.

A text is a row of remarks. *The dog is at the gate* is one token, and so is *Where is
the dog?* Three animals move between four spots.
"""

import torch
from jaxtyping import Bool, Int
from torch import Tensor

ANIMALS = ("dog", "cat", "fox")
"""Of whom the texts speak."""
SPOTS = ("gate", "barn", "road", "hill")
"""Where they can be: the answers."""
N_REMARKS = len(ANIMALS) * len(SPOTS)
"""Remark `animal * len(SPOTS) + spot` says where an animal is."""
VOCAB_SIZE = N_REMARKS + len(ANIMALS)
"""Token `N_REMARKS + animal` asks where it is."""

Text = tuple[Int[Tensor, "B T"], Int[Tensor, "B T"], Bool[Tensor, "B T"]]
"""Token ids, the right answer at each position, and whether one is asked there."""


def three_back(n_rows: int, n_tokens: int) -> Text:
    """Draw remarks; every position asks for the spot that was named three tokens ago.

    The job needs an exact distance, and nothing else.

    Args:
        n_rows: How many texts.
        n_tokens: How long each is.

    Examples:
        >>> token_ids, answers, asked = three_back(n_rows=1, n_tokens=5)
        >>> asked.tolist()
        [[False, False, False, True, True]]
        >>> bool((answers[:, 3:] == token_ids[:, :2] % len(SPOTS)).all())
        True
    """
    token_ids = torch.randint(N_REMARKS, (n_rows, n_tokens))
    asked = torch.arange(n_tokens) >= 3
    return token_ids, token_ids.roll(3, 1) % len(SPOTS), asked.expand(n_rows, n_tokens)


def last_told(n_rows: int, n_tokens: int) -> Text:
    """Draw remarks and questions; the last remark on the animal holds the answer.

    The job needs the content of a remark, and which of several is the nearest. Half of
    the tokens are questions; those that come before any answer do not count.

    Args:
        n_rows: How many texts.
        n_tokens: How long each is.
    """
    animals = torch.randint(len(ANIMALS), (n_rows, n_tokens))
    spots = torch.randint(len(SPOTS), (n_rows, n_tokens))
    asks = torch.rand(n_rows, n_tokens) < 0.5
    remarks = animals * len(SPOTS) + spots
    told = _last_remark(animals, asks)
    answers = spots.gather(1, told.clamp(min=0))
    return torch.where(asks, N_REMARKS + animals, remarks), answers, asks & (told >= 0)


def _last_remark(
    animals: Int[Tensor, "B T"], asks: Bool[Tensor, "B T"]
) -> Int[Tensor, "B T"]:
    """Return where each position's animal was last spoken of before; -1 for nowhere."""
    places = torch.arange(animals.shape[1])
    earlier = places < places[:, None]  # (T, S)
    same = animals[:, :, None] == animals[:, None, :]  # (B, T, S)
    return torch.where(earlier & same & ~asks[:, None, :], places, -1).amax(dim=-1)
