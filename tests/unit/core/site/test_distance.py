"""How far places are from the service point."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.core.site.distance import Distances, Ring, ServicePoints
from gateway.core.site.site import LocationSpec

PLACES: list[dict[str, Any]] = [
    {"id": "b1", "walking": 30},
    {"id": "b1.f0", "parent": "b1", "walking": 5},
    {"id": "b1.office", "parent": "b1.f0", "walking": 10},
    {"id": "b1.lobby", "parent": "b1.f0", "walking": 0},
    {"id": "b1.roof", "parent": "b1", "walking": 35.5},
    {"id": "b1.shaft", "parent": "b1"},
    {"id": "b2", "walking": 120},
    {"id": "b2.cellar", "parent": "b2", "walking": 35},
    {"id": "b3", "ring": "far"},
    {"id": "b3.hall", "parent": "b3", "walking": 1},
    {"id": "b3.desk", "parent": "b3", "ring": "near"},
]


def distances(start: str | None = "b1.office", **of_team: str) -> Distances:
    places = {each["id"]: LocationSpec.model_validate(each) for each in PLACES}
    return Distances(places, ServicePoints(start, of_team))


@pytest.mark.parametrize(
    ("end", "metres"),
    [
        ("b1.office", 0),
        ("b1.f0", 10),  # out of the office
        ("b1.lobby", 10),  # out of the office and in again, without leaving the floor
        ("b1.roof", 50.5),  # out of the office and off its floor
        ("b2.cellar", 200),  # out of the building: 10 + 5 + 30, and 120 + 35
    ],
)
def test_the_way_leads_out_to_what_contains_both_and_in_again(end: str, metres: float) -> None:
    assert distances().metres("b1.office", end) == metres
    assert distances().metres(end, "b1.office") == metres


def test_a_place_that_does_not_say_how_far_it_is_leaves_the_distance_unknown() -> None:
    assert distances().metres("b1.office", "b1.shaft") is None
    assert distances().ring_of("b1.shaft", "engineering") is None


def test_rings_end_at_fifty_and_two_hundred_metres() -> None:
    rings = {place: distances().ring_of(place, "engineering") for place in ("b1.lobby", "b1.roof", "b2.cellar")}
    assert rings == {"b1.lobby": Ring.NEAR, "b1.roof": Ring.MIDDLE, "b2.cellar": Ring.MIDDLE}
    assert distances("b2.cellar").ring_of("b1.office", "engineering") is Ring.MIDDLE
    assert distances("b2.cellar").ring_of("b1.roof", "engineering") is Ring.FAR


def test_tenths_of_metres_add_up_to_the_end_of_a_ring() -> None:
    ways = {"b1": 0.1, "b1.roof": 42.2, "b2": 7.7}  # as floats they make 50.00000000000001
    places = {
        each: LocationSpec(id=each, parent="b1" if each == "b1.roof" else None, walking=walking)
        for each, walking in ways.items()
    }
    assert Distances(places, ServicePoints("b1.roof")).ring_of("b2", "engineering") is Ring.NEAR


def test_the_nearest_ring_that_is_named_counts_whatever_the_metres() -> None:
    assert distances().ring_of("b3.hall", "engineering") is Ring.FAR
    assert distances().ring_of("b3.desk", "engineering") is Ring.NEAR
    assert distances(None).ring_of("b3.hall", "engineering") is Ring.FAR


def test_a_team_starts_at_a_place_of_its_own() -> None:
    found = distances("b2", cleaning="b1.lobby")
    assert found.ring_of("b1.office", "cleaning") is Ring.NEAR
    assert found.ring_of("b1.office", "engineering") is Ring.MIDDLE


def test_without_a_start_a_place_or_a_known_place_there_is_no_ring() -> None:
    assert distances(None).ring_of("b1.lobby", "engineering") is None
    assert distances().ring_of(None, "engineering") is None
    assert distances().ring_of("gone", "engineering") is None


def test_places_that_contain_each_other_end_the_search() -> None:
    circle = {
        "a": LocationSpec.model_validate({"id": "a", "parent": "b", "walking": 1}),
        "b": LocationSpec.model_validate({"id": "b", "parent": "a", "walking": 2}),
    }
    assert Distances(circle, ServicePoints("a")).metres("a", "b") == 0
