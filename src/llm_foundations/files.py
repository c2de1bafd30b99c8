"""Atomic file writes: a file's name never stands for half of it.

The content is written beside its place, forced to the disk and then renamed. Any
topic may import this module; it imports none of them.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that its name never stands for a part of it.

    Args:
        path: The file's name; its folder is made if it is missing.
        data: The whole content.

    Raises:
        OSError: If it cannot be written; nothing of the new file stays then,
            and an older one is as it was.
    """
    try:
        with atomic_file(path) as file:
            file.write(data)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OSError(error.errno, f"cannot write {path}: {reason}") from error


@contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file to be written piece by piece that has its name only when complete.

    An error inside the `with` statement leaves nothing of the new file, and an older
    one as it was.

    Args:
        path: The file's name; its folder is made if it is missing.

    Yields:
        The file, open for binary reading and writing.
    """
    partial = path.with_name(path.name + ".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
        _sync_folder(path.parent)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    """Force a rename to the disk; Windows does so by itself."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
