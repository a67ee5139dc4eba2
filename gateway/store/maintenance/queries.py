"""Queries for maintenance that people have begun."""

from __future__ import annotations

from sqlalchemy import select

from gateway.core.alarms.maintenance_actions import MaintenanceRecord
from gateway.store.database import Database
from gateway.store.maintenance.tables import maintenance, record_of
from gateway.store.paging import Page
from gateway.store.rows import page_of, understood


def find_maintenance(database: Database, page: Page, *, ended: bool) -> list[MaintenanceRecord]:
    """Maintenance, newest first: that which lasts, or with `ended` also what is over."""
    query = select(maintenance)
    if not ended:
        query = query.where(maintenance.c.ended_at.is_(None))
    return page_of(database, query, maintenance.c.number, page, record_of, table="maintenance", key="number")


def find_one(database: Database, number: int) -> MaintenanceRecord | None:
    """The maintenance of this number; None when there is none, or its row is damaged."""
    with database.reading() as connection:
        rows = connection.execute(select(maintenance).where(maintenance.c.number == number)).mappings()
        return next(understood(database, "maintenance", "number", rows, record_of), None)
