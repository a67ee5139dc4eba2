"""Queries for scans."""

from __future__ import annotations

from functools import partial

from sqlalchemy import select

from gateway.core.rounds.scans import Scan
from gateway.store.database import Database
from gateway.store.paging import Page, matching
from gateway.store.rounds.tables import scans
from gateway.store.rows import checked, page_of


def find_scans(database: Database, page: Page, *, device: str | None = None, uid: str | None = None) -> list[Scan]:
    """Scans in the order in which they came in, newest first."""
    query = matching(select(scans), {scans.c.device: device, scans.c.uid: uid})
    return page_of(database, query, scans.c.number, page, partial(checked, Scan), table="scans", key="number")
