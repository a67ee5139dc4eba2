"""Cases of rules/smoke.yaml."""

from __future__ import annotations

from collections.abc import Mapping

from tests.unit.rule_cases.case import Case

CASES: Mapping[str, Case] = {
    "smoke-fire": Case(
        breach={"smoke": True},
        cleared={"smoke": False},
        harmless=({"smoke": False}, {"smoke": True, "test": True}, {"obscuration": 1.0}),
        holding=({"test": True}, {"battery": 90}),
    ),
    "smoke-during-test": Case(
        breach={"smoke": True, "test": True},
        cleared={"smoke": False},
        harmless=({"smoke": True}, {"smoke": False, "test": True}),
        holding=({"test": False},),
    ),
    "smoke-rising": Case(
        breach={"obscuration": 0.224},
        cleared={"obscuration": 0.15},
        harmless=({"obscuration": 0.223}, {"obscuration": 1.0, "test": True}, {"obscuration": 1.0, "smoke": True}),
        holding=({"obscuration": 0.2}, {"test": True}, {"smoke": True}),
    ),
    "smoke-rising-during-test": Case(
        breach={"obscuration": 0.3, "test": True},
        cleared={"obscuration": 0.15},
        harmless=(
            {"obscuration": 0.3},
            {"obscuration": 0.1, "test": True},
            {"obscuration": 1.0, "test": True, "smoke": True},
        ),
        holding=({"obscuration": 0.2}, {"test": False}, {"smoke": True}),
    ),
    "smoke-other-alarm-during-test": Case(
        breach={"heat": True, "test": True},
        cleared={"heat": False, "carbon_monoxide": False},
        harmless=({"heat": True}, {"test": True}, {"carbon_monoxide": True, "test": True, "smoke": True}),
        holding=({"test": False}, {"carbon_monoxide": True, "heat": False}),
    ),
    "smoke-head-removed": Case({"tamper": True}, {"tamper": False}, ({"fault": True},)),
    "smoke-detector-fault": Case(
        breach={"fault": True},
        cleared={"fault": False},
        harmless=({"fault": True, "tamper": True}, {"fault": True, "contamination": 3}, {"tamper": False}),
        holding=({"tamper": True},),
    ),
    "smoke-contaminated": Case({"contamination": 3}, {"contamination": "normal"}, ({"contamination": "medium"},)),
    "smoke-battery-low": Case({"battery": 14.9}, {"battery": 21}, ({"battery": 15},), ({"battery": 19},)),
}
