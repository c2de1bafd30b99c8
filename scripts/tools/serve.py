"""Show the built site; build it first if a page or the package has changed since."""

import os
import subprocess
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).parents[2]
SITE = ROOT / "build" / "served"


class Quiet(SimpleHTTPRequestHandler):
    """Serve files, and do not tell of each."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def is_stale(root: Path, built: Path) -> bool:
    """Whether anything that the site is made from is newer than what was built."""
    if not built.exists():
        return True
    folders = (root / "docs", root / "src")
    sources = [path for folder in folders for path in folder.rglob("*")]
    made = [path for path in sources if path.is_file() and path.suffix != ".pyc"]
    since = built.stat().st_mtime
    return any(path.stat().st_mtime > since for path in [root / "mkdocs.yml", *made])


def build(address: str) -> None:
    """Build the site as it is read at an address."""
    print("Building the site: half a minute the first time.", flush=True)
    own = {"SITE_URL": address}
    command = [ROOT / "scripts" / "build", "--quiet", "--site-dir", SITE]
    subprocess.run(command, env={**os.environ, **own}, check=True)


def main(port: str = "8000") -> None:
    """Build if need be, then serve until the reader stops it."""
    handler = partial(Quiet, directory=SITE)
    try:
        server = ThreadingHTTPServer(("127.0.0.1", int(port)), handler)
    except (OSError, ValueError, OverflowError) as error:
        sys.exit(f"scripts/serve: port {port} cannot be used: {error}")
    address = f"http://127.0.0.1:{port}/"
    if is_stale(ROOT, SITE / "sitemap.xml"):
        build(address)
    print(f"The course is on {address} until you press Ctrl+C.", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main(*sys.argv[1:2])
