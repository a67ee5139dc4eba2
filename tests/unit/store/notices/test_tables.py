"""Notices in the store: what is read again after a restart, and what is listed."""

from __future__ import annotations

import msgspec
from sqlalchemy import text

from gateway import parts
from gateway.core.kernel.changes import Changes
from gateway.core.notices.notice import Notice, NoticeState
from gateway.core.notices.part import Notices
from gateway.core.notices.requests import Urgency
from gateway.core.notices.rows import NoticeChanges
from gateway.core.notices.watch import Escalation, Told, WatchRecord
from gateway.core.notices.ways import Channel, Way
from gateway.store.database import Database
from gateway.store.notices.queries import find_notice, find_notices
from gateway.store.notices.tables import TABLES, load
from gateway.store.paging import Page
from gateway.store.tables import pieces_of
from gateway.store.writer import Writer
from tests.unit.channels.test_notifier import NOTICE

OVER = msgspec.structs.replace(
    NOTICE, number=2, state=NoticeState.DELIVERED, ended_at=9, key="alarm:5/9/over", person=None, obsolete=(5,)
)
WATCH = WatchRecord(
    5, 9, 70, (Told("ann", Way(Channel.SMS, "1"), Urgency.WAKE),), (Escalation("abc", 1, 0, 70, ("ann",)),)
)
TROUBLE = ("notices-fail", "ann")


def commit(database: Database, *changes: NoticeChanges) -> None:
    Writer(database, parts.tables()).commit([Changes({Notices.name: each}) for each in changes])


def test_what_is_open_is_read_again_as_it_was_with_the_keys_of_all(database: Database) -> None:
    commit(
        database,
        NoticeChanges((NOTICE, OVER), {5: WATCH, 6: WATCH}, {"proof": 7}, {TROUBLE: "no answer"}),
        NoticeChanges(watches={6: None}),
    )
    rows = load(database)
    assert rows.notices == (NOTICE,)
    assert rows.watches == (WATCH,)
    assert (rows.times, rows.troubles) == ({"proof": 7}, {TROUBLE: "no answer"})
    assert rows.keys == (
        ("alarm:5/9/ann", "alarm:5/9/ann/email:ann@example.org", False),
        ("alarm:5/9/over", "alarm:5/9/over/email:ann@example.org", True),
    )
    commit(database, NoticeChanges(troubles={TROUBLE: None}))
    assert load(database).troubles == {}


def test_they_are_listed_by_state_person_and_alarm_newest_first(database: Database) -> None:
    third = msgspec.structs.replace(
        NOTICE, number=3, items=(*NOTICE.items, msgspec.structs.replace(NOTICE.items[0], alarm=15))
    )
    commit(database, NoticeChanges((NOTICE, OVER, third)))

    def found(**wanted: object) -> list[int]:
        return [each.number for each in find_notices(database, Page(10), **wanted)]  # type: ignore[arg-type]

    assert found() == [3, 2, 1]
    assert found(state="delivered") == [2]
    assert found(person="ann") == [3, 1]
    assert found(alarm=15) == [3]
    assert found(alarm=1) == []
    assert find_notice(database, 2) == OVER
    assert find_notice(database, 4) is None


def test_a_damaged_row_is_skipped_and_hides_no_other(database: Database) -> None:
    other = msgspec.structs.replace(NOTICE, number=4)
    commit(database, NoticeChanges((NOTICE, other), {5: WATCH, 6: msgspec.structs.replace(WATCH, alarm=6)}))
    with database.writing() as connection:
        connection.execute(text("UPDATE notices SET items = '[1' WHERE number = 1"))
        connection.execute(text("UPDATE notice_watches SET told = '7' WHERE alarm = 5"))
    rows = load(database)
    assert [each.number for each in rows.notices] == [4]
    assert [each.alarm for each in rows.watches] == [6]


def test_each_record_can_be_written_by_itself() -> None:
    changed = NoticeChanges((NOTICE, OVER), {5: WATCH}, {"proof": 7}, {TROUBLE: "no answer"})
    pieces = [*pieces_of(TABLES, changed)]
    assert len(pieces) == 5
    assert [notice for piece in pieces for notice in piece.notices] == [NOTICE, OVER]


def test_every_field_of_a_notice_is_stored() -> None:
    from gateway.store.notices.tables import notices

    assert set(Notice.__struct_fields__) - {"way"} <= set(notices.columns.keys())
