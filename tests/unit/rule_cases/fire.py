"""Cases of rules/fire_panel.yaml, rules/heat.yaml and rules/gas.yaml, and of the rest of rules/smoke.yaml."""

from __future__ import annotations

from collections.abc import Mapping

from tests.unit.rule_cases.case import Case

SMOKE: Mapping[str, Case] = {
    "smoke-battery-reported-low": Case(
        breach={"low_battery": True},
        cleared={"low_battery": False},
        harmless=({"low_battery": True, "battery": 14}, {"low_battery": False}, {"battery": 14}),
        holding=({"battery": 50},),
    ),
    "smoke-heat-alarm": Case(
        breach={"heat": True},
        cleared={"heat": False},
        harmless=({"heat": True, "test": True}, {"heat": True, "smoke": True}, {"temperature": 80}),
        holding=({"test": True}, {"smoke": True}),
    ),
    "smoke-carbon-monoxide": Case(
        breach={"carbon_monoxide": True},
        cleared={"carbon_monoxide": False},
        harmless=({"carbon_monoxide": True, "test": True}, {"smoke": True}),
        holding=({"test": True},),
    ),
    "smoke-inlet-covered": Case(
        breach={"covered": True, "obstacle": False},
        cleared={"covered": False, "obstacle": False},
        harmless=({"covered": False, "obstacle": False},),
        holding=({"obstacle": True, "covered": False},),
    ),
    "smoke-end-of-life": Case({"end_of_life": True}, {"end_of_life": False}, ({"fault": True},)),
}

HEAT: Mapping[str, Case] = {
    "heat-fire": Case(
        breach={"heat": True},
        cleared={"heat": False},
        harmless=({"heat": False}, {"heat": True, "test": True}, {"temperature": 90}),
        holding=({"test": True}, {"temperature": 20}),
    ),
    "heat-during-test": Case(
        breach={"heat": True, "test": True},
        cleared={"heat": False},
        harmless=({"heat": True}, {"heat": False, "test": True}),
        holding=({"test": False},),
    ),
    "heat-high": Case(
        breach={"temperature": 57.1},
        cleared={"temperature": 51.9},
        harmless=({"temperature": 57}, {"temperature": 90, "heat": True}, {"temperature": 90, "test": True}),
        holding=({"temperature": 53}, {"heat": True}, {"test": True}),
    ),
    "heat-high-during-test": Case(
        breach={"temperature": 80, "test": True},
        cleared={"temperature": 51.9},
        harmless=(
            {"temperature": 80},
            {"temperature": 30, "test": True},
            {"temperature": 80, "test": True, "heat": True},
        ),
        holding=({"temperature": 53}, {"test": False}),
    ),
    "heat-rising-fast": Case(
        breach={"rate_of_rise": 8.1},
        cleared={"rate_of_rise": 3.9},
        harmless=({"rate_of_rise": 8}, {"rate_of_rise": 20, "test": True}, {"rate_of_rise": 20, "heat": True}),
        holding=({"rate_of_rise": 5},),
    ),
    "heat-head-removed": Case({"tamper": True}, {"tamper": False}, ({"fault": True},)),
    "heat-detector-fault": Case(
        breach={"fault": True},
        cleared={"fault": False},
        harmless=({"fault": True, "tamper": True}, {"tamper": False}),
        holding=({"tamper": True},),
    ),
    "heat-battery-low": Case({"battery": 14.9}, {"battery": 21}, ({"battery": 15},), ({"battery": 19},)),
    "heat-battery-reported-low": Case(
        breach={"battery_low": True},
        cleared={"battery_low": False},
        harmless=({"battery_low": True, "battery": 14}, {"battery": 14}),
        holding=({"battery": 50},),
    ),
}

GAS: Mapping[str, Case] = {
    "gas-leak": Case(
        breach={"gas": True},
        cleared={"gas": False},
        harmless=({"gas": True, "test": True}, {"carbon_monoxide": True}, {"pre_alarm": True}),
        holding=({"test": True}, {"gas_concentration": 0}),
    ),
    "gas-during-test": Case(
        breach={"gas": True, "test": True},
        cleared={"gas": False},
        harmless=({"gas": True}, {"gas": False, "test": True}),
        holding=({"test": False},),
    ),
    "gas-rising": Case(
        breach={"gas_concentration": 20.1},
        cleared={"gas_concentration": 13.9},
        harmless=(
            {"gas_concentration": 20},
            {"gas_concentration": 50, "gas": True},
            {"gas_concentration": 50, "test": True},
            {"gas_concentration": 50, "warming_up": True},
        ),
        holding=({"gas_concentration": 15}, {"gas": True}),
    ),
    "gas-rising-during-test": Case(
        breach={"gas_concentration": 110, "test": True},
        cleared={"gas_concentration": -0.4},
        harmless=(
            {"gas_concentration": 50},
            {"gas_concentration": 50, "test": True, "gas": True},
            {"gas_concentration": 50, "test": True, "warming_up": True},
        ),
        holding=({"gas_concentration": 15}, {"test": False}),
    ),
    "gas-carbon-monoxide": Case(
        breach={"carbon_monoxide": True},
        cleared={"carbon_monoxide": False},
        harmless=({"carbon_monoxide": True, "test": True}, {"gas": True}),
        holding=({"test": True}, {"co": 0}),
    ),
    "gas-carbon-monoxide-during-test": Case(
        breach={"carbon_monoxide": True, "test": True},
        cleared={"carbon_monoxide": False},
        harmless=({"carbon_monoxide": True}, {"carbon_monoxide": False, "test": True}),
        holding=({"test": False},),
    ),
    "gas-carbon-monoxide-high": Case(
        breach={"co": 101},
        cleared={"co": 69},
        harmless=(
            {"co": 100},
            {"co": 150, "carbon_monoxide": True},
            {"co": 150, "test": True},
            {"co": 150, "warming_up": True},
        ),
        holding=({"co": 80}, {"carbon_monoxide": True}),
    ),
    "gas-carbon-monoxide-dangerous": Case(
        breach={"co": 301},
        cleared={"co": 209},
        harmless=({"co": 300}, {"co": 500, "carbon_monoxide": True}, {"co": 500, "test": True}),
        holding=({"co": 250}, {"carbon_monoxide": True}),
    ),
    "gas-carbon-monoxide-high-during-test": Case(
        breach={"co": 150, "test": True},
        cleared={"co": 69},
        harmless=({"co": 150}, {"co": 150, "test": True, "carbon_monoxide": True}, {"co": 90, "test": True}),
        holding=({"co": 80}, {"test": False}),
    ),
    "gas-detector-heat-during-test": Case(
        {"heat": True, "test": True}, {"heat": False}, ({"heat": True}, {"test": True}), ({"test": False},)
    ),
    "gas-detector-not-ready": Case({"warming_up": True}, {"warming_up": False}, ({"test": True}, {"gas": False})),
    "gas-detector-heat": Case({"heat": True}, {"heat": False}, ({"heat": True, "test": True},), ({"test": True},)),
    "gas-valve-fault": Case({"valve_fault": True}, {"valve_fault": False}, ({"valve_open": False},)),
    "gas-detector-removed": Case({"tamper": True}, {"tamper": False}, ({"fault": True},)),
    "gas-detector-fault": Case(
        breach={"fault": True},
        cleared={"fault": False},
        harmless=({"fault": True, "tamper": True}, {"warming_up": True}),
        holding=({"tamper": True},),
    ),
    "gas-detector-mains-lost": Case({"mains_present": False}, {"mains_present": True}, ({"relay_on": False},)),
    "gas-detector-end-of-life": Case({"end_of_life": True}, {"end_of_life": False}, ({"life_remaining": 10},)),
    "gas-battery-low": Case({"battery": 14.9}, {"battery": 21}, ({"battery": 15},), ({"battery": 19},)),
    "gas-battery-reported-low": Case(
        breach={"battery_low": True},
        cleared={"battery_low": False},
        harmless=({"battery_low": True, "battery": 14}, {"battery": 14}),
        holding=({"battery": 50},),
    ),
}

PANEL: Mapping[str, Case] = {
    "panel-fire": Case(
        breach={"fire": True},
        cleared={"fire": False, "component_fire": False},
        harmless=(
            {"fire": True, "test_running": True},
            {"component_fire": True, "test_running": True},
            {"fault": True},
            {"operated_test": True},
        ),
        holding=({"test_running": True}, {"shielded": True}, {"fire": False, "component_fire": True}),
    ),
    "panel-fire-during-test": Case(
        breach={"fire": True, "test_running": True},
        cleared={"fire": False},
        harmless=({"fire": True}, {"fire": False, "test_running": True}),
        holding=({"test_running": False},),
    ),
    "panel-alarm-raised-by-hand": Case(
        breach={"operated_alarm": True},
        cleared={"operated_alarm": False},
        harmless=(
            {"operated_alarm": True, "test_running": True},
            {"operated_alarm": True, "transmitter_test": True},
            {"operated_test": True, "operated_alarm": False},
        ),
        holding=({"test_running": True},),
    ),
    "panel-transmitter-fire": Case(
        breach={"transmitter_fire": True},
        cleared={"transmitter_fire": False},
        harmless=(
            {"transmitter_fire": True, "transmitter_test": True},
            {"transmitter_fire": True, "test_running": True},
            {"transmitter_fire": True, "fire": True},
            {"transmitter_fault": True},
        ),
        holding=({"transmitter_test": True}, {"fire": True}),
    ),
    "panel-signal-during-test": Case(
        breach={"operated_alarm": True, "test_running": True},
        cleared={"operated_alarm": False, "transmitter_fire": False},
        harmless=(
            {"operated_alarm": True},
            {"transmitter_fire": True},
            {"transmitter_fire": True, "test_running": True, "fire": True},
            {"test_running": True},
        ),
        holding=({"test_running": False}, {"transmitter_fire": True, "operated_alarm": False}),
    ),
    "panel-gas-release": Case(
        breach={"component_type": 81, "delayed": True, "started": False},
        cleared={"delayed": False, "started": False},
        harmless=(
            {"component_type": 91, "delayed": True, "started": True},
            {"component_type": 81, "delayed": True, "started": False, "test_running": True},
            {"component_type": 81, "delayed": False, "started": False, "fault": True},
        ),
        holding=({"component_type": 81, "delayed": False, "started": True}, {"test_running": True}),
    ),
    "panel-gas-release-during-test": Case(
        breach={"component_type": 81, "delayed": False, "started": True, "test_running": True},
        cleared={"delayed": False, "started": False},
        harmless=(
            {"component_type": 81, "delayed": False, "started": True},
            {"component_type": 81, "delayed": False, "started": False, "test_running": True},
            {"component_type": 91, "delayed": False, "started": True, "test_running": True},
        ),
        holding=({"test_running": False},),
    ),
    "panel-pump-started": Case(
        breach={"component_type": 91, "started": True},
        cleared={"started": False},
        harmless=(
            {"component_type": 91, "started": True, "test_running": True},
            {"component_type": 111, "started": True},
            {"component_type": 95, "started": False, "feedback": True},
        ),
        holding=({"test_running": True},),
    ),
    "panel-mains-lost": Case({"mains_fault": True}, {"mains_fault": False}, ({"power_fault": True},)),
    "panel-backup-fault": Case({"backup_fault": True}, {"backup_fault": False}, ({"mains_fault": True},)),
    "panel-bus-fault": Case({"bus_fault": True}, {"bus_fault": False}, ({"fault": True},)),
    "panel-component-power-fault": Case({"power_fault": True}, {"power_fault": False}, ({"mains_fault": True},)),
    "panel-fault": Case(
        breach={"fault": True},
        cleared={"fault": False},
        harmless=(
            {"fault": True, "mains_fault": True},
            {"fault": True, "backup_fault": True},
            {"fault": True, "bus_fault": True},
            {"fault": True, "power_fault": True},
            {"transmitter_fault": True},
        ),
        holding=({"mains_fault": True},),
    ),
    "panel-shielded": Case({"shielded": True}, {"shielded": False}, ({"manual_mode": True},)),
    "panel-supervisory": Case(
        breach={"supervisory": True},
        cleared={"supervisory": False},
        harmless=({"supervisory": True, "test_running": True}, {"feedback": True}),
        holding=({"test_running": True},),
    ),
    "panel-line-fault": Case(
        breach={"transmitter_line_fault": True},
        cleared={"transmitter_line_fault": False},
        harmless=({"transmitter_link_fault": True},),
    ),
    "panel-link-fault": Case(
        breach={"transmitter_link_fault": True},
        cleared={"transmitter_link_fault": False},
        harmless=({"transmitter_line_fault": True},),
    ),
    "panel-transmitter-mains-lost": Case(
        breach={"transmitter_mains_fault": True},
        cleared={"transmitter_mains_fault": False},
        harmless=({"mains_fault": True},),
    ),
    "panel-transmitter-backup-fault": Case(
        breach={"transmitter_backup_fault": True},
        cleared={"transmitter_backup_fault": False},
        harmless=({"backup_fault": True},),
    ),
}

CALL_POINT: Mapping[str, Case] = {
    "call-point-pressed": Case(
        breach={"pressed": True},
        cleared={"pressed": False},
        harmless=({"pressed": False}, {"pressed": True, "test": True}, {"battery": 80}),
        holding=({"test": True}, {"battery": 80}),
    ),
    "call-point-pressed-during-test": Case(
        breach={"pressed": True, "test": True},
        cleared={"pressed": False},
        harmless=({"pressed": True}, {"pressed": False, "test": True}),
        holding=({"test": False},),
    ),
    "call-point-opened": Case({"tamper": True}, {"tamper": False}, ({"fault": True},)),
    "call-point-fault": Case(
        breach={"fault": True},
        cleared={"fault": False},
        harmless=({"fault": True, "tamper": True}, {"tamper": False}),
        holding=({"tamper": True},),
    ),
    "call-point-battery-low": Case({"battery": 14.9}, {"battery": 21}, ({"battery": 15},), ({"battery": 19},)),
    "call-point-battery-reported-low": Case(
        breach={"battery_low": True},
        cleared={"battery_low": False},
        harmless=({"battery_low": True, "battery": 14}, {"battery": 14}),
        holding=({"battery": 50},),
    ),
}

CASES: Mapping[str, Case] = {**SMOKE, **HEAT, **GAS, **PANEL, **CALL_POINT}
