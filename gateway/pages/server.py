"""Serves the pages to anybody who reaches them, so that none of it can use up what the rest of the gateway needs.

uvicorn speaks HTTP on each connection. The connections are accepted here: each is one request with one deadline, and
there are only so many, in the handshake of TLS as well. A process can open some thousand files and connections, and
the store and the broker need theirs.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import ssl
from collections import Counter
from collections.abc import Callable
from functools import partial

import structlog
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from gateway.pages.limits import Allowance, network_of
from gateway.serving import Server

log = structlog.get_logger()

MOST_CONNECTIONS = 200
MOST_OF_ONE_ADDRESS = 50
"""A building whose phones share one address has fewer at once: a page is one short connection."""
HANDSHAKE_WITHIN_S = 15.0
REQUEST_WITHIN_S = 15.0
"""From the connection to the end of the request's headers."""
ANSWERED_WITHIN_S = 180.0
"""From the connection to the end of the answer: 40 MB of photos at 2 Mbit/s."""
_LARGEST_HEADERS = 16 * 1024
_REST_S = 1.0

_PACE_S = 0.025
"""Between two connections. A handshake costs the event loop a millisecond or two, which alarms wait for."""

_OUT_OF = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_GONE = frozenset(
    {
        *(errno.ECONNABORTED, errno.EPROTO, errno.ENETDOWN, errno.ENOPROTOOPT, errno.EHOSTDOWN, errno.EHOSTUNREACH),
        *(errno.EOPNOTSUPP, errno.ENETUNREACH),
    }
)
"""Who has connected is gone again, or cannot be reached: accept(2) names these."""

_PROTOCOL_LOG = logging.getLogger("gateway.pages.protocol")


class PageServer:
    """Serves an application, anew each time that it is asked to."""

    def __init__(
        self,
        application: ASGIApp,
        *,
        context: Callable[[], ssl.SSLContext | None] = lambda: None,
        behind_proxy: bool = False,
        allowance: Allowance | None = None,
        request_within_s: float = REQUEST_WITHIN_S,
        answered_within_s: float = ANSWERED_WITHIN_S,
    ) -> None:
        """
        Args:
            context: what the next connection is encrypted with; None for plain HTTP.
            behind_proxy: whether all connections are of one proxy, which the limits of one address are not for.
            allowance: of connections of one address; twice as many as the requests that the guard allows, unless given.
        """
        self._application = application
        self._context = context
        self._behind_proxy = behind_proxy
        self._allowance = allowance or Allowance(120, 0.5)
        self._request_within_s = request_within_s
        self._answered_within_s = answered_within_s
        self._server: Server | None = None
        self._connections: dict[asyncio.Task[None], str] = {}

    async def serve(self, listener: socket.socket) -> None:
        """Serve until `stop`. Where this dies, those who connect wait at the listener for the next call."""
        listener.setblocking(False)
        _PROTOCOL_LOG.setLevel(logging.ERROR)  # what strangers send is no matter for the log
        config = uvicorn.Config(
            self._application,
            http=_Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            h11_max_incomplete_event_size=_LARGEST_HEADERS,
        )
        config.load()
        self._server = server = Server(config)
        accepting = asyncio.create_task(self._accept(listener, config, server), name="pages: accepting")
        running = asyncio.create_task(server.serve(sockets=[]), name="pages: running")
        try:
            done, _ = await asyncio.wait({accepting, running}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            left = [accepting, running, *self._connections]
            for each in left:
                each.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    def stop(self) -> None:
        """Answer what was asked, and end."""
        if self._server is not None:
            self._server.should_exit = True

    async def _accept(self, listener: socket.socket, config: uvicorn.Config, server: Server) -> None:
        loop = asyncio.get_running_loop()
        make = partial(_Connection, config=config, server_state=server.server_state, app_state={})
        is_out = False
        while True:
            try:
                connected, peer = await loop.sock_accept(listener)
            except OSError as error:
                if error.errno in _GONE:
                    continue
                if error.errno not in _OUT_OF:
                    raise
                if not is_out:
                    log.warning("the pages cannot accept connections", error=error.strerror)
                is_out = True
                await asyncio.sleep(_REST_S)
                continue
            is_out = False
            address = network_of(str(peer[0]))
            if self._is_too_much(address):
                connected.close()
                continue
            task = asyncio.create_task(self._attend(connected, make), name="pages: connection")
            self._connections[task] = address
            task.add_done_callback(self._connections.pop)
            await asyncio.sleep(_PACE_S)

    def _is_too_much(self, address: str) -> bool:
        """Whether this address, or all together, have connections enough."""
        if len(self._connections) >= MOST_CONNECTIONS:
            return True
        if self._behind_proxy:
            return False
        of_one = Counter(self._connections.values())[address]
        return of_one >= MOST_OF_ONE_ADDRESS or self._allowance.take(address) > 0

    async def _attend(self, connected: socket.socket, make: Callable[[], _Connection]) -> None:
        """Speak with one who has connected, until the deadline."""
        loop = asyncio.get_running_loop()
        context, connection = self._context(), make()
        try:
            await loop.connect_accepted_socket(
                lambda: connection,
                connected,
                ssl=context,
                ssl_handshake_timeout=None if context is None else HANDSHAKE_WITHIN_S,
            )
        except OSError as error:  # no TLS, or none that both know: most often a program that tries all ports
            log.debug("no connection to the pages", error=str(error))
            return
        asked = loop.call_later(self._request_within_s, connection.give_up)
        try:
            async with asyncio.timeout(self._answered_within_s):
                await connection.ended.wait()
        except TimeoutError:
            log.debug("a connection to the pages took too long")
        finally:
            asked.cancel()
            connection.transport.abort()


class _Connection(H11Protocol):
    """One connection, and when it has ended."""

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: uvicorn.server.ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.logger = _PROTOCOL_LOG
        self.ended = asyncio.Event()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.ended.set()

    def give_up(self) -> None:
        """End where no request has come."""
        if not self._is_asked:
            self.transport.abort()

    @property
    def _is_asked(self) -> bool:
        return bool(self.scope)
