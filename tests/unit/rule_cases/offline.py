"""Cases of the rules on devices that are offline, of all files."""

from __future__ import annotations

from collections.abc import Mapping

from tests.unit.rule_cases.case import Case

RULES = (
    "power-meter-offline",
    "distribution-offline",
    "generator-offline",
    "ups-offline",
    "pump-offline",
    "sump-offline",
    "elevator-offline",
    "escalator-offline",
    "fire-pump-offline",
    "call-point-offline",
    "smoke-detector-offline",
    "heat-detector-offline",
    "gas-detector-offline",
    "water-leak-sensor-offline",
    "flood-sensor-offline",
    "tank-offline",
    "hydrant-offline",
    "climate-sensor-offline",
    "patrol-phone-offline",
)

CASES: Mapping[str, Case] = {rule: Case({"online": False}, {"online": True}, ({"online": True},)) for rule in RULES}
