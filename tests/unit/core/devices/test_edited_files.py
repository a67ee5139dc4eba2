"""Latest values of an earlier run, where the site's files were edited since: units, and devices that are gone."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.core.rules.rule import RuleSpec
from gateway.store.database import Database
from gateway.store.devices.tables import load
from tests.unit.core.devices.fleet import SENSOR, Fleet


def metrics(unit: str) -> dict[str, Any]:
    return {**SENSOR["metrics"], "value": {"type": "float", "unit": unit}}


def rule(when: str) -> RuleSpec:
    spec = {"id": "low", "when": when, "severity": "warning", "title": {"en": "Low"}}
    return RuleSpec.model_validate({"applies_to": {"profile": "sensor"}, **spec})


def raises(fleet: Fleet) -> int:
    found = [each for each in fleet.audit if each.kind == "alarm" and each.subject.startswith("low/")]
    return sum(each.data["step"] == "raise" for each in found)


@pytest.mark.parametrize("is_saved", [True, False])
def test_a_value_in_the_unit_of_before_is_never_compared_with_a_limit_in_the_new_one(
    database: Database, is_saved: bool
) -> None:
    fleet = Fleet("d1", database=database, metrics=metrics("MPa"))
    fleet.say(10, "d1", value=7.0, leak=True)
    fleet.snapshot()
    fleet.say(20, "d1", value=5.0, leak=True)
    if is_saved:
        fleet.snapshot()
    fleet.rules = (rule("leak && value < 100"),)
    files = fleet.configure("d1", metrics=metrics("kPa"))
    for second in (30, 40):  # also where this run ends before it has saved anything by itself
        fleet.restart(second, hears_at=second, files=files)
        assert "value" not in fleet.engine.devices["d1"].values
    fleet.say(50, "d1", leak=True)
    fleet.wait(130)
    assert raises(fleet) == 0

    fleet.say(131, "d1", value=50.0)
    fleet.commit()
    fleet.restart(132, hears_at=132)
    assert fleet.engine.devices["d1"].values == {"leak": True, "value": 50.0}
    assert raises(fleet) == 1


def test_values_whose_unit_is_the_same_are_restored(database: Database) -> None:
    fleet = Fleet("d1", database=database, metrics=metrics("MPa"))
    fleet.say(10, "d1", value=7.0)
    fleet.snapshot()
    fleet.restart(20, hears_at=20)
    assert fleet.engine.devices["d1"].values == {"value": 7.0}


@pytest.mark.parametrize("is_saved", [True, False])
@pytest.mark.parametrize("runs_without", [1, 2])
def test_a_device_that_was_removed_and_is_added_again_knows_nothing_of_before(
    database: Database, is_saved: bool, runs_without: int
) -> None:
    fleet = Fleet("d1", "d2", database=database)
    fleet.say(10, "d1", "d2", value=7.0)
    if is_saved:
        fleet.snapshot()
    with_both, without = fleet.files, fleet.configure("d2")
    for second in range(20, 20 + 10 * runs_without, 10):
        fleet.restart(second, hears_at=second, files=without)
    fleet.restart(50, hears_at=50, files=with_both)

    assert fleet.engine.devices["d1"].values == {}
    assert fleet.engine.devices["d2"].values == {"value": 7.0}


def test_the_row_of_a_device_that_is_gone_is_deleted_with_the_next_snapshot(database: Database) -> None:
    fleet = Fleet("d1", "d2", database=database)
    fleet.say(10, "d1", "d2", value=7.0)
    fleet.snapshot()
    fleet.restart(20, hears_at=20, files=fleet.configure("d2"))
    fleet.say(30, "d2", value=8.0)
    fleet.snapshot()
    fleet.commit()
    assert [row.device for row in load(database).snapshots] == ["d2"]
    fleet.restart(40, hears_at=40, files=fleet.configure("d1", "d2"))
    assert fleet.engine.devices["d1"].values == {}
