"""Devices that fall silent: what people are told, and when."""

from __future__ import annotations

import pytest

from gateway.core.alarms.annunciator import Annunciator
from gateway.core.devices.watched import Presence
from gateway.store.database import Database
from tests.unit.core.devices.fleet import SENSOR, Fleet
from tests.unit.core.sites import at

EVERY = 30


def talk(fleet: Fleet, since: float, until: float, *devices: str, every: float = EVERY) -> None:
    """The devices send at their interval from `since` on, the last time before `until`."""
    second = since
    while second < until:
        fleet.say(second, *devices)
        second += every


def severities(fleet: Fleet) -> list[str]:
    return [alarm.severity for alarm in fleet.engine.part(Annunciator).standing()]


def test_a_device_that_is_not_heard_for_three_of_its_intervals_is_silent_and_not_before() -> None:
    fleet = Fleet("d1")
    fleet.say(10, "d1")
    fleet.wait(99.9)
    assert not fleet.told
    assert fleet.presence("d1") is Presence.HEARD
    fleet.wait(100)
    assert fleet.steps("d1") == [(100, "raise")]
    assert fleet.presence("d1") is Presence.SILENT


@pytest.mark.parametrize(
    ("criticality", "severity", "tickets"),
    [("high", "critical", ["P2 d1"]), ("normal", "warning", ["P3 d1"]), ("low", "info", [])],
)
def test_how_severe_silence_is_depends_on_how_critical_the_device_is(
    criticality: str, severity: str, tickets: list[str]
) -> None:
    fleet = Fleet({"id": "d1", "criticality": criticality})
    fleet.wait(100)
    assert severities(fleet) == [severity]
    assert fleet.tickets == tickets


def test_the_alarm_ends_with_the_next_message_which_is_its_cause() -> None:
    fleet = Fleet("d1")
    fleet.say(500, "d1", value=7.0)
    assert fleet.steps("d1") == [(90, "raise"), (500, "return")]
    ended = next(record for record in fleet.audit if record.kind == "alarm" and record.data["step"] == "return")
    reading = next(record for record in fleet.audit if record.number == ended.cause)
    message = next(record for record in fleet.audit if record.number == reading.cause)
    assert (reading.kind, reading.data["values"]) == ("reading", {"value": 7.0})
    assert (message.kind, message.subject) == ("message", "site/s1/sensor/d1/telemetry")
    assert fleet.presence("d1") is Presence.HEARD


def test_a_device_falls_silent_again_after_its_return() -> None:
    fleet = Fleet("d1")
    fleet.say(200, "d1")
    fleet.wait(400)
    assert fleet.steps("d1") == [(90, "raise"), (200, "return"), (290, "raise")]


def test_a_device_that_sends_is_never_silent() -> None:
    fleet = Fleet("d1")
    talk(fleet, 29, 20_000, "d1", every=89)
    assert not fleet.told


def test_a_device_whose_interval_is_not_known_is_never_silent() -> None:
    fleet = Fleet("d1", expect_every=None)
    fleet.wait(10**6)
    assert not fleet.told
    assert fleet.presence("d1") is Presence.UNWATCHED


@pytest.mark.parametrize(
    ("device", "dialect", "due"), [("20s", "15s", 60), (None, "15s", 45), ("20s", None, 60), ("never", "15s", None)]
)
def test_the_site_says_how_often_a_device_sends_or_else_its_dialect_does(
    device: str | None, dialect: str | None, due: float | None
) -> None:
    spec = {"id": "d1", "dialect": "odd"} | ({"expect_every": device} if device else {})
    odd = {"messages": [{"topic": "odd/{device}"}]} | ({"expect_every": dialect} if dialect else {})
    fleet = Fleet(spec, dialects={"odd": odd})
    fleet.wait(1000)
    assert fleet.steps("d1") == ([(due, "raise")] if due else [])


def test_the_interval_of_a_profile_says_nothing_of_the_products_of_a_dialect() -> None:
    fleet = Fleet({"id": "d1", "dialect": "odd"}, dialects={"odd": {"messages": [{"topic": "odd/{device}"}]}})
    fleet.wait(10**6)
    assert not fleet.told


def test_never_takes_back_the_interval_of_the_profile() -> None:
    fleet = Fleet({"id": "d1", "expect_every": "never"})
    fleet.wait(10**6)
    assert not fleet.told


def test_what_was_retained_or_says_only_that_a_device_is_online_is_no_sign_of_life() -> None:
    fleet = Fleet("d1")
    for second in range(10, 90, 10):
        fleet.wait(second)
        fleet.send("d1/online", b"true")
        fleet.send("d1/telemetry", b'{"value": 1}', retained=True)
    fleet.wait(90)
    assert fleet.steps("d1") == [(90, "raise")]
    fleet.wait(100)
    fleet.send("d1/online", b"true")
    assert fleet.silent() == ["d1"]


def test_a_rejected_value_is_a_sign_of_life() -> None:
    fleet = Fleet("d1")
    fleet.say(60, "d1", value=1000)
    fleet.wait(149)
    assert not fleet.told
    fleet.wait(150)
    fleet.say(200, "d1", value=1000)
    assert fleet.steps("d1") == [(150, "raise"), (200, "return")]


def test_a_rejected_word_on_being_online_is_none() -> None:
    fleet = Fleet("d1")
    fleet.wait(60)
    fleet.send("d1/online", b"perhaps")
    fleet.wait(90)
    assert fleet.steps("d1") == [(90, "raise")]


def test_what_a_server_says_again_of_earlier_is_no_sign_of_life() -> None:
    message = {"topic": "site/{site}/sensor/{device}/telemetry", "time": {"path": "ts", "by": "server"}}
    fleet = Fleet("d1", messages=[message])
    fleet.wait(1000)
    fleet.say(1000, "d1")
    for second in range(1020, 2000, 20):
        fleet.say(second, "d1", stamp=-5000.0, value=2.0)
    fleet.wait(1090)
    assert fleet.silent() == ["d1"]
    fleet.say(2000, "d1")
    assert not fleet.silent()


def test_a_device_that_was_never_heard_counts_from_its_enrolment_over_restarts(database: Database) -> None:
    fleet = Fleet("d1", database=database)
    assert fleet.presence("d1") is Presence.NEVER_HEARD
    for second in (20, 40):
        fleet.wait(second)
        fleet.snapshot()
        fleet.restart(second, hears_at=second)
    # Three intervals, and a turn of a minute for each gap.
    fleet.wait(90 + 120 - 1)
    assert not fleet.told
    fleet.wait(90 + 120)
    assert fleet.steps("d1") == [(210, "raise")]


def test_a_device_that_is_added_later_counts_from_then(database: Database) -> None:
    fleet = Fleet("d1", database=database)
    talk(fleet, 10, 1000, "d1")
    fleet.restart(1000, hears_at=1001, files=fleet.configure("d1", "d2"))
    talk(fleet, 1010, 1090, "d1", every=10)
    assert not fleet.told
    fleet.wait(1091)
    assert fleet.steps("d2") == [(1091, "raise")]


def test_a_device_that_was_removed_and_added_again_counts_anew(database: Database) -> None:
    fleet = Fleet("d1", "d2", database=database)
    fleet.say(10, "d1", "d2")
    fleet.restart(20, hears_at=20, files=fleet.configure("d1"))
    talk(fleet, 30, 1000, "d1")
    fleet.restart(1000, hears_at=1000, files=fleet.configure("d1", "d2"))
    fleet.say(1089, "d1")
    assert not fleet.told
    fleet.wait(1090)
    assert fleet.steps("d2") == [(1090, "raise")]


def test_a_device_that_was_heard_after_restarts_is_silent_as_soon_as_any(database: Database) -> None:
    """What may have been lost in earlier gaps makes its silence no longer."""
    fleet = Fleet("d1", database=database)
    for second in (10, 20, 30):
        fleet.restart(second, hears_at=second)
    fleet.say(40, "d1")
    fleet.wait(300)
    assert fleet.steps("d1") == [(130, "raise")]


@pytest.mark.parametrize("with_snapshots", [False, True])
def test_frequent_restarts_hide_no_dead_device(database: Database, with_snapshots: bool) -> None:
    fleet = Fleet("d1", "d2", database=database)
    fleet.say(5, "d1", "d2")
    second = 5.0
    while not fleet.told and second < 2000:
        second += 20
        fleet.say(second, "d2")
        if with_snapshots:
            fleet.snapshot()
        fleet.restart(second + 5, hears_at=second + 6)
        second += 6
    # Three intervals and three turns of what was heard: 20 of 26 seconds.
    assert fleet.silent() == ["d1"]
    assert second == pytest.approx((90 + 180) / 20 * 26, abs=2 * 26)


def test_a_broker_that_comes_and_goes_hides_no_dead_device() -> None:
    fleet = Fleet("d1", "d2")
    fleet.say(5, "d1", "d2")
    second = 5.0
    while not fleet.told and second < 2000:
        second += 20
        fleet.say(second, "d2")
        fleet.go_blind(second + 5)
        fleet.hear_from(second + 10)
        second += 10
    assert fleet.silent() == ["d1"]


def test_time_in_which_the_gateway_did_not_hear_does_not_count() -> None:
    fleet = Fleet("d1")
    fleet.say(10, "d1")
    fleet.go_blind(40)
    fleet.hear_from(10_000)
    fleet.wait(10_000 + 60 + 59)  # what is left of three intervals, and a turn of a minute for the gap
    assert not fleet.told
    fleet.wait(10_000 + 60 + 60)
    assert fleet.steps("d1") == [(10_120, "raise")]


def test_a_message_of_the_backlog_is_a_sign_of_life() -> None:
    fleet = Fleet("d1")
    fleet.say(10, "d1")
    fleet.wait(150)
    fleet.go_blind(160)
    fleet.say(200, "d1", stamp=170)
    assert fleet.steps("d1") == [(100, "raise"), (200, "return")]


@pytest.mark.parametrize("downtime", [2, 60, 10_000])
def test_a_restart_of_the_server_makes_no_device_silent_that_sends(database: Database, downtime: float) -> None:
    devices = [f"d{n}" for n in range(30)]
    fleet = Fleet(*devices, database=database)
    for second in range(1, 300):
        fleet.say(second, *devices[second % 30 : second % 30 + 1])
    fleet.restart(300 + downtime, hears_at=303 + downtime)
    begin = int(304 + downtime)
    for second in range(begin, begin + 300):
        fleet.say(second, *devices[second % 30 : second % 30 + 1])
    assert not fleet.told


def test_a_silent_device_stays_silent_over_a_restart_and_is_told_once(database: Database) -> None:
    fleet = Fleet("d1", database=database)
    fleet.say(10, "d1")
    fleet.wait(200)
    fleet.restart(300, hears_at=301)
    fleet.wait(2000)
    assert fleet.steps("d1") == [(100, "raise")]
    assert fleet.presence("d1") is Presence.SILENT
    fleet.say(2001, "d1")
    assert fleet.steps("d1") == [(100, "raise"), (2001, "return")]


def test_a_silent_device_may_be_heard_again_before_the_gateway_knows_that_it_hears(database: Database) -> None:
    fleet = Fleet("d1", database=database)
    fleet.wait(200)
    fleet.restart(300, hears_at=None)
    fleet.say(301, "d1")
    assert fleet.steps("d1") == [(90, "raise"), (301, "return")]


def test_an_alarm_whose_silence_the_store_has_lost_still_ends(database: Database) -> None:
    fleet = Fleet("d1", database=database)
    fleet.wait(200)
    fleet.commit()
    with database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM presence")
    fleet.restart(300, hears_at=301)
    assert fleet.presence("d1") is Presence.SILENT
    fleet.say(310, "d1")
    assert fleet.steps("d1") == [(90, "raise"), (310, "return")]


def test_silence_whose_alarm_the_store_has_lost_is_told_again(database: Database) -> None:
    fleet = Fleet("d1", database=database)
    fleet.wait(200)
    fleet.commit()
    with database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM alarms")
    fleet.restart(300, hears_at=301)
    assert fleet.steps("d1") == [(90, "raise"), (300, "raise")]


@pytest.mark.parametrize("by", [-7200, -1, 1, 3600, 10**7])
def test_setting_the_clock_makes_nothing_silent_and_hides_nothing(by: float) -> None:
    fleet = Fleet("d1", "d2")
    fleet.say(10, "d1", "d2")
    fleet.set_clock(50, by)
    fleet.say(60, "d2")
    fleet.wait(99)
    assert not fleet.told
    fleet.wait(100)
    assert fleet.steps("d1") == [(100, "raise")]
    assert fleet.silent() == ["d1"]
    fleet.set_clock(110, -by)
    fleet.wait(150)
    assert fleet.steps("d2") == [(150, "raise")]


@pytest.mark.parametrize("by", [-7200, 3600])
def test_a_clock_that_is_set_before_a_restart_changes_nothing_either(database: Database, by: float) -> None:
    fleet = Fleet("d1", database=database)
    fleet.say(10, "d1")
    fleet.set_clock(50, by)
    fleet.wait(55)
    fleet.snapshot()
    fleet.restart(56, hears_at=56)
    fleet.wait(159)
    assert not fleet.told
    fleet.wait(161)
    assert fleet.silent() == ["d1"]


@pytest.mark.parametrize("by", [-7200, 3600])
def test_a_clock_that_differs_after_a_restart_changes_nothing_either(database: Database, by: float) -> None:
    fleet = Fleet("d1", database=database)
    fleet.say(10, "d1")
    fleet.wait(50)
    fleet.snapshot()
    fleet.offset = by
    fleet.restart(55, hears_at=56)
    fleet.wait(150)
    assert not fleet.told
    fleet.wait(170)
    assert fleet.silent() == ["d1"]


@pytest.mark.parametrize("key", ["device", "interval"])
def test_a_silent_device_or_interval_that_is_removed_from_the_files_ends_the_alarm_and_says_why(
    database: Database, key: str
) -> None:
    fleet = Fleet("d1", "d2", database=database)
    fleet.wait(100)
    kept = ("d2",) if key == "device" else ({"id": "d1", "expect_every": "never"}, "d2")
    fleet.restart(110, hears_at=111, files=fleet.configure(*kept))
    (removed,) = [record for record in fleet.audit if record.kind == "alarm" and record.data["step"] == "remove"]
    assert removed.data["note"] == (
        "the device d1 is no longer in the site's files"
        if key == "device"
        else "the site's files no longer say how often d1 sends"
    )
    fleet.wait(5000)
    assert fleet.silent() == ["d2"]


def test_ten_thousand_devices_are_looked_at_about_once_in_three_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    devices = [f"d{n}" for n in range(10_000)]
    fleet = Fleet(*devices)
    ticks = 0
    for second in range(10, 1000, 30):
        for device in devices:
            fleet.engine.devices[device].received = at(second)  # what a message does
        while (due := fleet.engine.next_due()) is not None and due <= at(second):
            fleet.engine.tick(due, most=1)
            ticks += 1
    assert not fleet.told
    assert ticks <= 1000 / 90 * 10 * 2


def test_the_alarm_says_since_when_and_what_was_expected() -> None:
    fleet = Fleet("d1", "d2")
    fleet.say(10, "d1")
    fleet.wait(110)
    details = {record.data["detail"] for record in fleet.audit if record.data.get("step") == "raise"}
    assert details == {
        "last heard 2027-01-15T08:00:10.000Z; expected every 30s",
        "never heard since it was added 2027-01-15T08:00:00.000Z; expected every 30s",
    }


def test_a_silence_of_many_devices_is_told_in_short_steps() -> None:
    fleet = Fleet(*(f"d{n}" for n in range(100)))
    changes = fleet.engine.tick(at(90), most=1)
    assert 0 < len(changes.parts["alarms"]) <= 12
    fleet.wait(90)
    assert len(fleet.silent()) == 88


HEARTBEAT = {"topic": "site/{site}/sensor/{device}/alive", "values": {"online": {"const": True}}}


def test_a_restart_knows_by_heartbeats_alone_when_a_device_was_heard(database: Database) -> None:
    fleet = Fleet("d1", database=database, messages=[*SENSOR["messages"], HEARTBEAT])
    for second in range(0, 300, 30):
        fleet.wait(second)
        fleet.send("d1/alive", b"{}")
    fleet.restart(280, hears_at=281)
    fleet.wait(270 + 90)
    assert not fleet.told
    fleet.wait(600)
    assert fleet.silent() == ["d1"]


def test_a_device_without_heartbeats_is_not_heard_by_what_says_that_it_is_online() -> None:
    fleet = Fleet("d1")
    for second in range(0, 300, 30):
        fleet.wait(second)
        fleet.send("d1/online", b"true")
    assert fleet.silent() == ["d1"]
