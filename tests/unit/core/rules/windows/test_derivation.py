"""Derivations: functions of readings, checked against the profile."""

from __future__ import annotations

import pytest

from gateway.core.kernel.errors import ConditionError
from gateway.core.kernel.times import MINUTE, SECOND
from gateway.core.rules.windows.derivation import Derivation, derive
from gateway.core.rules.windows.let import Let
from tests.unit.core.sites import PUMP


def of(**fields: object) -> Derivation:
    return derive(Let.model_validate(fields), PUMP)


@pytest.mark.parametrize(("over", "capacity"), [("1h", 3_600), ("1m", 256), ("31d", 20_000)])
def test_a_window_has_room_for_one_reading_a_second_within_bounds(over: str, capacity: int) -> None:
    assert of(mean="pressure", over=over).capacity == capacity


@pytest.mark.parametrize(
    ("fields", "period"),
    [
        ({"count": "pressure", "over": "10s"}, SECOND),
        ({"count": "pressure", "over": "90s"}, SECOND),
        ({"rising": "running", "over": "10m"}, 10 * SECOND),
        ({"time_in": "running", "over": "2d"}, MINUTE),
        ({"since": "running"}, 10 * SECOND),
    ],
)
def test_what_time_alone_may_move_is_looked_at_in_whole_seconds(fields: dict[str, object], period: int) -> None:
    assert of(**fields).is_timed
    assert of(**fields).period == period


@pytest.mark.parametrize("fields", [{"mean": "pressure", "over": "10m"}, {"flat": "pressure"}])
def test_silence_does_not_change_what_readings_measure(fields: dict[str, object]) -> None:
    assert not of(**fields).is_timed


def test_a_condition_is_another_one_where_an_attribute_differs() -> None:
    derivation = of(time_in="pressure < lowest", over="1h")

    assert derivation.metrics == ("pressure",)
    assert derivation.key_on({"lowest": 0.1}) != derivation.key_on({"lowest": 0.2})
    assert derivation.key_on({"lowest": 0.1, "other": 1}) == derivation.key_on({"lowest": 0.1, "other": 2})


def test_the_value_before_has_the_type_of_its_metric() -> None:
    assert (of(previous="mode").type, of(previous="running").type) == ("enum", "bool")
    assert of(mean="pressure", over="1h").type == "float"


def test_a_metric_is_counted_by_its_readings_and_a_condition_by_those_with_which_it_holds() -> None:
    assert of(count="running", over="1h").condition is None
    assert of(count="running == true", over="1h").condition is not None


def test_what_is_no_metric_of_the_profile_is_shown_with_a_caret() -> None:
    with pytest.raises(ConditionError) as raised:
        of(mean="presure", over="1h")

    assert str(raised.value) == "mean is of one metric, and 'presure' is none\npresure\n^"
