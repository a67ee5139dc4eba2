from __future__ import annotations

import pytest
from pydantic import ValidationError

from gateway.core.site.site import DeviceSpec, LocationSpec, SiteHeader


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
