"""The HTTP server of the API: uvicorn on a socket that outlives it."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp


class Server(uvicorn.Server):
    """uvicorn without signal handlers: the command line handles signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class HttpServer:
    """Serves an application, anew each time that it is asked to."""

    def __init__(self, application: ASGIApp) -> None:
        self._application = application
        self._server = self._make()

    async def serve(self, listener: socket.socket) -> None:
        """Serve until `stop`. Where the server dies, those who connect wait at the listener for the next one."""
        server = self._server
        with listener.dup() as mine:  # uvicorn closes it
            try:
                await server.serve([mine])
            finally:
                for each in getattr(server, "servers", ()):  # those of a server that died still listen
                    each.close()
                self._server = self._make()

    def stop(self) -> None:
        """Answer what was asked, and end."""
        self._server.should_exit = True

    def _make(self) -> Server:
        return Server(uvicorn.Config(self._application, log_level="warning", lifespan="off", access_log=False))
