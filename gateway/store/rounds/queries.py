"""Queries for scans."""

from __future__ import annotations

from sqlalchemy import select

from gateway.core.rounds.scans import Scan
from gateway.store.database import Database
from gateway.store.paging import Page, matching, paged
from gateway.store.rounds.tables import scans


def find_scans(database: Database, page: Page, *, device: str | None = None, uid: str | None = None) -> list[Scan]:
    """Scans in the order in which they came in, newest first."""
    query = matching(select(scans), {scans.c.device: device, scans.c.uid: uid})
    with database.reading() as connection:
        return [Scan(**row) for row in connection.execute(paged(query, scans.c.number, page)).mappings()]
