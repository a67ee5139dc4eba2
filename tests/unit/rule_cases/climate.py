"""Cases of rules/climate.yaml."""

from __future__ import annotations

from collections.abc import Mapping

from tests.unit.rule_cases.case import Case

CASES: Mapping[str, Case] = {
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
    "climate-battery-reported-low": Case(
        breach={"battery_low": True},
        cleared={"battery_low": False},
        harmless=({"battery_low": False}, {"battery": 10}),
    ),
}
