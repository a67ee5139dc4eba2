"""The models of the device classes: quiet while all is well, and each fault shows what its sentence says."""

import random
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest

from simulators.catalogue import FAULTS, DeviceClass, Model
from simulators.metrics import Metrics
from simulators.model import Fault

SETTLED = 300  # s before a fault begins
Shows = Callable[[dict[str, Any]], bool]

# Models that have a module of their own among these tests.
TESTED_APART = {DeviceClass.ELEVATOR, DeviceClass.BOOSTER_PUMP, DeviceClass.SMOKE_DETECTOR, DeviceClass.NFC_READER}

HEALTHY: dict[str, Shows] = {
    "escalator": lambda m: m["running"] and m["fault_code"] == 0 and 0.48 < m["speed"] < 0.52 and m["direction"] == 1,
    "sump_pump": lambda m: not m["high_level"] and not m["fault"] and m["starts_last_hour"] <= 6,
    "fire_pump": lambda m: not m["running"] and m["pressure"] > 0.9 and m["jockey_starts_last_hour"] <= 3,
    "water_tank_level": lambda m: 2.0 < m["level"] < 2.6 and m["battery"] > 60,
    "flood_sensor": lambda m: not m["water"] and m["level"] == 0.0,
    "water_leak": lambda m: not m["leak"] and not m["tamper"] and 10 < m["temperature"] < 26 and m["humidity"] < 60,
    "hydrant_pressure": lambda m: 0.25 < m["pressure"] < 0.5 and not m["open"],
    "heat_detector": lambda m: not m["heat"] and not m["test"] and 15 < m["temperature"] < 30,
    "manual_call_point": lambda m: not m["pressed"] and not m["fault"] and not m["test"],
    "gas_detector": lambda m: not m["gas"] and m["gas_concentration"] < 2.0,
    "fire_panel": lambda m: not m["fire"] and not m["fault"] and not m["shielded"] and m["voltage"] > 26.0,
    "power_meter": lambda m: 220 < m["voltage"] < 240 and m["current"] < 20 and 49.8 < m["frequency"] < 50.2,
    "distribution_panel": lambda m: (
        m["breaker_closed"] and m["temperature"] < 45 and m["residual_current"] < 50 and m["current_a"] < 80
    ),
    "generator": lambda m: not m["running"] and m["fuel_level"] > 60 and m["battery_voltage"] > 13 and not m["fault"],
    "battery_ups": lambda m: not m["on_battery"] and m["battery"] == 100.0 and 20 < m["load"] < 60,
    "temperature_humidity": lambda m: 17 < m["temperature"] < 28 and 40 < m["humidity"] < 60,
    "access_door": lambda m: not m["forced"] and not m["held_open"] and (m["locked"] or not m["tamper"]),
    "camera_event": lambda m: m.get("zones", "entrance") == "entrance" and m["online"],
    "patrol_phone": lambda m: m["accuracy"] < 20 and not m["sos"] and 31.228 < m["latitude"] < 31.233,
    "edge_box": lambda m: m["cpu"] < 40 and m["disk"] < 60 and m["temperature"] < 60,
}

# For each fault, after how many seconds its device shows what.
SHOWN: dict[tuple[str, str], tuple[int, Shows]] = {
    ("escalator", "emergency_stop"): (10, lambda m: not m["running"] and m["fault_code"] == 61 and m["speed"] == 0.0),
    ("escalator", "overspeed"): (3, lambda m: m["running"] and m["fault_code"] == 62 and m["speed"] > 0.6),
    ("escalator", "reversal"): (3, lambda m: m["direction"] == 2 and m["fault_code"] == 63),
    ("escalator", "missing_step"): (10, lambda m: m["service_mode"] == 0 and m["fault_code"] == 64),
    ("escalator", "handrail_slow"): (5, lambda m: m["running"] and m["handrail_right"] < 0.85 * m["handrail_left"]),
    ("sump_pump", "pump_fails"): (1800, lambda m: m["fault"] and not m["running"] and m["high_level"]),
    ("sump_pump", "heavy_rain"): (900, lambda m: m["running"] and m["high_level"]),
    ("sump_pump", "check_valve"): (3500, lambda m: m["starts_last_hour"] > 10),
    ("sump_pump", "float_stuck"): (300, lambda m: m["running"] and m["level"] < 0.2 and m["current"] < 2.5),
    ("fire_pump", "hydrant_open"): (60, lambda m: m["running"] and m["current"] > 50 and m["pressure"] > 0.9),
    ("fire_pump", "not_automatic"): (4, lambda m: m["mode"] == "hand"),
    ("fire_pump", "mains_lost"): (4, lambda m: m["power_fault"] and not m["jockey_running"]),
    ("fire_pump", "fails_to_start"): (60, lambda m: m["fault"] and not m["running"] and m["pressure"] < 0.3),
    ("fire_pump", "pipe_leak"): (2400, lambda m: m["jockey_starts_last_hour"] > 10 and not m["running"]),
    ("water_tank_level", "overflow"): (600, lambda m: m["level"] > 2.9),
    ("water_tank_level", "supply_cut"): (600, lambda m: m["level"] < 0.5),
    ("water_tank_level", "sensor_stuck"): (600, lambda m: 2.0 < m["level"] < 2.6),
    ("flood_sensor", "flood"): (320, lambda m: m["water"] and m["level"] >= 0.25),
    ("flood_sensor", "puddle"): (10, lambda m: m["water"] and m["level"] < 0.02),
    ("water_leak", "leak"): (2, lambda m: m["leak"]),
    ("hydrant_pressure", "valve_closed"): (180, lambda m: m["pressure"] < 0.05),
    ("hydrant_pressure", "low_pressure"): (600, lambda m: m["pressure"] < 0.1),
    ("hydrant_pressure", "water_drawn"): (60, lambda m: m["open"] and 0.1 < m["pressure"] < 0.3),
    ("heat_detector", "fire"): (120, lambda m: m["heat"] and m["temperature"] >= 57),
    ("heat_detector", "hot_kitchen"): (600, lambda m: not m["heat"] and m["temperature"] > 35),
    ("manual_call_point", "pressed"): (2, lambda m: m["pressed"] and not m["test"]),
    ("manual_call_point", "line_fault"): (2, lambda m: m["fault"] and not m["pressed"]),
    ("gas_detector", "gas_leak"): (60, lambda m: m["gas"] and m["gas_concentration"] >= 10),
    ("gas_detector", "solvent"): (300, lambda m: not m["gas"] and m["gas_concentration"] > 4),
    ("gas_detector", "sensor_fault"): (2, lambda m: m["fault"] and not m["gas"]),
    ("fire_panel", "fire"): (60, lambda m: m["fire"] and m["started"] and not m["test_running"]),
    ("fire_panel", "false_alarm"): (60, lambda m: m["fire"] and not m["started"]),
    ("fire_panel", "point_fault"): (2, lambda m: m["fault"] and m["bus_fault"] and not m["fire"]),
    ("fire_panel", "points_disabled"): (2, lambda m: m["shielded"] and not m["fault"]),
    ("fire_panel", "mains_lost"): (3000, lambda m: m["mains_fault"] and m["voltage"] < 25),
    ("fire_panel", "battery_fault"): (3000, lambda m: m["backup_fault"] and not m["mains_fault"] and m["voltage"] < 25),
    ("fire_panel", "test_run"): (40, lambda m: m["test_running"]),
    ("power_meter", "overload"): (60, lambda m: m["current"] > 32),
    ("power_meter", "undervoltage"): (20, lambda m: m["voltage"] < 200),
    ("power_meter", "overvoltage"): (20, lambda m: m["voltage"] > 255),
    ("power_meter", "outage"): (20, lambda m: m["voltage"] == 0 and m["power"] == 0),
    ("power_meter", "poor_power_factor"): (20, lambda m: m["power_factor"] == 0.6),
    ("distribution_panel", "overload"): (120, lambda m: min(m[f"current_{phase}"] for phase in "abc") > 75),
    ("distribution_panel", "imbalance"): (120, lambda m: m["current_a"] > 3 * m["current_b"]),
    ("distribution_panel", "phase_loss"): (20, lambda m: m["voltage_b"] == 0 and m["voltage_a"] > 200),
    ("distribution_panel", "hot_joint"): (600, lambda m: m["temperature"] > 80 and m["current_a"] < 80),
    ("distribution_panel", "earth_leakage"): (120, lambda m: m["residual_current"] > 300),
    ("distribution_panel", "breaker_trip"): (20, lambda m: not m["breaker_closed"] and m["current_c"] == 0),
    ("distribution_panel", "door_open"): (20, lambda m: m["door_open"]),
    ("generator", "mains_lost"): (15, lambda m: m["running"] and m["power"] > 80 and m["frequency"] > 49),
    ("generator", "test_run"): (60, lambda m: m["running"] and m["test"] and m["power"] == 0 and m["mains_present"]),
    ("generator", "fails_to_start"): (60, lambda m: m["fault"] and not m["running"] and not m["mains_present"]),
    ("generator", "low_fuel"): (600, lambda m: m["fuel_level"] < 20),
    ("generator", "overheat"): (600, lambda m: m["coolant_temperature"] > 100),
    ("generator", "low_oil_pressure"): (60, lambda m: m["running"] and m["oil_pressure"] < 0.1),
    ("generator", "weak_starter"): (60, lambda m: m["battery_voltage"] < 11.8 and not m["running"]),
    ("generator", "not_automatic"): (10, lambda m: m["mode"] == "hand"),
    ("battery_ups", "mains_lost"): (1000, lambda m: m["on_battery"] and m["battery_low"] and m["input_voltage"] == 0),
    ("battery_ups", "battery_worn"): (2, lambda m: m["replace_battery"] and not m["on_battery"]),
    ("battery_ups", "overload"): (2, lambda m: m["overload"] and m["load"] > 105),
    ("battery_ups", "overheat"): (600, lambda m: m["battery_temperature"] > 50),
    ("temperature_humidity", "hot_room"): (600, lambda m: m["temperature"] > 40),
    ("temperature_humidity", "frost"): (600, lambda m: m["temperature"] < 2),
    ("temperature_humidity", "damp"): (600, lambda m: m["humidity"] > 90),
    ("access_door", "forced"): (2, lambda m: m["forced"] and m["open"]),
    ("access_door", "held_open"): (40, lambda m: m["held_open"] and m["open"] and not m["forced"]),
    ("access_door", "unknown_card"): (2, lambda m: m["last_event"] == "denied"),
    ("camera_event", "intrusion"): (30, lambda m: m["label"] == "person" and m["zones"] == "forbidden"),
    ("camera_event", "fire_lane_blocked"): (30, lambda m: m["label"] == "car" and m["stationary"]),
    ("camera_event", "smoke_seen"): (30, lambda m: m["label"] == "smoke"),
    ("camera_event", "offline"): (90, lambda m: not m["online"] and m["fps"] == 0),
    ("patrol_phone", "stands_still"): (60, lambda m: m["speed"] == 0),
    ("patrol_phone", "off_route"): (300, lambda m: distance_from_centre(m) > 400),
    ("patrol_phone", "gps_lost"): (40, lambda m: m["accuracy"] == 800),
    ("patrol_phone", "sos"): (2, lambda m: m["sos"]),
    ("edge_box", "disk_full"): (300, lambda m: m["disk"] > 95),
    ("edge_box", "memory_leak"): (300, lambda m: m["memory"] > 95),
    ("edge_box", "busy"): (120, lambda m: m["cpu"] > 85),
    ("edge_box", "hot"): (600, lambda m: m["temperature"] > 85),
    ("edge_box", "restarts"): (300, lambda m: m["uptime"] <= 0.034),
}
# These show themselves in the course of time, or by silence: each has a test of its own below.
TOLD_BELOW = {("water_leak", "drip"), ("edge_box", "silent")}
ON_EVERY_BATTERY = {"battery_low", "tamper", "self_test"}

NEW = [kind for kind in DeviceClass if kind not in TESTED_APART]
EVERY_FAULT = [(kind, fault) for kind in NEW for fault in FAULTS[kind]]


def distance_from_centre(metrics: Metrics) -> float:
    """In metres, from the middle of the estate."""
    north = (float(metrics["latitude"]) - 31.2304) * 111_320.0
    east = (float(metrics["longitude"]) - 121.4737) * 95_190.0
    return float((north**2 + east**2) ** 0.5)


def reports(model: Model, seconds: int, *, start: int = 0) -> Iterator[tuple[int, Metrics]]:
    """Each report with its second."""
    for now in range(start, start + seconds, int(model.period)):
        if (metrics := model.step(float(now))) is not None:
            yield now, metrics


def newest(model: Model, seconds: int, *, start: int = 0) -> dict[str, Any]:
    """The newest value of each metric that was reported."""
    state: dict[str, Any] = {}
    for _, metrics in reports(model, seconds, start=start):
        state.update(metrics)
    return state


def device(kind: DeviceClass, seed: int = 1) -> Model:
    return kind.model(random.Random(seed))


@pytest.mark.parametrize("kind", NEW)
@pytest.mark.parametrize("seed", range(3))
def test_a_healthy_device_shows_nothing_for_hours(kind: DeviceClass, seed: int) -> None:
    state: dict[str, Any] = {"online": True}
    for now, metrics in reports(device(kind, seed), 2 * 3600):
        state.update(metrics)
        assert HEALTHY[kind](state), (now, state)


@pytest.mark.parametrize(("kind", "fault"), SHOWN)
def test_a_fault_shows_what_its_sentence_says(kind: str, fault: str) -> None:
    after, shows = SHOWN[kind, fault]
    model = device(DeviceClass[kind.upper()])
    newest(model, SETTLED)
    model.begin(fault)
    told = newest(model, after + 1, start=SETTLED)

    assert shows(told), told


@pytest.mark.parametrize(("kind", "fault"), EVERY_FAULT)
def test_a_device_recovers_when_the_fault_ends(kind: DeviceClass, fault: Fault) -> None:
    model = device(kind)
    newest(model, SETTLED)
    model.begin(fault)
    newest(model, 900, start=SETTLED)
    model.end(fault)
    state = {"online": True, **newest(model, 4 * 3600, start=SETTLED + 900)}

    assert HEALTHY[kind](state), state


@pytest.mark.parametrize("kind", NEW)
def test_the_same_seed_gives_the_same_reports(kind: DeviceClass) -> None:
    assert list(reports(device(kind, 7), 1800)) == list(reports(device(kind, 7), 1800))
    assert list(reports(device(kind, 7), 1800)) != list(reports(device(kind, 8), 1800))


@pytest.mark.parametrize("kind", [kind for kind in DeviceClass if "battery_low" in list(FAULTS[kind])])
def test_a_failing_battery_falls_under_fifteen_percent_and_is_replaced(kind: DeviceClass) -> None:
    model = device(kind)
    model.begin("battery_low")
    assert newest(model, 300)["battery"] < 15.0
    model.end("battery_low")
    assert newest(model, 120, start=300)["battery"] > 99.0


@pytest.mark.parametrize("kind", [kind for kind in DeviceClass if "tamper" in list(FAULTS[kind])])
def test_tampering_is_reported_at_once_and_until_it_is_put_back(kind: DeviceClass) -> None:
    model = device(kind)
    newest(model, SETTLED)
    model.begin("tamper")
    assert newest(model, 1, start=SETTLED)["tamper"] is True
    model.end("tamper")
    assert newest(model, 1, start=SETTLED + 1)["tamper"] is False


@pytest.mark.parametrize(
    ("kind", "alarm"),
    [
        (DeviceClass.HEAT_DETECTOR, "heat"),
        (DeviceClass.GAS_DETECTOR, "gas"),
        (DeviceClass.MANUAL_CALL_POINT, "pressed"),
    ],
)
def test_a_self_test_sets_the_alarm_for_ten_seconds_and_says_that_it_is_a_test(kind: DeviceClass, alarm: str) -> None:
    model = device(kind)
    newest(model, SETTLED)
    model.begin("self_test")
    told = {now - SETTLED: metrics for now, metrics in reports(model, 60, start=SETTLED)}

    assert told[0][alarm] is True
    assert told[0]["test"] is True
    assert all(metrics[alarm] == metrics["test"] for metrics in told.values())
    assert min(now for now, metrics in told.items() if not metrics["test"]) == 10


def test_a_drip_comes_and_goes() -> None:
    model = device(DeviceClass.WATER_LEAK)
    model.begin("drip")
    wet = [metrics["leak"] for _, metrics in reports(model, 120)]

    assert wet.count(True) == 6
    assert wet.count(False) >= 6


def test_a_silent_box_says_nothing_and_has_gone_on_meanwhile() -> None:
    model = device(DeviceClass.EDGE_BOX)
    before = newest(model, 100)
    model.begin("silent")
    assert not list(reports(model, 600, start=100))
    model.end("silent")
    assert newest(model, 20, start=700)["uptime"] > before["uptime"] + 0.15


def test_a_tracked_object_is_told_from_new_over_updates_to_its_end() -> None:
    model = device(DeviceClass.CAMERA_EVENT)
    told = [metrics for _, metrics in reports(model, 3600) if "event" in metrics]
    first = [metrics["event"] for metrics in told if metrics["event_id"] == told[0]["event_id"]]

    assert first == ["new", "update", "update", "update", "end"]
    assert len({metrics["event_id"] for metrics in told}) > 5


def test_people_who_may_open_a_door_and_it_is_shut_again() -> None:
    told = list(reports(device(DeviceClass.ACCESS_DOOR), 1800))
    scans = [now for now, metrics in told if "uid" in metrics]
    opened = [now for now, metrics in told if metrics["open"]]

    assert len(scans) > 5
    assert all(any(0 < now - scan <= 6 for scan in scans) for now in opened)
    assert {metrics["last_event"] for _, metrics in told if "uid" in metrics} == {"granted"}


def test_a_guard_passes_the_gate_on_every_lap() -> None:
    crossings = [
        metrics["region_event"]
        for _, metrics in reports(device(DeviceClass.PATROL_PHONE), 3600)
        if "region_event" in metrics
    ]

    assert len(crossings) > 4
    assert all(earlier != later for earlier, later in pairwise(crossings))


def test_every_class_and_fault_is_told_here() -> None:
    told = {*SHOWN, *TOLD_BELOW}
    assert set(HEALTHY) == {str(kind) for kind in NEW}
    assert {(str(kind), str(fault)) for kind, fault in EVERY_FAULT if fault not in ON_EVERY_BATTERY} <= told
    assert told <= {(str(kind), str(fault)) for kind, fault in EVERY_FAULT}
