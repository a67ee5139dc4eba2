"""The socket at which the API is served. It is opened first of all: where that fails, nothing has been started."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import socket
from collections.abc import Iterator

from gateway.errors import SettingsError
from gateway.settings import Settings


@contextlib.contextmanager
def listening(settings: Settings) -> Iterator[socket.socket]:
    """A socket that listens where the settings say.

    Raises:
        SettingsError: the address is taken or not of this machine.
    """
    host, port = settings.http_address
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    with listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen()
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            why = "another program, perhaps another gateway, uses this port" if taken else error.strerror
            message = f"cannot serve HTTP on {settings.http}: {why}; choose another address with --http HOST:PORT"
            raise SettingsError(message) from error
        yield listener


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the API at this host."""
    return host == "localhost" or ((host[0].isdigit() or ":" in host) and ipaddress.ip_address(host).is_loopback)
