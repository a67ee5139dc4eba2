"""The sockets at which the gateway serves. They are opened first of all: where that fails, nothing has been started."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import socket
from collections.abc import Iterator

from gateway.errors import SettingsError


@contextlib.contextmanager
def listening(host: str, port: int, *, how: str) -> Iterator[socket.socket]:
    """A socket that listens at this host and port.

    Args:
        how: to choose another address, such as `--http HOST:PORT`.

    Raises:
        SettingsError: the address is taken or not of this machine.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    with listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen()
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            why = "another program, perhaps another gateway, uses this port" if taken else error.strerror
            address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            raise SettingsError(f"cannot serve HTTP on {address}: {why}; choose another address with {how}") from error
        yield listener


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what is served at this host."""
    return host == "localhost" or ((host[0].isdigit() or ":" in host) and ipaddress.ip_address(host).is_loopback)
