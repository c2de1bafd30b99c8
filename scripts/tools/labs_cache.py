"""Empty the cache of executed labs when what they run has changed.

The cache of mkdocs-jupyter knows a lab's own file, not the package that it imports.
"""

import hashlib
import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache" / "mkdocs-jupyter"


def main() -> None:
    """Compare the package and the pinned versions with those of the last time."""
    digest = hashlib.sha256((ROOT / "constraints.txt").read_bytes())
    for path in sorted((ROOT / "src").rglob("*.py")):
        digest.update(path.read_bytes())
    stamp = CACHE / "package"
    if not stamp.exists() or stamp.read_text() != digest.hexdigest():
        shutil.rmtree(CACHE, ignore_errors=True)
        CACHE.mkdir(parents=True)
        stamp.write_text(digest.hexdigest())


if __name__ == "__main__":
    main()
