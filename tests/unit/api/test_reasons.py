"""The sentences that say why an alarm came or did not come."""

from __future__ import annotations

import dataclasses
from contextlib import closing
from pathlib import Path

import msgspec

from gateway.api.reasons import Situation, sentences
from gateway.api.rules import get_standing
from gateway.api.unsure_time import awaiting_time
from gateway.core.rules.active_hours import ActiveSpec
from tests.unit.api.house import House

NIGHT = ActiveSpec.model_validate({"hours": "22:00-06:00"})
IN_DOUBT = "Its active hours do not count yet, as the gateway is not sure of the time: it is evaluated at any time."


def situation(house: House, *, active: ActiveSpec | None, is_outside: bool = False, knows_time: bool) -> Situation:
    """The rule dry-run on pump-1, with these active hours."""
    (level,) = house.services.explain("dry-run", "pump-1")
    rule = dataclasses.replace(level.rule, spec=level.rule.spec.model_copy(update={"active": active}))
    level = msgspec.structs.replace(level, rule=rule, is_outside_hours=is_outside)
    device = house.engine.devices.find("pump-1")
    assert device is not None
    return Situation([level], device, None, None, None, house.now, knows_time=knows_time)


def test_a_rule_whose_hours_do_not_count_as_the_time_is_not_sure_says_so(house: House) -> None:
    assert IN_DOUBT in sentences(situation(house, active=NIGHT, knows_time=False), {})


def test_nothing_is_said_of_hours_that_count_or_that_there_are_not(house: House) -> None:
    assert IN_DOUBT not in sentences(situation(house, active=NIGHT, knows_time=True), {})
    assert IN_DOUBT not in sentences(situation(house, active=None, knows_time=False), {})


def test_a_rule_that_is_known_to_be_outside_its_hours_says_that_alone(house: House) -> None:
    told = [*sentences(situation(house, active=NIGHT, is_outside=True, knows_time=False), {})]

    assert "It is outside its active hours: nothing is evaluated until they begin." in told
    assert IN_DOUBT not in told


WAITS = (
    "Planned maintenance of the device (Cleaning) does not take place yet, as the gateway is not sure of the time: "
    "people are told."
)


def test_planned_maintenance_that_waits_for_the_time_is_named_but_where_it_would_stop_nothing(house: House) -> None:
    waiting = dataclasses.replace(situation(house, active=None, knows_time=False), awaiting=("Cleaning",))
    assert WAITS in sentences(waiting, {})
    (level,) = waiting.levels
    spec = level.rule.spec.model_copy(update={"life_safety": True})
    level = msgspec.structs.replace(level, rule=dataclasses.replace(level.rule, spec=spec))
    assert WAITS not in sentences(dataclasses.replace(waiting, levels=[level]), {})


async def test_why_names_maintenance_that_waits_for_the_time_and_only_in_its_hours(tmp_path: Path) -> None:
    with closing(House(tmp_path, expect_every={"gate": "30s"}, knows_time=False)) as house:
        assert awaiting_time(house.services, "gate") == ()  # it begins in an hour
        house.later(3600)
        assert awaiting_time(house.services, "gate") == ("Cleaning",)
        assert awaiting_time(house.services, "pump-1") == ()
        assert WAITS in (await get_standing(house.services, "silent", "gate")).sentences
        house.engine.clock_set(0)
        assert awaiting_time(house.services, "gate") == ()
        assert WAITS not in (await get_standing(house.services, "silent", "gate")).sentences
