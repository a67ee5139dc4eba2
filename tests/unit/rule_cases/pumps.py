"""Cases of rules/pumps.yaml."""

from __future__ import annotations

from collections.abc import Mapping

from tests.unit.rule_cases.case import Case, Payload

BURST: Payload = {"running": True, "flow": 17.0, "outlet_pressure": 0.5}

CASES: Mapping[str, Case] = {
    "pump-dry-run": Case(
        breach={"running": True, "inlet_pressure": 0.01},
        cleared={"inlet_pressure": 0.06},
        harmless=({"running": False, "inlet_pressure": 0.01}, {"running": True, "inlet_pressure": 0.02}),
        holding=({"inlet_pressure": 0.04}, {"running": False}),
    ),
    "pump-vibration-high": Case({"vibration": 6.1}, {"vibration": 5.3}, ({"vibration": 6},), ({"vibration": 5.5},)),
    "pump-vibration-trip": Case({"vibration": 8.1}, {"vibration": 7.1}, ({"vibration": 8},), ({"vibration": 7.5},)),
    "pump-bearing-hot": Case(
        breach={"bearing_temperature": 80.5},
        cleared={"bearing_temperature": 74},
        harmless=({"bearing_temperature": 80},),
        holding=({"bearing_temperature": 76},),
    ),
    "pump-bearing-trip": Case(
        breach={"bearing_temperature": 90.5},
        cleared={"bearing_temperature": 84},
        harmless=({"bearing_temperature": 90},),
        holding=({"bearing_temperature": 86},),
    ),
    "pump-short-cycling": Case(
        breach={"starts_last_hour": 11},
        cleared={"starts_last_hour": 8},
        harmless=({"starts_last_hour": 10},),
        holding=({"starts_last_hour": 9},),
    ),
    "pump-burst-pipe": Case(
        breach=BURST,
        cleared={"flow": 5.0},
        harmless=({**BURST, "flow": 0.0}, {**BURST, "outlet_pressure": 0.75}, {**BURST, "running": False}),
        holding=({"flow": 11.5}, {"outlet_pressure": 0.62}),
    ),
    "pump-outlet-pressure-low": Case(
        breach={"running": True, "outlet_pressure": 0.5},
        cleared={"outlet_pressure": 0.7},
        harmless=({"running": False, "outlet_pressure": 0.5}, {"running": True, "outlet_pressure": 0.7}),
        holding=({"outlet_pressure": 0.62},),
    ),
    "pump-fault": Case({"fault": True}, {"fault": False}, ({"running": False}, {"mode": "hand"})),
}
