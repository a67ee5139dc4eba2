"""Telemetry on the wire."""

import json

import pytest

from simulators.telemetry import DeviceClass, Stamps, Telemetry

SAID = Telemetry(1.5, "pump-1", DeviceClass.BOOSTER_PUMP, {"running": True, "flow": 4.2})


def test_the_topic_names_site_class_and_device() -> None:
    assert SAID.topic("riverside") == "site/riverside/booster_pump/pump-1/telemetry"


def test_the_payload_is_one_json_object_with_the_stamp_first() -> None:
    assert SAID.payload(1700000000123) == b'{"ts":1700000000123,"running":true,"flow":4.2}'
    assert json.loads(SAID.payload(5)) == {"ts": 5, "running": True, "flow": 4.2}


def test_a_number_that_json_cannot_carry_is_refused() -> None:
    with pytest.raises(ValueError, match="Out of range float"):
        Telemetry(0.0, "p", DeviceClass.BOOSTER_PUMP, {"flow": float("nan")}).payload(1)


def test_stamps_rise_strictly_for_each_device_by_itself() -> None:
    stamps = Stamps()

    assert [stamps.stamp("a", 1.0), stamps.stamp("a", 1.0), stamps.stamp("a", 0.5)] == [1000, 1001, 1002]
    assert stamps.stamp("b", 1.0) == 1000
    assert stamps.stamp("a", 2.0) == 2000
