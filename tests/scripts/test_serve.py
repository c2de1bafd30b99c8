"""The port at which the site is shown is checked before it is built."""

import socket

import pytest

from scripts.tools import serve


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
