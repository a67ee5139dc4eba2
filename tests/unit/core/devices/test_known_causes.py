"""Devices behind one that is silent or down: they are kept back behind what people know of, and nothing else."""

from __future__ import annotations

import pytest

from gateway.core.alarms.maintenance_actions import EndMaintenance, StartMaintenance
from gateway.core.alarms.shelf import EndShelf, ShelveAlarm, ShelveRule, TakeOutOfService
from gateway.core.devices.watched import Presence
from gateway.core.kernel.events import Action
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import HOUR, MINUTE
from gateway.core.rules.rule import RuleSpec
from gateway.store.database import Database
from tests.unit.core.devices.fleet import Fleet, records

WHO = "Li Wei"
EDGE: dict[str, object] = {"id": "edge", "expect_every": "3s"}
DETECTOR: dict[str, object] = {"id": "s1", "reports_via": "edge", "expect_every": "5s"}
TRIPPED = RuleSpec.model_validate(
    {
        "id": "tripped",
        "applies_to": {"profile": "sensor"},
        "when": "leak",
        "severity": "warning",
        "title": {"en": "Tripped"},
        "device_down": True,
    }
)

PUT_ASIDE: dict[str, Action] = {
    "maintenance": StartMaintenance(devices=("edge",), duration=HOUR, reason="new disk", by=WHO),
    "out of service": TakeOutOfService(device="edge", why="waits for a part", by=WHO),
    "shelf of the rule": ShelveRule(
        rule="silent", subject=Subject.of_device("edge"), why="is known", duration=HOUR, by=WHO
    ),
}
END: dict[str, Action] = {
    "maintenance": EndMaintenance(maintenance=1, by=WHO),
    "out of service": EndShelf(shelf=1, by=WHO),
    "shelf of the rule": EndShelf(shelf=1, by=WHO),
}


def talk(fleet: Fleet, since: float, until: float, *devices: str) -> None:
    """The devices send each second."""
    for second in range(round(since), round(until)):
        fleet.say(second, *devices)


def raises(fleet: Fleet) -> list[str]:
    """Whose silence people were told, in order, once for each raise."""
    return [each.device for each in fleet.told if each.step == "raise"]


@pytest.mark.parametrize("how", PUT_ASIDE)
def test_a_cause_that_was_put_aside_before_anybody_was_told_hides_nothing_behind_it(how: str) -> None:
    fleet = Fleet(EDGE, DETECTOR)
    talk(fleet, 0, 10, "edge", "s1")
    fleet.act(10, PUT_ASIDE[how])
    fleet.wait(60)
    assert raises(fleet) == ["s1"]
    assert fleet.presence("s1") is Presence.SILENT


@pytest.mark.parametrize("how", PUT_ASIDE)
def test_when_the_cause_is_told_at_last_nobody_is_told_twice_of_what_is_behind_it(how: str) -> None:
    fleet = Fleet(EDGE, DETECTOR)
    talk(fleet, 0, 10, "edge", "s1")
    fleet.act(10, PUT_ASIDE[how])
    fleet.act(100, END[how])
    fleet.wait(1000)
    assert raises(fleet) == ["s1", "edge"]
    talk(fleet, 1000, 1400, "edge", "s1")
    assert raises(fleet) == ["s1", "edge"]
    assert not fleet.silent()


@pytest.mark.parametrize("restart_at", [12, 22, 27, 60, 110])
@pytest.mark.parametrize("how", PUT_ASIDE)
def test_a_restart_changes_nothing_of_that(how: str, restart_at: float, database: Database) -> None:
    fleet = Fleet(EDGE, DETECTOR, database=database)
    talk(fleet, 0, 10, "edge", "s1")
    fleet.act(10, PUT_ASIDE[how])
    fleet.wait(restart_at)
    fleet.snapshot()
    fleet.restart(restart_at + 3, hears_at=restart_at + 5)
    fleet.wait(400)
    assert raises(fleet) == ["s1"]
    assert fleet.presence("s1") is Presence.SILENT


@pytest.mark.parametrize("later", [False, True])
def test_a_cause_of_which_people_knew_before_it_was_shelved_remains_one(later: bool, database: Database) -> None:
    fleet = Fleet(EDGE, DETECTOR, database=database)
    talk(fleet, 0, 10, "edge", "s1")
    fleet.wait(50)
    assert raises(fleet) == ["edge"]
    fleet.act(50, ShelveAlarm(alarm=records(fleet)[0].number, why="is known", duration=30 * MINUTE, by=WHO))
    if later:
        fleet.restart(60, hears_at=61)
    fleet.wait(1700)
    assert raises(fleet) == ["edge"]
    assert fleet.presence("s1") is Presence.UNREACHABLE


@pytest.mark.parametrize("is_known", [False, True])
def test_a_device_that_is_down_explains_its_devices_only_if_people_know(is_known: bool) -> None:
    fleet = Fleet({"id": "panel", "expect_every": "never"}, {"id": "d1", "powered_by": "panel"}, rules=[TRIPPED])
    fleet.say(1, "d1")
    put_aside = TakeOutOfService(device="panel", why="is known", by=WHO)
    if not is_known:
        fleet.act(2, put_aside)
    fleet.say(3, "panel", leak=True)
    if is_known:
        fleet.act(4, put_aside)
    fleet.wait(2000)
    assert raises(fleet) == ([] if is_known else ["d1"])


def test_what_is_behind_two_is_told_where_people_know_of_neither() -> None:
    box = {"id": "box", "expect_every": "3s", "powered_by": "edge"}
    fleet = Fleet(EDGE, box, {"id": "s1", "reports_via": "box", "expect_every": "5s"})
    talk(fleet, 0, 10, "edge", "box", "s1")
    fleet.act(10, StartMaintenance(devices=("edge", "box"), duration=HOUR, reason="new disk", by=WHO))
    fleet.wait(60)
    assert raises(fleet) == ["s1"]


def test_what_is_behind_two_is_kept_back_behind_the_one_of_which_people_know() -> None:
    box = {"id": "box", "expect_every": "3s", "powered_by": "edge"}
    fleet = Fleet(EDGE, box, {"id": "s1", "reports_via": "box", "expect_every": "5s"})
    talk(fleet, 0, 10, "edge", "box", "s1")
    fleet.act(10, StartMaintenance(devices=("edge",), duration=HOUR, reason="new disk", by=WHO))
    fleet.wait(2000)
    assert raises(fleet) == ["box"]
    assert fleet.presence("s1") is Presence.UNREACHABLE


def flaky(fleet: Fleet, until: float, *, period: int, gone: int) -> None:
    """The edge sends each second, and is gone for so long at the end of each period. The detector is dead."""
    for second in range(round(fleet.second) + 1, round(until)):
        if second % period < period - gone:
            fleet.say(second, "edge")
        fleet.wait(second)


@pytest.mark.parametrize(("period", "gone"), [(60, 15), (30, 15), (60, 45), (600, 300)])
def test_a_parent_that_comes_and_goes_hides_no_dead_device_for_ever(period: int, gone: int) -> None:
    fleet = Fleet(EDGE, DETECTOR)
    talk(fleet, 0, 5, "edge", "s1")
    present_for = 15 + 3 * 60 + 5 * 60  # three intervals, a turn after each of three returns, and the longest wait
    counted = (period - gone - 1) / period  # the edge is gone from its last word on
    flaky(fleet, 2 * present_for / counted, period=period, gone=gone)
    assert raises(fleet).count("s1") == 1
    told_at = next(each.second for each in fleet.told if each.device == "s1")
    assert told_at * counted < present_for + period


@pytest.mark.parametrize("restart_every", [7, 50, 200])
def test_nor_with_restarts_in_between(restart_every: int, database: Database) -> None:
    fleet = Fleet(EDGE, DETECTOR, database=database)
    talk(fleet, 0, 5, "edge", "s1")
    while fleet.second < 2000 and "s1" not in raises(fleet):
        flaky(fleet, fleet.second + restart_every, period=60, gone=15)
        fleet.restart(fleet.second + 1, hears_at=fleet.second + 2)
    assert "s1" in raises(fleet)


def test_what_comes_back_each_time_with_a_parent_that_comes_and_goes_is_never_silent() -> None:
    fleet = Fleet(EDGE, DETECTOR)
    for start in range(0, 3600, 60):
        talk(fleet, start, start + 30, "edge")
        talk(fleet, start + 30, start + 45, "edge", "s1")  # it starts slowly
    assert "s1" not in raises(fleet)


def test_a_storm_of_short_outages_before_a_long_one_makes_no_alarms_of_what_comes_back() -> None:
    children = [f"d{number}" for number in range(20)]
    fleet = Fleet(EDGE, *({"id": child, "powered_by": "edge", "expect_every": "1m"} for child in children))
    talk(fleet, 0, 10, "edge", *children)
    for start in range(30, 150, 30):
        talk(fleet, start, start + 5, "edge")  # each time for too short to start
    for second in range(20_000, 21_000):
        fleet.say(second, "edge", *(children if second > 20_055 and second % 60 < 3 else []))
    assert set(raises(fleet)) == {"edge"}


def test_times_in_which_two_causes_overlap_count_once_and_none_of_them_is_blamed_on_a_device() -> None:
    panel = {"id": "panel", "expect_every": "10s"}
    fleet = Fleet(EDGE, panel, {**DETECTOR, "powered_by": "panel", "expect_every": "30s"})
    talk(fleet, 0, 10, "edge", "panel", "s1")
    talk(fleet, 10, 800, "panel")
    talk(fleet, 2000, 2500, "edge")
    talk(fleet, 2500, 2550, "edge", "panel")
    talk(fleet, 2550, 3000, "edge", "panel", "s1")
    assert "s1" not in raises(fleet)


def test_a_device_behind_one_that_sends_rarely_is_told_after_a_bounded_wait() -> None:
    fleet = Fleet({"id": "meter", "expect_every": "1d"}, {"id": "p1", "powered_by": "meter", "expect_every": "3s"})
    fleet.say(1, "meter", "p1")
    fleet.wait(1 + 9 + 300 - 1)
    assert not fleet.told
    assert fleet.presence("p1") is Presence.WAITING
    fleet.wait(1 + 9 + 300)
    assert fleet.steps("p1") == [(310, "raise")]


def test_a_device_that_sends_rarely_itself_waits_for_three_of_its_intervals() -> None:
    fleet = Fleet({"id": "meter", "expect_every": "1d"}, {"id": "p1", "powered_by": "meter", "expect_every": "10m"})
    fleet.say(1, "meter", "p1")
    fleet.wait(3600)
    assert not fleet.told
    fleet.wait(3601)
    assert fleet.steps("p1") == [(3601, "raise")]


@pytest.mark.parametrize("restart_at", [5, 12, 100, 300])
def test_restarts_do_not_prolong_the_wait(restart_at: float, database: Database) -> None:
    fleet = Fleet(
        {"id": "meter", "expect_every": "1d"},
        {"id": "p1", "powered_by": "meter", "expect_every": "3s"},
        database=database,
    )
    fleet.say(1, "meter", "p1")
    fleet.wait(restart_at)
    fleet.snapshot()
    fleet.restart(restart_at + 2, hears_at=restart_at + 3)
    fleet.wait(380)
    assert raises(fleet) == ["p1"]


def test_the_failure_of_a_parent_that_is_told_later_says_the_rest() -> None:
    fleet = Fleet({"id": "meter", "expect_every": "1d"}, {"id": "p1", "powered_by": "meter", "expect_every": "3s"})
    fleet.say(1, "meter", "p1")
    fleet.wait(3 * 86_400 + 2)
    assert raises(fleet) == ["p1", "meter"]


@pytest.mark.parametrize("period", [5, 12, 31])
def test_a_device_whose_alarm_chatters_explains_nothing_while_it_is_not_down(period: int, database: Database) -> None:
    fleet = Fleet(
        {"id": "panel", "expect_every": "never"},
        {"id": "d1", "powered_by": "panel"},
        rules=[TRIPPED],
        database=database,
    )
    fleet.say(1, "d1")
    is_down = False
    for number in range(1, 1500 // period):
        is_down = not is_down
        fleet.say(2 + number * period, "panel", leak=is_down)
        if number == 10:
            fleet.restart(fleet.second + 1, hears_at=fleet.second + 2)
    assert raises(fleet) == ["d1"]
