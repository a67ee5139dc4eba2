"""Queries for notices."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, or_, select

from gateway.core.notices.notice import Notice
from gateway.store.database import Database
from gateway.store.notices.tables import notices, record_of
from gateway.store.paging import Page, matching
from gateway.store.rows import page_of, understood


def find_notices(
    database: Database,
    page: Page,
    *,
    state: str | None = None,
    person: str | None = None,
    about: str | None = None,
    alarm: int | None = None,
    key: str | None = None,
) -> list[Notice]:
    """Notices, the newest first, of all that is given; None matches any.

    Args:
        about: a subject as `kind:id`.
        alarm: also those that tell of this alarm among others.
    """
    wanted = {notices.c.state: state, notices.c.person: person, notices.c.about: about, notices.c.key: key}
    query = matching(select(notices), wanted)
    if alarm is not None:
        query = query.where(_is_about(alarm))
    return page_of(database, query, notices.c.number, page, record_of, table="notices", key="number")


def find_notice(database: Database, number: int) -> Notice | None:
    """The notice of this number; None when there is none, or its row is damaged."""
    with database.reading() as connection:
        rows = connection.execute(select(notices).where(notices.c.number == number)).mappings()
        return next(understood(database, "notices", "number", rows, record_of), None)


def notices_about(connection: Connection, alarm: int, most: int) -> list[int]:
    """The numbers of the latest notices about this alarm."""
    query = select(notices.c.number).where(_is_about(alarm)).order_by(notices.c.number.desc()).limit(most)
    return [*connection.scalars(query)]


def _is_about(alarm: int) -> ColumnElement[bool]:
    return or_(notices.c.about == f"alarm:{alarm}", notices.c.alarms.like(f"%,{alarm},%"))
