"""Stands before the pages: what is too much, too large or from elsewhere goes no further."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.core.kernel.texts import Language
from gateway.pages.languages import language_of
from gateway.pages.limits import Allowance, address_of
from gateway.pages.rendering import Renderer
from gateway.pages.wording import Words

ROOMS = ("/l/", "/r/", "/t/")
"""Links, reports and tags: nothing else is served here."""
LONGEST_BODY = 16 * 1024
"""Bytes of what a page of a link sends."""
LONGEST_REPORT = 40 * 2**20
"""Bytes of a report with its photos. They go to files while they come in, so this is no matter of memory."""
LONGEST_TEXT_ALONE = 64 * 1024
"""Bytes of a report that waits for nobody: it has no photo."""
TEXT_WITHIN_S = 30.0
"""For a body without photos. One that trickles in would hold one of few connections until its deadline."""
UPLOADS_AT_ONCE, UPLOADS_OF_ONE = 8, 4
"""Reports with photos that are being sent, in all and of one address: they lie on the disk meanwhile."""

WAIT = "gateway.pages.wait"
"""Of the scope of a report without photos that is one too many: the seconds to wait."""

_LONGEST_LENGTH = 10
"""Digits of a Content-Length; as many are too many bytes, whatever they are."""
_METHODS = frozenset({"GET", "HEAD", "POST"})
_UTF_8 = r'(;\s*charset="?utf-8"?)?'
_FORM = re.compile(
    rf"application/x-www-form-urlencoded{_UTF_8}"
    rf"|multipart/form-data{_UTF_8};\s*boundary=[-\w'()+,./:=?\" ]+{_UTF_8}",
    re.ASCII | re.IGNORECASE,
)
"""What browsers send. Any other charset is refused: some that Python knows take hours to decode a megabyte."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one address may ask for, and for reports all together."""

    requests: Allowance = field(default_factory=lambda: Allowance(60, 1.0))
    """A person opens a few pages a minute; a whole building may share one address."""
    reports: Allowance = field(default_factory=lambda: Allowance(20, 60.0))
    all_reports: Allowance = field(default_factory=lambda: Allowance(60, 30.0))


class Guard:
    """An ASGI middleware. It also puts the headers on each answer that keep a page to itself."""

    def __init__(
        self, app: ASGIApp, *, renderer: Renderer, language: Language, behind_proxy: bool, limits: Limits
    ) -> None:
        self._app = app
        self._renderer = renderer
        self._language = language
        self._behind_proxy = behind_proxy
        self._limits = limits
        self._uploads: list[str] = []
        """The addresses of those who are sending photos."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, or pass it on."""
        if scope["type"] != "http":
            raise RuntimeError("the pages speak HTTP alone")
        send = self._hardened(send)
        if (refusal := self._refusal(scope)) is not None:
            await refusal(scope, receive, send)
        elif not _is_report(scope):
            await self._app(scope, _bounded(receive, LONGEST_BODY, TEXT_WITHIN_S), send)
        elif _is_short(scope):
            await self._app(scope, _bounded(receive, LONGEST_TEXT_ALONE, TEXT_WITHIN_S), send)
        else:
            await self._pass_upload(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        """Why nothing is read of this request; None where it may go on."""
        words = self._words(scope)
        method, path = scope["method"], scope["path"]
        address = address_of(scope, behind_proxy=self._behind_proxy)
        if wait := self._limits.requests.take(address):
            return self._too_many(words, wait)
        if not path.startswith(ROOMS):
            return self._renderer.problem(words, "nothing", status=404)
        if method not in _METHODS:
            answer = self._renderer.page(
                "problem.html", words, status=405, title=words("nothing_title"), sentence=words("method")
            )
            answer.headers["Allow"] = "GET, HEAD, POST"
            return answer
        if method != "POST":
            return None
        # A page of another site that posts here. Browsers give no `Origin` with our policy of no referrer.
        if Headers(scope=scope).get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return self._renderer.problem(words, "other_site", status=403)
        kinds = Headers(scope=scope).getlist("content-type")
        if len(kinds) > 1 or (kinds and not _FORM.fullmatch(kinds[0].strip())):
            return self._renderer.problem(words, "unreadable", status=400)
        if _is_report(scope) and (wait := self._reports(address)):
            if not _is_short(scope):
                return self._too_many(words, wait)
            scope[WAIT] = wait  # the page gives back what was written
        return None

    def _reports(self, address: str) -> int:
        return self._limits.reports.take(address) or self._limits.all_reports.take("")

    async def _pass_upload(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a report with photos on, as long as not too many are being sent. One without them is never held up."""
        address = address_of(scope, behind_proxy=self._behind_proxy)
        if len(self._uploads) >= UPLOADS_AT_ONCE or self._uploads.count(address) >= UPLOADS_OF_ONE:
            await self._renderer.problem(self._words(scope), "busy", status=503)(scope, receive, send)
            return
        self._uploads.append(address)
        try:
            await self._app(scope, _bounded(receive, LONGEST_REPORT), send)
        finally:
            self._uploads.remove(address)

    def _too_many(self, words: Words, wait: int) -> Response:
        answer = self._renderer.problem(words, "too_many", status=429, seconds=wait)
        answer.headers["Retry-After"] = str(wait)
        return answer

    def _words(self, scope: Scope) -> Words:
        return Words(language_of(Request(scope), self._language))

    def _hardened(self, send: Send) -> Send:
        async def send_hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = self._renderer.policy
                headers["X-Content-Type-Options"] = "nosniff"
                headers["X-Frame-Options"] = "DENY"
                headers["Referrer-Policy"] = "no-referrer"
                headers["Cache-Control"] = "no-store"
                headers["X-Robots-Tag"] = "noindex, nofollow"
                headers["Cross-Origin-Opener-Policy"] = "same-origin"
                headers["Connection"] = "close"  # each connection has one request, so each has one deadline
            await send(message)

        return send_hardened


def _is_report(scope: Scope) -> bool:
    """Whether a form of a place is sent. The pages that follow a report are links: they have no more than a comment."""
    path = scope["path"]
    return scope["method"] == "POST" and path.startswith("/r/") and not path.startswith("/r/t/")


def _is_short(scope: Scope) -> bool:
    """Whether a request has no more than a text: it says so, or its kind has no files."""
    headers = Headers(scope=scope)
    if not headers.get("content-type", "").lower().startswith("multipart/"):
        return True
    length = headers.get("content-length", "")
    return length.isascii() and length.isdigit() and len(length) < _LONGEST_LENGTH and int(length) <= LONGEST_TEXT_ALONE


def _bounded(receive: Receive, longest: int, within_s: float | None = None) -> Receive:
    """The body up to so many bytes; beyond that the application has a 413. The rest is read and thrown away, for a
    browser that still sends would not read the answer. A body that takes too long is a 408."""
    size = 0
    until = None if within_s is None else asyncio.get_running_loop().time() + within_s

    async def receive_bounded() -> Message:
        nonlocal size
        try:
            async with asyncio.timeout_at(until):
                message = await receive()
        except TimeoutError as error:
            raise HTTPException(408) from error
        size += len(message.get("body", b""))
        if size > longest:
            while message.get("more_body", False):
                message = await receive()
            raise HTTPException(413)
        return message

    return receive_bounded
