import dataclasses
import socket

import pytest

from modules.core.errors import InputError
from modules.core.flags import Flags
from modules.server.address import address_of, open_socket


def flags(**changes):
    return dataclasses.replace(Flags(), **changes)


@pytest.fixture
def taken():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        yield sock.getsockname()[1]


def test_a_port_in_use_is_told_in_one_sentence(taken):
    with pytest.raises(InputError, match=rf"Port {taken} .* in use .* --port"):
        open_socket(flags(port=taken))


def test_without_a_wish_the_next_free_port_is_taken():
    with open_socket(flags()) as first, open_socket(flags()) as second:
        assert second.getsockname()[1] > first.getsockname()[1] >= 7860


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"port": 70000}, "does not exist"),
        ({"port": -1}, "does not exist"),
        ({"server_name": "no.such.host.invalid"}, "--server-name"),
    ],
)
def test_addresses_that_are_none(changes, message):
    with pytest.raises(InputError, match=message):
        open_socket(flags(**changes))


def test_the_address_to_type():
    with open_socket(flags(port=0, listen=True)) as sock:
        port = sock.getsockname()[1]
        assert address_of(sock, flags(subpath="/easel/")) == f"http://127.0.0.1:{port}/easel"
