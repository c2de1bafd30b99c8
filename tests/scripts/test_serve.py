"""The site is built again when a source is newer, and only then."""

import os
import socket

import pytest

from scripts.tools import serve


@pytest.fixture
def checkout(tmp_path):
    """Sources and a site that was built a minute after them."""
    for name in ("mkdocs.yml", "docs/index.md", "src/package/module.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, (1000, 1000))
    built = tmp_path / "sitemap.xml"
    built.touch()
    os.utime(built, (1060, 1060))
    return tmp_path


def test_an_unchanged_site_is_not_built_again(checkout):
    assert not serve.is_stale(checkout, checkout / "sitemap.xml")


def test_a_site_that_was_never_built_is_built(checkout):
    assert serve.is_stale(checkout, checkout / "missing" / "sitemap.xml")


@pytest.mark.parametrize("name", ["mkdocs.yml", "docs/new.md", "src/package/module.py"])
def test_a_newer_source_has_it_built_again(checkout, name):
    (checkout / name).touch()
    assert serve.is_stale(checkout, checkout / "sitemap.xml")


def test_what_python_compiled_is_no_source(checkout):
    (checkout / "src" / "package" / "module.pyc").touch()
    assert not serve.is_stale(checkout, checkout / "sitemap.xml")


def test_a_port_that_is_taken_is_named():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        with pytest.raises(SystemExit, match=f"port {port} cannot be used"):
            serve.main(port)


def test_a_port_that_is_no_number_is_named():
    with pytest.raises(SystemExit, match="port --help cannot be used"):
        serve.main("--help")
