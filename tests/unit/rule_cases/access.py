"""Cases of rules/access.yaml."""

from __future__ import annotations

from collections.abc import Mapping

from tests.unit.rule_cases.case import Case, Payload

INTRUDER: Payload = {"event": "new", "label": "person", "zones": "forbidden,garden", "score": 0.8}
PARKED: Payload = {"event": "update", "label": "car", "zones": "fire_lane,yard", "score": 0.9, "stationary": True}

CASES: Mapping[str, Case] = {
    "door-forced": Case(
        breach={"forced": True},
        cleared={"forced": False},
        harmless=({"open": True, "locked": True, "last_event": "granted"}, {"last_event": "denied"}),
        holding=({"open": False},),
    ),
    "door-duress": Case({"duress": True}, {"duress": False}, ({"last_event": "granted"},), ({"open": False},)),
    "door-held-open": Case({"open": True, "held_open": True}, {"held_open": False}, ({"open": True},)),
    "door-left-open": Case(
        breach={"open": True},
        cleared={"open": False},
        harmless=({"open": True, "held_open": True}, {"locked": False}),
        holding=({"held_open": True}, {"locked": False}),
    ),
    "door-tamper": Case({"tamper": True}, {"tamper": False}, ({"forced": False},)),
    "door-lock-jammed": Case({"jammed": True}, {"jammed": False}, ({"locked": False},)),
    "door-battery-low": Case(
        breach={"battery": 14.9},
        cleared={"battery": 21, "battery_low": False},
        harmless=({"battery": 15}, {"battery_low": False}),
        holding=({"battery": 19}, {"battery": 100, "battery_low": True}),
    ),
    "door-offline": Case({"online": False}, {"online": True}, ({"signal": 0},)),
    "camera-person-in-forbidden-zone": Case(
        breach=INTRUDER,
        cleared={"event": "end", "person": 0},
        harmless=(
            {**INTRUDER, "score": 0.79},
            {**INTRUDER, "label": "cat"},
            {**INTRUDER, "zones": "entrance,forbidden_by_night"},
            {**INTRUDER, "zones": ""},
            {**INTRUDER, "event": "end"},
            {"person": 1000},
        ),
        holding=({"event": "update"}, {"person": 1001, "event": "end"}),
    ),
    "camera-fire-lane-blocked": Case(
        breach=PARKED,
        cleared={"stationary": False, "car": 0},
        harmless=({**PARKED, "stationary": False}, {**PARKED, "label": "person"}, {**PARKED, "score": 0.5}),
        holding=({"event": "update"}, {"car": 1001, "event": "end"}),
    ),
    "camera-tamper": Case({"tamper": True}, {"tamper": False}, ({"motion": True},)),
    "camera-offline": Case(
        breach={"online": False},
        cleared={"online": True},
        harmless=({"online": False, "enabled": False}, {"detecting": False}),
        holding=({"fps": 0},),
    ),
    "reader-offline": Case({"online": False}, {"online": True}, ({"battery": 50},)),
    "guard-sos": Case(
        breach={"sos": True},
        cleared={"sos": False},
        harmless=({"online": False}, {"battery": 50}),
        holding=({"online": False}, {"battery": 50}),
    ),
    "guard-man-down": Case({"man_down": True}, {"man_down": False}, ({"moving": False},), ({"moving": True},)),
    "patrol-phone-battery-low": Case(
        breach={"battery": 14.9},
        cleared={"battery": 21, "battery_low": False},
        harmless=({"battery": 15}, {"battery_low": False}),
        holding=({"battery": 19}, {"battery": 100, "battery_low": True}),
    ),
}
