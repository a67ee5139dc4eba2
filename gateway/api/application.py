"""Assembles the API."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi_offline import FastAPIOffline

from gateway import __version__
from gateway.api import health, metrics, people, photos, site
from gateway.api.problems import answer_errors
from gateway.api.protection import Protection
from gateway.api.services import Services

_DESCRIPTION = """\
Devices and their latest values, series, alarms, tickets, tag scans, people on duty, and rejected messages.

Times are ISO 8601 in UTC. An error is answered with `{"detail": "…"}`, which says why.
Lists are newest first; `next_before` of one page is `before` of the next, and null on the last.
"""


def create_api(services: Services, routers: Iterable[APIRouter]) -> FastAPI:
    """The application; nothing is started. Its pages of documentation need no internet.

    Args:
        routers: the endpoints of the parts, below /api/v1.
    """
    app = FastAPIOffline(
        docs_url="/docs",
        redoc_url=None,
        title="facility-gateway",
        version=__version__,
        description=_DESCRIPTION,
    )
    app.state.services = services
    app.add_middleware(Protection, hosts=services.hosts)
    answer_errors(app)
    _describe_in_thread(app)
    v1 = APIRouter(prefix="/api/v1")
    for router in (site.router, people.router, photos.router, *routers):
        v1.include_router(router)
    app.include_router(v1)
    app.include_router(health.router)
    app.include_router(metrics.router)

    @app.get("/", include_in_schema=False)
    async def index() -> RedirectResponse:
        return RedirectResponse("/docs")

    return app


def _describe_in_thread(app: FastAPI) -> None:
    """Make the schema in a worker thread: it takes 0.1 s, once, for which FastAPI would hold up the event loop."""
    path = app.openapi_url or ""
    app.router.routes[:] = [route for route in app.router.routes if getattr(route, "path", "") != path]

    @app.get(path, include_in_schema=False)
    def schema() -> Response:
        return JSONResponse(app.openapi())
