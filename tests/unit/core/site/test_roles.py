"""Which device of a place has a role."""

from __future__ import annotations

from gateway.core.site.roles import Roles
from gateway.core.site.site import DeviceSpec, LocationSpec

LOCATIONS = {
    spec.id: spec
    for spec in (
        LocationSpec(id="b1"),
        LocationSpec(id="b1.pumps", parent="b1"),
        LocationSpec(id="b1.pumps.pit", parent="b1.pumps"),
        LocationSpec(id="b1.lobby", parent="b1"),
    )
}


def roles(**places: str) -> Roles:
    """Devices whose id begins with their role, at these places."""
    devices = {
        name: DeviceSpec(id=name, profile="pump", role=name.split("_")[0], location=place)
        for name, place in places.items()
    }
    return Roles.of(devices, LOCATIONS)


def test_a_device_of_the_place_itself_is_found() -> None:
    assert roles(duty="b1.pumps", standby="b1.pumps").find("duty", "b1.pumps") == ("duty",)


def test_the_nearest_place_around_counts() -> None:
    found = roles(duty_pumps="b1.pumps", duty_all="b1")
    assert found.find("duty", "b1.pumps.pit") == ("duty_pumps",)
    assert found.find("duty", "b1.lobby") == ("duty_all",)


def test_a_device_of_a_place_inside_or_beside_is_not_found() -> None:
    found = roles(duty="b1.pumps.pit")
    assert found.find("duty", "b1.pumps") == ()
    assert found.find("duty", "b1.lobby") == ()


def test_several_of_one_place_are_all_named() -> None:
    assert roles(duty_1="b1.pumps", duty_2="b1.pumps").find("duty", "b1.pumps") == ("duty_1", "duty_2")


def test_without_a_place_nothing_is_found() -> None:
    assert roles(duty="b1").find("duty", None) == ()


def test_a_circle_of_places_ends_the_search() -> None:
    circle = {"a": LocationSpec(id="a", parent="b"), "b": LocationSpec(id="b", parent="a")}
    assert Roles.of({}, circle).find("duty", "a") == ()
