"""The stand-in for the hub answers as the hub does."""

from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

import pytest

from scripts.tools.hub import COMMIT
from tests.models.hub import serving

NO_PROXY = build_opener(ProxyHandler({}))


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    folder = tmp_path / "someone" / "cut-off"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"12345678")
    with serving(tmp_path) as at:
        yield f"{at}/someone/cut-off"


def test_a_file_comes_whole_and_says_its_version(address: str) -> None:
    with NO_PROXY.open(f"{address}/resolve/main/config.json") as answer:
        assert answer.read() == b"{}"
        assert answer.headers["X-Repo-Commit"] == COMMIT


def test_weights_can_be_cut_off_on_their_way(address: str) -> None:
    with NO_PROXY.open(f"{address}/resolve/main/model.safetensors") as answer:
        assert answer.headers["Content-Length"] == "8"
        assert answer.fp.read(4) == b"1234"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/resolve/main/no.json", 404, "EntryNotFound"),
        ("-too/resolve/main/config.json", 401, "RepoNotFound"),
    ],
)
def test_what_is_not_there_is_named(address, path, status: int, code: str) -> None:
    with pytest.raises(HTTPError) as caught:
        NO_PROXY.open(address + path)
    assert (caught.value.code, caught.value.headers["X-Error-Code"]) == (status, code)
    caught.value.close()
