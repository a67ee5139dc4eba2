"""Rules that read another device of the same place by its role."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.core.alarms.lifecycle import State
from gateway.core.configuration import Configuration
from gateway.core.kernel.errors import ConditionError
from gateway.core.kernel.times import MINUTE
from gateway.core.rules.compiling import rules_of
from gateway.core.rules.evaluator import Evaluator
from gateway.core.rules.explanation import Origin
from gateway.core.site.site import DeviceSpec, LocationSpec, Site, SiteHeader
from tests.unit.core.sites import PUMP, READER, Bench, Seen, at, checkpoint_after, rule_spec, told

NO_FLOW = {"id": "standby-low", "when": "!running && duty.pressure < lowest", "title": {"en": "Standby does not start"}}
PROFILES = {"duty": (PUMP,), "standby": (PUMP,)}


def pumps(*, duty_at: str = "room", expect_every: str | None = None, **fields: object) -> Configuration:
    """Pump `p1`, the duty one, and its standby `p2` under a rule that watches `p2`."""
    devices = (
        DeviceSpec.model_validate(
            {"id": "p1", "profile": "pump", "role": "duty", "location": duty_at, "expect_every": expect_every}
        ),
        DeviceSpec(id="p2", profile="pump", role="standby", location="room"),
    )
    applies_to = {"profile": "pump", "devices": ["p2"]}
    spec = rule_spec(**{"applies_to": applies_to, **NO_FLOW, **fields})
    return Configuration(
        site=Site(
            header=SiteHeader.model_validate({"id": "s1", "name": {"en": "Site"}}),
            devices={each.id: each for each in devices},
            locations={"room": LocationSpec(id="room"), "attic": LocationSpec(id="attic")},
        ),
        profiles={"pump": PUMP, "reader": READER},
        rules=rules_of(spec, PUMP, PROFILES),
    )


def test_a_message_of_the_other_device_raises_the_alarm_of_the_one_that_is_watched() -> None:
    bench = Bench(configuration=pumps())
    assert not told(bench.pump(1, "p2", running=False))
    assert not told(bench.pump(2, "p1", pressure=0.5, running=True))

    seen = bench.pump(3, "p1", pressure=0.05)

    assert [(record.rule, record.subject.id) for record in seen.alarms] == [("standby-low", "p2")]


def test_a_message_of_the_watched_device_raises_it_as_well() -> None:
    bench = Bench(configuration=pumps())
    assert not told(bench.pump(1, "p1", pressure=0.05))
    assert told(bench.pump(2, "p2", running=False)) == ["raise unacknowledged"]


def test_a_message_of_the_other_device_ends_it() -> None:
    bench = Bench(configuration=pumps(clear_when="duty.pressure > lowest + 0.1"))
    bench.pump(1, "p2", running=False)
    bench.pump(2, "p1", pressure=0.05)
    assert not told(bench.pump(3, "p1", pressure=0.15))
    assert told(bench.pump(4, "p1", pressure=0.25)) == ["return returned"]


def test_the_evidence_is_the_message_of_the_other_device_with_what_the_rule_has_read() -> None:
    bench = Bench(configuration=pumps())
    bench.pump(1, "p2", running=False, starts=7)
    (record,) = bench.pump(2, "p1", pressure=0.05, mode="automatic").alarms

    assert record.evidence is not None
    assert record.evidence.topic == "site/s1/pump/p1/telemetry"
    assert record.evidence.values == {"running": False, "duty.pressure": 0.05}


def test_a_metric_that_the_rule_does_not_read_evaluates_nothing() -> None:
    bench = Bench(configuration=pumps(**{"for": "1m"}))
    bench.pump(1, "p2", running=False)
    bench.pump(2, "p1", pressure=0.05)
    bench.pump(30, "p1", running=True)
    assert told(bench.tick(62)) == ["raise unacknowledged"]


def test_a_delay_is_cancelled_by_the_other_device() -> None:
    bench = Bench(configuration=pumps(**{"for": "1m"}))
    bench.pump(1, "p2", running=False)
    bench.pump(2, "p1", pressure=0.05)
    bench.pump(30, "p1", pressure=0.5)
    assert not told(bench.tick(3600))


def test_without_a_device_of_the_role_at_the_place_what_it_would_say_is_unknown() -> None:
    bench = Bench(configuration=pumps(duty_at="attic"))
    bench.pump(1, "p1", pressure=0.05)
    assert not told(bench.pump(2, "p2", running=False))


def test_what_does_not_depend_on_the_unknown_device_is_decided_all_the_same() -> None:
    bench = Bench(configuration=pumps(duty_at="attic", when="pressure < lowest || duty.pressure < lowest"))
    assert told(bench.pump(2, "p2", pressure=0.05)) == ["raise unacknowledged"]


def test_a_rule_may_read_the_other_device_alone() -> None:
    bench = Bench(configuration=pumps(when="duty.mode == 'hand' && duty.pressure + 0 < 1"))
    assert told(bench.pump(1, "p1", mode=0, pressure=0.5)) == ["raise unacknowledged"]


def test_a_derived_value_and_another_device_go_together() -> None:
    let = {"mean": {"mean": "pressure", "over": "10m"}}
    bench = Bench(configuration=pumps(let=let, when="duty.running && mean < lowest"))
    bench.pump(1, "p2", pressure=0.05)
    (record,) = bench.pump(2, "p1", running=True).alarms
    assert record.evidence is not None
    assert record.evidence.values == {"duty.running": True, "mean": 0.05}


def test_a_role_that_the_watched_device_has_itself_is_that_device() -> None:
    bench = Bench(configuration=pumps(when="standby.pressure < lowest"))
    assert told(bench.pump(1, "p2", pressure=0.05)) == ["raise unacknowledged"]


def test_when_the_other_device_falls_silent_an_off_delay_is_cancelled_and_the_alarm_stays() -> None:
    bench = Bench(configuration=pumps(clear_for="10m", expect_every="30s"))
    bench.pump(1, "p2", running=False)
    bench.pump(2, "p1", pressure=0.05)
    bench.pump(3, "p1", pressure=0.5)
    seen = [bench.tick(each) for each in range(10, 3600, 10)]
    assert "return returned" not in told(*seen)
    bench.pump(3600, "p1", pressure=0.5)
    quiet = [bench.pump(each, "p1", pressure=0.5) for each in range(3610, 4190, 10)]
    assert "return returned" not in told(*quiet)
    assert "return returned" in told(bench.pump(4200, "p1", pressure=0.5))


def test_a_restart_changes_nothing() -> None:
    configuration = pumps(**{"for": "1m"})
    bench = Bench(configuration=configuration)
    steps: list[Seen] = [
        bench.beginning,
        bench.hearing,
        bench.pump(1, "p2", running=False),
        bench.pump(2, "p1", pressure=0.05),
    ]
    again = Bench(configuration=configuration, checkpoint=checkpoint_after(*steps), start_s=40, hears=False)
    again.engine.set_hearing(at(40))
    assert not told(again.pump(41, "p1", pressure=0.05))
    assert told(again.tick(41 + MINUTE / 1e6)) == ["raise unacknowledged"]


def test_in_blindness_the_stamps_of_the_other_device_count_no_time() -> None:
    bench = Bench(configuration=pumps(**{"for": "1m"}))
    bench.pump(1, "p2", running=False)
    bench.pump(2, "p1", pressure=0.05)
    bench.engine.set_blind(at(3))
    backlog = [bench.pump(300 + index, "p1", stamp_s=3 + 10 * index, pressure=0.05) for index in range(20)]
    assert not told(*backlog)
    bench.engine.set_hearing(at(330))
    assert told(bench.pump(400, "p1", pressure=0.05)) == ["raise unacknowledged"]


def test_the_rule_is_explained_with_the_other_device() -> None:
    bench = Bench(configuration=pumps())
    bench.pump(1, "p2", running=False)
    bench.pump(2, "p1", pressure=0.5)

    (explanation,) = bench.engine.part(Evaluator).explain("standby-low", "p2")

    values = {each.name: (each.origin, each.value, each.device) for each in explanation.values}
    assert explanation.when is False
    assert values["duty.pressure"] == (Origin.REPORTED, 0.5, "p1")
    assert values["running"] == (Origin.REPORTED, False, None)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"when": "duty.presure < 1"}, "pump, the profile of a device whose role is duty, has no metric 'presure'"),
        ({"when": "duty.mode == 'manual'"}, "duty.mode is never 'manual', only hand, automatic"),
        ({"when": "duty.pressure < 1", "life_safety": True}, "a life-safety rule reads its own device alone"),
        ({"when": "main.pressure < 1"}, "undeclared reference to 'main.pressure'"),
        ({"when": "duty < 1 && pressure < 1"}, "undeclared reference to 'duty'"),
    ],
)
def test_what_does_not_fit_is_told_with_a_caret(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConditionError, match=sentence):
        rules_of(rule_spec(**{"id": "x", **fields}), PUMP, PROFILES)


def test_an_event_of_another_device_is_no_state_that_a_rule_can_read() -> None:
    with pytest.raises(ConditionError, match=r"door\.call is an event, not a state"):
        rules_of(rule_spec(id="x", when="door.call"), PUMP, {"door": (READER,)})


def test_a_metric_that_has_another_type_at_another_place_cannot_be_read() -> None:
    other = PUMP.model_copy(update={"metrics": {**PUMP.metrics, "pressure": PUMP.metrics["mode"]}})
    with pytest.raises(ConditionError, match=r"duty\.pressure has different types at different places"):
        rules_of(rule_spec(id="x", when="duty.pressure < 1"), PUMP, {"duty": (PUMP, other)})


def test_values_of_the_other_device_that_are_believed_again_breach_the_rule_that_reads_them() -> None:
    bench = Bench(configuration=pumps(expect_every="30s", active={"hours": "08:10-08:30"}))
    bench.pump(0, "p1", pressure=0.05)
    bench.pump(0, "p2", running=False)
    assert not told(*(bench.tick(second) for second in range(5, 700, 5)))[1:]  # the silence of p1, and no more

    seen = bench.pump(700, "p1", starts=1)
    assert [(each.rule, each.subject.id) for each in seen.alarms if each.state is State.UNACKNOWLEDGED] == [
        ("standby-low", "p2")
    ]
