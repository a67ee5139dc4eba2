"""What is said of one alarm."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from gateway.core.kernel.subjects import GATEWAY
from gateway.core.kernel.texts import Language
from gateway.core.notices.alarm_texts import say_of_alarm
from gateway.core.notices.notice import NoticeKind
from gateway.core.site.site import DeviceSpec, LocationSpec
from tests.unit.core.notices.office import Office


@pytest.mark.parametrize(
    ("language", "device", "place", "gateway"),
    [("en", "Pump one", "Where: Pump room", "the gateway"), ("zh", "一号泵", "地点：泵房", "网关")],
)
def test_devices_places_and_the_gateway_are_named_in_the_language_of_the_person(
    language: Language, device: str, place: str, gateway: str
) -> None:
    office = Office()
    office.breach("critical")
    pump = {"id": "p1", "profile": "pump", "location": "b1", "name": {"en": "Pump one", "zh": "一号泵"}}
    room = {"id": "b1", "name": {"en": "Pump room", "zh": "泵房"}}
    site = replace(
        office.files.site,
        devices={"p1": DeviceSpec.model_validate(pump)},
        locations={"b1": LocationSpec.model_validate(room)},
    )
    alarm = office.alarms[1]
    said = say_of_alarm(NoticeKind.RAISED, alarm, None, site, language)
    assert said.title.endswith(device)
    assert place in said.body.splitlines()
    own = msgspec.structs.replace(alarm, subject=GATEWAY)
    assert say_of_alarm(NoticeKind.RAISED, own, None, site, language).title.endswith(gateway)
