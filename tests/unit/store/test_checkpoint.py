"""What one run writes, the next one knows."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from gateway import parts
from gateway.core.alarms.actions import Acknowledge
from gateway.core.alarms.lifecycle import State
from gateway.core.devices import latest
from gateway.core.devices.snapshot import snapshot_of
from gateway.core.engine import Engine
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import HOUR
from gateway.core.telemetry.readings import Reading
from gateway.store.checkpoint import load_checkpoint
from gateway.store.database import Database
from gateway.store.devices.tables import READER
from gateway.store.telemetry.journal import Journal
from tests.unit.core.sites import Bench, Seen, at, rule_spec
from tests.unit.store.committing import commit


def test_a_new_store_remembers_nothing(database: Database) -> None:
    checkpoint = load_checkpoint(database, parts.tables())
    assert set(checkpoint.counters.values()) == {1}
    assert (checkpoint.rows["alarms"], checkpoint.rows["rules"]) == ([], [])
    assert (checkpoint.rows["telemetry"].reached, checkpoint.rows["devices"].snapshots) == (0, [])


def test_the_next_run_goes_on_where_the_last_one_ended(database: Database) -> None:
    bench = Bench(rule_spec(**{"for": "5s"}))
    commit(database, bench.pump(0, pressure=0.01), bench.pump(1, "p2", pressure=0.5), bench.tick(5))
    commit(database, bench.act(Acknowledge(alarm=1, by="Li Wei"), 6), bench.pump(7, "p2", pressure=0.01))
    checkpoint = load_checkpoint(database, parts.tables())
    counters = checkpoint.counters
    assert (counters["message"], counters["alarm"], counters["ticket"], counters["publication"]) == (4, 2, 2, 4)
    assert checkpoint.rows["telemetry"].reached == at(7)
    (alarm,) = checkpoint.rows["alarms"]
    assert (alarm.subject, alarm.state) == (Subject.of_device("p1"), State.ACKNOWLEDGED)
    assert (alarm.acknowledged_by, alarm.ticket, alarm.evidence.values) == ("Li Wei", 1, {"pressure": 0.01})
    active, waiting = checkpoint.rows["rules"]
    assert (active.subject, active.active, active.delay_since) == (Subject.of_device("p1"), True, None)
    assert (waiting.subject, waiting.active, waiting.delay_since) == (Subject.of_device("p2"), False, at(7))
    restarted = Bench(rule_spec(**{"for": "5s"}), checkpoint=checkpoint, start_s=8)
    assert restarted.pump(7, "p2", pressure=0.01).counts.duplicate == 1
    assert restarted.devices["p2"].values == {"pressure": 0.01}


def test_the_next_run_knows_what_was_read_in_the_present_session_only(database: Database) -> None:
    bench = Bench()
    send, topic = bench.send, "site/s1/reader/r1"
    commit(database, send(0, topic, b'{"battery": 1}', packet_id=1))
    commit(database, Seen(bench.engine.session_lost(at(1), at(2))), send(3, topic, b'{"battery": 2}', packet_id=2))
    again = Bench(checkpoint=load_checkpoint(database, parts.tables()), start_s=4, hears=False)

    assert again.send(5, topic, b'{"battery": 1}', packet_id=1, redelivered=True).counts.stored == 1
    assert again.send(6, topic, b'{"battery": 2}', packet_id=2, redelivered=True).counts.duplicate == 1


def test_the_next_run_knows_only_what_the_broker_may_send_again(database: Database) -> None:
    bench = Bench()
    topic = "site/s1/reader/r1"

    def send(at_s: float, battery: int, *, redelivered: bool = False) -> Seen:
        return bench.send(at_s, topic, b'{"battery": %d}' % battery, packet_id=battery, redelivered=redelivered)

    commit(database, send(1, 1), send(2, 2), send(3, 3), send(4, 3, redelivered=True))
    commit(database, Seen(bench.engine.settle(1)))
    commit(database, Seen(bench.engine.settle(3)))
    bench = Bench(checkpoint=load_checkpoint(database, parts.tables()), start_s=5, hears=False)

    again = [send(6, battery, redelivered=True) for battery in (1, 2, 3)]
    assert [seen.counts.duplicate for seen in again] == [0, 0, 1]
    commit(database, *again, Seen(bench.engine.settle(3)))
    bench = Bench(checkpoint=load_checkpoint(database, parts.tables()), start_s=7, hears=False)
    assert send(8, 3, redelivered=True).counts.duplicate == 0


@pytest.mark.parametrize(
    "damage",
    [
        "journal SET readings = x'c1' WHERE first_message = 2",
        "journal SET readings = 'text' WHERE first_message = 2",
        "journal SET digests = x'00' WHERE first_message = 2",
        "journal SET digests = 'text' WHERE first_message = 2",
        "journal SET reached = 'text' WHERE first_message = 3",
        "latest SET snapshot = x'c1' WHERE device = 'p1'",
        "latest SET snapshot = 'text' WHERE device = 'p1'",
    ],
)
def test_a_damaged_row_does_not_stop_the_start(database: Database, damage: str) -> None:
    bench = Bench(rule_spec())
    commit(database, bench.pump(0, "p2", pressure=0.4), bench.snapshot())
    commit(database, bench.pump(1, pressure=0.5))
    commit(database, bench.pump(2, "p2", pressure=0.6))
    with database.writing() as connection:
        connection.execute(text("INSERT INTO latest SELECT 'p1', snapshot FROM latest"))
        connection.execute(text(f"UPDATE {damage}"))
    engine = Engine(bench.site, parts.makers(), load_checkpoint(database, parts.tables()), now=at(3))
    assert engine.devices["p2"].values == {"pressure": 0.6}
    assert database.damaged_rows == (0 if "reached" in damage else 1)


def test_a_snapshot_spares_the_next_run_the_journal_before_it(database: Database) -> None:
    bench = Bench()
    commit(database, bench.pump(0, pressure=0.4, running=True))
    commit(database, bench.snapshot())
    commit(database, bench.pump(1, pressure=0.5))
    assert len(list(load_checkpoint(database, parts.tables()).rows["devices"].readings)) == 1
    engine = Engine(bench.site, parts.makers(), load_checkpoint(database, parts.tables()))
    assert engine.devices["p1"].values == {"pressure": 0.5, "running": True}


def replayed(database: Database) -> list[Reading]:
    return list(load_checkpoint(database, parts.tables()).rows["devices"].readings)


SAID: list[tuple[str, dict[str, Any]]] = [
    ("p1", {"pressure": 0.4, "stamp_s": 50}),
    ("p2", {"pressure": 0.3}),
    ("p1", {"running": True, "stamp_s": 2}),  # its clock was set back
    ("p2", {"pressure": 0.2}),
    ("p1", {"pressure": 0.5, "stamp_s": 1}),  # delayed
    ("p2", {"starts": 3, "stamp_s": -90_000}),  # a stamp that nobody believes
    ("p2", {"pressure": 0.1, "running": False}),
    ("p1", {"pressure": 0.6}),
]


@pytest.mark.parametrize("killed_after", range(1, 14))
def test_a_run_killed_between_two_parts_of_a_snapshot_goes_on_exactly(
    database: Database, monkeypatch: pytest.MonkeyPatch, killed_after: int
) -> None:
    monkeypatch.setattr(latest, "SAVED_AT_ONCE", 1)
    bench = Bench()
    commit(database, bench.hearing)
    said = iter(enumerate(SAID))
    steps = 0

    def alive() -> bool:
        nonlocal steps
        steps += 1
        return steps <= killed_after

    def say() -> None:
        second, (device, values) = next(said)
        commit(database, bench.pump(second, device, **values))

    for messages in (3, 1, 2):
        for _ in range(messages):
            if alive():
                say()
        while alive() and not (part := bench.snapshot()).is_empty:
            commit(database, part)
            if not bench.engine.has_unsaved:
                break
            if steps % 2 and alive():
                say()  # between two parts
    again = Engine(bench.site, parts.makers(), load_checkpoint(database, parts.tables()), now=at(99))
    for before, after in zip(bench.devices, again.devices, strict=True):
        assert snapshot_of(after, 0, again.devices.hearing) == snapshot_of(before, 0, bench.devices.hearing)
        assert after.facts == before.facts
    assert again.beginning.counters == {}


def test_the_cursor_moves_with_the_last_part_of_a_snapshot_to_where_the_first_began(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(latest, "SAVED_AT_ONCE", 1)
    bench = Bench()
    journal = Journal(database)
    commit(database, bench.pump(0, "p1", pressure=0.4), bench.pump(1, "p2", pressure=0.4))
    commit(database, bench.snapshot())
    assert (journal.position(READER), bench.engine.has_unsaved) == (0, True)
    assert [reading.device for reading in replayed(database)] == ["p2"], "the snapshot of p1 has its own"
    commit(database, bench.pump(2, "p1", pressure=0.5))
    commit(database, bench.snapshot())
    assert (journal.position(READER), bench.engine.has_unsaved) == (3, False), "message 3 is not in the first part"
    assert [reading.values for reading in replayed(database)] == [{"pressure": 0.5}]
    commit(database, bench.snapshot())
    assert (journal.position(READER), replayed(database)) == (4, [])


@pytest.mark.parametrize("heard_first", [False, True])
def test_the_next_run_knows_until_when_the_last_one_heard_also_after_its_clock_was_set_back(
    database: Database, heard_first: bool
) -> None:
    bench = Bench(rule_spec(**{"for": "5m"}))
    commit(database, bench.pump(3_600, pressure=0.01))
    if heard_first:
        commit(database, Seen(bench.engine.snapshot(at(3_610))))
    commit(database, Seen(bench.engine.clock_set(-HOUR)))
    assert load_checkpoint(database, parts.tables()).rows["telemetry"].reached == at(10 if heard_first else 0)
    commit(database, bench.pump(20, pressure=0.01))
    assert load_checkpoint(database, parts.tables()).rows["telemetry"].reached == at(20)


def test_the_next_run_is_blind_from_what_was_committed_not_from_what_was_read(database: Database) -> None:
    bench = Bench(rule_spec())
    commit(database, bench.pump(0, pressure=0.4))
    uncommitted = bench.message("p1", 30, pressure=0.01)
    bench.step([uncommitted])
    again = Bench(rule_spec(), checkpoint=load_checkpoint(database, parts.tables()), start_s=60, hears=False)
    assert again.engine.blind_since == at(0)
    redelivered = msgspec.structs.replace(uncommitted, received=at(600), redelivered=True)
    assert [alarm.state for alarm in again.step([redelivered]).alarms] == ["unacknowledged"]
    assert again.devices["p1"].newest == at(30)


def test_the_latest_stored_time_is_known_also_after_the_clock_was_set_back(database: Database) -> None:
    bench = Bench()
    commit(database, bench.pump(3_600, pressure=0.4), Seen(bench.engine.clock_set(-HOUR)), bench.pump(20, pressure=0.4))
    rows = load_checkpoint(database, parts.tables()).rows["telemetry"]
    assert (rows.reached, rows.latest) == (at(20), at(3_600))
