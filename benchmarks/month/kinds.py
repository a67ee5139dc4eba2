"""The kinds of faults of the simulators, how long they last in the month, and which rules tell of them.

Names of rules may have a `*`, as a rule of the library may have been divided or given levels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault."""

    device_class: str
    fault: str
    lasts: tuple[float, float]
    """The shortest and the longest in the month, in minutes."""
    told_by: tuple[str, ...] = ()
    """One of these rules must tell of it. None where nobody needs to be told at once."""
    also: tuple[str, ...] = ()
    """These may tell of it as well."""


_FIRE_ALSO: Final = ("fire-*", "smoke-*", "heat-*", "call-point-*")
_BATTERY: Final = (360.0, 1800.0)
_FIXED_BY_HAND: Final = (120.0, 480.0)
_SHORT: Final = (20.0, 50.0)

KINDS: Final = (
    Kind("elevator", "entrapment", _SHORT, ("elevator-entrapment",), ("elevator-*",)),
    Kind("elevator", "door_fault", _SHORT, ("elevator-door*",), ("elevator-*",)),
    Kind("elevator", "overspeed", _SHORT, ("elevator-overspeed",), ("elevator-*",)),
    Kind("elevator", "mains_lost", _SHORT, ("elevator-mains-lost",), ("elevator-*",)),
    Kind("escalator", "emergency_stop", _SHORT, ("escalator-*",)),
    Kind("escalator", "overspeed", _SHORT, ("escalator-overspeed",), ("escalator-*",)),
    Kind("escalator", "reversal", _SHORT, ("escalator-reversal",), ("escalator-*",)),
    Kind("escalator", "missing_step", _SHORT, ("escalator-step-missing",), ("escalator-*",)),
    Kind("escalator", "handrail_slow", _SHORT, ("escalator-handrail*",)),
    Kind("booster_pump", "dry_run", _SHORT, ("pump-dry-run*",), ("pump-*",)),
    Kind("booster_pump", "bearing_wear", (20.0, 58.0), ("pump-vibration*",), ("pump-bearing*",)),
    Kind("booster_pump", "leak", _SHORT, ("pump-burst-pipe",), ("pump-*",)),
    Kind("booster_pump", "short_cycling", _SHORT, ("pump-short-cycling",), ("pump-*",)),
    Kind("sump_pump", "pump_fails", (40.0, 58.0), ("sump-*",)),
    Kind("sump_pump", "heavy_rain", (30.0, 50.0), ("sump-*",)),
    Kind("sump_pump", "check_valve", (55.0, 58.0), ("sump-short-cycling*", "sump-*valve*"), ("sump-*",)),
    Kind("sump_pump", "float_stuck", (45.0, 58.0), ("sump-runs-*",), ("sump-*",)),
    Kind("fire_pump", "hydrant_open", _SHORT, ("fire-pump-running*",), ("fire-*",)),
    Kind("fire_pump", "not_automatic", (40.0, 120.0), ("fire-pump-not-automatic",)),
    Kind("fire_pump", "mains_lost", _SHORT, ("fire-pump-power-fault",), ("fire-*",)),
    Kind("fire_pump", "fails_to_start", _SHORT, ("fire-pump-f*",), ("fire-*",)),
    Kind("fire_pump", "pipe_leak", (45.0, 58.0), ("fire-jockey-*",), ("fire-*",)),
    Kind("water_tank_level", "overflow", _SHORT, ("tank-*high*",), ("tank-*",)),
    Kind("water_tank_level", "supply_cut", _SHORT, ("tank-*low*",), ("tank-*",)),
    Kind("water_tank_level", "sensor_stuck", (1440.0, 2160.0), ("tank-*stuck*", "tank-*frozen*"), ("tank-*",)),
    Kind("water_tank_level", "battery_low", _BATTERY, ("tank-sensor-battery-low",)),
    Kind("flood_sensor", "flood", _SHORT, ("flood-*",)),
    Kind("flood_sensor", "puddle", (2.0, 5.0), (), ("flood-water*",)),
    Kind("flood_sensor", "battery_low", _BATTERY, ("flood-sensor-battery-low",)),
    Kind("water_leak", "leak", (20.0, 90.0), ("water-leak*",)),
    Kind("water_leak", "drip", (30.0, 58.0), ("water-leak*", "water-drip*")),
    Kind("water_leak", "battery_low", _BATTERY, ("water-leak-battery-low",)),
    Kind("water_leak", "tamper", _FIXED_BY_HAND, ("water-leak-sensor-*",)),
    Kind("hydrant_pressure", "valve_closed", (30.0, 240.0), ("hydrant-pressure-low",)),
    Kind("hydrant_pressure", "low_pressure", (30.0, 240.0), ("hydrant-pressure-low",)),
    Kind("hydrant_pressure", "water_drawn", _SHORT, ("hydrant-opened",)),
    Kind("hydrant_pressure", "battery_low", _BATTERY, ("hydrant-battery-low",)),
    Kind("smoke_detector", "slow_fire", (15.0, 30.0), ("smoke-fire",), _FIRE_ALSO),
    Kind("smoke_detector", "fast_fire", (10.0, 30.0), ("smoke-fire",), _FIRE_ALSO),
    Kind("smoke_detector", "battery_low", _BATTERY, ("smoke-battery-low",)),
    Kind("smoke_detector", "contamination", _FIXED_BY_HAND, ("smoke-contaminated*",), ("smoke-*fault*",)),
    Kind("smoke_detector", "self_test", (1.0, 2.0)),
    Kind("smoke_detector", "head_removed", (20.0, 120.0), ("smoke-head-removed",), ("smoke-*fault*",)),
    Kind("heat_detector", "fire", (10.0, 30.0), ("heat-fire",), _FIRE_ALSO),
    Kind("heat_detector", "hot_kitchen", (20.0, 50.0)),
    Kind("heat_detector", "self_test", (1.0, 2.0)),
    Kind("heat_detector", "battery_low", _BATTERY, ("heat-battery-low",)),
    Kind("heat_detector", "tamper", _FIXED_BY_HAND, ("heat-head-removed",), ("heat-*fault*",)),
    Kind("manual_call_point", "pressed", (5.0, 30.0), ("call-point-pressed",), _FIRE_ALSO),
    Kind("manual_call_point", "self_test", (1.0, 2.0)),
    Kind("manual_call_point", "line_fault", _FIXED_BY_HAND, ("call-point-fault",)),
    Kind("manual_call_point", "battery_low", _BATTERY, ("call-point-battery-low",)),
    Kind("manual_call_point", "tamper", _FIXED_BY_HAND, ("call-point-opened",)),
    Kind("gas_detector", "gas_leak", (10.0, 40.0), ("gas-leak*",), ("gas-*",)),
    Kind("gas_detector", "solvent", (10.0, 30.0)),
    Kind("gas_detector", "sensor_fault", _FIXED_BY_HAND, ("gas-detector-fault",)),
    Kind("gas_detector", "self_test", (1.0, 2.0)),
    Kind("fire_panel", "fire", (15.0, 40.0), ("panel-fire*",), ("panel-*", "fire-*")),
    Kind("fire_panel", "false_alarm", (5.0, 15.0), ("panel-fire*",), ("panel-*", "fire-*")),
    Kind("fire_panel", "point_fault", (30.0, 240.0), ("panel-bus-fault",), ("panel-fault*",)),
    Kind("fire_panel", "points_disabled", (480.0, 2160.0), ("panel-*shield*", "panel-*disab*"), ("panel-*",)),
    Kind("fire_panel", "mains_lost", (30.0, 58.0), ("panel-mains-lost",), ("panel-*",)),
    Kind("fire_panel", "battery_fault", (60.0, 600.0), ("panel-backup-fault",), ("panel-*",)),
    Kind("fire_panel", "test_run", (20.0, 50.0), (), ("panel-*test*",)),
    Kind("power_meter", "overload", (15.0, 50.0), ("power-overload",), ("power-*",)),
    Kind("power_meter", "undervoltage", (20.0, 50.0), ("power-*under*", "power-*low*"), ("power-*",)),
    Kind("power_meter", "overvoltage", (20.0, 50.0), ("power-overvoltage",)),
    Kind("power_meter", "outage", (20.0, 50.0), ("power-outage*", "power-*-gone"), ("power-*",)),
    Kind("power_meter", "poor_power_factor", (480.0, 1440.0), (), ("power-*factor*",)),
    Kind("distribution_panel", "overload", (15.0, 50.0), ("distribution-*overload*",), ("distribution-*",)),
    Kind("distribution_panel", "imbalance", (15.0, 50.0), ("distribution-*",)),
    Kind("distribution_panel", "phase_loss", (10.0, 40.0), ("distribution-phase-lost*",), ("distribution-*",)),
    Kind("distribution_panel", "hot_joint", (30.0, 50.0), ("distribution-*hot*", "distribution-*critical*")),
    Kind("distribution_panel", "earth_leakage", (15.0, 50.0), ("distribution-residual-current",)),
    Kind("distribution_panel", "breaker_trip", (10.0, 40.0), ("distribution-breaker-*",), ("distribution-*",)),
    Kind("distribution_panel", "door_open", (60.0, 240.0), ("distribution-door-open",)),
    Kind("generator", "mains_lost", (15.0, 50.0), ("generator-mains-lost",), ("generator-*",)),
    Kind("generator", "test_run", (20.0, 40.0)),
    Kind("generator", "fails_to_start", (15.0, 40.0), ("generator-fail-to-start",), ("generator-*",)),
    Kind("generator", "low_fuel", (20.0, 58.0), ("generator-fuel-low",)),
    Kind("generator", "overheat", (20.0, 50.0), ("generator-coolant-hot",), ("generator-*",)),
    Kind("generator", "low_oil_pressure", (10.0, 30.0), ("generator-oil-pressure-low",), ("generator-*",)),
    Kind("generator", "weak_starter", (60.0, 600.0), ("generator-battery-low",)),
    Kind("generator", "not_automatic", (120.0, 300.0), ("generator-not-automatic",)),
    Kind("battery_ups", "mains_lost", (10.0, 40.0), ("ups-on-battery",), ("ups-*",)),
    Kind("battery_ups", "battery_worn", (600.0, 1440.0), ("ups-replace-battery",), ("ups-*",)),
    Kind("battery_ups", "overload", (10.0, 50.0), ("ups-overload",)),
    Kind("battery_ups", "overheat", (20.0, 58.0), ("ups-battery-hot",), ("ups-*",)),
    Kind(
        "temperature_humidity", "hot_room", (45.0, 120.0), ("climate-too-hot", "climate-extreme-heat"), ("climate-*",)
    ),
    Kind("temperature_humidity", "frost", (45.0, 120.0), ("climate-too-cold*", "climate-frost*")),
    Kind("temperature_humidity", "damp", (200.0, 400.0), ("climate-too-humid",)),
    Kind("temperature_humidity", "battery_low", _BATTERY, ("climate-battery-low",)),
    Kind("access_door", "forced", (5.0, 20.0), ("door-forced",), ("door-*",)),
    Kind("access_door", "held_open", (10.0, 40.0), ("door-held-open",), ("door-*",)),
    Kind("access_door", "unknown_card", (2.0, 5.0), (), ("door-*",)),
    Kind("access_door", "tamper", (20.0, 120.0), ("door-tamper",)),
    Kind("camera_event", "intrusion", (3.0, 15.0), ("camera-person-*",), ("camera-*",)),
    Kind("camera_event", "fire_lane_blocked", (10.0, 50.0), ("camera-fire-lane-*",)),
    Kind("camera_event", "smoke_seen", (5.0, 20.0), (), ("camera-*smoke*",)),
    Kind("camera_event", "offline", (20.0, 240.0), ("camera-offline",)),
    # What a guard does on a round is the round's to judge, not a rule's.
    Kind("patrol_phone", "stands_still", (20.0, 50.0), (), ("guard-*", "patrol-*")),
    Kind("patrol_phone", "off_route", (20.0, 50.0), (), ("guard-*", "patrol-*")),
    Kind("patrol_phone", "gps_lost", (20.0, 50.0), (), ("patrol-*",)),
    Kind("patrol_phone", "battery_low", (30.0, 120.0), ("patrol-phone-battery-low",)),
    Kind("patrol_phone", "sos", (2.0, 20.0), ("guard-sos",)),
    Kind("nfc_reader", "missing_point", (240.0, 300.0), (), ("round-*",)),
    Kind("nfc_reader", "late_point", (20.0, 60.0), (), ("round-*",)),
    Kind("edge_box", "disk_full", (20.0, 58.0), ("edge-disk-*",)),
    Kind("edge_box", "memory_leak", (25.0, 58.0), ("edge-memory-*",)),
    Kind("edge_box", "busy", (20.0, 58.0), (), ("edge-*",)),
    Kind("edge_box", "hot", (25.0, 58.0), ("edge-hot*",)),
    Kind("edge_box", "restarts", (20.0, 58.0), (), ("edge-*",)),
    Kind("edge_box", "silent", (40.0, 90.0), ("silent",)),
)
"""Every fault of every class. Those that change slowly, or stay as they are, last for hours; the others are over within
the hour in which a simulator is stepped at its period."""
