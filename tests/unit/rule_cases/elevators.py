"""Cases of rules/elevators.yaml."""

from __future__ import annotations

from collections.abc import Mapping

from tests.unit.rule_cases.case import Case, Payload

TRAPPED: Payload = {"passenger_present": True, "car_status": "stopped", "door_closed": True, "door_zone": False}

CASES: Mapping[str, Case] = {
    "elevator-entrapment": Case(
        breach=TRAPPED,
        cleared={"passenger_present": False},
        harmless=(
            {**TRAPPED, "passenger_present": False},
            {**TRAPPED, "car_status": "running"},
            {**TRAPPED, "door_closed": False, "door_zone": True},
            {"passenger_present": True},
            {**TRAPPED, "service_mode": "inspection"},
            {**TRAPPED, "fault_code": 93},
        ),
        holding=(
            {"door_closed": False, "door_zone": True},
            {"speed": 0.0},
            {"service_mode": "inspection"},
            {"fault_code": 93},
        ),
    ),
    "elevator-alarm-button": Case({"fault_code": 90}, {"fault_code": 0}, ({"fault_code": 9},)),
    "elevator-unintended-movement": Case({"fault_code": 5}, {"fault_code": 0}, ({"fault_code": 4},)),
    "elevator-overspeed": Case(
        breach={"speed": 2.5},
        cleared={"speed": -2.0},
        harmless=({"speed": 2.35}, {"speed": -2.35}, {"speed": 0.0}),
        holding=({"speed": 2.2}, {"speed": -2.2}),
    ),
    "elevator-safety-circuit-open": Case(
        breach={"safety_circuit_open": True},
        cleared={"safety_circuit_open": False, "fault_code": 40},
        harmless=({"fault_code": 0}, {"safety_circuit_open": False}),
        holding=({"fault_code": 1, "safety_circuit_open": False}, {"fault_code": 2}),
    ),
    "elevator-door-does-not-close": Case({"fault_code": 2}, {"fault_code": 0}, ({"fault_code": 3},)),
    "elevator-door-does-not-open": Case({"fault_code": 3}, {"fault_code": 0}, ({"fault_code": 2},)),
    "elevator-out-of-service": Case(
        {"fault_code": 8}, {"fault_code": 0}, ({"fault_code": 0}, {"fault_code": 5}, {"fault_code": 9})
    ),
    "elevator-mains-lost": Case(
        breach={"mains_present": False},
        cleared={"mains_present": True, "fault_code": 0},
        harmless=({"speed": 1.0}, {"fault_code": 40}, {"mains_present": True}),
        holding=({"mains_present": True, "fault_code": 41},),
    ),
    "elevator-entrapment-reported": Case({"fault_code": 93}, {"fault_code": 0}, ({"fault_code": 90}, {"speed": 0.0})),
    "elevator-dangerous-fault": Case(
        {"fault_code": 94}, {"fault_code": 0}, ({"fault_code": 93}, {"fault_code": 96}), ({"fault_code": 91},)
    ),
    "elevator-fault-reported": Case({"fault_code": 99}, {"fault_code": 0}, ({"fault_code": 41}, {"fault_code": 98})),
    "elevator-electric-bicycle": Case({"fault_code": 98}, {"fault_code": 0}, ({"fault_code": 99},)),
}
