"""Show the built site; build it first if what it is made from has changed since."""

import os
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from scripts.tools.once import once

ROOT = Path(__file__).parents[2]
SITE = ROOT / "build" / "served"
SOURCES = ["docs", "src", "scripts", "mkdocs.yml", "constraints.txt"]


class Quiet(SimpleHTTPRequestHandler):
    """Serve files, and do not tell of each."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def build(address: str) -> None:
    """Build the site as it is read at an address, unless it is there.

    Raises:
        SystemExit: If it cannot be built.
    """
    os.environ["SITE_URL"] = address
    command = ["scripts/build", "--quiet", "--site-dir", str(SITE)]
    port = address.strip("/").rpartition(":")[2]
    if status := once(f"build/served/built-{port}.txt", SOURCES, command):
        sys.exit(status)


def main(port: str = "8000") -> None:
    """Build if need be, then serve until the reader stops it."""
    handler = partial(Quiet, directory=SITE)
    try:
        server = ThreadingHTTPServer(("127.0.0.1", int(port)), handler)
    except (OSError, ValueError, OverflowError) as error:
        sys.exit(f"scripts/serve: port {port} cannot be used: {error}")
    address = f"http://127.0.0.1:{port}/"
    build(address)
    print(f"The course is on {address} until you press Ctrl+C.", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main(*sys.argv[1:2])
