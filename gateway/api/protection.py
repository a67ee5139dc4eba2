"""Protects the API from foreign web pages: it has no accounts yet, and browsers on the site can reach it."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.api.problems import problem
from gateway.photos import LARGEST_BYTES

LONGEST_BODY = 64 * 1024
"""Bytes of a request. Real ones are far shorter, and the whole body is in memory before it is checked."""

_OF_FILES = {"/api/v1/photos": LARGEST_BYTES}
"""Bytes of requests whose body is a file, by path."""
_LONGEST_LENGTH = 9
"""Digits of a Content-Length; more are too many bytes, whatever they are."""

_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class Protection:
    """An ASGI middleware that refuses requests which only a foreign page would send.

    A page whose domain points here (DNS rebinding) asks for a `Host` that is not the gateway's: 421. Names without a
    dot do not exist on the internet, so they are as safe as an address. A page that posts from another origin names it
    in `Origin`: 403. Answers it cannot read anyway, for the API sends no CORS headers.
    """

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, or pass it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        if host and not self._is_ours(host):
            detail = f"this gateway is not {host!r}: use its IP address, a name without a dot, or one of http_hosts"
            await problem(421, detail)(scope, receive, send)
        elif origin is not None and scope["method"] not in _READING and urlsplit(origin).netloc != host:
            await problem(403, f"a page of {origin} may not do this")(scope, receive, send)
        elif scope["method"] in _READING:
            await self._app(scope, receive, _hardened(send))
        else:
            longest = _OF_FILES.get(scope["path"], LONGEST_BODY)
            if _is_too_long(headers, longest) or (body := await _read_body(receive, longest)) is None:
                await problem(413, f"the body is too long: at most {longest} bytes")(scope, receive, send)
            else:
                await self._app(scope, _replayed(body, receive), _hardened(send))

    def _is_ours(self, host: str) -> bool:
        try:
            name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        except ValueError:
            return False
        if "." not in name and ":" not in name:
            return bool(name)
        if name in self._hosts or name.endswith(".localhost"):
            return True
        try:
            ip_address(name.partition("%")[0])
        except ValueError:
            return False
        return True


def _is_too_long(headers: Headers, longest: int) -> bool:
    """Whether a body says so of itself. One without a length may be chunked, or there is none."""
    length = headers.get("content-length", "")
    return length.isascii() and length.isdigit() and (len(length) > _LONGEST_LENGTH or int(length) > longest)


async def _read_body(receive: Receive, longest: int) -> list[Message] | None:
    """The messages of the whole body, up to the client's disconnect if it comes first; None if it is too long."""
    messages, size = [], 0
    while True:
        message = await receive()
        size += len(message.get("body", b""))
        if size > longest:
            return None
        messages.append(message)
        if message["type"] != "http.request" or not message.get("more_body", False):
            return messages


def _replayed(messages: list[Message], receive: Receive) -> Receive:
    left = iter(messages)

    async def receive_again() -> Message:
        for message in left:
            return message
        return await receive()

    return receive_again


def _hardened(send: Send) -> Send:
    async def send_hardened(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["X-Content-Type-Options"] = "nosniff"
            headers["X-Frame-Options"] = "DENY"
            headers.setdefault("Cache-Control", "no-cache")
        await send(message)

    return send_hardened
