"""A device that is down by its alarm: one alarm, for all that it powers and carries, and for itself."""

from __future__ import annotations

import pytest

from gateway.core.alarms.maintenance_actions import StartMaintenance
from gateway.core.devices.watched import Presence
from gateway.core.kernel.times import HOUR, SECOND
from gateway.core.rules.evaluator import Evaluator
from gateway.core.rules.explanation import RunningDelay
from gateway.core.rules.rule import RuleSpec
from gateway.store.database import Database
from tests.unit.core.devices.fleet import Fleet
from tests.unit.core.sites import at

OFFLINE = RuleSpec.model_validate(
    {
        "id": "sensor-offline",
        "applies_to": {"profile": "sensor"},
        "when": "!online",
        "for": "10s",
        "severity": "warning",
        "title": {"en": "Offline"},
        "device_down": True,
    }
)
CHILDREN = [f"d{number}" for number in range(200)]


def fleet(database: Database | None = None) -> Fleet:
    """A panel that feeds 200 devices."""
    panel = {"id": "panel", "expect_every": "10m"}
    made = Fleet(
        panel, *({"id": child, "powered_by": "panel"} for child in CHILDREN), rules=[OFFLINE], database=database
    )
    made.say(1, "panel", *CHILDREN)
    return made


def lose(made: Fleet, second: float) -> None:
    """The panel loses power: a bridge says so of it, and of all that it feeds."""
    made.wait(second)
    for device in ("panel", *CHILDREN):
        made.send(f"{device}/online", b"false")


def raised(made: Fleet) -> list[str]:
    """What people were told, in order: each raise."""
    return [record.subject for record in made.audit if record.kind == "alarm" and record.data["step"] == "raise"]


def test_the_panel_that_feeds_200_devices_is_down_and_people_are_told_of_one_alarm() -> None:
    made = fleet()
    lose(made, 10)
    made.wait(2000)
    assert raised(made) == ["sensor-offline/panel"]
    assert {made.presence(child) for child in CHILDREN} == {Presence.UNREACHABLE}


def test_when_the_panel_is_back_each_device_is_judged_anew() -> None:
    made = fleet()
    lose(made, 10)
    made.wait(2000)
    made.send("panel/online", b"true")
    made.say(2000, "panel")
    for child in CHILDREN[1:]:
        made.send(f"{child}/online", b"true")
    for second in range(2001, 2400, 30):
        made.say(second, "panel", *CHILDREN[1:])
    assert raised(made) == ["sensor-offline/panel", "sensor-offline/d0"]
    assert made.silent() == []
    assert {made.presence(child) for child in CHILDREN[1:]} == {Presence.HEARD}


def test_a_restart_knows_what_is_down(database: Database) -> None:
    made = fleet(database)
    lose(made, 10)
    made.wait(60)
    made.restart(70, hears_at=71)
    made.wait(2000)
    assert raised(made) == ["sensor-offline/panel"]
    assert made.presence("d7") is Presence.UNREACHABLE


def test_a_device_alone_that_is_offline_is_told_once_and_not_as_silent_too() -> None:
    made = Fleet("d1", rules=[OFFLINE])
    made.say(1, "d1")
    made.send("d1/online", b"false")
    made.wait(2000)
    assert raised(made) == ["sensor-offline/d1"]
    made.send("d1/online", b"true")
    made.wait(2089)
    assert raised(made) == ["sensor-offline/d1"]
    made.wait(2091)
    assert raised(made) == ["sensor-offline/d1", "silent/d1"], "it is online, and still says nothing"


@pytest.mark.parametrize(("every", "within"), [("3s", 60), ("20s", 60), ("30s", 90), ("5m", 900)])
def test_a_device_that_is_no_longer_down_has_three_of_its_intervals_to_be_heard_and_a_minute_at_least(
    every: str, within: float
) -> None:
    made = Fleet({"id": "d1", "expect_every": every}, rules=[OFFLINE])
    made.say(1, "d1")
    made.send("d1/online", b"false")
    made.wait(20_000)
    made.send("d1/online", b"true")
    made.wait(20_000 + within - 1)
    assert raised(made) == ["sensor-offline/d1"]
    made.wait(20_000 + within + 1)
    assert raised(made) == ["sensor-offline/d1", "silent/d1"]


def test_a_device_that_was_down_behind_another_and_is_worked_on_is_no_cause_when_the_other_is_back() -> None:
    box = {"id": "box", "powered_by": "panel", "expect_every": "never"}
    made = Fleet({"id": "panel", "expect_every": "never"}, box, {"id": "d1", "powered_by": "box"}, rules=[OFFLINE])
    made.wait(10)
    for device in ("panel", "box"):
        made.send(f"{device}/online", b"false")
    made.say(20, "d1")
    made.wait(100)
    made.act(100, StartMaintenance(devices=("box",), duration=HOUR, reason="new fuse", by="Li Wei"))
    made.send("panel/online", b"true")
    made.wait(1000)
    assert raised(made) == ["sensor-offline/panel", "silent/d1"]


def hourly(database: Database | None = None) -> Fleet:
    """A device that sends once an hour goes offline, and comes back after more than three hours of silence."""
    made = Fleet({"id": "d1", "expect_every": "1h"}, rules=[OFFLINE], database=database)
    made.say(0, "d1")
    made.wait(100)
    made.send("d1/online", b"false")
    made.wait(20_000)
    made.send("d1/online", b"true")
    return made


def test_a_device_that_comes_back_and_sends_seldom_is_not_told_as_silent_before_it_sends() -> None:
    made = hourly()
    for second in (20_000 + 3_600, 20_000 + 7_200):
        made.say(second, "d1")
    made.wait(30_000)
    assert raised(made) == ["sensor-offline/d1"]


def test_a_device_that_comes_back_and_never_sends_is_told_after_three_of_its_intervals() -> None:
    made = hourly()
    made.wait(20_000 + 10_799)
    assert raised(made) == ["sensor-offline/d1"]
    made.wait(20_000 + 10_801)
    assert raised(made) == ["sensor-offline/d1", "silent/d1"]


def test_a_restart_in_the_wait_for_the_first_word_changes_nothing(database: Database) -> None:
    made = hourly(database)
    made.restart(25_000, hears_at=25_001)
    made.wait(20_000 + 10_799)
    assert raised(made) == ["sensor-offline/d1"]
    made.wait(20_000 + 10_801)
    assert raised(made) == ["sensor-offline/d1", "silent/d1"]


PANEL, BOX = {"id": "panel", "expect_every": "never"}, {"id": "box", "powered_by": "panel", "expect_every": "never"}
BURNT = RuleSpec.model_validate(
    {
        "id": "burnt",
        "applies_to": {"profile": "sensor"},
        "when": "!online",
        "severity": "critical",
        "title": {"en": "Burnt through"},
        "device_down": True,
        "life_safety": True,
    }
)


def test_people_are_told_10_s_later_for_each_device_on_which_the_one_that_is_down_depends() -> None:
    made = Fleet(PANEL, BOX, {"id": "d1", "powered_by": "box", "expect_every": "never"}, rules=[OFFLINE])
    made.wait(10)
    made.send("d1/online", b"false")
    made.wait(39)
    assert raised(made) == []
    (found,) = made.engine.part(Evaluator).explain("sensor-offline", "d1")
    assert found.delay == RunningDelay(False, at(10), 30 * SECOND, at(40), settle=20 * SECOND)
    made.wait(41)
    assert raised(made) == ["sensor-offline/d1"]


def test_where_people_are_in_danger_nobody_waits_for_the_alarms_of_other_devices() -> None:
    made = Fleet(PANEL, BOX, {"id": "d1", "powered_by": "box", "expect_every": "never"}, rules=[BURNT])
    made.wait(10)
    made.send("d1/online", b"false")
    made.wait(11)
    assert raised(made) == ["burnt/d1"]
