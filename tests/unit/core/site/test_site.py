from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from gateway.core.configuration import Site
from gateway.core.devices.device import build
from gateway.core.profiles.profile import Profile
from gateway.core.rules.rule import RuleSpec, compile_rule
from gateway.core.site.site import DeviceSpec, LocationSpec, SiteHeader
from gateway.core.telemetry.quarantine import Reason
from gateway.core.telemetry.unknown_topics import UnknownTopics

PUMP = Profile.model_validate(
    {
        "profile": "pump",
        "title": {"en": "Pump"},
        "metrics": {"running": {"type": "bool"}, "mode": {"type": "enum", "values": {0: "off"}, "default": "off"}},
        "attributes": {"limit": {"type": "float", "default": 3.0}, "maker": {"type": "string", "default": ""}},
        "messages": [{"topic": "site/{site}/pump/{device}"}, {"topic": "old/{device}/pump", "time": "t"}],
    }
)
FAN = Profile.model_validate(
    {
        "profile": "fan",
        "title": {"en": "Fan"},
        "metrics": {"running": {"type": "bool"}},
        "messages": [{"topic": "fans.v1/{device}"}],
    }
)


def site(*devices: DeviceSpec, rules: tuple[RuleSpec, ...] = ()) -> Site:
    profiles = {"pump": PUMP, "fan": FAN}
    return Site(
        header=SiteHeader.model_validate({"id": "riverside", "name": {"en": "Riverside"}}),
        profiles=profiles,
        devices={device.id: device for device in devices},
        rules=tuple(compile_rule(spec, profiles[spec.applies_to.profile]) for spec in rules),
    )


def rule(name: str, **applies_to: Any) -> RuleSpec:  # noqa: ANN401
    parts = {"id": name, "applies_to": applies_to, "when": "running", "severity": "info", "title": {"en": "Running"}}
    return RuleSpec.model_validate(parts)


def test_a_rule_watches_the_devices_of_its_profile_or_those_it_names() -> None:
    first, second, fan = (
        DeviceSpec(id="p1", profile="pump"),
        DeviceSpec(id="p2", profile="pump"),
        DeviceSpec(id="f1", profile="fan"),
    )
    found = site(first, second, fan, rules=(rule("all", profile="pump"), rule("one", profile="pump", devices=["p2"])))

    assert [each.id for each in found.rules_of(first)] == ["all"]
    assert [each.id for each in found.rules_of(second)] == ["all", "one"]
    assert found.rules_of(fan) == ()


def test_a_device_begins_with_its_attributes_and_with_what_its_profile_takes_for_granted() -> None:
    devices = build(site(DeviceSpec(id="p1", profile="pump", attributes={"limit": 5})))

    assert devices["p1"].facts == {"limit": 5, "maker": "", "mode": "off"}
    assert devices["p1"].values == {}


@pytest.mark.parametrize(
    ("topic", "reason", "detail"),
    [
        ("site/riverside/pump/p9", Reason.UNKNOWN_DEVICE, "no pump named 'p9'"),
        ("old/p9/pump", Reason.UNKNOWN_DEVICE, "no pump named 'p9'"),
        ("fans.v1/f9", Reason.UNKNOWN_DEVICE, "no fan named 'f9'"),
        ("fansxv1/f9", Reason.UNKNOWN_TOPIC, "no profile"),
        ("site/elsewhere/pump/p1", Reason.UNKNOWN_TOPIC, "no profile"),
        ("site/riverside/pump/p1/more", Reason.UNKNOWN_TOPIC, "no profile"),
    ],
)
def test_a_topic_of_nobody_is_explained(topic: str, reason: Reason, detail: str) -> None:
    found, said = UnknownTopics(site(DeviceSpec(id="p1", profile="pump"))).reason(topic)

    assert found is reason
    assert detail in said


@pytest.mark.parametrize("name", ["", "a b", "a/b", "+", "#", "-a", "x" * 65, "电梯"])
def test_an_id_is_one_level_of_a_topic(name: str) -> None:
    with pytest.raises(ValidationError, match="is not an id"):
        DeviceSpec(id=name, profile="pump")
    with pytest.raises(ValidationError, match="is not an id"):
        LocationSpec(id=name)


@pytest.mark.parametrize("zone", ["Mars/Base", "", "Asia", "../etc", "/etc/passwd", "Asia/\0"])
def test_a_time_zone_is_one_that_exists(zone: str) -> None:
    with pytest.raises(ValidationError, match="is not a time zone"):
        SiteHeader.model_validate({"id": "s", "name": {"en": "S"}, "timezone": zone})
