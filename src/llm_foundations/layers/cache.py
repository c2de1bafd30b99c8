"""What generation remembers: the keys and values of the tokens already read.

A cache is filled in place, so it is for inference: use it under `torch.no_grad`.
"""

from jaxtyping import Float
from torch import Tensor

from llm_foundations.checks import check_integer


class LayerCache:
    """The keys and values of one layer, oldest first.

    They lie in a buffer that doubles when it is full, so that a new position costs
    the copy of one column, not of all.

    Args:
        window: How many positions a query may see, itself included; older ones are
            forgotten. None remembers all.

    Raises:
        ValueError: If `window` is less than 1.
    """

    def __init__(self, window: int | None = None) -> None:
        if window is not None:
            check_integer("window", window)
        self.window = window
        self.source: tuple[Tensor, Tensor] | None = None
        """Keys and values of the other sequence, where a layer has cross attention."""
        self._keys: Tensor | None = None
        self._values: Tensor | None = None
        self._start = self._end = 0
        self.n_seen = 0
        """How many positions were ever appended."""

    def __len__(self) -> int:
        """Return how many positions are remembered."""
        return self._end - self._start

    def append(
        self, k: Float[Tensor, "B G T D"], v: Float[Tensor, "B G T V"]
    ) -> tuple[Float[Tensor, "B G S D"], Float[Tensor, "B G S V"]]:
        """Remember new positions and return all that the new queries may see.

        Returns:
            Keys and values of the remembered positions, the new ones last.

        Raises:
            ValueError: If keys and values differ in more than their width, or the batch
                size, the heads, the width or the dtype change from call to call.
        """
        if k.ndim != 4 or v.ndim != 4 or k.shape[:3] != v.shape[:3]:
            raise ValueError(
                "keys and values must be (B, G, T, D) and (B, G, T, V), got shapes "
                f"{tuple(k.shape)} and {tuple(v.shape)}"
            )
        n_new = k.shape[2]
        keys, values = self._room(self._keys, k), self._room(self._values, v)
        if keys is not self._keys:  # moved to the front of larger buffers
            self._start, self._end = 0, len(self)
        self._keys, self._values = keys, values
        start, end = self._start, self._end + n_new
        keys[:, :, self._end : end] = k
        values[:, :, self._end : end] = v
        self._end = end
        self.n_seen += n_new
        if self.window is not None:
            self._start = max(start, end - self.window + 1)
        return keys[:, :, start:end], values[:, :, start:end]

    def _room(self, buffer: Tensor | None, new: Tensor) -> Tensor:
        """Return a buffer with place for `new`: this one, or one twice as large."""
        n_batch, n_heads, n_new, width = new.shape
        if buffer is None:
            return new.new_empty(n_batch, n_heads, 2 * n_new, width)
        fits = (n_batch, n_heads, width) == (*buffer.shape[:2], buffer.shape[3])
        if not fits or buffer.dtype != new.dtype:
            held = buffer[:, :, self._start : self._end]
            raise ValueError(
                f"the cache holds {tuple(held.shape)} (B, G, S, D) of {held.dtype} and "
                f"cannot take {tuple(new.shape)} of {new.dtype}"
            )
        if self._end + n_new <= buffer.shape[2]:
            return buffer
        larger = new.new_empty(n_batch, n_heads, 2 * (len(self) + n_new), width)
        larger[:, :, : len(self)] = buffer[:, :, self._start : self._end]
        return larger


class KVCache:
    """One [`LayerCache`][llm_foundations.layers.cache.LayerCache] a layer.

    Args:
        n_layers: The number of layers of the model.
        window: As in `LayerCache`.

    Attributes:
        layers: The layers' caches, first layer first.

    Raises:
        ValueError: If a number is less than 1.

    Examples:
        >>> import torch
        >>> cache = KVCache(n_layers=1)
        >>> one = torch.ones(1, 2, 1, 4)  # (B, G, T, D)
        >>> for _ in range(3):
        ...     keys, values = cache.layers[0].append(one, one)
        >>> tuple(keys.shape), cache.length
        ((1, 2, 3, 4), 3)
    """

    def __init__(self, n_layers: int, window: int | None = None) -> None:
        check_integer("n_layers", n_layers)
        self.layers = [LayerCache(window) for _ in range(n_layers)]

    @property
    def length(self) -> int:
        """How many tokens were read so far, forgotten ones included."""
        return self.layers[0].n_seen

    def n_keys(self, n_new: int) -> int:
        """Return how many keys `n_new` more tokens will find, themselves included."""
        return len(self.layers[0]) + n_new
