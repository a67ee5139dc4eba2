from __future__ import annotations

import pytest
from pydantic import ValidationError

from gateway.core.kernel.subjects import Subject
from gateway.core.site.site import DeviceSpec, LocationSpec, Site, SiteHeader


@pytest.mark.parametrize("name", ["", "a b", "a/b", "+", "#", "-a", "x" * 65, "电梯"])
def test_an_id_is_one_level_of_a_topic(name: str) -> None:
    with pytest.raises(ValidationError, match="is not an id"):
        DeviceSpec(id=name, profile="pump")
    with pytest.raises(ValidationError, match="is not an id"):
        LocationSpec(id=name)


@pytest.mark.parametrize("zone", ["Mars/Base", "", "Asia", "../etc", "/etc/passwd", "Asia/\0"])
def test_a_time_zone_is_one_that_exists(zone: str) -> None:
    with pytest.raises(ValidationError, match="is not a time zone"):
        SiteHeader.model_validate({"id": "s", "name": {"en": "S"}, "timezone": zone})


def test_devices_and_places_have_names_in_the_sites_language() -> None:
    header = SiteHeader.model_validate({"id": "s", "name": {"en": "S"}, "timezone": "UTC", "language": "zh"})
    pump = DeviceSpec.model_validate({"id": "p1", "profile": "pump", "name": {"en": "Pump", "zh": "水泵"}})
    cellar = LocationSpec.model_validate({"id": "b1", "name": {"en": "Cellar"}})
    site = Site(
        header, {"p1": pump, "p2": DeviceSpec(id="p2", profile="pump")}, {"b1": cellar, "b2": LocationSpec(id="b2")}
    )
    assert [site.name_of(device) for device in ("p1", "p2", "p3", None)] == ["水泵", "p2", None, None]
    assert [site.place_of(place) for place in ("b1", "b2", None)] == ["Cellar", "b2", None]
    written = ("device:p1", "device:p3", "location:b1", "location:b2", "group:parent=p1", "group:tag=old", "zone:b1")
    assert [site.words_of(Subject.parse(each)) for each in written] == [
        "水泵",
        "p3",
        "Cellar",
        "location:b2",
        "水泵",
        "group:tag=old",
        "zone:b1",
    ]
