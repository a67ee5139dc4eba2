"""Devices that depend on others to be heard: one alarm for what is off, and none for all that it powers."""

from __future__ import annotations

import random

import pytest

from gateway.core.devices.watched import Presence
from gateway.store.database import Database
from tests.unit.core.devices.fleet import Fleet


def fed(*children: str, **keys: object) -> list[dict[str, object]]:
    """A panel, and what it feeds."""
    return [{"id": "panel", "expect_every": "30s"}, *({"id": each, "powered_by": "panel", **keys} for each in children)]


def test_what_a_silent_panel_powers_is_unreachable_and_no_alarm() -> None:
    fleet = Fleet(*fed("d1", "d2"))
    fleet.say(10, "panel", "d1", "d2")
    fleet.wait(1000)
    assert [each.device for each in fleet.told] == ["panel"]
    assert fleet.presence("panel") is Presence.SILENT
    assert fleet.presence("d1") is fleet.presence("d2") is Presence.UNREACHABLE


def test_what_it_carries_is_unreachable_as_well_and_what_that_powers() -> None:
    devices = [{"id": "box"}, {"id": "panel", "reports_via": "box"}, {"id": "d1", "powered_by": "panel"}]
    fleet = Fleet(*devices)
    fleet.wait(1000)
    assert [each.device for each in fleet.told] == ["box"]
    assert fleet.presence("d1") is Presence.UNREACHABLE


def test_a_device_that_falls_silent_alone_is_an_alarm_after_its_turn() -> None:
    fleet = Fleet(*fed("d1"))
    for second in range(10, 400, 30):
        fleet.say(second, "panel", *(["d1"] if second < 100 else []))
    # Heard at 70 for the last time; the panel is heard when that is three intervals ago, and a minute of turn begins.
    assert fleet.steps("d1") == [(70 + 90 + 60, "raise")]


def test_a_device_that_falls_silent_first_waits_for_its_slow_panel() -> None:
    fleet = Fleet({"id": "panel", "expect_every": "100s"}, {"id": "d1", "powered_by": "panel", "expect_every": "10s"})
    fleet.say(10, "panel", "d1")
    fleet.wait(309)
    assert not fleet.told
    fleet.wait(310)
    assert [each.device for each in fleet.told] == ["panel"]
    assert fleet.presence("d1") is Presence.UNREACHABLE


def test_the_word_of_a_slow_panel_gives_its_silent_device_one_turn_and_then_it_is_an_alarm() -> None:
    fleet = Fleet({"id": "panel", "expect_every": "10m"}, {"id": "d1", "powered_by": "panel", "expect_every": "10s"})
    fleet.say(10, "panel", "d1")
    fleet.say(310, "panel")
    fleet.wait(369)
    assert not fleet.told
    fleet.wait(370)
    assert fleet.steps("d1") == [(370, "raise")]


def test_a_panel_that_is_gone_again_after_one_word_makes_none_of_its_devices_silent() -> None:
    fleet = Fleet(*fed("d1"))
    fleet.say(10, "d1")
    fleet.say(15, "panel")
    fleet.say(103, "panel")  # before it is silent itself, and after its device is
    fleet.wait(1000)
    assert [each.device for each in fleet.told] == ["panel"]
    assert fleet.presence("d1") is Presence.UNREACHABLE


def test_a_device_that_still_talks_alarms_as_always() -> None:
    fleet = Fleet(*fed("d1"))
    for second in range(10, 500, 30):
        fleet.say(second, "d1")
    assert fleet.silent() == ["panel"]
    assert fleet.presence("d1") is Presence.HEARD


def test_a_device_that_was_told_before_its_panel_went_stays_an_alarm() -> None:
    fleet = Fleet(*fed("d1", "d2"))
    for second in range(10, 400, 30):
        fleet.say(second, "panel", "d2")
    fleet.wait(1000)
    assert fleet.silent() == ["d1", "panel"]
    assert fleet.presence("d2") is Presence.UNREACHABLE
    fleet.say(1010, "panel")
    assert fleet.silent() == ["d1"]


def test_what_does_not_come_back_with_its_panel_is_silent_after_a_turn_more() -> None:
    fleet = Fleet(*fed("d1", "d2"))
    fleet.say(10, "panel", "d1", "d2")
    for second in range(1000, 1400, 30):
        fleet.say(second, "panel", "d1")
    # Three intervals and a turn after the return, and one more when the panel is heard then.
    assert fleet.steps("d2") == [(1000 + 90 + 60 + 60, "raise")]
    assert not fleet.steps("d1")


def test_what_was_not_yet_silent_when_its_panel_comes_back_is_not_blamed_for_it() -> None:
    fleet = Fleet({"id": "panel", "expect_every": "10s"}, {"id": "d1", "powered_by": "panel", "expect_every": "60s"})
    fleet.say(10, "panel", "d1")
    for second in range(170, 330, 10):
        fleet.say(second, "panel")  # off from 10 to 170: the device would be silent at 190
    fleet.say(330, "d1")
    assert [each.device for each in fleet.told] == ["panel", "panel"]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("outage", [40, 75, 100, 150, 3600])
def test_a_panel_that_feeds_200_devices_loses_power_and_there_is_one_alarm_at_most(seed: int, outage: float) -> None:
    """At any phase of sending, with a panel that sends as often as its devices, and one that sends more slowly."""
    chance = random.Random(seed)
    every = {f"d{n}": chance.choice((10, 30, 60)) for n in range(200)} | {"panel": chance.choice((10, 30, 60))}
    fleet = Fleet(
        {"id": "panel", "expect_every": f"{every['panel']}s"},
        *({"id": f"d{n}", "powered_by": "panel", "expect_every": f"{every[f'd{n}']}s"} for n in range(200)),
    )
    off, on = 300.0, 300.0 + outage
    said = []
    for device, interval in every.items():
        second = chance.uniform(0, interval)
        while second < off:
            said.append((second, device))
            second += interval
        second = on + chance.uniform(1, 45)  # it starts within a minute, and sends
        while second < on + 600:
            said.append((second, device))
            second += interval
    for second, device in sorted(said):
        fleet.say(second, device)
    assert {each.device for each in fleet.told} <= {"panel"}
    assert len(fleet.told) <= 2
    if outage > 3 * 60:
        assert [each.step for each in fleet.told] == ["raise", "return"]


@pytest.mark.parametrize("restart_at", [320, 340, 395, 500, 905])
def test_a_restart_in_such_an_outage_makes_no_storm(database: Database, restart_at: float) -> None:
    children = [f"d{n}" for n in range(20)]
    fleet = Fleet(*fed(*children), database=database)
    for second in range(1, 300, 30):
        fleet.say(second, "panel", *children)
    fleet.wait(restart_at)
    fleet.snapshot()
    fleet.restart(restart_at + 20, hears_at=restart_at + 25)
    for second in range(1000, 1500, 30):
        fleet.say(second, "panel", *children)
    assert [each.device for each in fleet.told] == ["panel", "panel"]


def test_what_is_unreachable_stays_so_over_a_restart(database: Database) -> None:
    fleet = Fleet(*fed("d1"), database=database)
    fleet.wait(400)
    fleet.restart(410, hears_at=411)
    fleet.wait(5000)
    assert fleet.presence("d1") is Presence.UNREACHABLE
    assert [each.device for each in fleet.told] == ["panel"]


def test_what_no_longer_depends_on_a_silent_panel_waits_anew(database: Database) -> None:
    fleet = Fleet(*fed("d1"), database=database)
    fleet.wait(400)
    fleet.restart(410, hears_at=411, files=fleet.configure({"id": "panel"}, "d1"))
    fleet.wait(500)
    assert fleet.silent() == ["panel"]
    fleet.wait(501)
    assert fleet.silent() == ["d1", "panel"]


def test_restarts_while_a_device_waits_do_not_hide_it_for_ever(database: Database) -> None:
    fleet = Fleet(*fed("d1"), database=database)
    fleet.say(5, "panel", "d1")
    second = 5.0
    while not fleet.steps("d1") and second < 3000:
        second += 25
        fleet.say(second, "panel")
        fleet.restart(second + 1, hears_at=second + 2)
        second += 2
    assert fleet.silent() == ["d1"]
    assert second < 700


def test_blindness_while_a_device_waits_tells_of_nothing_that_the_backlog_answers() -> None:
    fleet = Fleet(*fed("d1"))
    fleet.say(10, "panel", "d1")
    fleet.say(95, "panel")
    fleet.wait(110)
    fleet.go_blind(111)
    fleet.say(500, "panel")
    fleet.say(501, "d1")
    fleet.hear_from(502)
    fleet.say(510, "panel", "d1")
    assert not fleet.told


def test_while_a_device_is_down_what_depends_on_it_is_unreachable() -> None:
    fleet = Fleet({"id": "panel", "expect_every": "never"}, {"id": "d1", "powered_by": "panel"})
    fleet.say(10, "d1")
    fleet.set_down(50, "panel", is_down=True)
    fleet.wait(300)
    assert fleet.presence("d1") is Presence.UNREACHABLE
    fleet.set_down(400, "panel", is_down=False)
    due = 400 + 90 - (50 - 10) + 60  # three intervals, of which one and a third were over before, and a turn
    fleet.wait(due - 1)
    assert not fleet.told
    fleet.wait(due)
    assert fleet.steps("d1") == [(due, "raise")]


def test_what_waits_for_a_panel_that_goes_down_is_unreachable() -> None:
    fleet = Fleet({"id": "panel", "expect_every": "10m"}, {"id": "d1", "powered_by": "panel"})
    fleet.say(10, "panel", "d1")
    fleet.set_down(150, "panel", is_down=True)
    assert fleet.presence("d1") is Presence.UNREACHABLE
    fleet.wait(500)
    assert not fleet.told


def test_a_panel_that_is_up_again_but_silent_still_explains_its_devices() -> None:
    fleet = Fleet(*fed("d1"))
    fleet.set_down(1, "panel", is_down=True)
    fleet.wait(500)
    fleet.set_down(500, "panel", is_down=False)
    fleet.wait(2000)
    assert fleet.silent() == ["panel"]
    assert fleet.presence("d1") is Presence.UNREACHABLE


def test_a_circle_of_devices_ends() -> None:
    fleet = Fleet({"id": "d1", "powered_by": "d2"}, {"id": "d2", "powered_by": "d1"})
    fleet.wait(1000)
    fleet.say(1000, "d1", "d2")
    assert not fleet.silent()
