"""Run a command, unless it has passed and nothing that it reads has changed since.

python -m scripts.tools.once STAMP PATH... -- COMMAND...
"""

import hashlib
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
MADE = (
    *("docs/notebooks", "docs/assets/vendor", "docs/assets/record.js"),
    *("docs/assets/storyteller/files.js", "docs/assets/storyteller/tokenizer.js"),
)
"""What scripts make of the rest."""


def state(root: Path, paths: Iterable[str]) -> str:
    """Return a name for the files below some paths: another if any of them changes."""
    found = [path for name in paths for path in _files(root / name)]
    made = [root / name for name in MADE]
    lines = [
        f"{path.relative_to(root).as_posix()} {path.stat().st_mtime_ns}"
        for path in sorted(set(found))
        if path.is_file() and not any(path.is_relative_to(other) for other in made)
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _files(path: Path) -> Iterable[Path]:
    unread = ("__pycache__", "node_modules")
    for found in path.rglob("*") if path.is_dir() else [path]:
        if not any(part in unread for part in found.parts):
            yield found


def once(stamp: str, paths: Sequence[str], command: Sequence[str]) -> int:
    """Run a command if need be, and return its status.

    Args:
        stamp: The file that notes that it has passed. One in a folder that the command
            fills goes when that is emptied.
        paths: What it reads, from the root of the repository.
        command: The program and its arguments.
    """
    file = ROOT / stamp
    now = state(ROOT, paths)  # what changes while it runs has it run again
    if file.is_file() and file.read_text() == now:
        print(f"{stamp}: nothing has changed since then", flush=True)
        return 0
    file.unlink(missing_ok=True)
    status = subprocess.run(command, cwd=ROOT, check=False).returncode
    if status == 0:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(now)
    return status


if __name__ == "__main__":
    _, stamp, *rest = sys.argv
    at = rest.index("--")
    sys.exit(once(stamp, rest[:at], rest[at + 1 :]))
