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
