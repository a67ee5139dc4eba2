"""What an alarm of a group begins and ends by, where nobody has said anything new."""

from __future__ import annotations

import pytest

from gateway.core.alarms.actions import Acknowledge
from gateway.core.profiles.profile import Profile
from gateway.core.rules.rule import RuleSpec
from tests.unit.core.rules.groups import zones
from tests.unit.core.rules.groups.zones import DETECTOR, DEVICES, WEST, Zones, files, group_rule, raised
from tests.unit.core.sites import checkpoint_after

FOUR = [{"id": f"d{number}", "profile": "detector", "location": "hall"} for number in range(1, 5)]
CALLS = group_rule(at_least={"devices": 2, "when": "call", "within": "60s"})
MAINS = RuleSpec.model_validate(
    {
        "id": "mains",
        "applies_to": {"profile": "button"},
        "when": "pressed",
        "severity": "critical",
        "title": {"en": "Mains lost"},
    }
)


def test_events_that_never_came_do_not_keep_an_alarm_and_the_next_are_told() -> None:
    gate = Zones(configuration=files(CALLS, devices=FOUR))
    gate.say(1, "d1", call=True)
    assert raised(gate.say(2, "d2", call=True)) == ["fire zone:west raise d1 d2"]
    gate.act(Acknowledge(alarm=1, by="Li"), 3)
    told = [gate.tick(second) for second in range(30, 600, 10)]
    assert [each.split()[2] for each in raised(*told)] == ["return"]
    gate.say(3600, "d1", call=True)
    assert raised(gate.say(3601, "d2", call=True)) == ["fire zone:west raise d1 d2"]


def test_a_tag_that_is_written_twice_counts_a_device_once() -> None:
    devices = [
        {"id": "d1", "profile": "detector", "tags": ["a", "a"]},
        {"id": "d2", "profile": "detector", "tags": ["a"]},
    ]
    gate = Zones(configuration=files(group_rule(group_by="tag"), devices=devices))
    told = [gate.say(0, device, smoke=True) for device in ("d1", "d2")]
    assert raised(*told) == ["fire group:tag=a raise d1 d2"]
    assert [each.split()[2] for each in raised(gate.say(1, "d1", smoke=False))] == ["return"]


def test_defaults_alone_page_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    written = DETECTOR.model_dump(by_alias=True, mode="json", exclude_unset=True)
    written["metrics"] = {"smoke": {"type": "bool"}, "power": {"type": "float", "default": 0.0}}
    monkeypatch.setattr(zones, "DETECTOR", Profile.model_validate(written))
    rule = group_rule(at_least=None, let={"weakest": {"min": "power"}}, when="weakest < 10")
    gate = Zones(configuration=files(rule))
    assert raised(gate.beginning, gate.hearing, gate.tick(200)) == []
    assert raised(gate.say(201, "d1", power=1)) == ["fire zone:west raise d2 d3"]


def test_a_group_that_an_edit_of_the_files_made_clear_returns() -> None:
    gate = Zones(group_rule())
    steps = [
        gate.beginning,
        gate.hearing,
        *(gate.say(0, device, smoke=device != "d3") for device in ("d1", "d2", "d3")),
    ]
    kept = [each for each in DEVICES if each["id"] != "d2"]
    again = Zones(configuration=files(group_rule(), devices=kept), checkpoint=checkpoint_after(*steps), start_s=6)
    told = [again.beginning, again.hearing, *(again.tick(second) for second in range(7, 200))]
    assert [each.split()[2] for each in raised(*told)] == ["return"]


def test_a_silence_that_ended_in_blindness_ends_the_alarm() -> None:
    devices = [*({**each, "expect_every": "10s"} for each in FOUR[:2]), FOUR[2]]
    rule = group_rule(at_least=None, let={"quiet": {"share": "silent"}}, when="quiet > 0.3")
    gate = Zones(configuration=files(rule, devices=devices))
    told = [gate.say(0, device, smoke=False) for device in ("d1", "d2", "d3")]
    for second in range(1, 60):
        told += [gate.tick(second), gate.say(second, "d2", smoke=False)]
    assert [each for each in raised(*told) if each.startswith("fire")] == ["fire zone:west raise d1"]
    gate.blind(60)
    told = [gate.say(65, "d1", smoke=False), gate.hear(70)]
    for second in range(71, 200):
        told += [gate.tick(second), *(gate.say(second, device, smoke=False) for device in ("d1", "d2"))]
    assert [each.split()[2] for each in raised(*told) if each.startswith("fire")] == ["return"]
    assert gate.group(subject=str(WEST)).evaluations == {}


def test_inhibition_waits_until_members_no_longer_count() -> None:
    devices = [*({**each, "powered_by": "p"} for each in FOUR), {"id": "p", "profile": "button"}]
    rule = group_rule(
        inhibited_by=["mains"],
        at_least={"devices": 2, "when": "smoke", "within": "60s"},
        severity="warning",
        chatter="never",
    )
    gate = Zones(configuration=files(rule, MAINS, devices=devices))
    for each in FOUR:
        gate.say(0, str(each["id"]), smoke=False)
    gate.say(0, "p", pressed=True)
    for second, smoke in ((1, True), (2, False)):
        for device in ("d1", "d2"):
            gate.say(second, device, smoke=smoke)
    told = [gate.say(3, "p", pressed=False), *(gate.tick(second) for second in range(4, 100))]
    assert not [each for each in raised(*told) if each.startswith("fire") and " raise" in each]


def test_members_of_a_function_that_is_not_what_breached_are_not_named() -> None:
    let = {"total": {"sum": "temperature"}, "burning": {"count": "smoke"}}
    gate = Zones(group_rule(at_least=None, let=let, when="total > 40 || burning > 0"))
    assert raised(gate.say(1, "d1", smoke=True)) == ["fire zone:west raise d1"]
