"""The forms in which real products write, pinned to the payloads that their documentation shows."""

import json
from typing import Any

import pytest

from simulators.catalogue import DeviceClass
from simulators.dialects import DIALECTS
from tests.unit.simulators.encoding import TS, encoder, message, packets

LEAK = {"leak": False, "temperature": 21.6, "humidity": 50.5, "battery": 100.0, "tamper": False}
METER = {
    "voltage": 230.9,
    "current": 0.089,
    "power": 0.009,
    "power_factor": 0.43,
    "frequency": 50.01,
    "energy": 1.956,
}


def test_native_is_one_flat_object_with_the_stamp_first() -> None:
    (packet,) = packets(encoder("native", DeviceClass.BOOSTER_PUMP, "pump-1"), {"running": True, "flow": 4.2})

    assert packet.topic == "site/s/booster_pump/pump-1/telemetry"
    assert packet.payload == b'{"ts":1700000000123,"running":true,"flow":4.2}'
    assert packet.qos == 1


def test_a_number_that_json_cannot_carry_is_rejected() -> None:
    with pytest.raises(ValueError, match="Out of range float"):
        packets(encoder("native", DeviceClass.BOOSTER_PUMP, "p"), {"flow": float("nan")})


def test_zigbee2mqtt_tells_all_it_knows_whatever_was_heard() -> None:
    leak = encoder("zigbee2mqtt", DeviceClass.WATER_LEAK, "basement/leak 1")
    message(leak, LEAK)
    topic, payload = message(leak, {"leak": True}, ts=TS + 1000)

    assert topic == "zigbee2mqtt/basement/leak 1"
    assert payload == {
        "battery": 100,
        "battery_low": False,
        "voltage": 3200,
        "device_temperature": 22,
        "tamper": False,
        "water_leak": True,
        "last_seen": TS + 1000,
        "linkquality": 61,
    }


def test_zigbee2mqtt_has_the_fields_of_each_class() -> None:
    smoke = {"smoke": True, "test": False, "tamper": False, "battery": 10.0, "obscuration": 0.3}
    door = {"open": True, "tamper": False, "battery": 50.0, "locked": True}

    fields = message(encoder("zigbee2mqtt", DeviceClass.SMOKE_DETECTOR, "d"), smoke)[1]
    assert {key: fields[key] for key in ("smoke", "test", "tamper", "battery", "battery_low", "voltage")} == {
        "smoke": True,
        "test": False,
        "tamper": False,
        "battery": 10,
        "battery_low": True,
        "voltage": 2660,
    }
    assert message(encoder("zigbee2mqtt", DeviceClass.ACCESS_DOOR, "d"), door)[1]["contact"] is False
    meter = message(encoder("zigbee2mqtt", DeviceClass.POWER_METER, "d"), METER)[1]
    assert (meter["power"], meter["energy"], meter["voltage"]) == (9.0, 1.96, 230.9)


def test_tasmota_stamps_with_local_time_and_no_offset() -> None:
    topic, payload = message(encoder("tasmota", DeviceClass.POWER_METER, "meter-1"), METER)

    assert topic == "tele/meter-1/SENSOR"
    assert payload == {
        "Time": "2023-11-15T06:13:20",
        "ENERGY": {
            "Total": 1.956,
            "Yesterday": 1.956,
            "Today": 1.956,
            "Period": 0,
            "Power": 9,
            "Factor": 0.43,
            "Frequency": 50.01,
            "Voltage": 231,
            "Current": 0.089,
        },
    }


def test_tasmota_tells_a_tag_and_between_tags_only_its_state() -> None:
    reader = encoder("tasmota", DeviceClass.NFC_READER, "rfid-test")

    assert message(reader, {"uid": "BA839D07", "battery": 80.0}) == (
        "tele/rfid-test/SENSOR",
        {"Time": "2023-11-15T06:13:20", "RC522": {"UID": "BA839D07", "Data": "", "Type": "MIFARE 1KB"}},
    )
    assert message(reader, {"battery": 80.0})[0] == "tele/rfid-test/STATE"


def test_shelly_on_mains_tells_only_what_has_changed_and_else_nothing() -> None:
    meter = encoder("shelly_gen2", DeviceClass.POWER_METER, "shellypmminig3-54320464a1d0")
    topic, first = message(meter, METER)

    assert topic == "shellypmminig3-54320464a1d0/events/rpc"
    assert first == {
        "src": "shellypmminig3-54320464a1d0",
        "dst": "shellypmminig3-54320464a1d0/events",
        "method": "NotifyStatus",
        "params": {
            "ts": 1700000000.12,
            "pm1:0": {
                "id": 0,
                "voltage": 230.9,
                "current": 0.089,
                "apower": 9.0,
                "freq": 50.01,
                "aenergy": {"total": 1956.0},
            },
        },
    }
    assert message(meter, {**METER, "voltage": 229.0})[1]["params"]["pm1:0"] == {"id": 0, "voltage": 229.0}
    assert packets(meter, {**METER, "voltage": 229.0}) == []


def test_shelly_tells_a_derived_quantity_when_one_of_its_sources_changes() -> None:
    panel = {f"{name}_{phase}": value for phase in "abc" for name, value in (("voltage", 230.0), ("current", 10.0))}
    meter = encoder("shelly_gen2", DeviceClass.DISTRIBUTION_PANEL, "shellypro3em-a0b1/0")
    message(meter, {**panel, "power": 6.9, "power_factor": 1.0, "energy": 5.0})

    assert message(meter, {"current_b": 20.0})[1]["params"]["em:0"] == {
        "id": 0,
        "b_current": 20.0,
        "b_act_power": 4600.0,
    }


def test_shelly_knows_its_channel_by_the_address() -> None:
    topic, payload = message(encoder("shelly_gen2", DeviceClass.POWER_METER, "shellypro4pm-a0b1/2"), METER)

    assert topic == "shellypro4pm-a0b1/events/rpc"
    assert payload["src"] == "shellypro4pm-a0b1"
    assert payload["params"]["pm1:2"]["id"] == 2


def test_shelly_on_batteries_wakes_up_and_tells_everything() -> None:
    leak = encoder("shelly_gen2", DeviceClass.WATER_LEAK, "shellyflood-1")
    message(leak, LEAK)
    _, payload = message(leak, LEAK)

    assert payload["method"] == "NotifyFullStatus"
    assert payload["params"]["flood:0"] == {"id": 0, "alarm": False, "mute": False}
    assert payload["params"]["devicepower:0"] == {"id": 0, "battery": {"percent": 100, "V": 6.1}}


def test_frigate_tells_of_an_object_from_new_to_end_under_one_id() -> None:
    camera = encoder("frigate", DeviceClass.CAMERA_EVENT, "garage")
    person: dict[str, Any] = {
        "event_id": "7",
        "label": "person",
        "zones": "gate",
        "stationary": False,
        "duration": 0.0,
    }
    _, new = message(camera, {**person, "event": "new", "score": 0.74})
    topic, update = message(camera, {**person, "event": "update", "score": 0.8}, ts=TS + 5000)
    _, end = message(camera, {**person, "event": "end", "score": 0.8}, ts=TS + 9000)

    assert topic == "frigate/events"
    assert [one["type"] for one in (new, update, end)] == ["new", "update", "end"]
    assert len({one["after"]["id"] for one in (new, update, end)}) == 1
    assert new["after"]["id"].startswith("1700000000.123000-")
    assert (update["before"]["score"], update["after"]["score"]) == (0.74, 0.8)
    assert {update["after"]["camera"], update["after"]["label"]} == {"garage", "person"}
    assert update["after"]["entered_zones"] == update["after"]["current_zones"] == ["gate"]
    assert update["after"]["end_time"] is None
    assert (end["after"]["start_time"], end["after"]["end_time"]) == (1700000000.123, 1700000009.123)
    _, next_one = message(camera, {**person, "event_id": "8", "event": "new", "score": 0.7}, ts=TS + 60_000)
    assert next_one["after"]["id"].startswith("1700000060.123000-")


def test_owntracks_tells_a_place_and_before_it_the_region_that_was_entered() -> None:
    phone = encoder("owntracks", DeviceClass.PATROL_PHONE, "guard-1/pixel")
    place: dict[str, Any] = {
        "latitude": 31.2304,
        "longitude": 121.4749,
        "accuracy": 8,
        "speed": 1.1,
        "battery": 76.4,
        "sos": False,
    }
    (crossing, location) = packets(phone, {**place, "region_event": "enter", "region": "gate"})

    assert (crossing.topic, location.topic) == ("owntracks/guard-1/pixel/event", "owntracks/guard-1/pixel")
    entered = json.loads(crossing.payload)
    assert (entered["_type"], entered["event"], entered["desc"]) == ("transition", "enter", "gate")
    assert (entered["lat"], entered["lon"], entered["tst"]) == (31.2304, 121.4749, 1700000000)
    body = json.loads(location.payload)
    assert (body["_type"], body["tid"], body["batt"], body["acc"], body["vel"]) == ("location", "el", 76, 8, 4)
    assert [packet.topic for packet in packets(phone, place)] == ["owntracks/guard-1/pixel"]


def test_esp_rfid_tells_cards_doors_and_that_it_lives() -> None:
    door = encoder("esp_rfid", DeviceClass.ACCESS_DOOR, "door-1")
    shut = {"open": False, "forced": False, "held_open": False}
    card = {"uid": "04A1B2C3", "user": "Li Wei", "last_event": "granted"}

    topic, first = message(door, shut)
    assert (topic, first["type"], first["desc"]) == ("door-1/send", "WARN", "Door Closed")
    assert message(door, shut)[1]["type"] == "heartbeat"
    assert message(door, {**shut, **card})[1] == {
        "type": "access",
        "time": 1700000000,
        "isknown": "true",
        "access": "Always",
        "username": "Li Wei",
        "uid": "04a1b2c3",
        "hostname": "door-1",
        "door": "Door 1",
    }
    refused = message(door, {**shut, "uid": "0499", "last_event": "denied"})[1]
    assert (refused["isknown"], refused["access"], refused["username"]) == ("false", "Denied", "Unknown")
    assert message(door, {**shut, "open": True})[1]["desc"] == "Door Open"
    assert message(door, {**shut, "open": True, "held_open": True})[1]["desc"].startswith("Door wasn't closed")
    assert message(door, {"open": True, "forced": True, "held_open": True})[1]["desc"] == "Door was tampered!"


def test_homie_sends_bare_values_and_takes_the_tag_away() -> None:
    reader = encoder("homie", DeviceClass.NFC_READER, "legacy-songblock")
    shown = [(packet.topic, packet.payload) for packet in packets(reader, {"uid": "04905042763F80"})]

    assert shown == [
        ("homie/legacy-songblock/rfid/uid", b"04905042763f80"),
        ("homie/legacy-songblock/rfid/uid", b"(null)"),
    ]
    room = encoder("homie", DeviceClass.TEMPERATURE_HUMIDITY, "room-1")
    values = [(packet.topic, packet.payload) for packet in packets(room, {"temperature": 21.5, "humidity": 48.0})]
    assert values == [("homie/room-1/dht/temperature", b"21.5"), ("homie/room-1/dht/humidity", b"48.0")]


def test_telegraf_sends_a_message_for_each_plugin() -> None:
    box = {"cpu": 18.5, "memory": 40.0, "disk": 30.0, "temperature": 48.2, "uptime": 24.0}
    sent = packets(encoder("telegraf", DeviceClass.EDGE_BOX, "edge-1"), box)

    assert [packet.topic for packet in sent] == [
        f"telegraf/edge-1/{plugin}" for plugin in ("cpu", "mem", "disk", "system", "temp")
    ]
    assert json.loads(sent[0].payload) == {
        "fields": {"usage_idle": 81.5, "usage_user": 18.5},
        "name": "cpu",
        "tags": {"cpu": "cpu-total", "host": "edge-1"},
        "timestamp": 1700000000,
    }


def test_a_ups_tells_its_state_in_words_of_nut_and_its_numbers_as_texts() -> None:
    ups: dict[str, Any] = {
        "on_battery": True,
        "battery": 18.0,
        "battery_low": True,
        "battery_voltage": 22.9,
        "battery_temperature": 27.0,
        "runtime": 3.5,
        "load": 40.1,
        "power": 2.406,
        "input_voltage": 0.0,
        "output_voltage": 230.0,
        "overload": False,
        "replace_battery": True,
    }
    topic, payload = message(encoder("nut", DeviceClass.BATTERY_UPS, "ups-1"), ups)

    assert topic == "nut/ups-1"
    assert payload == {
        "battery.charge": "18.0",
        "battery.runtime": "210",
        "battery.temperature": "27.0",
        "battery.voltage": "22.9",
        "input.voltage": "0.0",
        "output.voltage": "230.0",
        "ups.load": "40.1",
        "ups.realpower": "2406",
        "ups.status": "OB DISCHRG LB RB",
    }
    on_line = message(
        encoder("nut", DeviceClass.BATTERY_UPS, "ups-1"), {**ups, "on_battery": False, "battery_low": False}
    )
    assert on_line[1]["ups.status"] == "OL CHRG RB"


def test_a_fire_panel_tells_the_bits_of_its_state() -> None:
    lamps = {"fire": True, "fault": True, "shielded": False, "test_running": False, "mains_fault": True}
    topic, payload = message(encoder("gbt26875", DeviceClass.FIRE_PANEL, "3201000001"), lamps)

    assert topic == "gbt26875/3201000001/up"
    assert payload == {
        "type": 1,
        "objects": [
            {"systemType": 1, "systemAddress": 1, "status": 0b1_0000_0111, "time": "2023-11-15 06:13:20"},
        ],
    }


def test_a_component_behind_a_panel_is_known_by_its_address() -> None:
    smoke = {"smoke": True, "test": True, "fault": False}
    topic, payload = message(encoder("gbt26875", DeviceClass.SMOKE_DETECTOR, "3201000001/1.5"), smoke)

    assert topic == "gbt26875/3201000001/up"
    (component,) = payload["objects"]
    assert payload["type"] == 2
    assert (component["componentType"], component["componentAddress"], component["status"]) == (42, "1.5", 0b10)


def test_home_assistant_hears_of_tags_alone() -> None:
    reader = encoder("home_assistant_tag", DeviceClass.NFC_READER, "0AFFD2")

    assert packets(reader, {"battery": 80.0}) == []
    assert message(reader, {"uid": "E9F35959", "battery": 80.0}) == (
        "0AFFD2/tag_scanned",
        {"Time": "2023-11-15T06:13:20", "PN532": {"UID": "E9F35959", "DATA": ""}},
    )


def test_thingsboard_lists_moments_by_the_name_of_the_device() -> None:
    assert message(encoder("thingsboard_gateway", DeviceClass.BOOSTER_PUMP, "pump-1"), {"running": True}) == (
        "v1/gateway/telemetry",
        {"pump-1": [{"ts": TS, "values": {"running": True}}]},
    )


def test_shanghai_hears_the_state_of_a_lift_and_a_fault_when_it_comes() -> None:
    lift = encoder("shanghai", DeviceClass.ELEVATOR, "31101101092009060014")
    state: dict[str, Any] = {
        "service_mode": 1,
        "car_status": 0,
        "direction": 0,
        "floor": 12,
        "door_zone": False,
        "passenger_present": True,
        "door_closed": True,
        "fault_code": 0,
        "run_count": 60211,
        "run_hours": 21034.7,
    }
    real, counters = packets(lift, state)
    (_, alarm) = packets(lift, {**state, "fault_code": 4})

    assert (real.topic, counters.topic) == ("iot/api/v1/iotRealData", "iot/api/v1/iotStatisticsData")
    assert json.loads(real.payload) == {
        "registerNumber": "31101101092009060014",
        "Service_Mode": 1,
        "Car_Status": 0,
        "Car_Direction": 0,
        "Door_Zone": False,
        "Car_Position": "12",
        "Passenger_Status": True,
        "Door_Close_Status": True,
        "samplingTime": "2023-11-15 06:13:20",
    }
    assert json.loads(counters.payload)["Total_Running_Time"] == 21034
    assert alarm.topic == "platform/api/v1/iotAlarms"
    fault = json.loads(alarm.payload)
    assert (fault["failureCode"], fault["occurTime"]) == ("04", "2023-11-15 06:13:20")
    assert [packet.topic for packet in packets(lift, {**state, "fault_code": 4})] == ["iot/api/v1/iotRealData"]


@pytest.mark.parametrize("name", DIALECTS)
def test_every_dialect_says_what_it_is_and_whom_it_serves(name: str) -> None:
    assert DIALECTS[name].sentence.endswith(".")
    assert DIALECTS[name].writers
