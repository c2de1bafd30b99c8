"""Run the tests that a change can break, as `scripts/test` does for a reader.

pytest-testmon knows which functions each test has run, and leaves out the tests of
unchanged ones. It sees neither the files that a test reads nor what the programs run
that a test starts: such tests are marked `unseen`, and all of them run again when
anything has changed. Those of the built site run when its sources have.
"""

import os
import subprocess
import sys

from scripts.tools.once import ROOT, once, state

PYTEST = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "worksteal"]
SOURCES = ["docs", "mkdocs.yml", "scripts"]
EVERYTHING = [*SOURCES, "src", "tests", "conftest.py", "pyproject.toml", "README.md"]


def chosen(marks: str) -> list[str]:
    """Return the option that leaves out what is for CI or for the real hub."""
    return ["-m", f"{marks} and not hub and not ci"]


def seen() -> int:
    """Run what testmon sees to be changed; other files of the package change it all."""
    os.environ["TESTMON_DATAFILE"] = str(ROOT / ".cache" / "testmon")
    (ROOT / ".cache").mkdir(exist_ok=True)
    files = (ROOT / "src").rglob("*.[!p]*")
    data = state(ROOT, [path.relative_to(ROOT).as_posix() for path in files])
    # Selection has to be forced where there is a `-m`.
    options = ["--testmon", "--testmon-forceselect", f"--testmon-env={data}"]
    command = [*PYTEST, *options, *chosen("not unseen and not site")]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def main() -> None:
    """Stop at the first part that fails."""
    unseen = [*PYTEST, *chosen("unseen"), "tests"]
    site = [*PYTEST, *chosen("site"), "tests/site"]
    sys.exit(
        seen()
        or once(".cache/unseen", EVERYTHING, unseen)
        or once(".cache/site", [*SOURCES, "tests/site"], site)
    )


if __name__ == "__main__":
    main()
