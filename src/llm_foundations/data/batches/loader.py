"""Batches in an order that a seed decides, from rows in memory or on disk.

From documents to batches, through a file that need not fit into memory:

```text
rows = (fill(row, length) for row in pack_best_fit(documents, length))
save_rows(rows, "train.npy")
loader = Loader(load_rows("train.npy"), batch_size=8)
token_ids, document_ids = next(loader).unbind(1)
mask = document_mask(document_ids) & causal_mask(length)
```
"""

import os
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Int, Integer
from torch import Tensor

from llm_foundations.checks import check_integer
from llm_foundations.files import atomic_file


class Loader:
    """An endless iterator of batches that can be stopped, resumed and shared out.

    Each epoch has its own order, which depends on the seed and the epoch alone, on
    every platform. Position `p` of that order belongs to batch
    `p // (world_size * batch_size)`, and process `rank` takes its share of each
    batch, so no two processes ever have the same row. Rows that do not fill the
    last batch of an epoch are left out of that epoch.

    Args:
        rows: Integers, one row for each index of the first axis, as a NumPy array or a
            tensor; a memory-mapped file is read a batch at a time.
        batch_size: Rows that this process gets at a time.
        seed: The seed of the order, in 0 to 2^32 - 1.
        rank: The number of this process.
        world_size: The number of processes.

    Raises:
        ValueError: If the numbers do not fit together, or there are fewer rows than
            one batch over all processes needs.

    Examples:
        >>> loader = Loader(np.arange(10).reshape(5, 2), batch_size=2)
        >>> state, batch = loader.state_dict(), next(loader)
        >>> loader.load_state_dict(state)
        >>> batch.shape, torch.equal(batch, next(loader))
        (torch.Size([2, 2]), True)
    """

    def __init__(
        self,
        rows: Integer[np.ndarray, "N ..."] | Int[Tensor, "N ..."],
        batch_size: int,
        seed: int = 0,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        """Check the settings and begin with the first batch."""
        check_integer("batch_size", batch_size)
        check_integer("world_size", world_size)
        check_integer("rank", rank, least=0, most=world_size - 1)
        check_integer("seed", seed, least=0, most=2**32 - 1)  # what RandomState takes
        self.n_together = world_size * batch_size
        if len(rows) < self.n_together:
            raise ValueError(
                f"{len(rows)} rows do not fill a batch of {self.n_together}"
            )
        self.rows, self.seed = _as_array(rows), seed
        self._share = slice(rank * batch_size, (rank + 1) * batch_size)
        self.epoch, self.batch = 0, 0
        self._order = self._shuffled()

    @property
    def n_batches(self) -> int:
        """The number of batches of an epoch."""
        return len(self.rows) // self.n_together

    def __iter__(self) -> "Loader":
        """Return the loader itself: going on from where it is."""
        return self

    def __next__(self) -> Int[Tensor, "B ..."]:
        """Return this process's share of the next batch, as int64."""
        if self.batch == self.n_batches:
            self.epoch, self.batch = self.epoch + 1, 0
            self._order = self._shuffled()
        together = self._order[self.batch * self.n_together :][: self.n_together]
        self.batch += 1
        return torch.from_numpy(self.rows[together[self._share]].astype(np.int64))

    def state_dict(self) -> dict[str, Any]:
        """Return the position, and what it is a position in."""
        return {"epoch": self.epoch, "batch": self.batch, **self._identity()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go to a position: the next batch is the one that would have come next.

        The number of processes may have changed, if a batch over all of them has
        the same number of rows.

        Raises:
            ValueError: If the position is one in other rows, another order or other
                batches, or does not exist.
        """
        identity = {name: state.get(name) for name in self._identity()}
        if identity != self._identity():
            raise ValueError(f"state is of {identity}, loader of {self._identity()}")
        epoch, batch = state["epoch"], state["batch"]
        if epoch < 0 or not 0 <= batch <= self.n_batches:
            raise ValueError(
                f"no such position: {epoch=}, {batch=} of {self.n_batches}"
            )
        self.epoch, self.batch = epoch, batch
        self._order = self._shuffled()

    def _identity(self) -> dict[str, int]:
        together = self.n_together
        return {"seed": self.seed, "n_rows": len(self.rows), "n_together": together}

    def _shuffled(self) -> Integer[np.ndarray, " N"]:
        # NumPy promises that RandomState's numbers never change (NEP 19).
        random = np.random.RandomState([self.seed, self.epoch])
        return random.permutation(len(self.rows))


def batches_in_order(
    rows: Integer[np.ndarray, "N ..."] | Int[Tensor, "N ..."], batch_size: int
) -> Iterator[Int[Tensor, "B ..."]]:
    """Yield every row once, in order, for evaluation; the last batch may be smaller.

    Raises:
        ValueError: If `batch_size` is less than 1.
    """
    check_integer("batch_size", batch_size)
    rows = _as_array(rows)
    for start in range(0, len(rows), batch_size):
        yield torch.from_numpy(rows[start : start + batch_size].astype(np.int64))


def save_rows(
    rows: Iterable[Integer[np.ndarray, "..."]], path: str | os.PathLike[str]
) -> int:
    """Write rows of one shape to a NumPy file, holding one at a time.

    The file appears when it is complete; a failure leaves nothing behind.

    Returns:
        The number of rows.

    Raises:
        ValueError: If there is no row, or two differ in shape or type.
    """
    path = Path(path)
    iterator = iter(rows)
    first = next(iterator, None)
    if first is None:
        raise ValueError(f"no row to write to {path}")
    with atomic_file(path) as file:
        _write_header(file, first, 0)
        n_rows = 0
        for n_rows, row in enumerate(chain([first], iterator), start=1):
            if (row.shape, row.dtype) != (first.shape, first.dtype):
                raise ValueError(
                    f"row {n_rows - 1} is {row.dtype}{row.shape}, "
                    f"row 0 is {first.dtype}{first.shape}"
                )
            file.write(row.tobytes())
        file.seek(0)
        _write_header(file, first, n_rows)
    return n_rows


def load_rows(path: str | os.PathLike[str]) -> Integer[np.ndarray, "N ..."]:
    """Open a file of rows without reading it: the rows stay on disk until used."""
    rows: Integer[np.ndarray, "N ..."] = np.load(
        path, mmap_mode="r", allow_pickle=False
    )
    return rows


def _as_array(rows: np.ndarray | Tensor) -> np.ndarray:
    return rows.numpy(force=True) if isinstance(rows, Tensor) else rows


def _write_header(file: Any, row: np.ndarray, n_rows: int) -> None:  # noqa: ANN401
    # NumPy leaves room in the header, so that the first axis can grow in place.
    np.lib.format.write_array_header_1_0(
        file,
        {
            "descr": np.lib.format.dtype_to_descr(row.dtype),
            "fortran_order": False,
            "shape": (n_rows, *row.shape),
        },
    )
