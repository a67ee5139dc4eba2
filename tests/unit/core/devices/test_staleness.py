"""Values that are too old: unknown to rules, shown as such, and known again when the device is heard."""

from __future__ import annotations

import pytest

from gateway.core.rules.rule import RuleSpec
from gateway.store.database import Database
from tests.unit.core.devices.fleet import Fleet


def rule(**fields: object) -> RuleSpec:
    spec = {"id": "high", "when": "value > 50", "severity": "warning", "title": {"en": "High"}}
    return RuleSpec.model_validate({"applies_to": {"profile": "sensor"}, **spec, **fields})


def steps(fleet: Fleet, rule_id: str = "high") -> list[str]:
    """The steps of the alarms of a rule."""
    return [
        str(record.data["step"])
        for record in fleet.audit
        if record.kind == "alarm" and record.subject.startswith(f"{rule_id}/")
    ]


def test_the_values_of_a_silent_device_are_unknown_to_rules_and_shown_as_stale() -> None:
    fleet = Fleet("d1")
    fleet.say(10, "d1", value=7.0)
    fleet.wait(99)
    device = fleet.engine.devices["d1"]
    assert device.facts["value"] == 7.0
    fleet.wait(100)
    assert "value" not in device.facts
    assert device.values == {"value": 7.0}
    assert device.stale == {"value"}


def test_silence_never_clears_an_alarm() -> None:
    fleet = Fleet("d1", rules=[rule()])
    fleet.say(10, "d1", value=60.0)
    fleet.wait(100_000)
    assert steps(fleet) == ["raise"]


def test_an_off_delay_is_cancelled_when_the_condition_becomes_unknown() -> None:
    fleet = Fleet("d1", rules=[rule(clear_for="5m")])
    fleet.say(10, "d1", value=60.0)
    fleet.say(20, "d1", value=40.0)
    fleet.wait(100_000)
    assert steps(fleet) == ["raise"]
    fleet.say(100_000, "d1", value=40.0)
    for second in range(100_030, 100_290, 30):
        fleet.say(second, "d1", value=40.0)
    assert steps(fleet) == ["raise"]
    fleet.say(100_300, "d1", value=40.0)
    assert steps(fleet) == ["raise", "return"]


def test_an_on_delay_goes_on() -> None:
    fleet = Fleet("d1", rules=[rule(**{"for": "5m"})])
    fleet.say(10, "d1", value=60.0)
    fleet.wait(309)
    assert not steps(fleet)
    fleet.wait(310)
    assert steps(fleet) == ["raise"]


def test_what_is_sent_on_change_is_known_again_when_its_device_is_heard() -> None:
    fleet = Fleet("d1", rules=[rule(when="value > 50 && leak")])
    fleet.say(10, "d1", leak=True)
    fleet.wait(1000)
    fleet.say(1000, "d1", value=60.0)
    assert steps(fleet) == ["raise"]


def test_an_off_delay_begins_again_with_what_is_known_again() -> None:
    fleet = Fleet("d1", rules=[rule(when="leak", clear_for="2m")])
    fleet.say(10, "d1", leak=True)
    fleet.say(20, "d1", leak=False)
    fleet.wait(1000)
    for second in range(1000, 1200, 30):
        fleet.say(second, "d1", value=1.0)
    assert steps(fleet) == ["raise", "return"]


def test_whether_a_device_is_online_is_not_its_own_word_and_does_not_age_with_it() -> None:
    offline = rule(id="sensor-offline", when="!online", clear_for="3m")
    fleet = Fleet("d1", rules=[offline])
    fleet.send("d1/online", b"false")
    fleet.wait(50)
    fleet.send("d1/online", b"true")
    fleet.wait(229)
    assert fleet.silent() == ["d1"]
    assert steps(fleet, "sensor-offline") == ["raise"]
    fleet.wait(230)
    assert steps(fleet, "sensor-offline") == ["raise", "return"]


def test_values_of_an_unreachable_device_are_stale_too() -> None:
    fleet = Fleet("panel", {"id": "d1", "powered_by": "panel"})
    fleet.say(10, "d1", value=7.0)
    fleet.wait(200)
    assert fleet.engine.devices["d1"].stale == {"value"}


def test_stale_values_stay_so_over_a_restart_and_are_known_again_afterwards(database: Database) -> None:
    fleet = Fleet("d1", rules=[rule(when="leak", clear_for="10m")], database=database)
    fleet.say(10, "d1", leak=True)
    fleet.say(20, "d1", leak=False)
    fleet.wait(200)
    fleet.snapshot()
    fleet.restart(210, hears_at=211)
    device = fleet.engine.devices["d1"]
    assert device.stale == {"leak"}
    fleet.wait(100_000)
    assert steps(fleet) == ["raise"]
    fleet.say(100_001, "d1")
    assert device.facts == {"leak": False, "value": 1.0}


def test_a_value_of_the_past_does_not_make_a_stale_one_known() -> None:
    message = {"topic": "site/{site}/sensor/{device}/telemetry", "time": {"path": "ts", "by": "server"}}
    fleet = Fleet("d1", messages=[message])
    fleet.say(10_000, "d1", value=7.0)
    fleet.wait(10_200)
    fleet.say(11_000, "d1", value=9.0, stamp=10_300)
    device = fleet.engine.devices["d1"]
    assert device.values == {"value": 9.0}
    assert "value" not in device.facts


def metrics(**stale_after: str) -> dict[str, object]:
    """The metrics of the profile, some with a highest age."""
    return {
        name: {"type": "float"} | ({"stale_after": stale_after[name]} if name in stale_after else {})
        for name in ("value", "other", "online")
    }


def test_a_value_with_a_highest_age_becomes_stale_though_its_device_sends() -> None:
    fleet = Fleet("d1", metrics=metrics(value="5m"))
    fleet.say(10, "d1", value=7.0)
    for second in range(40, 310, 30):
        fleet.say(second, "d1", other=1.0)
    device = fleet.engine.devices["d1"]
    fleet.wait(309)
    assert not device.stale
    fleet.wait(315)  # the sweep comes every five seconds
    assert device.stale == {"value"}
    fleet.say(320, "d1", other=1.0)
    assert device.stale == {"value"}
    fleet.say(330, "d1", value=8.0)
    assert not device.stale
    assert device.facts["value"] == 8.0


def test_it_does_so_where_nobody_expects_the_device_to_send() -> None:
    fleet = Fleet("d1", metrics=metrics(value="5m"), expect_every=None)
    fleet.say(10, "d1", value=7.0)
    fleet.wait(310)
    assert fleet.engine.devices["d1"].stale == {"value"}


@pytest.mark.parametrize("age", ["never", "1h"])
def test_a_value_with_an_age_of_its_own_outlasts_the_silence_of_its_device(age: str) -> None:
    fleet = Fleet("d1", metrics=metrics(value=age))
    fleet.say(10, "d1", value=7.0, other=1.0)
    fleet.wait(1000)
    device = fleet.engine.devices["d1"]
    assert device.stale == {"other"}
    fleet.wait(4000)
    assert device.stale == ({"other"} if age == "never" else {"value", "other"})
    fleet.say(4010, "d1", online=1.0, other=2.0)
    assert device.stale == (frozenset() if age == "never" else {"value"})


def test_a_highest_age_counts_what_was_heard_and_survives_restarts(database: Database) -> None:
    fleet = Fleet("d1", metrics=metrics(value="5m"), database=database)
    fleet.say(10, "d1", value=7.0)
    fleet.say(100, "d1", other=1.0)
    fleet.restart(10_000, hears_at=10_001)
    fleet.say(10_100, "d1", other=1.0)
    fleet.snapshot()
    fleet.restart(10_110, hears_at=10_111)
    device = fleet.engine.devices["d1"]
    assert device.values["value"] == 7.0
    fleet.say(10_200, "d1", other=1.0)
    assert not device.stale
    fleet.wait(10_240)
    assert device.stale == {"value"}


def test_a_retained_message_renews_no_age() -> None:
    fleet = Fleet("d1", metrics=metrics(value="5m"), expect_every=None)
    fleet.say(10, "d1", value=7.0)
    fleet.wait(200)
    fleet.send("d1/telemetry", b'{"value": 7}', retained=True)
    fleet.wait(315)
    assert fleet.engine.devices["d1"].stale == {"value"}


def test_an_off_delay_of_a_value_that_becomes_too_old_is_cancelled() -> None:
    fleet = Fleet("d1", rules=[rule(clear_for="10m")], metrics=metrics(value="5m"))
    fleet.say(10, "d1", value=60.0)
    fleet.say(20, "d1", value=40.0)
    for second in range(50, 2000, 30):
        fleet.say(second, "d1", other=1.0)
    assert steps(fleet) == ["raise"]


def test_a_time_since_does_not_grow_on_a_condition_that_has_become_unknown() -> None:
    fleet = Fleet("d1", rules=[rule(let={"idle": {"since": "value > 50"}}, when="idle > 300")])
    fleet.say(10, "d1", value=7.0)
    fleet.wait(100_000)
    assert steps(fleet) == []
    for second in range(100_000, 100_300, 30):
        fleet.say(second, "d1", value=7.0)
    assert steps(fleet) == ["raise"]
