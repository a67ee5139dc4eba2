"""Looking up alarms, whatever they are about."""

from __future__ import annotations

import msgspec

from gateway import parts
from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.annunciator import Annunciator
from gateway.core.alarms.builtin import BuiltinRule
from gateway.core.alarms.lifecycle import State
from gateway.core.alarms.occurred import Occurred
from gateway.core.alarms.suppression import SuppressedBy, SuppressionKind
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.store.alarms.queries import find_alarm, find_alarms
from gateway.store.alarms.tables import load
from gateway.store.database import Database
from gateway.store.paging import Page
from gateway.store.writer import Writer
from tests.unit.core.sites import Bench, at, rule_spec

ZONE = Subject(SubjectKind.ZONE, "b1")
P1 = Subject.of_device("p1")


def written(database: Database) -> list[AlarmRecord]:
    """Of a pump one that stands and one that is over, and one of a zone."""
    (first,) = Bench(rule_spec()).pump(0, pressure=0.01).alarms
    over = msgspec.structs.replace(first, number=2, state=State.NORMAL, severity="warning", latest_raise=5)
    zone = msgspec.structs.replace(first, number=3, subject=ZONE, ticket=None, latest_raise=9)
    Writer(database, parts.tables()).commit([Changes({Annunciator.name: [first, over, zone]})])
    return [first, over, zone]


def test_an_alarm_is_read_as_it_was_written(database: Database) -> None:
    for record in written(database):
        assert find_alarm(database, record.number) == record
    assert find_alarm(database, 4) is None


def test_an_alarm_to_which_no_message_led_is_read_as_it_was_written(database: Database) -> None:
    seen = Bench().report(0, BuiltinRule.SERIES_AWAY, "InfluxDB does not answer")
    Writer(database, parts.tables()).commit([seen.changes])
    (record,) = load(database)
    assert (record, record.evidence, record.detail) == (seen.alarms[0], None, "InfluxDB does not answer")


def test_an_alarm_that_is_suppressed_is_read_as_it_was_written_and_stands(database: Database) -> None:
    (first,) = Bench(rule_spec()).pump(0, pressure=0.01).alarms
    reasons = (
        SuppressedBy("shelf:1", SuppressionKind.SHELVED, "the valve is being changed", at(60), "Li Wei"),
        SuppressedBy("maintenance:2", SuppressionKind.MAINTENANCE, "yearly inspection", None, None),
    )
    occurred = Occurred((at(0), at(1)), changed_at=at(2), is_better=True, better_by=7)
    suppressed = msgspec.structs.replace(
        first,
        state=State.SUPPRESSED,
        suppressed_by=reasons,
        acknowledgement_due=True,
        raised_count=0,
        occurred=occurred,
    )
    Writer(database, parts.tables()).commit([Changes({Annunciator.name: [suppressed]})])
    assert load(database) == [suppressed]
    assert find_alarms(database, Page(10), states=(State.SUPPRESSED,)) == [suppressed]


def test_alarms_are_found_by_state_subject_rule_and_severity_the_latest_raise_first(database: Database) -> None:
    first, over, zone = written(database)
    assert find_alarms(database, Page(10), states=tuple(State)) == [zone, over, first]
    assert find_alarms(database, Page(10), states=tuple(State), subject=P1) == [over, first]
    assert find_alarms(database, Page(10), states=(State.NORMAL,)) == [over]
    assert find_alarms(database, Page(10), states=tuple(State), severity="warning") == [over]
    assert find_alarms(database, Page(10), states=tuple(State), rule="another") == []
    assert find_alarms(database, Page(1, before=9), states=tuple(State)) == [over]


def test_what_stands_is_listed_by_life_safety_severity_and_latest_raise_and_suppressed_last(database: Database) -> None:
    (first,) = Bench(rule_spec()).pump(0, pressure=0.01).alarms
    kinds = [
        (State.SUPPRESSED, True, "critical"),
        (State.RETURNED, False, "info"),
        (State.UNACKNOWLEDGED, False, "warning"),
        (State.ACKNOWLEDGED, True, "info"),
        (State.UNACKNOWLEDGED, False, "critical"),
        (State.LATCHED, False, "critical"),
    ]
    records = [
        msgspec.structs.replace(
            first, number=n, latest_raise=n, ticket=None, state=state, life_safety=life_safety, severity=severity
        )
        for n, (state, life_safety, severity) in enumerate(kinds, 1)
    ]
    Writer(database, parts.tables()).commit([Changes({Annunciator.name: records})])
    found = find_alarms(database, Page(10), states=tuple(State)[1:], most_urgent_first=True)
    assert [record.number for record in found] == [4, 6, 5, 3, 2, 1]
    assert found == sorted(records, key=lambda record: -record.urgency)
    cut = find_alarms(database, Page(10, found[2].urgency), states=tuple(State)[1:], most_urgent_first=True)
    assert [record.number for record in cut] == [3, 2, 1]


def test_a_restart_reads_those_that_stand_by_the_index_on_their_state(database: Database) -> None:
    first, over, zone = written(database)
    assert load(database) == [first, zone, over], "of the one that is over it matters when it occurred"
    with database.reading() as connection:
        plan = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT * FROM alarms WHERE state IN ('a', 'b')"
        ).fetchall()
    assert "alarms_by_state" in str(plan)


def test_the_newest_page_of_all_alarms_is_read_by_the_index_on_their_latest_raise(database: Database) -> None:
    with database.reading() as connection:
        plan = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT * FROM alarms WHERE latest_raise < 9 ORDER BY latest_raise DESC LIMIT 5"
        ).fetchall()
    assert "alarms_by_raise" in str(plan)
    assert "TEMP B-TREE" not in str(plan)
