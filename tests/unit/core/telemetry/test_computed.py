"""Metrics that follow from another one and from attributes of the device."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from gateway.core.kernel.values import Value
from gateway.core.profiles.profile import Profile
from gateway.core.site.site import DeviceSpec, Site, SiteHeader
from gateway.core.telemetry.quarantine import Reason
from gateway.core.telemetry.readings import Message
from gateway.core.telemetry.readout import Readout
from gateway.core.telemetry.routes import FlatRoute
from gateway.core.telemetry.routing import Router
from gateway.core.telemetry.senders import senders_of
from gateway.core.telemetry.sparkplug.datatypes import Datatype, payload_metric
from gateway.core.telemetry.sparkplug.payload import Payload, encode

METRICS: dict[str, Any] = {
    "level": {
        "type": "float",
        "unit": "m",
        "range": [-0.5, 10],
        "over_range": "limit",
        "computed": {"from": "distance", "scale": -1, "offset": "height"},
    },
    "distance": {"type": "float", "unit": "mm", "range": [0, 20_000], "under_range": "limit"},
}
ATTRIBUTES: dict[str, Any] = {"height": {"type": "float", "unit": "cm"}}


def tank(
    metrics: dict[str, Any] | None = None, attributes: dict[str, Any] | None = None, messages: object = None
) -> Profile:
    return Profile.model_validate(
        {
            "profile": "tank",
            "title": {"en": "Tank"},
            "metrics": metrics or METRICS,
            "attributes": ATTRIBUTES if attributes is None else attributes,
            "messages": messages or [{"topic": "tank/{device}"}],
        }
    )


def router(profile: Profile, **given: float) -> Router:
    spec = DeviceSpec(id="t1", profile="tank", address="g/e/t1" if profile.messages[0].topic is None else None)
    site = Site(
        SiteHeader.model_validate({"id": "s1", "name": {"en": "Site"}}),
        {"t1": spec.model_copy(update={"attributes": given})},
    )
    return Router(site.header, senders_of(site, {"tank": profile}))


def read(payload: bytes, profile: Profile | None = None, topic: str = "tank/t1", **given: float) -> Readout:
    route = router(profile or tank(), **given).find(topic)
    assert route is not None
    return route.read(Message(topic, payload, 0))


def outcome(readout: Readout) -> tuple[dict[str, Value], list[tuple[str, Reason]]]:
    ((_, decoded),) = readout.readings
    return decoded.values, [(each.metric, each.reason) for each in decoded.rejected]


def test_the_level_is_the_height_of_the_sensor_less_the_distance() -> None:
    assert outcome(read(b'{"distance": 1250}', height=300)) == ({"distance": 1250.0, "level": 1.75}, [])


def test_a_level_that_is_sent_is_the_level() -> None:
    assert outcome(read(b'{"distance": 1250, "level": 2}', height=300)) == ({"distance": 1250.0, "level": 2.0}, [])


def test_a_level_that_is_rejected_is_not_computed_in_its_place() -> None:
    assert outcome(read(b'{"distance": 1250, "level": "full"}', height=300)) == (
        {"distance": 1250.0},
        [("level", Reason.WRONG_TYPE)],
    )


def test_without_the_height_the_level_is_rejected() -> None:
    assert outcome(read(b'{"distance": 1250}')) == ({"distance": 1250.0}, [("level", Reason.UNKNOWN_VALUE)])


def test_without_a_distance_nothing_is_computed() -> None:
    assert outcome(read(b'{"distance": null, "level": 1}')) == ({"level": 1.0}, [])


def test_a_distance_that_cannot_be_used_leaves_the_level_rejected_too() -> None:
    values, rejected = outcome(read(b'{"distance": "far"}', height=300))

    assert values == {}
    assert rejected == [("distance", Reason.WRONG_TYPE), ("level", Reason.WRONG_TYPE)]


def test_a_distance_below_its_range_counts_as_its_bottom() -> None:
    assert outcome(read(b'{"distance": -3}', height=300)) == (
        {"distance": 0.0, "level": 3.0},
        [("distance", Reason.OUT_OF_RANGE)],
    )


def test_a_level_out_of_range_is_rejected_and_counts_as_the_end_that_is_the_danger() -> None:
    assert outcome(read(b'{"distance": 0}', height=1100)) == (
        {"distance": 0.0, "level": 10.0},
        [("level", Reason.OUT_OF_RANGE)],
    )


def test_a_factor_may_be_an_attribute_with_a_default() -> None:
    metrics = {
        "power": {"type": "float", "unit": "kW", "computed": {"from": "measured", "scale": "ratio"}},
        "measured": {"type": "float", "unit": "W"},
    }
    meter = tank(metrics, {"ratio": {"type": "int", "default": 1}})

    assert outcome(read(b'{"measured": 5}', meter))[0] == {"measured": 5.0, "power": 0.005}
    assert outcome(read(b'{"measured": 5}', meter, ratio=40))[0] == {"measured": 5.0, "power": 0.2}


def test_a_reading_of_the_past_is_computed_too() -> None:
    channel = {"20ce": {"time": {"at": 0, "type": "u32"}, "values": {"distance": {"at": 4, "type": "u16"}}}}
    profile = tank(messages=[{"topic": "tank/{device}", "format": "bytes", "channels": channel}])

    readout = read(bytes.fromhex("20ce697dd60004e2"), profile, height=300)

    ((_, decoded),) = readout.readings
    assert (decoded.values, decoded.historical) == ({"distance": 1250.0, "level": 1.75}, True)


def test_a_cut_off_channel_is_trouble_of_the_level_too() -> None:
    channels = {"01": {"values": {"distance": {"type": "u16"}}}, "02": {"length": 4}}
    profile = tank(messages=[{"topic": "tank/{device}", "format": "bytes", "channels": channels}])

    ((_, decoded),) = read(bytes.fromhex("020000000001"), profile, height=300).readings

    assert decoded.unread == {"distance", "level"}


def test_of_sparkplug_it_is_computed_too() -> None:
    route = router(tank(messages=[{"format": "sparkplug"}]), height=300).find("spBv1.0/g/DBIRTH/e/t1")
    assert route is not None
    metrics = (payload_metric("distance", 1250.0, Datatype.DOUBLE),)
    route.read(Message("spBv1.0/g/NBIRTH/e", encode(Payload(time_ms=1_800_000_000_000, seq=0)), 0))

    readout = route.read(
        Message("spBv1.0/g/DBIRTH/e/t1", encode(Payload(time_ms=1_800_000_000_000, seq=1, metrics=metrics)), 0)
    )

    assert [decoded.values for _, decoded in readout.readings] == [{"distance": 1250.0, "level": 1.75}]


def test_a_device_with_computed_metrics_does_not_take_the_fast_way() -> None:
    assert not isinstance(router(tank(), height=300).find("tank/t1"), FlatRoute)


@pytest.mark.parametrize(
    ("computed", "sentence"),
    [
        ({"from": "depth"}, "'depth' is none"),
        ({"from": "level"}, "'level' is none"),
        ({"from": "name"}, "'name' is none"),
        ({"from": "distance", "offset": "hight"}, "'hight' is no attribute that is a number"),
        ({"from": "distance", "offset": "label"}, "'label' is no attribute that is a number"),
        ({"from": "distance", "offset": "voltage"}, "cannot be converted"),
        ({"from": "warmth"}, "cannot be converted"),
        ({"from": "distance", "factor": 2}, "factor"),
    ],
)
def test_what_cannot_be_computed_is_refused(computed: dict[str, Any], sentence: str) -> None:
    metrics = {**METRICS, "warmth": {"type": "float", "unit": "°C"}, "name": {"type": "string"}}
    metrics["level"] = {**METRICS["level"], "computed": computed}
    attributes = {
        **ATTRIBUTES,
        "label": {"type": "string", "default": "x"},
        "voltage": {"type": "float", "unit": "V", "default": 1},
    }

    with pytest.raises(ValidationError, match=sentence):
        tank(metrics, attributes)
