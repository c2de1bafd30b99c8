"""The README's two commands do what it says, on a fresh clone."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from scripts.tools.pages import ROOT

pytestmark = pytest.mark.ci
SECONDS = 280


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone that borrows what is installed already: the packages and libraries."""
    if not (Path(sys.prefix) / "installed").is_file() or not (ROOT / ".git").exists():
        pytest.skip("needs the checkout and the .venv of scripts/setup")
    path = tmp_path_factory.mktemp("fresh") / "clone"
    subprocess.run(["git", "clone", "--quiet", ROOT, path], check=True)
    (path / ".venv").symlink_to(sys.prefix)
    for borrowed in ("scripts/assets/node_modules", "docs/assets/vendor"):
        if (ROOT / borrowed).is_dir():
            (path / borrowed).symlink_to(ROOT / borrowed)
    if (ROOT / ".cache").is_dir():
        shutil.copytree(ROOT / ".cache", path / ".cache")
    return path


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_scripts_test_runs_one_page(clone: Path) -> None:
    done = subprocess.run(
        ["scripts/test", "docs/start.md"], cwd=clone, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


@pytest.mark.timeout(300)  # it builds the whole site, and runs the lab
def test_scripts_serve_shows_the_lesson(clone: Path) -> None:
    port = free_port()
    command = ["scripts/serve", str(port)]
    with subprocess.Popen(command, cwd=clone, start_new_session=True) as server:
        try:
            page = wait_for(f"http://127.0.0.1:{port}", server)
        finally:
            os.killpg(server.pid, signal.SIGTERM)
    assert "<title>Attention" in page


def wait_for(address: str, server: subprocess.Popen[bytes]) -> str:
    """The lesson's page, once the server answers; its first build takes a while."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and server.poll() is None:
        for path in ("", "/llm-foundations"):
            try:
                with urlopen(f"{address}{path}/lessons/layers/attention/") as answer:
                    return str(answer.read().decode())
            except URLError:
                time.sleep(0.2)
    pytest.fail(f"scripts/serve did not answer (status {server.poll()})")
