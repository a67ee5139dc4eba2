"""The messages in quarantine: the latest of each kind, bounded by size and age."""

from __future__ import annotations

from gateway import parts
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.times import SECOND
from gateway.core.telemetry.batch import Batch
from gateway.core.telemetry.counts import Counts
from gateway.core.telemetry.intake import Intake
from gateway.core.telemetry.quarantine import KEPT_OF_KIND, Quarantine, Reason, RejectedKind
from gateway.store.database import Database
from gateway.store.paging import Page
from gateway.store.telemetry.quarantine import trim
from gateway.store.telemetry.queries import find_message, find_messages
from gateway.store.writer import Writer
from tests.unit.core.sites import at
from tests.unit.store.committing import rows

MALFORMED = RejectedKind("t", Reason.MALFORMED, "")
ALL = Page(1000)


def quarantine(database: Database, *messages: tuple[RejectedKind, float], size: int = 10) -> None:
    """Messages of these kinds, received so many seconds after noon; one commit."""
    quarantine = Quarantine()
    for kind, second in messages:
        quarantine.add(kind, f"at {second}", b"x" * size, at(second))
    rejections = quarantine.drain()
    Writer(database, parts.tables()).commit([Changes({Intake.name: Batch(0, Counts(), rejections=rejections)})])


def test_messages_are_found_by_topic_reason_and_metric_newest_first_in_pages(database: Database) -> None:
    other = RejectedKind("u", Reason.OUT_OF_RANGE, "pressure")
    quarantine(database, (MALFORMED, 0), (MALFORMED, 1))
    quarantine(database, (other, 2))
    found = find_messages(database, ALL)
    assert [(each.number, each.topic, each.metric, each.received) for each in found] == [
        (3, "u", "pressure", at(2)),
        (2, "t", "", at(1)),
        (1, "t", "", at(0)),
    ]
    assert [each.number for each in find_messages(database, Page(1, before=3), topic="t")] == [2]
    assert [each.number for each in find_messages(database, ALL, reason=Reason.OUT_OF_RANGE)] == [3]
    assert [each.number for each in find_messages(database, ALL, metric="pressure")] == [3]
    message = find_message(database, 1)
    assert message is not None
    assert (message.detail, message.payload, message.size) == ("at 0", b"x" * 10, 10)
    assert find_message(database, 4) is None


def test_of_each_kind_the_latest_are_kept(database: Database) -> None:
    for first in range(0, 300, 60):
        quarantine(database, *((MALFORMED, second) for second in range(first, first + 60)))
    quarantine(database, (RejectedKind("u", Reason.MALFORMED, ""), 0))
    found = find_messages(database, ALL, topic="t")
    assert [each.received for each in found] == [at(second) for second in range(299, 299 - KEPT_OF_KIND, -1)]
    assert rows(database, "quarantine") == KEPT_OF_KIND + 1


def test_what_is_too_old_is_deleted(database: Database) -> None:
    quarantine(database, *((MALFORMED, second) for second in range(10)))
    assert trim(database, most_bytes=10**9, before=at(4)) == 4
    assert trim(database, most_bytes=10**9, before=at(4)) == 0
    assert [each.received for each in find_messages(database, ALL)] == [at(second) for second in range(9, 3, -1)]


def test_the_oldest_make_room_when_they_take_too_much(database: Database) -> None:
    quarantine(database, *((MALFORMED, second) for second in range(10)), size=1000)
    assert trim(database, most_bytes=5000, before=0) == 6
    assert [each.received for each in find_messages(database, ALL)] == [at(second) for second in (9, 8, 7, 6)]
    assert trim(database, most_bytes=0, before=0) == 4


def test_numbers_are_never_used_twice(database: Database) -> None:
    quarantine(database, (MALFORMED, 0))
    trim(database, most_bytes=0, before=at(0) + SECOND)
    quarantine(database, (MALFORMED, 1))
    assert [each.number for each in find_messages(database, ALL)] == [2]
