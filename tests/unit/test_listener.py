"""The sockets at which the gateway serves."""

from __future__ import annotations

import socket

import pytest

from gateway.errors import SettingsError
from gateway.listener import is_loopback, listening
from tests.servers import HOST


def test_a_socket_listens_until_its_with_ends() -> None:
    with listening(HOST, 0, how="the setting pages") as listener:
        address = listener.getsockname()
        with socket.create_connection(address):
            pass
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)


def test_an_address_that_is_taken_is_told_with_how_to_choose_another() -> None:
    with listening(HOST, 0, how="--http HOST:PORT") as listener:
        port = listener.getsockname()[1]
        sentence = (
            f"cannot serve HTTP on {HOST}:{port}: another program, perhaps another gateway, uses this port; "
            "choose another address with --http HOST:PORT"
        )
        with pytest.raises(SettingsError, match=f"^{sentence}$"), listening(HOST, port, how="--http HOST:PORT"):
            pass


def test_an_address_of_another_machine_is_told() -> None:
    with (
        pytest.raises(SettingsError, match=r"cannot serve HTTP on \[2001:db8::1\]:80: .*; choose another address"),
        listening("2001:db8::1", 80, how="the setting pages"),
    ):
        pass


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        *(("127.0.0.1", True), ("127.1.2.3", True), ("::1", True), ("localhost", True)),
        *(("0.0.0.0", False), ("::", False), ("192.168.1.20", False), ("gateway.example.org", False)),
    ],
)
def test_what_only_this_machine_reaches(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
