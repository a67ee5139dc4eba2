"""A TCP proxy that can stop passing anything on without closing, as a failing firewall or a dead radio link does."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from tests.servers import HOST


class StallingProxy:
    """Passes connections to `port` on to the upstream, both ways."""

    def __init__(self, upstream_port: int) -> None:
        self._upstream_port = upstream_port
        self._flowing = threading.Event()
        self._flowing.set()
        self._listener = socket.create_server((HOST, 0))
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.port: int = self._listener.getsockname()[1]

    def stall(self) -> None:
        """Pass nothing on from now on. Both ends still believe in their connections."""
        self._flowing.clear()

    def flow(self) -> None:
        """Pass on again, first what came in the meantime."""
        self._flowing.set()

    def cut(self) -> None:
        """Reset all connections, on both sides."""
        for sock in self._sockets:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                sock.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        self._run(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self.cut()
        self._flowing.set()
        for thread in self._threads:
            thread.join(10)
        for sock in (self._listener, *self._sockets):
            sock.close()

    def _run(self, target: Callable[..., None], *args: socket.socket) -> None:
        thread = threading.Thread(target=target, args=args, name="stalling proxy", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # the listener was shut down
            while True:
                downstream, _ = self._listener.accept()
                self._sockets.append(downstream)
                self._flowing.wait()
                try:
                    upstream = socket.create_connection((HOST, self._upstream_port))
                except ConnectionRefusedError:
                    downstream.shutdown(socket.SHUT_RDWR)
                    continue
                self._sockets.append(upstream)
                self._run(self._pump, downstream, upstream)
                self._run(self._pump, upstream, downstream)

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):  # one of the two was cut
            while data := source.recv(1 << 16):
                self._flowing.wait()
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)
