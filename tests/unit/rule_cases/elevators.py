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
        ),
        holding=({"door_closed": False, "door_zone": True}, {"speed": 0.0}),
    ),
    "elevator-alarm-button": Case({"fault_code": 90}, {"fault_code": 0}, ({"fault_code": 9},)),
    "elevator-unintended-movement": Case({"fault_code": 5}, {"fault_code": 0}, ({"fault_code": 4},)),
    "elevator-overspeed": Case(
        breach={"speed": 2.5},
        cleared={"speed": -2.0},
        harmless=({"speed": 2.35}, {"speed": -2.35}, {"speed": 0.0}),
        holding=({"speed": 2.2}, {"speed": -2.2}),
    ),
    "elevator-safety-circuit-open": Case({"fault_code": 1}, {"fault_code": 40}, ({"fault_code": 0},)),
    "elevator-door-does-not-close": Case({"fault_code": 2}, {"fault_code": 0}, ({"fault_code": 3},)),
    "elevator-door-does-not-open": Case({"fault_code": 3}, {"fault_code": 0}, ({"fault_code": 2},)),
    "elevator-out-of-service": Case(
        {"fault_code": 8}, {"fault_code": 0}, ({"fault_code": 0}, {"fault_code": 5}, {"fault_code": 9})
    ),
    "elevator-mains-lost": Case({"mains_present": False}, {"mains_present": True}, ({"speed": 1.0},)),
    "elevator-entrapment-reported": Case({"fault_code": 93}, {"fault_code": 0}, ({"fault_code": 90}, {"speed": 0.0})),
    "elevator-dangerous-fault": Case(
        {"fault_code": 94}, {"fault_code": 0}, ({"fault_code": 93}, {"fault_code": 96}), ({"fault_code": 91},)
    ),
    "elevator-fault-reported": Case({"fault_code": 99}, {"fault_code": 0}, ({"fault_code": 41}, {"fault_code": 98})),
    "elevator-electric-bicycle": Case({"fault_code": 98}, {"fault_code": 0}, ({"fault_code": 99},)),
}
