"""The bytes of radio sensors, and the envelopes of the network servers."""

import base64
import json
from typing import Any

import pytest

from simulators.catalogue import DeviceClass
from simulators.metrics import Metrics
from tests.unit.simulators.encoding import TS, encoder, message, packets

EUI = "24e124136b502156"
LEAK: dict[str, Any] = {"battery": 92.0, "temperature": 30.8, "humidity": 50.5, "leak": False}


def frame(dialect: str, kind: DeviceClass, *reports: Metrics) -> str:
    """The bytes of the last of these reports, in hex."""
    device = encoder(dialect, kind, EUI)
    data = ""
    for metrics in reports:
        data = message(device, metrics)[1]["data"]
    return base64.b64decode(data).hex()


@pytest.mark.parametrize(
    ("dialect", "kind", "metrics", "expected"),
    [
        # Milesight's user guides and decoders
        ("milesight_em300_sld", DeviceClass.WATER_LEAK, LEAK, "01755c03673401046865050000"),
        ("milesight_em300_sld", DeviceClass.WATER_LEAK, {**LEAK, "leak": True}, "01755c03673401046865050001"),
        ("milesight_em300_th", DeviceClass.TEMPERATURE_HUMIDITY, {**LEAK, "temperature": -1.5}, "01755c0367f1ff046865"),
        ("milesight_em500_swl", DeviceClass.WATER_TANK_LEVEL, {"battery": 100.0, "level": 0.02}, "01756403770200"),
        ("milesight_em500_pp", DeviceClass.HYDRANT_PRESSURE, {"battery": 100.0, "pressure": 0.01}, "017564037b0a00"),
    ],
)
def test_milesight_writes_a_channel_a_quantity(
    dialect: str, kind: DeviceClass, metrics: Metrics, expected: str
) -> None:
    assert frame(dialect, kind, metrics) == expected


def test_dragino_counts_the_leaks() -> None:
    dry, wet = {"leak": False, "battery": 50.0}, {"leak": True, "battery": 50.0}

    assert frame("dragino_lwl02", DeviceClass.WATER_LEAK, dry) == "0b540200000000000000"
    assert frame("dragino_lwl02", DeviceClass.WATER_LEAK, dry, wet) == "4b540200000100000000"
    assert frame("dragino_lwl02", DeviceClass.WATER_LEAK, dry, wet, dry, wet, dry) == "0b540200000200000100"


def test_dragino_has_an_open_door_in_its_highest_bit() -> None:
    assert frame("dragino_lds02", DeviceClass.ACCESS_DOOR, {"open": True, "battery": 50.0}) == "8b540100000100000000"


SMOKE: dict[str, Any] = {
    "smoke": False,
    "test": False,
    "tamper": False,
    "temperature": 26.0,
    "battery": 90.0,
    "contamination": "normal",
}


@pytest.mark.parametrize(
    ("news", "expected"),
    [
        ({}, [0, 120, 26, 3, 0]),  # the example of the decoder's authors
        ({"smoke": True}, [1, 120, 26, 3, 1]),
        ({"tamper": True}, [0, 120, 26, 2, 0]),
        ({"battery": 10.0}, [0, 120, 26, 3, 2]),
        ({"contamination": "critical"}, [0, 120, 26, 3, 8]),
        ({"temperature": -4.4}, [0, 120, 252, 3, 0]),
    ],
)
def test_the_tg563a_sets_a_bit_for_each_state(news: dict[str, Any], expected: list[int]) -> None:
    assert frame("tg563a", DeviceClass.SMOKE_DETECTOR, SMOKE, {**SMOKE, **news}) == bytes(expected).hex()


def test_chirpstack_names_the_device_by_its_eui_in_small_letters() -> None:
    topic, payload = message(encoder("milesight_em300_sld", DeviceClass.WATER_LEAK, EUI.upper()), LEAK)

    assert topic == f"application/simulators/device/{EUI}/event/up"
    assert payload["deviceInfo"]["devEui"] == EUI
    assert (payload["fPort"], payload["fCnt"], payload["confirmed"]) == (85, 0, False)
    assert payload["time"] == "2023-11-14T22:13:20.123000+00:00"
    assert payload["rxInfo"][0]["rssi"] == -70
    assert "object" not in payload


def test_the_things_stack_leaves_out_what_is_zero_or_false() -> None:
    sensor = encoder("dragino_lwl02", DeviceClass.WATER_LEAK, EUI, via="the_things_stack")
    topic, payload = message(sensor, LEAK)

    assert topic == f"v3/s@ttn/devices/eui-{EUI}/up"
    assert payload["end_device_ids"]["dev_eui"] == EUI.upper()
    assert payload["received_at"] == "2023-11-14T22:13:20.123000Z"
    assert set(payload["uplink_message"]) == {"f_port", "frm_payload", "rx_metadata"}
    again = json.loads(packets(sensor, LEAK, ts=TS + 1)[0].payload)
    assert again["uplink_message"]["f_cnt"] == 1
