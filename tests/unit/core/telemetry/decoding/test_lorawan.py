"""LoRaWAN uplinks in the envelopes of ChirpStack v4 and v3, and The Things Stack v3."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.kernel.times import SECOND
from gateway.core.telemetry.decoding.lorawan import TOPICS, LorawanParser
from gateway.core.telemetry.decoding.messages import Contents
from gateway.core.telemetry.decoding.parsers import Fragment
from gateway.core.telemetry.quarantine import Reason, Rejected
from tests.unit.core.telemetry.decoding.probes import Probe

EUI = "24e124136b502156"
LEAK = base64.b64encode(bytes.fromhex("01755c03673401046865050001")).decode()
"""An EM300-SLD: battery 92 %, 30.8 °C, 50.5 %, a leak; after Milesight's table of its channels."""


def chirpstack(**changes: object) -> dict[str, Any]:
    """An uplink event, after the example in ChirpStack's documentation of its MQTT integration."""
    event: dict[str, Any] = {
        "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
        "time": "2026-01-31T08:00:00.123456+00:00",
        "deviceInfo": {"tenantId": "52f14cd4", "applicationId": "17c82e96", "deviceName": "leak-1", "devEui": EUI},
        "devAddr": "00189440",
        "dr": 1,
        "fCnt": 4,
        "fPort": 85,
        "data": LEAK,
        "object": {"battery": 92, "state": "wet"},
        "rxInfo": [
            {"gatewayId": "a", "rssi": -95, "snr": 5.5},
            {"gatewayId": "b", "rssi": -75, "snr": 9.0},
        ],
    }
    return {key: value for key, value in {**event, **changes}.items() if value is not ...}


def the_things_stack(*, received: object = "2026-01-31T08:00:00.123456Z", **changes: object) -> dict[str, Any]:
    """An uplink message, after The Things Stack's documentation of its data formats."""
    uplink: dict[str, Any] = {
        "session_key_id": "AXA50tHUGUucgHo6xqsb1w==",
        "f_port": 85,
        "f_cnt": 4,
        "frm_payload": LEAK,
        "decoded_payload": {"battery": 92, "state": "wet"},
        "rx_metadata": [
            {"gateway_ids": {"gateway_id": "a"}, "rssi": -95, "snr": 5.5},
            {"gateway_ids": {"gateway_id": "b"}, "rssi": -75, "snr": 9.0},
        ],
        "received_at": "2026-01-31T08:00:00.100Z",
    }
    uplink = {key: value for key, value in {**uplink, **changes}.items() if value is not ...}
    ids = {"device_id": "leak-1", "application_ids": {"application_id": "app"}, "dev_eui": EUI.upper()}
    message = {"end_device_ids": ids, "received_at": received, "uplink_message": uplink}
    return {key: value for key, value in message.items() if value is not ...}


def chirpstack_3(**changes: object) -> dict[str, Any]:
    """An uplink event of version 3, after the messages of its API (as/integration/integration.proto)."""
    event: dict[str, Any] = {
        "applicationID": "1",
        "applicationName": "building",
        "deviceName": "leak-1",
        "devEUI": base64.b64encode(bytes.fromhex(EUI)).decode(),
        "rxInfo": [
            {"gatewayID": "YQ==", "time": None, "rssi": -95, "loRaSNR": 5.5},
            {"gatewayID": "Yg==", "time": "2026-01-31T08:00:00.123456Z", "rssi": -75, "loRaSNR": 9.0},
        ],
        "txInfo": {"frequency": 868100000, "dr": 1},
        "adr": True,
        "fCnt": 4,
        "fPort": 85,
        "data": LEAK,
        "objectJSON": json.dumps({"battery": 92, "state": "wet"}),
    }
    return {key: value for key, value in {**event, **changes}.items() if value is not ...}


BOTH = pytest.mark.parametrize(
    "message",
    [chirpstack(), the_things_stack(), chirpstack_3()],
    ids=["chirpstack", "the things stack", "chirpstack 3"],
)
CHANNELS: dict[str, Any] = {
    "0175": {"values": {"count": {"type": "u8"}}},
    "0367": {"values": {"warmth": {"type": "i16", "endian": "little", "scale": 0.1}}},
    "0468": {"values": {"free": {"type": "u8", "scale": 0.5}}},
    "0500": {"values": {"on": {"type": "u8", "equals": 1}}},
}
LEAK_VALUES = {"count": 92, "warmth": 30.8, "free": 50.5, "on": True}


def uplink(**binding: Any) -> Probe:  # noqa: ANN401
    """A binding of uplinks."""
    return Probe(format="lorawan", **binding)


def opened(message: object) -> Fragment:
    fragments = LorawanParser().parse(Contents(json.dumps(message).encode()))
    assert isinstance(fragments, list), fragments
    (fragment,) = fragments
    return fragment


@BOTH
def test_all_envelopes_hold_the_same_uplink(message: dict[str, Any]) -> None:
    fragment = opened(message)

    assert fragment.device == EUI
    assert fragment.data == base64.b64decode(LEAK)
    decoded = uplink(channels=CHANNELS).reading(message)
    assert decoded.values == LEAK_VALUES
    assert decoded.time == 1_769_846_400 * SECOND + 123_456
    assert decoded.timed


@BOTH
def test_the_network_server_puts_the_stamp_of_an_uplink_on(message: dict[str, Any]) -> None:
    assert uplink(channels=CHANNELS).reading(message).by_server


def test_the_stamp_of_a_record_in_the_bytes_of_an_uplink_is_the_devices() -> None:
    record = {"20ce": {"time": {"at": 0, "type": "u32"}, "values": {"count": {"at": 4, "type": "u8"}}}}
    data = base64.b64encode(bytes.fromhex("20ce697dd60005 01755c")).decode()
    readings = uplink(channels={**CHANNELS, **record}).fragment(chirpstack(data=data))
    assert isinstance(readings, list)

    assert [(each.values, each.historical, each.by_server) for each in readings] == [
        ({"count": 5}, True, False),
        ({"count": 92}, False, True),
    ]


@BOTH
def test_fields_of_the_envelope_can_be_read_beside_the_bytes(message: dict[str, Any]) -> None:
    probe = uplink(
        values={
            "count": {"at": 2, "type": "u8"},
            "signal": {"path": "rssi", "unit": "dBm"},
            "free": "snr",
            "few": "frame_counter",
            "level": "port",
            "note": "object.state",
        }
    )

    assert probe.values(message) == {
        "count": 92,
        "signal": 50.0,
        "free": 9.0,
        "few": 4,
        "level": 85.0,
        "note": "wet",
    }


@BOTH
def test_values_decoded_by_a_codec_on_the_server_can_be_read(message: dict[str, Any]) -> None:
    assert uplink(values={"count": "object.battery", "on": {"path": "object.state", "equals": "wet"}}).values(
        message
    ) == {
        "count": 92,
        "on": True,
    }


@BOTH
def test_fields_of_the_radio_alone_are_no_reading(message: dict[str, Any]) -> None:
    probe = uplink(values={"signal": {"path": "rssi", "unit": "dBm"}}, channels={"01": {"length": 12}})

    assert probe.fragment(message) == []


@BOTH
def test_a_binding_may_test_values_decoded_by_a_codec(message: dict[str, Any]) -> None:
    assert uplink(when={"object.state": "wet"}, channels=CHANNELS).fragment(message) is not None
    assert uplink(when={"object.state": "dry"}, channels=CHANNELS).fragment(message) is None


@BOTH
@pytest.mark.parametrize(("port", "fits"), [(85, True), ([2, 85], True), (2, False), (255, False)])
def test_a_binding_may_be_for_some_ports(message: dict[str, Any], port: object, fits: bool) -> None:
    assert (uplink(port=port, channels=CHANNELS).fragment(message) is not None) is fits


def on_port(port: object) -> list[dict[str, Any]]:
    """The uplink of both servers on this port; `...` is none."""
    return [chirpstack(fPort=port), the_things_stack(f_port=port)]


@pytest.mark.parametrize("port", [0, 224, None, ...])
@pytest.mark.parametrize(
    "binding",
    [
        {"channels": CHANNELS},
        {"values": {"on": {"at": 0, "type": "u8", "bit": 0}}},
        {"values": {"note": "object.state"}},
        {"values": {"on": {"const": True}, "few": "frame_counter"}},
        {"ignore": True},
    ],
)
def test_commands_of_lorawan_are_known_and_hold_no_values(port: object, binding: dict[str, Any]) -> None:
    for message in on_port(port):
        assert uplink(**binding).decode(message) == []


@pytest.mark.parametrize("port", [0.0, 224.0])
def test_the_port_of_commands_may_have_a_decimal_point(port: float) -> None:
    for message in on_port(port):
        assert uplink(channels=CHANNELS).decode(message) == []


def test_the_port_of_an_application_may_have_a_decimal_point() -> None:
    for message in on_port(85.0):
        assert uplink(port=85, channels=CHANNELS).values(message) == LEAK_VALUES


@pytest.mark.parametrize(
    "message",
    [
        chirpstack(joinServerContext={"sessionKeyId": "AXA5", "appSKey": {"kekLabel": "", "aesKey": "00"}}),
        the_things_stack(app_s_key={"kek_label": "as", "encrypted_key": "00"}),
    ],
)
def test_bytes_to_which_the_server_has_no_key_are_not_read(message: dict[str, Any]) -> None:
    rejected = uplink(channels=CHANNELS).fragment(message)

    assert isinstance(rejected, Rejected)
    assert (rejected.reason, rejected.device) == (Reason.MALFORMED, EUI)
    assert "encrypted" in rejected.detail


@pytest.mark.parametrize("uplink_message", ["error", 5, [], True, [{}]])
def test_an_uplink_that_is_no_object_is_malformed(uplink_message: object) -> None:
    rejected = uplink(channels=CHANNELS).fragment({**the_things_stack(), "uplink_message": uplink_message})

    assert isinstance(rejected, Rejected)
    assert (rejected.reason, rejected.device) == (Reason.MALFORMED, EUI)


@pytest.mark.parametrize("port", [1, 85, 223, 225, 255])
def test_any_other_port_is_that_of_an_application(port: int) -> None:
    for message in on_port(port):
        assert uplink(channels=CHANNELS).values(message) == LEAK_VALUES
        assert uplink(values={"note": "object.state"}).values(message) == {"note": "wet"}


@pytest.mark.parametrize(
    "port",
    [
        *("85", "0", "", "\ud800", "x" * 100_000, [1] * 100_000, {"a": 1}, [], {}, True, False, 1.5, -1, 256, 1e300),
        pytest.param(10**400, id="huge"),
    ],
)
def test_an_invalid_port_is_malformed(port: object) -> None:
    for message in on_port(port):
        rejected = uplink(channels=CHANNELS).fragment(message)
        assert isinstance(rejected, Rejected)
        assert rejected.reason is Reason.MALFORMED
        assert "fPort" in rejected.detail
        assert len(rejected.detail.encode()) < 500


@pytest.mark.parametrize(
    "message", [chirpstack(fCnt=...), the_things_stack(f_cnt=...)], ids=["chirpstack", "the things stack"]
)
def test_a_frame_counter_left_out_by_the_server_is_zero(message: dict[str, Any]) -> None:
    assert uplink(values={"on": {"const": True}, "few": "frame_counter"}).values(message) == {"on": True, "few": 0}


@pytest.mark.parametrize(
    "message", [chirpstack(object={"state": "x"}), the_things_stack(decoded_payload={"state": "x"})]
)
def test_a_value_left_out_by_a_codec_may_have_a_default(message: dict[str, Any]) -> None:
    probe = uplink(values={"note": "object.state", "off": {"path": "object.leak", "absent": False}})

    assert probe.values(message) == {"note": "x", "off": False}


@pytest.mark.parametrize("message", [chirpstack(data=...), chirpstack(data=""), the_things_stack(frm_payload=...)])
def test_an_uplink_without_bytes_has_none(message: dict[str, Any]) -> None:
    assert opened(message).data == b""
    assert uplink(channels=CHANNELS).fragment(message) == []
    rejected = uplink(values={"count": {"at": 0, "type": "u8"}}).rejected(message)
    assert "the 0 bytes end before count" in rejected.detail


@pytest.mark.parametrize(
    "message",
    [
        *(chirpstack(data=data) for data in ("A", "not base64", "AQ!=", 5, ["AQ=="], {"a": 1}, True, "\ud800", "电")),
        *(the_things_stack(frm_payload=data) for data in ("A", 5, ["AQ=="])),
    ],
)
def test_invalid_base64_is_malformed(message: dict[str, Any]) -> None:
    refused = uplink(channels=CHANNELS).fragment(message)

    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.MALFORMED
    assert "base64" in refused.detail


@pytest.mark.parametrize("eui", [None, "", 5, ["24e1"], {"a": 1}, True])
def test_an_invalid_dev_eui_is_malformed(eui: object) -> None:
    info = {**chirpstack()["deviceInfo"], "devEui": eui}
    ids = {**the_things_stack()["end_device_ids"], "dev_eui": eui}
    for message in (chirpstack(deviceInfo=info), {**the_things_stack(), "end_device_ids": ids}):
        refused = uplink(channels=CHANNELS).fragment(message)
        assert isinstance(refused, Rejected)
        assert refused.reason is Reason.MALFORMED
        assert "DevEUI" in refused.detail


@pytest.mark.parametrize(
    "payload", ["[]", "5", "null", "{}", '{"deviceInfo": 5}', '{"devEUI": "24e124136b502156", "data": ""}', "{", ""]
)
def test_an_unknown_envelope_is_malformed(payload: str) -> None:
    refused = uplink(channels=CHANNELS).fragment(payload)

    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.MALFORMED


@pytest.mark.parametrize("gateways", [None, [], {}, 5, ["x"], [{}], [{"rssi": None}], [{"rssi": "-75"}], [{"snr": 5}]])
def test_an_uplink_without_reception_data_has_no_signal(gateways: object) -> None:
    probe = uplink(channels=CHANNELS, values={"signal": {"path": "rssi", "unit": "dBm"}})

    for message in (chirpstack(rxInfo=gateways), the_things_stack(rx_metadata=gateways)):
        assert probe.values(message) == LEAK_VALUES


def test_the_signal_is_that_of_the_gateway_with_the_best_reception() -> None:
    gateways = [{"rssi": -110}, {"rssi": -60, "snr": 3}, {"rssi": -90, "snr": 9}]
    probe = uplink(channels=CHANNELS, values={"signal": {"path": "rssi", "unit": "dBm"}, "level": "snr"})

    assert probe.values(chirpstack(rxInfo=gateways)) == {**LEAK_VALUES, "signal": 80.0, "level": 3.0}


def test_an_invalid_signal_is_rejected_alone() -> None:
    probe = uplink(channels=CHANNELS, values={"signal": {"path": "rssi", "unit": "dBm"}})
    decoded = probe.reading(json.dumps(chirpstack(rxInfo=[{"rssi": float("nan")}])))

    assert decoded.values == LEAK_VALUES
    assert [each.metric for each in decoded.rejected] == ["signal"]


@pytest.mark.parametrize(
    "message",
    [
        chirpstack(time=...),
        chirpstack(time=None),
        chirpstack(time="soon"),
        the_things_stack(received=..., received_at=...),
    ],
)
def test_an_uplink_without_a_time_is_read(message: dict[str, Any]) -> None:
    decoded = uplink(channels=CHANNELS).reading(message)

    assert (decoded.values, decoded.time, decoded.timed) == (LEAK_VALUES, None, True)


def test_the_time_of_the_uplink_is_used_if_the_message_has_none() -> None:
    assert uplink(channels=CHANNELS).reading(the_things_stack(received=...)).time == 1_769_846_400_100_000


def test_a_downlink_or_a_join_is_known_and_ignored() -> None:
    message = {"end_device_ids": {"dev_eui": EUI}, "join_accept": {}}

    assert LorawanParser().parse(Contents(json.dumps(message).encode())) == []


def test_uplinks_are_published_on_the_topics_of_each_server() -> None:
    assert TOPICS == (
        "application/{application}/device/{device_eui}/event/up",
        "application/{application}/device/{device_eui}/rx",
        "v3/{application}/devices/{name}/up",
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"devEUI": EUI},
        {"devEUI": EUI.upper()},
        {"publishedAt": "2026-01-31T08:00:00.123456Z", "rxInfo": []},
        {"objectJSON": ..., "object": {"battery": 92, "state": "wet"}},
    ],
)
def test_chirpstack_3_may_be_set_up_in_several_ways(changes: dict[str, object]) -> None:
    decoded = uplink(channels=CHANNELS, values={"note": "object.state"}).reading(chirpstack_3(**changes))

    assert opened(chirpstack_3(**changes)).device == EUI
    assert decoded.values == {**LEAK_VALUES, "note": "wet"}
    assert decoded.time == 1_769_846_400 * SECOND + 123_456


def test_an_uplink_of_chirpstack_3_without_any_time_has_none() -> None:
    assert uplink(channels=CHANNELS).reading(chirpstack_3(rxInfo=None)).time is None


@pytest.mark.parametrize("data", [..., None, ""])
def test_an_uplink_of_chirpstack_3_without_bytes_has_none(data: object) -> None:
    assert opened(chirpstack_3(data=data)).data == b""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(LEAK),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
KEYS = st.sampled_from([*chirpstack(), *the_things_stack(), "f_port", "frm_payload", "rx_metadata", "decoded_payload"])


@given(
    st.sampled_from([chirpstack(), the_things_stack(), the_things_stack()["uplink_message"]]), KEYS, JSON, st.booleans()
)
def test_decoding_never_raises_on_any_envelope(message: dict[str, Any], key: str, value: object, inside: bool) -> None:
    changed = {**message, key: value}
    if inside and isinstance(message.get("uplink_message"), dict):
        changed = {**message, "uplink_message": {**message["uplink_message"], key: value}}
    probe = uplink(
        port=[1, 85],
        channels=CHANNELS,
        values={"signal": {"path": "rssi", "unit": "dBm"}, "level": ["object.x", "snr"], "few": "frame_counter"},
    )
    fragments = probe.decode(json.dumps(changed).encode())

    assert isinstance(fragments, Rejected) or all(isinstance(each, list) or each is None for each in fragments)
