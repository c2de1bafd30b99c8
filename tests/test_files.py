"""Files appear whole, with the umask's mode, and no module writes them otherwise."""

import ast
import os
import re
import stat
from pathlib import Path

import pytest

from llm_foundations.files import atomic_file, write_atomically

SOURCE = Path(__file__).parents[1] / "src" / "llm_foundations"
WRITERS = {
    *("np.save", "torch.save", "save_file", "savez", "tofile", "savefig"),
    *("write_text", ".write_bytes", "mkstemp", "NamedTemporaryFile", "fdopen"),
}


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


def test_an_error_halfway_leaves_the_older_file(tmp_path: Path) -> None:
    path = tmp_path / "data.bin"
    write_atomically(path, b"one")
    with pytest.raises(ZeroDivisionError), atomic_file(path) as file:
        file.write(b"half of the new" + bytes(1 // 0))
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"one"]


def writes(source: str) -> list[str]:
    """The calls that write a file by themselves, each as it stands in the source.

    What goes to a stream in memory, and what is appended line by line, is not one.
    """
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [ast.unparse(call) for call in calls if writes_by_itself(call)]


def writes_by_itself(call: ast.Call) -> bool:
    owner, _, name = ast.unparse(call.func).rpartition(".")
    said = [ast.unparse(argument) for argument in call.args]
    if name == "open":
        said = said[0 if owner else 1 :]
        said += [ast.unparse(k.value) for k in call.keywords if k.arg == "mode"]
        return any(re.fullmatch("'[rwxabt+]*[wx+][rwxabt+]*'", mode) for mode in said)
    names = {name, f"{owner}.{name}", f".{name}"} if owner else {name}
    return bool(names & WRITERS) and said[:1] != ["stream"]


@pytest.mark.parametrize(
    "path", sorted(SOURCE.rglob("*.py")), ids=lambda p: f"{p.parent.name}/{p.stem}"
)
def test_no_module_writes_a_file_by_itself(path: Path) -> None:
    if path != SOURCE / "files.py":
        assert writes(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        *('open(path, "w")', 'open(path, mode="xb")', 'path.open("r+")'),
        *('path.write_text("x")', "path.write_bytes(data)", "np.save(path, rows)"),
        "torch.save(state, path)",
        *("rows.tofile(path)", "figure.savefig(path)", "save_file(weights, path)"),
        *("tempfile.mkstemp()", 'os.fdopen(handle, "w")'),
    ],
)
def test_a_write_is_seen(source: str) -> None:
    assert writes(source) == [ast.unparse(ast.parse(source))]


@pytest.mark.parametrize(
    "source",
    [
        *(
            "open(path)",
            'path.open("rb")',
            'path.open("a")',
            "safetensors.torch.save(x)",
        ),
        *("write_bytes(token)", 'figure.savefig(stream, format="svg")'),
    ],
)
def test_what_writes_no_file(source: str) -> None:
    assert writes(source) == []
