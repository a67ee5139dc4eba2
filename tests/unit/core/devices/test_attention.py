"""Which devices need more of their readings than latest values, and what that is."""

from __future__ import annotations

import pytest

from gateway.core.devices.attention import Attention
from gateway.core.devices.hearing import Hearing
from gateway.core.devices.latest import Devices
from gateway.core.kernel.values import Value
from gateway.core.profiles.profile import Profile
from gateway.core.telemetry.readings import STAMPED, Message, Reading
from tests.unit.core.sites import Bench, at, rule_spec

PLAIN: dict[str, object] = {"type": "float"}


def attention(**metrics: dict[str, object]) -> Attention:
    """What a profile with these metrics needs."""
    bindings = [{"topic": "site/{site}/sensor/{device}"}]
    profile = {"profile": "sensor", "title": {"en": "Sensor"}, "metrics": metrics, "messages": bindings}
    return Attention.of(Profile.model_validate(profile), None)


def reading(second: float = 0, **values: Value) -> Reading:
    return Reading("s1", "sensor", at(second), at(second), values, STAMPED)


@pytest.mark.parametrize(
    "metric",
    [{"uid": {"type": "tag"}}, {"level": {"type": "float", "stale_after": "5m"}}, {"online": {"type": "bool"}}],
)
def test_tags_highest_ages_and_online_need_attention(metric: dict[str, dict[str, object]]) -> None:
    assert not attention(value=PLAIN).is_needed
    assert attention(value=PLAIN, **metric).is_needed


def test_a_device_gets_attention_only_while_its_word_is_awaited() -> None:
    devices = Bench().engine.devices
    assert [device.spec.id for device in devices if device.attention is not None] == ["r1"]  # it reads tags

    devices.attend("p1", is_awaited=True)
    assert devices["p1"].attention is not None
    devices.attend("p1", is_awaited=False)
    assert devices["p1"].attention is None


def test_what_awaits_no_longer_takes_nothing_from_others() -> None:
    devices = Bench().engine.devices
    followed: list[float] = []
    devices.follow("p1", lambda each, _message, _number: followed.append(each.received))
    devices.attend("p1", is_awaited=True)
    devices.attend("p1", is_awaited=False)
    devices.attend("r1", is_awaited=False)

    devices.update(Reading("p1", "pump", at(5), at(5), {"pressure": 1.0}, STAMPED), Message("t", b"", at(5)), 1)
    assert followed == [at(5)]
    kept = devices["r1"].attention
    assert kept is not None
    assert kept.tags == ("uid",)


def test_rules_with_windows_concern_only_the_devices_that_they_watch() -> None:
    let = {"mean_1m": {"mean": "pressure", "over": "1m"}}
    applies_to = {"profile": "pump", "devices": ["p2"]}
    bench = Bench(rule_spec(), rule_spec(id="mean", applies_to=applies_to, let=let, when="mean_1m < 0.1"))

    assert bench.engine.part(Devices)["p1"].attention is None
    assert bench.engine.part(Devices)["p2"].attention is not None


def test_that_a_device_is_online_proves_no_life_and_what_was_retained_neither() -> None:
    needs = attention(value=PLAIN, online={"type": "bool"})
    fresh, retained = Message("t", b"", at(0)), Message("t", b"", at(0), retained=True)

    assert not needs.proves_life(reading(online=True), fresh)
    assert needs.proves_life(reading(online=True, value=1.0), fresh)
    assert not needs.proves_life(reading(value=1.0), retained)


def test_each_value_of_a_tag_is_a_scan() -> None:
    needs = attention(uid={"type": "tag"}, value=PLAIN)

    assert [scan.uid for scan in needs.scans(reading(uid="04A2", value=1.0))] == ["04A2"]
    assert [*needs.scans(reading(value=1.0))] == []


def test_what_was_retained_renews_no_age() -> None:
    needs, hearing = attention(level={"type": "float", "stale_after": "5m"}, value=PLAIN), Hearing()
    hearing.begin(at(0))

    needs.note_ages(reading(10, level=1.0, value=1.0), hearing, renew=False)
    assert needs.said == {"level": at(10) - at(0)}
    needs.note_ages(reading(20, level=1.0), hearing, renew=False)
    assert needs.said == {"level": at(10) - at(0)}
    needs.note_ages(reading(30, level=1.0), hearing, renew=True)
    assert needs.said == {"level": at(30) - at(0)}
