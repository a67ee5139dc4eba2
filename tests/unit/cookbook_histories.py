"""What happens in the recipes of docs/rule-cookbook.md, and which steps of alarms people are told of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.core.alarms.actions import Acknowledge, Reset
from gateway.core.kernel.events import Action
from gateway.core.kernel.times import DAY, SECOND
from gateway.core.kernel.values import Value

START = 20_000 * DAY
"""When histories begin: Friday 2024-10-04T00:00:00Z."""
Said = tuple[float, str, Mapping[str, Value]]
"""At so many seconds this device says this."""
Done = tuple[float, Action]
"""At so many seconds a person does this."""


@dataclass(frozen=True)
class History:
    """What devices say and people do, and which steps of alarms it must lead to."""

    happens: Sequence[Said | Done]
    steps: Sequence[str]
    """Rule, device and state of each step that is published, of the alarms that the recipe is about."""
    until: float = 0
    """For how many seconds it is watched; until the last that happens unless given."""


def of(device: str, *said: tuple[float, Mapping[str, Value]]) -> list[Said]:
    """What one device says."""
    return [(second, device, values) for second, values in said]


def every(
    period: int, values: Mapping[str, Value], begin: float, end: float
) -> Iterator[tuple[float, Mapping[str, Value]]]:
    """The same values again and again, in seconds."""
    return ((second, values) for second in range(int(begin), int(end) + 1, period))


def raises(rule: str, device: str, *said: tuple[float, Mapping[str, Value]], until: float = 0) -> History:
    return History(of(device, *said), [f"{rule}/{device} unacknowledged"], until)


def rests(device: str, *said: tuple[float, Mapping[str, Value]], until: float = 0) -> History:
    return History(of(device, *said), [], until)


PUMP, METER, TANK, ROOM = "booster_pump", "power_meter", "water_tank_level", "temperature_humidity"
SUMP, DOOR, PANEL, GENERATOR = "sump_pump", "access_door", "distribution_panel", "generator"
HOUR, WEEK = 3600, 7 * 86400
MONDAY = 3 * 86400
INSPECTION = datetime(2026, 12, 1, 9, tzinfo=UTC).timestamp() - START / SECOND
PHASES = {"current_a": 60.0, "current_b": 60.0, "current_c": 60.0}
HISTORIES: dict[str, tuple[History, ...]] = {
    "A value above a limit": (
        raises("machine-room-warm", "elevator", (0, {"machine_room_temperature": 40.5})),
        rests("elevator", (0, {"machine_room_temperature": 40})),
    ),
    "No flapping at the limit": (
        History(
            of(TANK, (0, {"level": 2.6}), (10, {"level": 2.4}), (600, {"level": 2.2})),
            [f"tank-nearly-full/{TANK} unacknowledged", f"tank-nearly-full/{TANK} returned"],
            until=661,
        ),
        rests(TANK, (0, {"level": 2.4}), (10, {"level": 2.5}), until=100),
    ),
    "A limit of its own for each device": (
        raises("room-too-warm", "cold-room", (0, {"temperature": 9.0}), until=601),
        rests("hall", (0, {"temperature": 29.0}), until=1000),
    ),
    "One limit for the whole site": (
        raises("pressure-under-least", PUMP, (0, {"running": True, "outlet_pressure": 0.29}), until=121),
        rests(PUMP, (0, {"running": True, "outlet_pressure": 0.31}), until=600),
    ),
    "Other limits in another state": (
        raises("bearing-warm-for-its-state", PUMP, (0, {"running": False, "bearing_temperature": 50.0}), until=61),
        rests(PUMP, (0, {"running": True, "bearing_temperature": 50.0}), until=600),
    ),
    "Too far from a value, either way": (
        raises("server-room-off", ROOM, (0, {"temperature": 17.9}), until=301),
        rests(ROOM, (0, {"temperature": 25.9}), until=600),
    ),
    "Two metrics compared": (
        raises(
            "pump-adds-no-pressure",
            PUMP,
            (0, {"running": True, "inlet_pressure": 0.3, "outlet_pressure": 0.35}),
            until=61,
        ),
        rests(PUMP, (0, {"running": True, "inlet_pressure": 0.3, "outlet_pressure": 0.45}), until=100),
    ),
    "A warning first, then an alarm": (
        History(
            of(PUMP, (0, {"vibration": 5.0}), (1, {"vibration": 8.0}), (20, {"vibration": 6.0})),
            [f"vibration-by-level/{PUMP} unacknowledged"] * 3,
        ),
        rests(PUMP, (0, {"vibration": 4.5})),
    ),
    "A selector switch in the wrong position": (
        raises("sump-not-automatic", "sump_pump", (0, {"mode": "hand"}), until=1801),
        rests("sump_pump", (0, {"mode": "hand"}), (1700, {"mode": "automatic"}), until=3600),
    ),
    "A flag": (
        History(
            of(GENERATOR, (0, {"emergency_stop": True}), (1, {"mains_present": False})),
            ["generator-stopped-by-hand/generator unacknowledged", "generator-without-mains/generator unacknowledged"],
        ),
        rests(GENERATOR, (0, {"emergency_stop": False}), (1, {"mains_present": True})),
    ),
    "Two things at once": (
        raises("pump-runs-without-flow", PUMP, (0, {"running": True, "flow": 0.1}), until=31),
        rests(PUMP, (0, {"running": True}), (1, {"running": False, "flow": 0.1}), until=100),
    ),
    "Any of several": (
        raises("feeder-current-high", METER, (0, {**PHASES, "current_b": 81.0}), until=61),
        rests(METER, (0, {**PHASES, "current_b": 79.0}), until=100),
    ),
    "Some fault codes": (
        raises("lift-door-faults", "elevator", (0, {"fault_code": 6}), until=11),
        rests("elevator", (0, {"fault_code": 8}), until=60),
    ),
    "Somebody in a zone": (
        raises("person-on-the-roof", "camera_event", (0, {"label": "person", "zones": "roof,stairs"})),
        rests("camera_event", (0, {"label": "cat", "zones": "roof"}), (1, {"label": "person", "zones": "rooftop"})),
    ),
    "Only when it lasts": (
        raises("supply-pressure-low", PUMP, (0, {"outlet_pressure": 0.2}), until=121),
        rests(PUMP, (0, {"outlet_pressure": 0.2}), (110, {"outlet_pressure": 0.31}), until=200),
    ),
    "Too long in all": (
        raises("cold-store-open", DOOR, *((400 * each, {"open": each % 2 == 0}) for each in range(4)), until=1500),
        rests(DOOR, (0, {"open": True}), (550, {"open": False}), until=3500),
    ),
    "Not for a long time": (
        raises("standby-idle", PUMP, (0, {"running": True}), *every(HOUR, {"running": False}, 60, WEEK + 2 * HOUR)),
        rests(PUMP, (0, {"running": True}), *every(HOUR, {"running": False}, 60, WEEK)),
    ),
    "A value that does not move": (
        raises("level-sensor-stuck", TANK, *((3600 * each, {"level": 1.5 + each % 2 / 1000}) for each in range(26))),
        rests(TANK, *((3600 * each, {"level": 1.5 + each % 2 / 100}) for each in range(26))),
        rests(TANK, (0, {"level": 1.5}), until=2 * 86400),
    ),
    "The mean of ten minutes": (
        raises(
            "mean-pressure-low",
            PUMP,
            (0, {"outlet_pressure": 0.5}),
            *every(60, {"outlet_pressure": 0.05}, 60, 240),
            # What comes after an hour of silence is one reading, and ends nothing.
            (3840, {"outlet_pressure": 0.5}),
        ),
        rests(PUMP, *every(60, {"outlet_pressure": 0.5}, 0, 300), (360, {"outlet_pressure": 0.05})),
        rests(PUMP, (0, {"outlet_pressure": 0.05})),
        rests(PUMP, *every(60, {"outlet_pressure": 0.5}, 0, 300), (7200, {"outlet_pressure": 0.05})),
    ),
    "Rises too fast": (
        raises("room-warms-up", ROOM, *((60 * each, {"temperature": 22 + 0.6 * each}) for each in range(12))),
        rests(ROOM, *((60 * each, {"temperature": 22 + 0.4 * each}) for each in range(30))),
    ),
    "Rises although the pump runs": (
        raises(
            "pit-fills-while-pumping",
            SUMP,
            *((60 * each, {"running": True, "level": 1 + 0.02 * each}) for each in range(12)),
        ),
        # It fills until the pump starts, and is emptied then.
        rests(
            SUMP,
            *((60 * each, {"running": False, "level": 1 + 0.02 * each}) for each in range(12)),
            *((60 * each, {"running": True, "level": 1.24 - 0.01 * (each - 12)}) for each in range(12, 30)),
        ),
    ),
    "How fast a counter rises": (
        raises("draws-much-power", METER, (0, {"energy": 100.0}), (300, {"energy": 110.0})),
        rests(METER, (0, {"energy": 100.0}), (300, {"energy": 101.0})),
    ),
    "Too often within an hour": (
        raises("pump-starts-often", PUMP, *((60 * each, {"running": each % 2 == 1}) for each in range(8))),
        rests(PUMP, *((60 * each, {"running": each % 2 == 1}) for each in range(7))),
    ),
    "A jump from one reading to the next": (
        raises("tank-level-jumps", TANK, (0, {"level": 2.0}), (60, {"level": 1.4})),
        rests(TANK, (0, {"level": 2.0}), (60, {"level": 1.6}), (120, {"level": 1.2})),
    ),
    "Two detectors of a zone": (
        History(
            [
                (0, "smoke-1", {"smoke": True}),
                (10, "smoke-1", {"smoke": False}),
                (50, "smoke-2", {"smoke": True}),
                (60, "call-1", {"pressed": True}),
            ],
            ["fire-confirmed-in-zone/zone:b1-east unacknowledged"] * 2,
        ),
        History(
            [
                (0, "smoke-1", {"smoke": True}),
                (5, "smoke-1", {"smoke": True}),
                (10, "smoke-1", {"smoke": False}),
                (71, "smoke-2", {"smoke": True}),
            ],
            [],
        ),
    ),
    "All of them": (
        History(
            [(0, "pump-1", {"running": False}), (100, "pump-2", {"running": False})],
            ["no-pump-runs/location:pump-room unacknowledged"],
            until=161,
        ),
        rests("pump-1", (0, {"running": False}), until=1000),
    ),
    "The sum over a group": (
        History(
            [(0, "pump-1", {"flow": 40.0}), (1, "pump-2", {"flow": 21.0})],
            ["flow-of-room-high/location:pump-room unacknowledged"],
            until=62,
        ),
        rests("pump-1", (0, {"flow": 70.0}), until=1000),
    ),
    "One apart from the others": (
        History(
            [(0, "th-1", {"temperature": 20.0}), (1, "th-2", {"temperature": 26.0})],
            ["sensors-disagree/location:hall unacknowledged"],
            until=602,
        ),
        History([(0, "th-1", {"temperature": 20.0}), (1, "th-2", {"temperature": 24.0})], [], until=1000),
    ),
    "Many devices are silent": (
        History(
            [
                (0, "leak-1", {"leak": False}),
                (0, "leak-2", {"leak": False}),
                *((hour * HOUR, "leak-3", {"leak": False}) for hour in range(5)),
            ],
            ["basement-radio-lost/group:tag=basement unacknowledged"],
            until=3 * HOUR + 120,
        ),
        History([(hour * HOUR, name, {"leak": False}) for hour in range(5) for name in ("leak-1", "leak-2")], []),
    ),
    "Only at night": (
        raises("night-load", METER, (3600, {"power": 6.0})),
        rests(METER, (12 * 3600, {"power": 6.0})),
    ),
    "Not during a test": (
        raises("generator-runs", "generator", (0, {"running": True}), until=61),
        rests("generator", (0, {"running": True, "test": True}), until=600),
    ),
    "A maintenance window": (
        # What still stands at the end is told.
        History(
            of("lift-b1-1", *every(60, {"safety_circuit_open": True}, INSPECTION, INSPECTION + 3 * HOUR + 60)),
            [f"elevator-safety-circuit-open/lift-b1-1 {state}" for state in ("suppressed", "unacknowledged")],
        ),
        History(
            of("lift-b1-1", *every(60, {"safety_circuit_open": True}, INSPECTION, INSPECTION + HOUR)),
            ["elevator-safety-circuit-open/lift-b1-1 suppressed"],
        ),
        raises("pump-fault", "pump-b1-1", *every(60, {"fault": True}, MONDAY + 21 * HOUR, MONDAY + 21.5 * HOUR)),
        History(
            of("pump-b1-1", *every(60, {"fault": True}, MONDAY + 22 * HOUR, MONDAY + 22.5 * HOUR)),
            ["pump-fault/pump-b1-1 suppressed"],
        ),
    ),
    "Silence for five minutes": (
        raises("silent", PUMP, (10, {"running": True}), until=330),
        rests(PUMP, (10, {"running": True}), (200, {"running": True}), until=400),
    ),
    "Power fails, and many devices are silent": (
        # All fall silent with the panel, and one is not heard after it is back.
        History(
            [
                *of("panel-b1", *every(60, {"breaker_closed": True}, 0, 600)),
                *of("panel-b1", *every(60, {"breaker_closed": False}, 660, 1200)),
                *of("panel-b1", *every(60, {"breaker_closed": True}, 1260, 2400)),
                *of("edge-b1", *every(60, {"cpu": 9.0}, 10, 600), *every(60, {"cpu": 9.0}, 1270, 2400)),
                *of("meter-b1", *every(60, {"power": 9.0}, 20, 600)),
            ],
            [
                *(f"panel-switched-off/panel-b1 {state}" for state in ("unacknowledged", "returned")),
                "silent/meter-b1 unacknowledged",
            ],
        ),
        # The edge box fails while there is power.
        History(
            [
                *of("panel-b1", *every(60, {"breaker_closed": True}, 0, 2400)),
                *of("edge-b1", *every(60, {"cpu": 9.0}, 10, 600)),
                *of("meter-b1", *every(60, {"power": 9.0}, 20, 600)),
            ],
            ["silent/edge-b1 unacknowledged"],
        ),
    ),
    "Not what follows from another alarm": (
        History(
            of(PUMP, (0, {"running": True, "inlet_pressure": 0.01, "outlet_pressure": 0.1})),
            [f"inlet-dry/{PUMP} unacknowledged", f"outlet-weak/{PUMP} suppressed"],
            until=61,
        ),
        raises("outlet-weak", PUMP, (0, {"running": True, "inlet_pressure": 0.2, "outlet_pressure": 0.1}), until=61),
    ),
    "A contact that bounces": (
        # Told five times, then held as one alarm, which returns when it has been quiet for two minutes.
        History(
            of(PANEL, *((10 * each, {"breaker_closed": each % 2 == 0}) for each in range(15))),
            [
                *[f"breaker-open/{PANEL} unacknowledged", f"breaker-open/{PANEL} returned"] * 5,
            ],
            until=140 + 125,
        ),
        # Four times: each raise and each return is told.
        History(
            of(PANEL, *((10 * each, {"breaker_closed": each % 2 == 0}) for each in range(9))),
            [f"breaker-open/{PANEL} unacknowledged", f"breaker-open/{PANEL} returned"] * 4,
            until=300,
        ),
    ),
    "A danger to life": (
        raises("battery-room-burning", ROOM, (0, {"temperature": 81.0})),
        rests(ROOM, (0, {"temperature": 79.0})),
    ),
    "Work for a team": (
        raises("sump-starts-often", "sump_pump", (0, {"starts_last_hour": 21})),
        rests("sump_pump", (0, {"starts_last_hour": 20})),
    ),
    "Stands until somebody resets it": (
        History(
            [
                *of(METER, (0, {"overload": True}), (10, {"overload": False})),
                (20, Acknowledge(alarm=1, by="Li Wei")),
                (30, Reset(alarm=1, by="Li Wei")),
            ],
            [f"feeder-overload/{METER} {state}" for state in ("unacknowledged", "returned", "latched", "normal")],
        ),
        rests(METER, (0, {"overload": False})),
    ),
    "Told again while it stands": (
        History(
            [*of(GENERATOR, (0, {"fuel_level": 14.0})), (60, Acknowledge(alarm=1, by="Li Wei"))],
            [
                f"fuel-nearly-empty/{GENERATOR} {state}"
                for state in ("unacknowledged", "acknowledged", "unacknowledged")
            ],
            until=4 * HOUR + 61,
        ),
        # Refuelled in time.
        History(
            [
                *of(GENERATOR, (0, {"fuel_level": 14.0}), (2 * HOUR, {"fuel_level": 90.0})),
                (60, Acknowledge(alarm=1, by="Li Wei")),
            ],
            [f"fuel-nearly-empty/{GENERATOR} {state}" for state in ("unacknowledged", "acknowledged", "normal")],
            until=5 * HOUR,
        ),
    ),
    "One device only": (
        raises("roof-tank-low", "roof-tank", (0, {"level": 1.1})),
        rests("cellar-tank", (0, {"level": 1.1})),
    ),
    "Another device of the place": (
        History(
            [
                *of("pump-2", (0, {"running": False})),
                *of("pump-1", (10, {"running": True, "fault": False}), (20, {"running": False, "fault": True})),
            ],
            ["standby-does-not-start/pump-2 unacknowledged"],
            until=60,
        ),
        History(
            [
                *of("pump-2", (0, {"running": False}), (40, {"running": True})),
                *of("pump-1", (20, {"running": False, "fault": True})),
            ],
            [],
            until=120,
        ),
        # The duty pump says nothing: what is unknown raises nothing.
        History(of("pump-2", (0, {"running": False})), [], until=120),
    ),
    "A shipped rule with other limits": (
        raises("pump-vibration-high", PUMP, (0, {"vibration": 5.0}), until=301),
        rests(PUMP, (0, {"vibration": 6.5}), (200, {"vibration": 4.4}), until=1000),
    ),
}
