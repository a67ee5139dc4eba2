"""Times that people give: those without an offset are of the site's time zone."""

from __future__ import annotations

from datetime import datetime

import typer

from gateway.client.connection import Connection
from gateway.client.tables import SiteTime


def checked_time(text: str | None) -> str | None:
    """A check before anything is sent, as the gateway would ask for an offset.

    Raises:
        typer.BadParameter: it is no time.
    """
    if text is not None and _time(text) is None:
        raise typer.BadParameter(f"{text!r} is not a time: write one such as 2026-12-01T18:00")
    return text


def at_site(gateway: Connection, text: str) -> str:
    """The time with its offset. What is no time, such as `now`, stays as it is."""
    time = _time(text)
    if time is None or time.tzinfo is not None:
        return text
    return SiteTime(gateway.get("/site")).of_site(time).isoformat()


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
