"""The operational store on a small disk that is really full."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway import parts
from gateway.core.alarms.annunciator import Annunciator
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.times import SECOND, Now
from gateway.core.telemetry.batch import RECENT_MESSAGES, Batch
from gateway.core.telemetry.counts import Counts
from gateway.core.telemetry.intake import Intake
from gateway.core.telemetry.readings import Reading
from gateway.errors import StoreFull
from gateway.store.database import connect, open_database
from gateway.store.disk_space import DiskSpace
from gateway.store.reserve import RESERVE_FILE, Reserve, Room
from gateway.store.telemetry.journal import Journal
from gateway.store.writer import Writer
from tests.small_disk import SmallDisk, small_disk
from tests.unit.core.sites import Bench, rule_spec

RESERVE = 5 * 2**20
BATCH = 500
"""Messages."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", mib=32) as disk:
        yield disk


class Store:
    """A store on the disk, its reserve, and an endless supply of telemetry that no series store has."""

    def __init__(self, disk: SmallDisk, *, reserve: int = RESERVE) -> None:
        self.disk = disk
        self.reserve = Reserve(disk.path, reserve)
        self.reserve.open()
        self.database = open_database(disk.path)
        self._writers = connect(disk.path)
        self.room = Room(self._writers, self.reserve)
        self._writer = Writer(self._writers, parts.tables(), self.room)
        self.journal = Journal(self.database)
        self.steady = 0
        self.limit(2**40)
        self._bench = Bench(rule_spec())
        self.messages = 0
        self.alarms = 0

    def limit(self, journal_bytes: int) -> None:
        """What the journal may take from now on."""
        self.space = DiskSpace(
            self.disk.path,
            self.database,
            self.journal,
            self.reserve,
            forwarder="series",
            readers=("snapshot",),
            journal_bytes=journal_bytes,
            quarantine_bytes=0,
            quarantine_period=SECOND,
            now=lambda: Now(self.steady, self.steady),
        )

    def close(self) -> None:
        self.database.close()
        self._writers.close()

    def telemetry(self) -> None:
        """A batch of messages of 200 random bytes."""
        readings = [Reading("p1", "pump", 1, 1, {"note": os.urandom(100).hex()}) for _ in range(BATCH)]
        batch = Batch(self.messages + 1, Counts(received=BATCH), readings=readings, digests=[2**63, 1] * BATCH)
        following = self.messages + BATCH + 1
        self._writer.commit([Changes({Intake.name: batch}, counters={"message": following})])
        self.messages += BATCH
        self.room.write(lambda: self.journal.move("snapshot", following))

    def alarm(self) -> None:
        """A raise with its ticket, audit records and MQTT event, without its telemetry."""
        raised = self._bench.pump(10 * self.alarms, pressure=0.01).changes
        returned = self._bench.pump(10 * self.alarms + 5, pressure=0.5).changes
        for changes in (raised, returned):
            changes.parts.pop(Intake.name)
            self._writer.commit([changes])
        assert Annunciator.name in raised.parts
        self.alarms += 1

    def until_full(self) -> None:
        """Telemetry until the disk is full and the reserve is gone; without a reserve, until a commit fails."""
        try:
            while self.reserve.held or not self.reserve.size:
                self.telemetry()
        except StoreFull:
            assert not self.reserve.size

    def tidy(self) -> None:
        self.steady += SECOND
        while self.room.write(self.space.tidy):
            pass

    @property
    def waiting(self) -> int:
        return self.journal.backlog("series")


@pytest.fixture
def store(disk: SmallDisk) -> Iterator[Store]:
    store = Store(disk)
    yield store
    store.close()


def test_without_a_reserve_a_full_disk_holds_no_alarm_and_even_what_is_deleted_makes_no_room(disk: SmallDisk) -> None:
    store = Store(disk, reserve=0)
    store.until_full()
    with pytest.raises(StoreFull):
        store.alarm()
    store.journal.measure()
    with pytest.raises(StoreFull):
        store.journal.drop("series", (), 0)
    store.close()


def test_the_reserve_is_given_up_for_what_finds_the_disk_full_and_nothing_is_lost(store: Store) -> None:
    assert (store.disk.path / RESERVE_FILE).stat().st_blocks * 512 == RESERVE
    store.until_full()
    store.tidy()
    for _ in range(100):
        store.alarm()
    assert store.space.report.reserve == 0
    assert store.space.report.dropped == 0
    assert store.waiting == store.messages


def test_on_a_full_disk_the_oldest_readings_go_before_an_alarm_is_lost(store: Store) -> None:
    store.until_full()
    full_at = store.messages
    for _ in range(30):
        for _ in range(5):
            store.telemetry()
        store.alarm()
        store.tidy()
    assert store.messages == full_at + 30 * 5 * BATCH
    dropped = store.space.report.dropped
    assert dropped == store.messages - store.waiting
    assert RECENT_MESSAGES < store.waiting < full_at + RECENT_MESSAGES
    stretch = store.journal.read(0, most=1)
    assert stretch is not None
    assert stretch.end == dropped + BATCH + 1, "the oldest are dropped, and the forwarder goes on behind them"
    assert any(f"{dropped} messages were dropped" in warning for warning in store.space.report.warnings)
    assert "readings were dropped before the series store had them" in store.space.report.problem


def test_the_reserve_is_made_again_when_twice_its_size_is_free_and_not_before(store: Store) -> None:
    store.disk.fill()
    store.until_full()
    store.tidy()
    assert not (store.disk.path / RESERVE_FILE).exists()
    store.disk.clear()
    store.tidy()
    assert store.reserve.held
    assert store.space.report.reserve == RESERVE
    assert not any("full" in warning for warning in store.space.report.warnings)
    assert "full" not in store.space.report.problem


def test_a_log_that_is_full_is_used_again_while_the_file_of_the_database_has_room(store: Store) -> None:
    for _ in range(80):  # more than stays for the recognition of duplicates
        store.telemetry()
    store.tidy()
    store.journal.move("series", store.messages + 1)
    store.steady += 61 * SECOND
    store.tidy()
    assert store.database.unused_bytes > 2 * 2**20
    store.disk.fill()
    for number in range(300):
        store.alarm()
        if number % 20 == 0:
            store.telemetry()
    assert store.reserve.held, "nothing had to be given up"


def test_a_disk_that_is_nearly_full_and_a_journal_that_is_nearly_at_its_limit_are_told_before(store: Store) -> None:
    store.tidy()
    assert store.space.report.problem == "", "more than four reserves are free"
    while store.disk.free > 4 * RESERVE:
        store.telemetry()
    store.tidy()
    assert store.space.report.problem == "the disk of the data directory is nearly full"
    store.limit(store.journal.size * 100 // 85)
    store.tidy()
    assert "have nearly filled the room that they may take" in store.space.report.problem
    assert store.space.report.dropped == 0
    store.limit(store.journal.size // 2)
    while store.messages < 2 * RECENT_MESSAGES:
        store.telemetry()
    store.tidy()
    assert store.space.report.dropped > 0
    assert store.reserve.held


def test_a_gateway_starts_on_a_full_disk(store: Store) -> None:
    store.telemetry()
    store.close()
    store.disk.fill()
    again = Store(store.disk)
    assert again.reserve.is_missing
    again.alarm()
    again.close()
