"""Alarms of groups: what inhibits and removes them, what members are for the rest of the gateway."""

from __future__ import annotations

import msgspec
import pytest

from gateway.core.alarms.actions import Acknowledge
from gateway.core.kernel.subjects import Subject
from gateway.core.rules.groups.grouping import GroupBy, groups_of
from gateway.core.rules.rule import RuleSpec
from tests.unit.core.rules.groups.zones import DEVICES, WEST, Zones, files, group_rule, raised
from tests.unit.core.sites import TICKET, Seen, checkpoint_after

MAINS = RuleSpec.model_validate(
    {
        "id": "mains",
        "applies_to": {"profile": "button"},
        "when": "pressed",
        "severity": "critical",
        "title": {"en": "Mains lost"},
    }
)


def fed_by_the_button(*members: str) -> list[dict[str, object]]:
    return [{**each, "powered_by": "b1"} if each["id"] in members else dict(each) for each in DEVICES]


def burn(gate: Zones, *devices: str) -> list[Seen]:
    return [gate.say(10, device, smoke=True) for device in devices]


def test_an_alarm_is_inhibited_where_all_members_that_count_depend_on_the_cause() -> None:
    rule = group_rule(severity="warning", inhibited_by=["mains"])
    gate = Zones(configuration=files(MAINS, rule, devices=fed_by_the_button("d1", "d2")))
    gate.say(1, "b1", pressed=True)
    assert raised(*burn(gate, "d1", "d2")) == ["fire zone:west suppress d1 d2"]
    assert raised(*burn(gate, "d3")) == ["fire zone:west raise d1 d2 d3"]


def test_a_member_that_does_not_depend_on_the_cause_has_the_alarm_told() -> None:
    rule = group_rule(severity="warning", inhibited_by=["mains"])
    gate = Zones(configuration=files(MAINS, rule, devices=fed_by_the_button("d1")))
    gate.say(1, "b1", pressed=True)
    assert raised(*burn(gate, "d1", "d2")) == ["fire zone:west raise d1 d2"]


@pytest.mark.parametrize(
    ("rules", "devices", "why"),
    [
        ([MAINS], DEVICES, "the rule fire is no longer in the site's files"),
        (
            [group_rule()],
            [{**each, "location": "yard"} for each in DEVICES],
            "the rule fire no longer has a group zone:west: none of its devices is in it",
        ),
        (
            [group_rule(group_by="location")],
            DEVICES,
            "the rule fire no longer has a group zone:west: none of its devices is in it",
        ),
    ],
)
def test_an_alarm_whose_group_the_files_have_no_longer_is_removed_with_a_reason(
    rules: list[RuleSpec], devices: list[dict[str, object]], why: str
) -> None:
    gate = Zones(group_rule(ticket=TICKET))
    steps = [gate.beginning, gate.hearing, *burn(gate, "d1", "d2")]
    again = Zones(configuration=files(*rules, devices=devices), checkpoint=checkpoint_after(*steps), start_s=20)
    (removed,) = [msgspec.json.decode(each.payload) for each in again.beginning.announced]
    assert (removed["step"], removed["subject"], removed["note"]) == ("remove", "zone:west", why)
    assert [*again.beginning.evaluations.values()] == [None]


def test_a_member_that_the_files_have_removed_is_counted_no_more() -> None:
    gate = Zones()
    steps = [gate.beginning, gate.hearing, *burn(gate, "d1", "d2")]
    devices = [{**each, "location": "yard"} if each["id"] == "d2" else each for each in DEVICES]
    again = Zones(configuration=files(group_rule(), devices=devices), checkpoint=checkpoint_after(*steps), start_s=20)
    assert raised(again.beginning, again.hearing) == []
    assert raised(again.say(21, "d3", smoke=False)) == ["fire zone:west return d1 d2"]


def test_an_edited_title_keeps_alarm_and_acknowledgement() -> None:
    gate = Zones()
    steps = [gate.beginning, gate.hearing, *burn(gate, "d1", "d2"), gate.act(Acknowledge(alarm=1, by="Li Wei"), 11)]
    edited = group_rule(title={"en": "Fire"})
    again = Zones(edited, checkpoint=checkpoint_after(*steps), start_s=20)
    assert raised(again.beginning, again.hearing) == []


def test_the_metrics_of_members_are_those_of_life_safety() -> None:
    gate = Zones(group_rule(life_safety=True))
    gate.say(1, "d1", smoke="perhaps")
    assert [each for each in raised(gate.tick(12)) if each.startswith("trouble")] == ["trouble device:d1 raise"]
    assert gate.site.troubles["d1"].metrics == {"smoke", "test"}


def test_a_group_is_named_by_zone_location_parent_tag_and_profile() -> None:
    site = files().site
    found = {}
    for group_by in GroupBy:
        spec = group_rule(group_by=group_by.value)
        groups = groups_of("fire", spec.applies_to, group_by, site)
        found[group_by.value] = {str(subject): members for subject, members in groups.items()}
    assert found == {
        "zone": {"zone:west": ("d1", "d2", "d3"), "zone:top": ("d4",)},
        "location": {
            "location:hall": ("d1", "d2"),
            "location:b1": ("d3",),
            "location:attic": ("d4",),
            "location:yard": ("d5",),
        },
        "parent": {"group:parent=d1": ("d5",), "group:parent=d2": ("d5",)},
        "tag": {"group:tag=old": ("d1", "d2"), "group:tag=loud": ("d1",)},
        "profile": {"group:profile=detector": ("d1", "d2", "d3", "d4", "d5", "d6")},
    }


def test_a_group_of_several_profiles_is_that_of_its_rule() -> None:
    conditions = {"detector": "smoke", "button": "pressed"}
    applies_to = {"profiles": ["detector", "button"]}
    rule = group_rule(applies_to=applies_to, group_by="profile", at_least={"devices": 2, "when": conditions})
    gate = Zones(rule)
    gate.say(1, "b1", pressed=True)
    assert raised(gate.say(2, "d6", smoke=True)) == ["fire group:rule=fire raise d6 b1"]


def test_people_read_the_members_in_the_language_of_the_site() -> None:
    applies_to = {"profiles": ["detector", "button"]}
    when = {"detector": "smoke", "button": "pressed"}
    rule = group_rule(applies_to=applies_to, at_least={"devices": 2, "when": when})
    details = []
    for language in ("en", "zh"):
        gate = Zones(configuration=files(rule, language=language))
        gate.say(1, "b1", pressed=True)
        details.append(gate.say(2, "d1", smoke=True).alarms[0].detail)
    assert details == ["2 of 4: d1, Button at the door (b1)", "4 个设备中的 2 个：d1、门口按钮 (b1)"]


def test_the_place_of_a_group_is_the_one_where_all_its_members_are() -> None:
    site = files().site
    assert site.location_of(WEST, ("d1", "d2")) == "hall"
    assert site.location_of(WEST, ("d1", "d3")) is None
    assert site.location_of(Subject.parse("location:attic"), ()) == "attic"
    assert site.location_of(Subject.of_device("d4")) == "attic"
    assert site.location_of(Subject.of_device("d6")) is None


def test_a_rule_outside_its_hours_ends_the_alarm_of_a_group_and_raises_it_when_they_begin() -> None:
    gate = Zones(group_rule(active={"hours": "16:00-16:10"}))  # tests begin at 16:00 in Shanghai
    burn(gate, "d1", "d2")
    assert raised(gate.tick(600)) == ["fire zone:west return d1 d2"]
    assert raised(gate.tick(86_400)) == ["fire zone:west raise d1 d2"]
