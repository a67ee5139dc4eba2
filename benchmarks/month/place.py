"""The building of the month: its devices and places, as a site of the gateway and as a fleet of the simulators."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

SITE: Final = "month"
ZONE: Final = ZoneInfo("Asia/Shanghai")
START: Final = datetime(2026, 1, 5, tzinfo=ZONE)
"""A Monday at midnight."""
BUILDINGS: Final = ("b1", "b2", "b3")
REPORTS_EVERY_S: Final = 300.0
_OF_300: Final = {
    "elevator": 3,
    "escalator": 4,
    "booster_pump": 4,
    "sump_pump": 4,
    "fire_pump": 2,
    "water_tank_level": 6,
    "flood_sensor": 10,
    "water_leak": 48,
    "hydrant_pressure": 12,
    "smoke_detector": 90,
    "heat_detector": 14,
    "manual_call_point": 20,
    "gas_detector": 10,
    "fire_panel": 2,
    "power_meter": 20,
    "distribution_panel": 8,
    "generator": 1,
    "battery_ups": 4,
    "temperature_humidity": 12,
    "access_door": 8,
    "camera_event": 5,
    "patrol_phone": 3,
    "edge_box": 4,
    "nfc_reader": 6,
}
"""A choice: what a block of three residential towers over a garage has about."""
_PLACES: Final = {
    "elevator": ("shaft",),
    "escalator": ("lobby",),
    "booster_pump": ("pump-room",),
    "fire_pump": ("pump-room",),
    "water_tank_level": ("pump-room",),
    "sump_pump": ("garage",),
    "flood_sensor": ("garage",),
    "hydrant_pressure": ("garage", "l1", "l2"),
    "fire_panel": ("lobby",),
    "power_meter": ("l1", "l2", "l3", "l4"),
    "distribution_panel": ("switch-room",),
    "generator": ("switch-room",),
    "battery_ups": ("switch-room",),
    "edge_box": ("switch-room",),
    "access_door": ("lobby", "garage"),
    "camera_event": ("garage", "lobby"),
    "patrol_phone": ("lobby",),
}
_ANYWHERE: Final = ("l1", "l2", "l3", "l4", "garage", "pump-room")
_ATTRIBUTES: Final[dict[str, dict[str, float]]] = {
    # What an engineer sets for a device: the rating of its circuit, the room that it watches.
    "booster_pump": {"flow_high": 12, "outlet_pressure_low": 0.6},
    "elevator": {"rated_speed": 1.75},
    "escalator": {"rated_speed": 0.5},
    "fire_pump": {"exercise_within": 31},
    "water_tank_level": {"moves_within": 12},
    "power_meter": {"rated_current": 32},
    "distribution_panel": {"rated_current": 80},
    "temperature_humidity": {"temperature_low": 5, "temperature_high": 40, "humidity_high": 85},
}
_ROLES: Final = {"booster_pump": ("duty", "standby"), "sump_pump": ("lead", "lag")}
_DIALECTS: Final = {"smoke_detector": "zigbee2mqtt", "water_leak": "milesight_em300_sld"}
"""Of every eighth device of these classes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device of the month."""

    id: str
    device_class: str
    location: str
    dialect: str | None = None
    address: str | None = None
    role: str | None = None
    powered_by: str | None = None
    reports_via: str | None = None

    @property
    def in_site(self) -> dict[str, object]:
        """As the site's file has it."""
        keys = ("dialect", "address", "role", "powered_by", "reports_via")
        given = {key: value for key in keys if (value := getattr(self, key)) is not None}
        attributes = _ATTRIBUTES.get(self.device_class)
        return {
            "id": self.id,
            "profile": self.device_class,
            "location": self.location,
            "expect_every": f"{REPORTS_EVERY_S:.0f}s",
            **given,
            **({"attributes": attributes} if attributes else {}),
        }

    @property
    def in_fleet(self) -> dict[str, object]:
        """As the simulators' fleet has it, without its faults."""
        given = {key: value for key in ("dialect", "address") if (value := getattr(self, key)) is not None}
        return {"id": self.id, "class": self.device_class, **given}


def devices_of(number: int) -> tuple[Device, ...]:
    """About so many devices, at least one of each class, in the shares of the month."""
    return tuple(_devices(number))


def _devices(number: int) -> Iterator[Device]:
    roles: Counter[tuple[str, str]] = Counter()
    counts = {kind: max(1, round(share * number / 300)) for kind, share in _OF_300.items()}
    for kind, count in counts.items():
        places = _PLACES.get(kind, _ANYWHERE)
        for index in range(count):
            building = BUILDINGS[index % len(BUILDINGS)]
            location = f"{building}.{places[index // len(BUILDINGS) % len(places)]}"
            role = next(iter(_ROLES.get(kind, ())[roles[kind, location] :]), None)
            roles[kind, location] += 1
            speaks = _DIALECTS.get(kind) if index % 8 == 7 else None
            yield Device(
                id=f"{kind.replace('_', '-')}-{index + 1}",
                device_class=kind,
                location=location,
                dialect=speaks,
                address=f"24e124136b{index:06x}" if speaks and speaks.startswith("milesight") else None,
                role=role,
                powered_by=_parent("distribution_panel", index, counts) if kind != "distribution_panel" else None,
                reports_via=_parent("edge_box", index, counts) if kind in _BEHIND_EDGE_BOXES else None,
            )


_BEHIND_EDGE_BOXES: Final = frozenset(
    {"booster_pump", "sump_pump", "water_tank_level", "power_meter", "temperature_humidity", "elevator", "escalator"}
)


def _parent(kind: str, index: int, counts: dict[str, int]) -> str:
    """The one of the same building, where there is one."""
    return f"{kind.replace('_', '-')}-{index % min(len(BUILDINGS), counts[kind]) + 1}"


def site_of(devices: Sequence[Device], *, maintenance: list[dict[str, object]]) -> dict[str, object]:
    """The site's file. Zones are those of fire: the floors of a building, and what lies below them."""
    rooms: dict[str, list[str]] = defaultdict(list)
    for device in devices:
        building, room = device.location.split(".")
        if room not in rooms[building]:
            rooms[building].append(room)
    locations: list[dict[str, object]] = []
    for building, names in rooms.items():
        locations.append({"id": building, "name": {"en": building.upper()}, "kind": "building"})
        locations += [
            {
                "id": f"{building}.{name}",
                "parent": building,
                "kind": "floor" if name[:1] == "l" and name[1:].isdigit() else "room",
                "zone": f"{building}-{'floors' if name[:1] == 'l' else 'base'}",
            }
            for name in names
        ]
    return {
        "site": {"id": SITE, "name": {"en": "Simulated month"}, "timezone": ZONE.key, "language": "en"},
        "locations": locations,
        "devices": [device.in_site for device in devices],
        "maintenance": maintenance,
    }
