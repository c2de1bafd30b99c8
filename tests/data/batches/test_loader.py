import json
import math
import os
import stat

import numpy as np
import pytest
import torch

from llm_foundations.data.batches.loader import (
    Loader,
    batches_in_order,
    load_rows,
    save_rows,
)
from llm_foundations.data.batches.windows import sliding_windows

ROWS = np.arange(22, dtype=np.int32).reshape(11, 2)
ORDER = [12, 4, 20, 18]


def take(loader: Loader, n: int) -> list[list[list[int]]]:
    return [next(loader).tolist() for _ in range(n)]


def test_an_epoch_holds_every_row_once_and_each_has_its_own_order() -> None:
    loader = Loader(ROWS[:10], batch_size=5)
    first, second = (
        [row for batch in take(loader, 2) for row in batch] for _ in range(2)
    )
    assert sorted(first) == sorted(second) == ROWS[:10].tolist()
    assert first != second
    assert (loader.epoch, loader.n_batches) == (1, 2)


def test_the_order_is_the_same_everywhere() -> None:
    assert [row[0] for row in take(Loader(ROWS, 4, seed=1), 1)[0]] == ORDER
    assert take(Loader(ROWS, 4, seed=1), 5) != take(Loader(ROWS, 4, seed=2), 5)


@pytest.mark.parametrize("n_before", [0, 1, 2, 3, 7])
def test_a_resumed_loader_goes_on_with_the_very_next_batch(n_before: int) -> None:
    loader = Loader(ROWS, batch_size=4)
    take(loader, n_before)
    state = json.loads(json.dumps(loader.state_dict()))
    fresh = Loader(ROWS, batch_size=4)
    fresh.load_state_dict(state)
    assert take(fresh, 5) == take(loader, 5)


def test_processes_share_each_batch_without_overlap() -> None:
    alone = Loader(ROWS, batch_size=4)
    pair = [Loader(ROWS, batch_size=2, rank=rank, world_size=2) for rank in (0, 1)]
    for _ in range(6):
        parts = [next(loader) for loader in pair]
        assert torch.equal(next(alone), torch.cat(parts))


def test_a_run_may_go_on_with_more_processes() -> None:
    alone = Loader(ROWS, batch_size=4)
    take(alone, 3)
    second = Loader(ROWS, batch_size=2, rank=1, world_size=2)
    second.load_state_dict(alone.state_dict())
    assert torch.equal(next(second), next(alone)[2:])


def test_packed_rows_come_as_two_tensors() -> None:
    token_ids, document_ids = next(Loader(ROWS[:10].reshape(5, 2, 2), 3)).unbind(1)
    assert token_ids.shape == document_ids.shape == (3, 2)
    assert token_ids.dtype == torch.int64


def test_rows_on_disk_are_the_rows_in_memory(tmp_path) -> None:
    path = tmp_path / "rows.npy"
    assert save_rows(iter(ROWS), path) == 11
    np.testing.assert_array_equal(np.load(path), ROWS)
    on_disk = load_rows(path)
    assert isinstance(on_disk, np.memmap)
    assert take(Loader(on_disk, 4), 5) == take(Loader(ROWS, 4), 5)
    assert [file.name for file in tmp_path.iterdir()] == ["rows.npy"]


def test_a_failure_leaves_the_old_file_and_no_other(tmp_path) -> None:
    path = tmp_path / "rows.npy"
    save_rows(ROWS, path)
    with pytest.raises(ValueError, match=r"row 1 is int32\(3,\), row 0 is int32\(2,\)"):
        save_rows([ROWS[0], np.zeros(3, dtype=np.int32)], path)
    np.testing.assert_array_equal(np.load(path), ROWS)
    assert [file.name for file in tmp_path.iterdir()] == ["rows.npy"]


def test_rows_have_the_mode_of_the_umask(tmp_path) -> None:
    before = os.umask(0o022)
    try:
        save_rows(ROWS, tmp_path / "new" / "rows.npy")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new" / "rows.npy").stat().st_mode) == 0o644


def test_evaluation_sees_every_row_once_in_order() -> None:
    batches = list(batches_in_order(ROWS, 4))
    assert [len(batch) for batch in batches] == [4, 4, 3]
    assert torch.cat(batches).tolist() == ROWS.tolist()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": 5}, "state is of"),
        ({"n_rows": 12}, "state is of"),
        ({"n_together": 8}, "state is of"),
        ({"batch": 3}, "no such position: epoch=0, batch=3 of 2"),
        ({"epoch": -1}, "no such position"),
    ],
)
def test_a_state_of_something_else_is_refused(change, message: str) -> None:
    loader = Loader(ROWS, batch_size=4)
    with pytest.raises(ValueError, match=message):
        loader.load_state_dict(loader.state_dict() | change)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: Loader(ROWS, 0), "batch_size must be at least 1, got 0"),
        (
            lambda path: Loader(ROWS, 1, rank=2, world_size=2),
            "rank must be in 0 to 1, got 2",
        ),
        (lambda path: Loader(ROWS, 1, seed=-1), "seed must be in 0 to .*, got -1"),
        (lambda path: Loader(ROWS, math.nan), "batch_size must be an integer, got nan"),
        (lambda path: Loader(ROWS, 12), "11 rows do not fill a batch of 12"),
        (lambda path: list(batches_in_order(ROWS, 0)), "got 0"),
        (lambda path: save_rows([], path / "a.npy"), "no row to write"),
    ],
)
def test_errors(tmp_path, make, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make(tmp_path)


def test_a_tensor_gives_the_batches_of_its_array() -> None:
    rows = torch.from_numpy(ROWS)
    assert take(Loader(rows, 4), 5) == take(Loader(ROWS, 4), 5)
    pairs = zip(batches_in_order(rows, 4), batches_in_order(ROWS, 4), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
    windows = sliding_windows(torch.arange(9), 3)
    assert next(Loader(windows, 3)).sort(0).values.tolist() == windows.tolist()
