"""Notices in the store: what is read again after a restart, and what is listed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Engine, event, text

from gateway import parts
from gateway.core.kernel.changes import Changes
from gateway.core.notices.notice import Notice, NoticeState
from gateway.core.notices.part import Notices
from gateway.core.notices.requests import Urgency
from gateway.core.notices.rows import NoticeChanges
from gateway.core.notices.watch import Escalation, Told, WatchRecord
from gateway.core.notices.ways import Channel, Way
from gateway.store.database import Database, open_database
from gateway.store.notices.queries import find_notice, find_notices, notices_about
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
    """Write these changes, and the alarms of their notices."""
    full = [
        msgspec.structs.replace(each, alarms=tuple((alarm, one.number) for one in each.notices for alarm in one.alarms))
        for each in changes
    ]
    Writer(database, parts.tables()).commit([Changes({Notices.name: each}) for each in full])


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

    find = partial(find_notices, database, Page(10))
    assert numbers(find()) == [3, 2, 1]
    assert numbers(find(state="delivered")) == [2]
    assert numbers(find(person="ann")) == [3, 1]
    assert numbers(find(alarm=15)) == [3]
    assert numbers(find(alarm=1)) == []
    assert find_notice(database, 2) == OVER
    assert find_notice(database, 4) is None


def numbers(notices: Sequence[Notice]) -> list[int]:
    return [each.number for each in notices]


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
    changed = NoticeChanges((NOTICE, OVER), {5: WATCH}, {"proof": 7}, {TROUBLE: "no answer"}, ((5, 1),))
    pieces = [*pieces_of(TABLES, changed)]
    assert len(pieces) == 6
    assert [notice for piece in pieces for notice in piece.notices] == [NOTICE, OVER]


def test_every_field_of_a_notice_is_stored() -> None:
    from gateway.store.notices.tables import notices

    assert set(Notice.__struct_fields__) - {"way"} <= set(notices.columns.keys())


def test_an_alarm_that_was_taken_out_before_it_was_sent_is_in_its_chain_and_not_in_its_list(database: Database) -> None:
    both = msgspec.structs.replace(NOTICE, items=(*NOTICE.items, msgspec.structs.replace(NOTICE.items[0], alarm=15)))
    commit(database, NoticeChanges((both,)))
    commit(database, NoticeChanges((NOTICE,)))
    assert find_notices(database, Page(10), alarm=15) == []
    assert find_notices(database, Page(10), alarm=5) == [NOTICE]
    with database.reading() as connection:
        assert notices_about(connection, 15, 10) == [NOTICE.number]


@pytest.mark.parametrize(
    "wanted",
    [
        {"state": "failed"},
        {"person": "ann"},
        {"person": "ann", "state": "failed"},
        {"alarm": 5},
        {"alarm": 5, "state": "failed"},
        {"about": "ticket:7"},
    ],
)
def test_no_list_looks_at_all_notices_or_sorts_those_that_it_finds(database: Database, wanted: dict[str, Any]) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, values: object, *_rest: object) -> None:
        asked.append((statement, values))

    event.listen(Engine, "before_cursor_execute", note)
    find_notices(database, Page(10, before=99), **wanted)
    event.remove(Engine, "before_cursor_execute", note)
    ((statement, values),) = [each for each in asked if each[0].startswith("SELECT")]
    with database.reading() as connection:
        plan = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert plan
    assert not [step for step in plan if "SCAN" in step or "TEMP" in step], plan


def test_a_list_of_an_alarm_comes_in_pages_past_damaged_rows(database: Database) -> None:
    commit(database, NoticeChanges(tuple(msgspec.structs.replace(NOTICE, number=number) for number in range(1, 6))))
    with database.writing() as connection:
        connection.execute(text("UPDATE notices SET items = '[1' WHERE number IN (3, 4)"))
    assert [each.number for each in find_notices(database, Page(2), alarm=5)] == [5, 2]
    assert [each.number for each in find_notices(database, Page(2, before=2), alarm=5)] == [1]


def test_an_upgrade_finds_notices_by_their_alarms_and_knows_when_people_were_told(tmp_path: Path) -> None:
    with closing(open_database(tmp_path, parts.migrations())) as database:
        third = msgspec.structs.replace(NOTICE, number=3)
        commit(database, NoticeChanges((NOTICE, OVER, third), {5: WATCH}))
        with database.writing() as connection:
            for statement in (
                "DROP TABLE store_identity",
                "ALTER TABLE tickets DROP COLUMN followers",
                "DROP TABLE notice_alarms",
                "DROP INDEX notices_by_person_and_state",
                "ALTER TABLE notice_watches DROP COLUMN at",
                "UPDATE notices SET alarms = ',5,99999999999999999999,x,' WHERE number = 3",
                "UPDATE alembic_version SET version_num = '0025'",
            ):
                connection.execute(text(statement))
    with closing(open_database(tmp_path, parts.migrations())) as database:
        assert [each.number for each in find_notices(database, Page(10), alarm=5)] == [3, 2, 1]
        (watch,) = load(database).watches
        assert watch.at is None, "its alarm is not in this store"
