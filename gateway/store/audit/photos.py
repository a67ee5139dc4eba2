"""The photos that the audit trail refers to: of tickets and of answers in checklists."""

from __future__ import annotations

import re

from sqlalchemy import func, select

from gateway.store.audit.tables import events
from gateway.store.database import Database

_AT_ONCE = 50_000
"""Records that are looked at in one read: a reader that stays keeps the store from being tidied."""
_PHOTO = re.compile(r'"photo":"([0-9a-f]{64})"')


def used_photos(database: Database, after: int) -> tuple[set[str], int]:
    """The hashes of photos in the records after the one of this number, and the number of the latest record. Called in
    a thread: a million records take some seconds.

    Raises:
        StoreError: it cannot be read.
    """
    columns, found = events.c, set[str]()
    with database.reading() as connection:
        latest = connection.scalar(select(func.max(columns.number))) or 0
    for start in range(after, latest, _AT_ONCE):
        of_these = columns.number.between(start + 1, min(start + _AT_ONCE, latest))
        with database.reading() as connection:
            for text in connection.scalars(select(columns.data).where(of_these, columns.data.like('%"photo":"%'))):
                found.update(_PHOTO.findall(text))
    return found, latest
