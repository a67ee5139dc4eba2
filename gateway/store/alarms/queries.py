"""Queries for alarms."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, or_, select, tuple_

from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.lifecycle import State
from gateway.core.kernel.subjects import Subject
from gateway.store.alarms.tables import alarm_of, alarms, urgency
from gateway.store.database import Database
from gateway.store.paging import Page, matching
from gateway.store.rows import page_of, understood


def find_alarms(
    database: Database,
    page: Page,
    *,
    states: Sequence[State],
    subject: Subject | None = None,
    groups: Collection[tuple[str, Subject]] = (),
    subjects: Collection[Subject] | None = None,
    rule: str | None = None,
    severity: str | None = None,
    most_urgent_first: bool = False,
) -> list[AlarmRecord]:
    """Alarms in one of `states`, the latest raise first.

    Args:
        page: cut by `latest_raise`, or by `urgency`.
        groups: of these rules on these groups, beside those about `subject`.
        subjects: only about one of these.
        most_urgent_first: by their urgency in place of their latest raise. All of them are sorted for it, so it is for
            those that stand.
    """
    columns = alarms.c
    order: ColumnElement[int] = urgency if most_urgent_first else alarms.c.latest_raise
    query = select(alarms, urgency) if most_urgent_first else select(alarms)
    if len(states) < len(State):  # else the index on `latest_raise` gives a page without sorting all alarms
        query = query.where(columns.state.in_([state.value for state in states]))
    if subjects is not None:
        query = query.where(columns.subject.in_([str(each) for each in subjects]))
    about = str(subject) if subject is not None else None
    if groups:
        pairs = [(group_rule, str(group)) for group_rule, group in groups]
        query = query.where(or_(columns.subject == about, tuple_(columns.rule, columns.subject).in_(pairs)))
        about = None
    wanted = {columns.subject: about, columns.rule: rule, columns.severity: severity}
    query = matching(query, wanted)
    return page_of(database, query, order, page, alarm_of, table="alarms", key="number")


def find_alarm(database: Database, number: int) -> AlarmRecord | None:
    """The alarm of this number, standing or closed; None when there is none, or its row is damaged."""
    with database.reading() as connection:
        rows = connection.execute(select(alarms).where(alarms.c.number == number)).mappings()
        return next(understood(database, "alarms", "number", rows, alarm_of), None)
