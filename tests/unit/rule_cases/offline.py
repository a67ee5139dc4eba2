"""Cases of the rules on devices that are offline, of all files."""

from __future__ import annotations

from collections.abc import Mapping

from tests.unit.rule_cases.case import Case

RULES = (
    "pump-offline",
    "sump-offline",
    "elevator-offline",
    "escalator-offline",
    "fire-pump-offline",
    "water-leak-sensor-offline",
    "flood-sensor-offline",
    "tank-offline",
    "climate-sensor-offline",
)

CASES: Mapping[str, Case] = {rule: Case({"online": False}, {"online": True}, ({"online": True},)) for rule in RULES}
