"""Queries for notices."""

from __future__ import annotations

from sqlalchemy import Connection, select

from gateway.core.notices.notice import Notice
from gateway.store.database import Database
from gateway.store.notices.tables import notice_alarms, notices, record_of
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
        alarm: those that tell of this alarm, also among others.
    """
    wanted = {notices.c.state: state, notices.c.person: person, notices.c.about: about, notices.c.key: key}
    query, number = matching(select(notices), wanted), notices.c.number
    if alarm is not None:
        number = notice_alarms.c.notice
        tell_of_it = notice_alarms.c.alarm == alarm, notices.c.alarms.like(f"%,{alarm},%")
        query = query.add_columns(number).join(notice_alarms, number == notices.c.number).where(*tell_of_it)
    return page_of(database, query, number, page, record_of, table="notices", key="number")


def find_notice(database: Database, number: int) -> Notice | None:
    """The notice of this number; None when there is none, or its row is damaged."""
    with database.reading() as connection:
        rows = connection.execute(select(notices).where(notices.c.number == number)).mappings()
        return next(understood(database, "notices", "number", rows, record_of), None)


def notices_about(connection: Connection, alarm: int, most: int) -> list[int]:
    """The numbers of the latest notices that tell of this alarm, or were to."""
    number = notice_alarms.c.notice
    return [
        *connection.scalars(select(number).where(notice_alarms.c.alarm == alarm).order_by(number.desc()).limit(most))
    ]
