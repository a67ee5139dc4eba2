"""Cases of rules/nfc.yaml."""

from __future__ import annotations

from collections.abc import Mapping

from tests.unit.rule_cases.case import Case

CASES: Mapping[str, Case] = {
    "reader-battery-low": Case({"battery": 10}, {"battery": 100}, ({"battery": 15},), ({"battery": 19},)),
}
