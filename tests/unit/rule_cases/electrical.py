"""Cases of rules/power.yaml, rules/climate.yaml and rules/edge.yaml."""

from __future__ import annotations

from collections.abc import Mapping

from tests.unit.rule_cases.case import Case, Payload


def flag(name: str, *harmless: Payload, holding: tuple[Payload, ...] = ()) -> Case:
    """What is true raises it, and what is false ends it."""
    return Case({name: True}, {name: False}, ({name: False}, *harmless), holding)


def phases(name: str, a: float, b: float, c: float) -> Payload:
    """One value of each phase."""
    return {f"{name}_a": a, f"{name}_b": b, f"{name}_c": c}


POWER: Mapping[str, Case] = {
    "power-overvoltage": Case(
        breach={"voltage": 253.5},
        cleared={"voltage": 247},
        harmless=({"voltage": 253}, {"voltage_a": 240}),
        holding=({"voltage": 250},),
    ),
    "power-phase-overvoltage": Case(
        breach={"voltage_b": 260},
        cleared=phases("voltage", 231, 229, 230),
        harmless=(phases("voltage", 253, 253, 253), {"voltage": 260}),
        holding=(phases("voltage", 231, 250, 230), phases("voltage", 200, 260, 200)),
    ),
    "power-overload": Case({"current": 5001}, {"current": 4700}, ({"current": 5000},), ({"current": 4900},)),
    "power-phase-overload": Case(
        breach={"current_c": 5001},
        cleared=phases("current", 100, 100, 100),
        harmless=(phases("current", 5000, 5000, 5000),),
        holding=(phases("current", 100, 100, 4900),),
    ),
    "power-overcurrent": flag("overload", {"current": 100}),
    "power-outage": flag("outage", {"voltage": 0}),
    "power-terminal-hot": Case(
        breach={"temperature": 70.5},
        cleared={"temperature": 64},
        harmless=({"temperature": 70}, {"device_temperature": 85}),
        holding=({"temperature": 67},),
    ),
    "power-terminal-critical": Case(
        breach={"temperature": 91},
        cleared={"temperature": 84},
        harmless=({"temperature": 90},),
        holding=({"temperature": 87},),
    ),
}

DISTRIBUTION: Mapping[str, Case] = {
    "distribution-breaker-tripped": Case(
        breach={"tripped": True},
        cleared={"tripped": False},
        harmless=({"tripped": False}, {"breaker_closed": False}, {"tripped": True, "test": True}),
        holding=({"test": True}, {"breaker_closed": False}),
    ),
    "distribution-phase-lost": Case(
        breach=phases("voltage", 228, 12, 230),
        cleared=phases("voltage", 228, 229, 230),
        harmless=(
            phases("voltage", 0, 0, 0),  # an outage
            phases("voltage", 228, 180, 230),
            {"voltage_a": 0},
        ),
        holding=(phases("voltage", 228, 150, 230), phases("voltage", 0, 0, 0)),
    ),
    "distribution-phase-loss-reported": flag("phase_loss", {"voltage_a": 0}),
    "distribution-overvoltage": Case({"voltage": 253.5}, {"voltage": 247}, ({"voltage": 253},), ({"voltage": 250},)),
    "distribution-phase-overvoltage": Case(
        breach={"voltage_a": 380},
        cleared=phases("voltage", 231, 229, 230),
        harmless=(phases("voltage", 253, 253, 253), {"voltage_ab": 400}),
        holding=(phases("voltage", 250, 229, 230),),
    ),
    "distribution-phase-overload": Case(
        breach={"current_a": 5001},
        cleared=phases("current", 400, 410, 390),
        harmless=(phases("current", 5000, 5000, 5000), {"current_n": 6000}),
        holding=(phases("current", 4900, 410, 390),),
    ),
    "distribution-overload": flag("overload", {"current_a": 100}),
    "distribution-residual-current": Case(
        breach={"residual_current": 301},
        cleared={"residual_current": 200},
        harmless=({"residual_current": 300}, {"residual_current": 500, "test": True}),
        holding=({"residual_current": 250}, {"test": True}),
    ),
    "distribution-cable-hot": Case(
        breach={"temperature": 70.5},
        cleared={"temperature": 64},
        harmless=({"temperature": 70},),
        holding=({"temperature": 67},),
    ),
    "distribution-cable-critical": Case(
        breach={"temperature": 91},
        cleared={"temperature": 84},
        harmless=({"temperature": 90},),
        holding=({"temperature": 87},),
    ),
    "distribution-phase-hot": Case(
        breach={"temperature_b": 72},
        cleared=phases("temperature", 40, 41, 39),
        harmless=(phases("temperature", 70, 70, 70),),
        holding=(phases("temperature", 40, 67, 39),),
    ),
    "distribution-phase-critical": Case(
        breach={"temperature_c": 95},
        cleared=phases("temperature", 60, 61, 84),
        harmless=(phases("temperature", 90, 90, 90),),
        holding=(phases("temperature", 60, 61, 87),),
    ),
    "distribution-arc": Case(
        breach={"arc": True},
        cleared={"arc": False},
        harmless=({"arc": False}, {"arc": True, "test": True}),
        holding=({"test": True},),
    ),
    "distribution-insulation-low": Case(
        breach={"insulation": 49},
        cleared={"insulation": 61},
        harmless=({"insulation": 50},),
        holding=({"insulation": 55},),
    ),
    "distribution-surge-arrester": flag("surge_arrester_fault"),
    "distribution-fault": flag("fault", {"tripped": True}),
    "distribution-door-open": flag("door_open"),
}

GENERATOR: Mapping[str, Case] = {
    "generator-fail-to-start": flag("fail_to_start", {"running": False}),
    "generator-no-takeover": Case(
        breach={"mains_present": False, "running": False},
        cleared={"running": True},
        harmless=(
            {"mains_present": False},
            {"running": False},
            {"mains_present": True, "running": False},
            {"mains_present": False, "running": True},
        ),
        holding=({"fuel_level": 80}, {"mode": "off"}),
    ),
    "generator-mains-lost": Case({"mains_present": False}, {"mains_present": True}, ({"mains_voltage": 0},)),
    "generator-emergency-stop": flag("emergency_stop"),
    "generator-coolant-hot": Case(
        breach={"running": True, "coolant_temperature": 101},
        cleared={"coolant_temperature": 89},
        harmless=({"running": True, "coolant_temperature": 100}, {"running": False, "coolant_temperature": 105}),
        holding=({"coolant_temperature": 95}, {"running": False}),
    ),
    "generator-oil-pressure-low": Case(
        breach={"running": True, "oil_pressure": 0.09},
        cleared={"oil_pressure": 0.35},
        harmless=({"running": False, "oil_pressure": 0.0}, {"running": True, "oil_pressure": 0.1}),
        holding=({"oil_pressure": 0.11}, {"running": False}),
    ),
    "generator-overspeed": flag("overspeed", {"engine_speed": 1500}),
    "generator-fault": flag("fault", {"test": True}),
    "generator-fuel-low": Case({"fuel_level": 24}, {"fuel_level": 31}, ({"fuel_level": 25},), ({"fuel_level": 29},)),
    "generator-battery-low": Case(
        breach={"battery_voltage": 11.7},
        cleared={"battery_voltage": 12.4},
        harmless=({"battery_voltage": 11.8},),
        holding=({"battery_voltage": 12},),
    ),
    "generator-not-automatic": Case(
        breach={"mode": "hand"},
        cleared={"mode": "automatic"},
        harmless=({"mode": "automatic"}, {"mode": "test"}, {"running": True}),
        holding=({"mode": "off"}, {"mode": "test"}),
    ),
}

UPS: Mapping[str, Case] = {
    "ups-on-battery": Case(
        breach={"on_battery": True},
        cleared={"on_battery": False},
        harmless=({"on_battery": False}, {"on_battery": True, "test": True}, {"discharging": True}),
        holding=({"test": True}, {"battery": 50}),
    ),
    "ups-battery-low": Case(
        breach={"on_battery": True, "battery": 19},
        cleared={"on_battery": False},
        harmless=(
            {"on_battery": True, "battery": 20, "battery_low": False},
            {"on_battery": False, "battery": 5, "battery_low": True},
            {"on_battery": True, "battery": 5, "battery_low": True, "test": True},
        ),
        holding=({"battery": 25},),
    ),
    "ups-discharging": Case(
        breach={"discharging": True, "status": "OL DISCHRG", "battery": 90},
        cleared={"discharging": False, "status": "OL"},
        harmless=(
            {"discharging": True, "battery": 90},
            {"discharging": True, "status": "OL DISCHRG"},
            {"discharging": True, "status": "OL DISCHRG", "battery": 100},
            {"discharging": True, "status": "OL DISCHRG CAL", "battery": 90, "test": True},
            {"discharging": True, "status": "OB DISCHRG", "battery": 90, "on_battery": True},
            {"discharging": False, "status": "OL CHRG", "battery": 90},
        ),
        holding=({"test": True}, {"status": "Data stale"}, {"battery": 96}),
    ),
    "ups-discharging-low": Case(
        breach={"discharging": True, "status": "OL DISCHRG LB", "battery": 19},
        cleared={"battery": 26},
        harmless=(
            {"discharging": True, "battery": 19},
            {"discharging": True, "status": "OL DISCHRG LB RB", "battery": 100, "battery_low": True},
            {"discharging": True, "status": "OL DISCHRG CAL", "battery": 19, "test": True},
            {"discharging": False, "status": "OL CHRG", "battery": 19},
        ),
        holding=({"status": "Data stale"}, {"discharging": False}, {"battery": 24}),
    ),
    "ups-overload": flag("overload", {"load": 90}),
    "ups-output-off": flag("output_off"),
    "ups-bypass": flag("bypass"),
    "ups-fault": flag("fault"),
    "ups-replace-battery": flag("replace_battery"),
    "ups-overheated": flag("overheated", {"battery_temperature": 40}),
    "ups-battery-hot": Case(
        breach={"battery_temperature": 46},
        cleared={"battery_temperature": 41},
        harmless=({"battery_temperature": 45}, {"temperature": 50}),
        holding=({"battery_temperature": 43},),
    ),
    "ups-battery-burning": Case(
        breach={"battery_temperature": 61},
        cleared={"battery_temperature": 49},
        harmless=({"battery_temperature": 60},),
        holding=({"battery_temperature": 55},),
    ),
}

CLIMATE: Mapping[str, Case] = {
    "climate-extreme-heat": Case(
        breach={"temperature": 66},
        cleared={"temperature": 54},
        harmless=({"temperature": 65}, {"external_temperature": 90}),
        holding=({"temperature": 60},),
    ),
    "climate-too-hot": Case(
        breach={"temperature": 45.5},
        cleared={"temperature": 42},
        harmless=({"temperature": 45},),
        holding=({"temperature": 44},),
    ),
    "climate-too-cold": Case(
        breach={"temperature": -31},
        cleared={"temperature": -27},
        harmless=({"temperature": -30}, {"soil_temperature": -40}),
        holding=({"temperature": -29},),
    ),
    "climate-too-humid": Case({"humidity": 96}, {"humidity": 89}, ({"humidity": 95},), ({"humidity": 93},)),
    "climate-battery-low": Case({"battery": 14.9}, {"battery": 21}, ({"battery": 15},), ({"battery": 19},)),
    "climate-battery-reported-low": flag("battery_low", {"battery": 10}),
}

EDGE: Mapping[str, Case] = {
    "edge-disk-full": Case({"disk": 95.1}, {"disk": 91}, ({"disk": 95},), ({"disk": 93},)),
    "edge-disk-filling": Case({"disk": 86}, {"disk": 81}, ({"disk": 85},), ({"disk": 83},)),
    "edge-memory-full": Case({"memory": 96}, {"memory": 89}, ({"memory": 95}, {"swap": 99}), ({"memory": 92},)),
    "edge-hot": Case(
        breach={"temperature": 81},
        cleared={"temperature": 74},
        harmless=({"temperature": 80}, {"disk_temperature": 85}),
        holding=({"temperature": 77},),
    ),
    "edge-undervoltage": flag("undervoltage"),
    "edge-throttled": flag("throttled"),
    "edge-on-battery": flag("on_battery"),
    "edge-offline": Case({"online": False}, {"online": True}, ({"online": True},)),
}

CASES: Mapping[str, Case] = {**POWER, **DISTRIBUTION, **GENERATOR, **UPS, **CLIMATE, **EDGE}
