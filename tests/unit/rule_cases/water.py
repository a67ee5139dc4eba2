"""Cases of rules/escalators.yaml, sump_pumps.yaml, fire_pumps.yaml and water.yaml."""

from __future__ import annotations

from collections.abc import Mapping

from tests.unit.rule_cases.case import Case, Payload

INSPECTION: Payload = {"service_mode": "inspection"}

ESCALATOR_CASES: Mapping[str, Case] = {
    "escalator-reversal": Case({"fault_code": 63}, {"fault_code": 0}, ({"fault_code": 62}, {"reversal": False})),
    "escalator-overspeed": Case(
        {"overspeed": True},
        {"overspeed": False, "fault_code": 0},
        ({"fault_code": 63}, {"speed": 0.5}),
        ({"fault_code": 62},),
    ),
    "escalator-step-missing": Case({"fault_code": 64}, {"fault_code": 0}, ({"fault_code": 63}, {"running": True})),
    "escalator-comb-plate": Case(
        {"fault_code": 67}, {"fault_code": 0}, ({"fault_code": 67, **INSPECTION}, {"fault_code": 66}), (INSPECTION,)
    ),
    "escalator-emergency-stop": Case(
        breach={"emergency_stop": True},
        cleared={"emergency_stop": False},
        harmless=({"emergency_stop": True, **INSPECTION}, {"fault_code": 67}),
        holding=(INSPECTION, {"running": False}),
    ),
    "escalator-cover-open": Case(
        {"cover_open": True},
        {"cover_open": False},
        ({"cover_open": True, **INSPECTION}, {"running": True}),
        (INSPECTION,),
    ),
    "escalator-safety-circuit-open": Case(
        {"fault_code": 61}, {"fault_code": 40}, ({"fault_code": 61, **INSPECTION}, {"fault_code": 0}), (INSPECTION,)
    ),
    "escalator-handrail": Case({"handrail_deviation": True}, {"handrail_deviation": False}, ({"fault_code": 67},)),
    "escalator-fault": Case(
        breach={"fault": True},
        cleared={"fault": False},
        harmless=(
            {"fault": True, "overspeed": True},
            {"fault": True, "fault_code": 68},
            {"fault": True, **INSPECTION},
            {"fault_code": 43},
        ),
        holding=({"fault_code": 65}, INSPECTION),
    ),
    "escalator-out-of-service": Case(
        {"fault_code": 65},
        {"fault_code": 0},
        ({"fault_code": 61}, {"fault_code": 43}, {"fault_code": 70, **INSPECTION}),
        ({"fault_code": 99}, INSPECTION),
    ),
}

SUMP_CASES: Mapping[str, Case] = {
    "sump-ultra-high": Case({"ultra_high": True}, {"ultra_high": False}, ({"high_level": True}, {"level": 1.0})),
    "sump-flooding": Case(
        breach={"level": 1.81},
        cleared={"level": 1.5},
        harmless=({"level": 1.8}, {"level": 1.9, "ultra_high": True}),
        holding=({"level": 1.7}, {"ultra_high": True}),
    ),
    "sump-not-pumping": Case(
        breach={"high_level": True, "running": False},
        cleared={"running": True},
        harmless=(
            {"high_level": True, "running": True},
            {"high_level": True, "running": False, "standby_running": True},
            {"high_level": True},
            {"high_level": False, "running": False},
        ),
        holding=({"level": 1.0},),
    ),
    "sump-power-lost": Case({"power_fault": True}, {"power_fault": False}, ({"running": False},)),
    "sump-pump-fault": Case(
        {"fault": True}, {"fault": False, "standby_fault": False}, ({"power_fault": True},), ({"standby_fault": True},)
    ),
    "sump-not-automatic": Case({"mode": "hand"}, {"mode": "automatic"}, ({"mode": 2},), ({"mode": "off"},)),
    "sump-runs-dry": Case(
        breach={"running": True, "ultra_low": True},
        cleared={"running": False},
        harmless=({"running": False, "ultra_low": True}, {"running": True, "ultra_low": False}),
    ),
    "sump-runs-long": Case(
        breach={"running": True},
        cleared={"running": False},
        harmless=({"running": False}, {"running": True, "ultra_low": True}),
        holding=({"ultra_low": True},),
    ),
    "sump-short-cycling": Case(
        breach={"starts_last_hour": 11},
        cleared={"starts_last_hour": 8},
        harmless=({"starts_last_hour": 10},),
        holding=({"starts_last_hour": 9},),
    ),
}

FIRE_PUMP_CASES: Mapping[str, Case] = {
    "fire-pump-fails-to-start": Case(
        breach={"start_signal": True, "running": False},
        cleared={"running": True},
        harmless=({"start_signal": True, "running": True}, {"running": False}, {"start_signal": True}),
        holding=({"pressure": 0.8},),
    ),
    "fire-pump-running": Case(
        breach={"running": True},
        cleared={"running": False},
        harmless=({"running": True, "test": True}, {"running": False}, {"jockey_running": True}),
        holding=({"test": True},),
    ),
    "fire-pump-left-in-test": Case({"test": True}, {"test": False}, ({"running": True},), ({"running": True},)),
    "fire-pump-power-fault": Case({"power_fault": True}, {"power_fault": False}, ({"controller_fault": True},)),
    "fire-pump-fault": Case(
        {"controller_fault": True},
        {"controller_fault": False, "fault": False},
        ({"jockey_fault": True},),
        ({"fault": True},),
    ),
    "fire-pump-not-automatic": Case({"mode": "off"}, {"mode": "automatic"}, ({"mode": 2},), ({"mode": "hand"},)),
    "fire-main-pressure-low": Case({"pressure": 0.39}, {"pressure": 0.46}, ({"pressure": 0.4},), ({"pressure": 0.44},)),
    "fire-jockey-short-cycling": Case(
        breach={"jockey_starts_last_hour": 16},
        cleared={"jockey_starts_last_hour": 12},
        harmless=({"jockey_starts_last_hour": 15}, {"jockey_starts": 4000}),
        holding=({"jockey_starts_last_hour": 13},),
    ),
    "fire-jockey-fault": Case({"jockey_fault": True}, {"jockey_fault": False}, ({"fault": True},)),
}

WATER_CASES: Mapping[str, Case] = {
    "water-leak": Case(
        breach={"leak": True},
        cleared={"leak": False},
        harmless=({"leak": False}, {"leak": True, "test": True}, {"humidity": 99}),
        holding=({"test": True}, {"battery": 50}),
    ),
    "water-leak-during-test": Case(
        {"leak": True, "test": True}, {"leak": False}, ({"leak": True}, {"test": True}), ({"test": False},)
    ),
    "water-leak-sensor-fault": Case(
        {"fault": True}, {"fault": False, "tamper": False}, ({"battery_low": True},), ({"tamper": True},)
    ),
    "water-leak-battery-low": Case(
        breach={"battery": 14},
        cleared={"battery": 90, "battery_low": False},
        harmless=({"battery": 15}, {"battery_low": False}),
        holding=({"battery": 19}, {"battery_low": True}),
    ),
    "flood-water": Case(
        breach={"water": True},
        cleared={"water": False},
        harmless=({"water": False}, {"water": True, "test": True}, {"level": 0.02}),
        holding=({"test": True},),
    ),
    "flood-water-during-test": Case(
        {"water": True, "test": True}, {"water": False}, ({"water": True}, {"test": True}), ({"test": False},)
    ),
    "flood-level": Case(
        breach={"level": 0.05},
        cleared={"level": 0.01},
        harmless=({"level": 0.03}, {"level": 0.2}, {"water": True}),
        holding=({"level": 0.03},),
    ),
    "flood-deep": Case(
        breach={"level": 0.11},
        cleared={"level": 0.01},
        harmless=({"level": 0.1},),
        holding=({"level": 0.05},),
    ),
    "flood-danger": Case(
        breach={"level": 0.31},
        cleared={"level": 0.05},
        harmless=({"level": 0.3},),
        holding=({"level": 0.2},),
    ),
    "flood-sensor-fault": Case(
        {"tamper": True}, {"tamper": False, "fault": False}, ({"water": False},), ({"fault": True},)
    ),
    "flood-sensor-battery-low": Case(
        {"battery_low": True}, {"battery_low": False, "battery": 90}, ({"battery": 15},), ({"battery": 10},)
    ),
    "tank-ultra-high": Case({"ultra_high": True}, {"ultra_high": False}, ({"level": 2.0}, {"ultra_low": True})),
    "tank-level-high": Case(
        breach={"level": 2.95},
        cleared={"level": 2.8},
        harmless=({"level": 2.9}, {"level": 2.95, "ultra_high": True}),
        holding=({"level": 2.87},),
    ),
    "tank-fill-high": Case(
        breach={"fill": 99}, cleared={"fill": 95}, harmless=({"fill": 98},), holding=({"fill": 97}, {"level": 1.0})
    ),
    "tank-ultra-low": Case({"ultra_low": True}, {"ultra_low": False}, ({"level": 2.0}, {"ultra_high": True})),
    "tank-level-low": Case(
        breach={"level": 0.59},
        cleared={"level": 0.7},
        harmless=({"level": 0.6}, {"level": 0.1, "ultra_low": True}),
        holding=({"level": 0.63},),
    ),
    "tank-fill-low": Case({"fill": 19}, {"fill": 30}, ({"fill": 20}, {"fill": 1, "ultra_low": True}), ({"fill": 21},)),
    "tank-sensor-fault": Case(
        {"fault": True}, {"fault": False, "tamper": False}, ({"level": 1.0},), ({"tamper": True},)
    ),
    "tank-sensor-battery-low": Case({"battery": 10}, {"battery": 21}, ({"battery": 15},), ({"battery": 19},)),
}

CASES: Mapping[str, Case] = {**ESCALATOR_CASES, **SUMP_CASES, **FIRE_PUMP_CASES, **WATER_CASES}
