"""Assembles the pages."""

from __future__ import annotations

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from gateway.errors import LinkCutOff, LinkExpired, LinkInvalid, PersonLeft, StoreError
from gateway.pages.forms import FormKeys
from gateway.pages.guard import LONGEST_REPORT, Guard, Limits
from gateway.pages.languages import language_of
from gateway.pages.link_pages import LinkPages
from gateway.pages.ports import PagePorts
from gateway.pages.rendering import Renderer
from gateway.pages.report_pages import ReportPages
from gateway.pages.wording import Words

log = structlog.get_logger()


def create_pages(
    ports: PagePorts, *, secret: bytes, behind_proxy: bool = False, limits: Limits | None = None
) -> ASGIApp:
    """The application; nothing is started.

    Args:
        secret: signs the forms.
        behind_proxy: whether only a proxy reaches the pages, which says who asks.
    """
    renderer = Renderer(ports.site)
    links, reports = LinkPages(ports, renderer), ReportPages(ports, renderer, FormKeys(secret))
    problems = _Problems(ports, renderer)
    app = Starlette(
        routes=[
            Route("/l/{token}", links.show, methods=["GET"]),
            Route("/l/{token}", links.press, methods=["POST"]),
            Route("/r/t/{token}", reports.track, methods=["GET"]),
            Route("/r/t/{token}", reports.answer, methods=["POST"]),
            Route("/r/t/{token}/{photo:int}", reports.photo, methods=["GET"]),
            Route("/r/{place}", reports.form, methods=["GET"]),
            Route("/r/{place}", reports.send, methods=["POST"]),
        ],
        exception_handlers={
            LinkExpired: problems.expired,
            LinkInvalid: problems.invalid,
            StoreError: problems.of_store,
            OSError: problems.of_disk,
            HTTPException: problems.of_http,
            Exception: problems.unexpected,
        },
    )
    app.router.redirect_slashes = False
    return Guard(
        app,
        renderer=renderer,
        language=ports.site.header.language,
        behind_proxy=behind_proxy,
        limits=limits or Limits(),
    )


class _Problems:
    """The pages of errors: each says what is wrong and what to do."""

    def __init__(self, ports: PagePorts, renderer: Renderer) -> None:
        self._ports = ports
        self._renderer = renderer

    async def expired(self, request: Request, error: Exception) -> Response:
        """A link that was valid once."""
        until = self._renderer.local(error.expired_at) if isinstance(error, LinkExpired) else ""
        return self._renderer.problem(self._words(request), "expired", status=410, time=until)

    async def invalid(self, request: Request, error: Exception) -> Response:
        """A link that this gateway has not made, or not so."""
        key = "cut_off" if isinstance(error, LinkCutOff) else "foreign"
        key = "person_left" if isinstance(error, PersonLeft) else key
        return self._renderer.problem(self._words(request), key, status=403)

    async def of_store(self, request: Request, _error: Exception) -> Response:
        """The store cannot be read or written."""
        return self._renderer.problem(self._words(request), "store", status=503)

    async def of_disk(self, request: Request, error: Exception) -> Response:
        """What is being sent cannot be kept until it is read, most often because the disk is full."""
        log.warning("the pages cannot keep what is being sent", error=str(error))
        return self._renderer.problem(self._words(request), "no_room", status=503)

    async def of_http(self, request: Request, error: Exception) -> Response:
        """No page, or a form that cannot be read."""
        status = error.status_code if isinstance(error, HTTPException) else 400
        if status == 413:
            megabytes = LONGEST_REPORT // 2**20
            return self._renderer.problem(self._words(request), "too_large", status=413, megabytes=megabytes)
        key = "unreadable" if status in (400, 408) else "nothing"
        return self._renderer.problem(self._words(request), key, status=status)

    async def unexpected(self, request: Request, _error: Exception) -> Response:
        """An error of the program; it is in the log."""
        return self._renderer.problem(self._words(request), "store", status=500)

    def _words(self, request: Request) -> Words:
        return Words(language_of(request, self._ports.site.header.language))
