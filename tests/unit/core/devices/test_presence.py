"""Devices that fall silent: what people are told, and when."""

from __future__ import annotations

import pytest

from tests.unit.core.devices.fleet import Fleet, records

EVERY = 30


def talking(fleet: Fleet, since: float, until: float, *devices: str, every: float = EVERY) -> None:
    """The devices send at their interval, the last time before `until`."""
    second = since
    while second < until:
        fleet.say(second, *devices)
        second += every


def test_a_device_that_is_not_heard_for_three_of_its_intervals_is_silent_and_not_before() -> None:
    fleet = Fleet("d1")
    fleet.say(10, "d1")
    fleet.wait(99.9)
    assert not fleet.told
    fleet.wait(100)
    assert fleet.steps("d1") == [(100, "raise")]


@pytest.mark.parametrize(
    ("criticality", "severity", "ticket"),
    [("high", "critical", ["P2 d1"]), ("normal", "warning", ["P3 d1"]), ("low", "info", [])],
)
def test_how_severe_silence_is_depends_on_how_critical_the_device_is(
    criticality: str, severity: str, ticket: list[str]
) -> None:
    fleet = Fleet({"id": "d1", "criticality": criticality})
    fleet.wait(100)
    assert [alarm.severity for alarm in records(fleet)] == [severity]
    assert fleet.tickets == ticket
