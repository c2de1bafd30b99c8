import os
import stat
from pathlib import Path

import pytest

from llm_foundations.files import write_atomically


def test_the_content_is_there_and_the_mode_follows_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "data.bin"
    before = os.umask(0o022)
    try:
        write_atomically(path, b"one")
        write_atomically(path, b"two")
    finally:
        os.umask(before)
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [file.name for file in path.parent.iterdir()] == ["data.bin"]


def test_a_full_disk_leaves_the_older_file(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "data.bin"
    write_atomically(path, b"one")

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full_disk)
    with pytest.raises(OSError, match=f"cannot write {path}: No space left"):
        write_atomically(path, b"two")
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"one"]
