"""A checkpoint is whole or it is refused, whatever happens while it is written."""

import errno
import io
import math
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import safetensors.torch
import torch

from llm_foundations.training.checkpoints import (
    CheckpointError,
    load_checkpoint,
    save_checkpoint,
)

pytestmark = pytest.mark.unseen

ROOT = Path(__file__).parents[2]


def state(value: float = 1.0) -> dict:
    tied = torch.full((2, 3), value)
    return {
        "step": 7,
        "model": {"embedding": tied, "lm_head": tied, "empty": torch.zeros(0, 4)},
        "optimizer": {"state": {0: {"step": torch.tensor(7.0)}}, "betas": (0.9, 0.95)},
        "half": torch.tensor([1.5, -0.0, math.inf], dtype=torch.bfloat16),
        "view": torch.arange(12.0).reshape(3, 4)[:, 1:3],
        "random": torch.arange(5, dtype=torch.uint8),
        "note": None,
        "list": [True, "text", math.inf],
    }


def assert_same(left: object, right: object) -> None:
    assert type(left) is type(right)
    if isinstance(left, torch.Tensor):
        assert left.dtype == right.dtype
        assert torch.equal(left, right)
    elif isinstance(left, dict):
        assert list(left) == list(right)
        for key in left:
            assert_same(left[key], right[key])
    elif isinstance(left, list | tuple):
        assert len(left) == len(right)
        for a, b in zip(left, right, strict=True):
            assert_same(a, b)
    else:
        assert left == right


def test_what_comes_back_is_exactly_what_went_in(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "run.safetensors"
    save_checkpoint(path, state())
    assert_same(load_checkpoint(path), state())


def test_overlapping_views_are_saved_each_for_itself(tmp_path: Path) -> None:
    whole = torch.arange(6.0)
    views = {"first": whole[:4], "last": whole[2:]}
    save_checkpoint(tmp_path / "run.safetensors", views)
    assert_same(load_checkpoint(tmp_path / "run.safetensors"), views)


def test_an_open_file_does_as_well_as_a_name(tmp_path: Path) -> None:
    memory = io.BytesIO()
    save_checkpoint(memory, state())
    memory.seek(0)
    assert_same(load_checkpoint(memory), state())
    save_checkpoint(tmp_path / "run.safetensors", state())
    with (tmp_path / "run.safetensors").open("rb") as file:
        assert_same(load_checkpoint(file), state())
    with pytest.raises(CheckpointError, match=r"BytesIO object .* is truncated"):
        load_checkpoint(io.BytesIO(memory.getvalue()[:99]))


def test_the_file_is_safetensors_and_holds_tied_weights_once(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    save_checkpoint(path, state())
    tensors = safetensors.torch.load_file(path)
    assert ".model.embedding" in tensors
    assert ".model.lm_head" not in tensors


def test_a_state_that_json_cannot_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"\.model\.hook is function"):
        save_checkpoint(tmp_path / "run.safetensors", {"model": {"hook": assert_same}})
    assert not list(tmp_path.iterdir())


def fail_at(n: int, calls: list[int], function: Callable) -> Callable:
    """Return a function whose n-th call, counted in `calls`, finds the disk full."""

    def wrapped(*arguments: object, **options: object) -> object:
        calls.append(1)
        if len(calls) == n:
            raise OSError(errno.ENOSPC, "No space left on device")
        return function(*arguments, **options)

    return wrapped


def inject(monkeypatch: pytest.MonkeyPatch, n: int) -> list[int]:
    """Make the n-th open, write, fsync or rename of a save fail."""
    calls: list[int] = []
    real_open = Path.open

    def opened(path: Path, *arguments: object) -> object:
        file = real_open(path, *arguments)

        class Faulty:
            def __enter__(self) -> "Faulty":
                return self

            def __exit__(self, *_: object) -> None:
                file.close()

            def write(self, data: bytes) -> None:
                half = fail_at(n, calls, lambda: None)
                file.write(data[: len(data) // 2])
                half()
                file.write(data[len(data) // 2 :])

            flush, fileno = file.flush, file.fileno

        return Faulty()

    monkeypatch.setattr(Path, "open", fail_at(n, calls, opened))
    for name in ("fsync", "replace"):
        monkeypatch.setattr(os, name, fail_at(n, calls, getattr(os, name)))
    return calls


# Open, the middle of the write, fsync of the file, rename, fsync of the folder.
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_a_fault_anywhere_leaves_a_whole_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n: int
) -> None:
    path = tmp_path / "run.safetensors"
    save_checkpoint(path, state(1.0))
    with monkeypatch.context() as patch:
        calls = inject(patch, n)
        with pytest.raises(OSError, match=f"cannot write {path}: No space left"):
            save_checkpoint(path, state(2.0))
        assert len(calls) == n
    assert_same(load_checkpoint(path), state(2.0 if n == 5 else 1.0))
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_there_are_no_more_places_for_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = inject(monkeypatch, n=99)
    save_checkpoint(tmp_path / "run.safetensors", state())
    assert len(calls) == 5


def test_every_truncation_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    save_checkpoint(path, state())
    whole = path.read_bytes()
    for length in [0, 1, 7, 8, 9, *range(50, len(whole), 97), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(CheckpointError, match=f"{path} is truncated"):
            load_checkpoint(path)


def test_every_changed_byte_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    save_checkpoint(path, state())
    whole = bytearray(path.read_bytes())
    n_header = 8 + int.from_bytes(whole[:8], "little")
    for place in range(n_header, len(whole)):
        whole[place] ^= 1
        path.write_bytes(whole)
        with pytest.raises(CheckpointError, match="its checksum does not fit"):
            load_checkpoint(path)
        whole[place] ^= 1


def test_a_changed_setting_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    save_checkpoint(path, state())
    whole = path.read_bytes()
    assert whole.count(b'[\\"step\\", 7]') == 1
    path.write_bytes(whole.replace(b'[\\"step\\", 7]', b'[\\"step\\", 9]'))
    with pytest.raises(CheckpointError, match="its checksum does not fit"):
        load_checkpoint(path)


def test_foreign_files_are_refused_by_name(tmp_path: Path) -> None:
    pickled, tensors = tmp_path / "model.pt", tmp_path / "model.safetensors"
    pickled.write_bytes(pickle.dumps({"step": 1}))
    safetensors.torch.save_file({"weight": torch.ones(2)}, tensors)
    with pytest.raises(CheckpointError, match=f"{pickled} is truncated, or no safeten"):
        load_checkpoint(pickled)
    with pytest.raises(CheckpointError, match=f"{tensors} holds tensors, but no train"):
        load_checkpoint(tensors)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        load_checkpoint(tmp_path / "nowhere")


def test_five_kills_lose_no_more_than_was_promised(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.training.kill", "5", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": "src"}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "5 kills, resumed exactly each time"
