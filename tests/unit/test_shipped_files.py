"""The shipped profiles and rules as files: they load, read what devices send, and speak both languages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from gateway.core.decoding.flat import FlatDecoder
from gateway.core.decoding.messages import Decoded
from gateway.core.readings import Value
from gateway.core.registry import Site
from gateway.core.rules import Severity
from gateway.core.times import parse_device_time
from gateway.library import check_site, load_site, shipped_files
from tests.unit.site_files import write

SITE = """
site: {id: test, name: {en: Test}}
devices:
  - {id: elevator, profile: elevator, attributes: {rated_speed: 2}}
  - {id: booster_pump, profile: booster_pump}
  - {id: smoke_detector, profile: smoke_detector}
  - {id: nfc_reader, profile: nfc_reader}
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return load_site(write(tmp_path_factory.mktemp("site"), {"site.yaml": SITE}))


def test_the_shipped_files_have_no_problems(tmp_path: Path) -> None:
    assert check_site(write(tmp_path, {"site.yaml": SITE})) == []


def test_each_profile_stands_in_a_file_of_its_name(site: Site) -> None:
    assert sorted(site.profiles) == [file.stem for file in shipped_files("device_profiles")]


def test_every_text_that_people_read_is_there_in_chinese_too(site: Site) -> None:
    texts = [(f"profile {name}", profile.title) for name, profile in site.profiles.items()]
    for name, profile in site.profiles.items():
        texts += [(f"{name}.{metric}", each.title) for metric, each in profile.metrics.items() if each.title]
        assert all(metric.title for metric in profile.metrics.values()), name
    for rule in site.rules:
        texts.append((f"title of {rule.id}", rule.spec.title))
        assert rule.spec.guidance is not None, rule.id
        texts.append((f"guidance of {rule.id}", rule.spec.guidance))

    assert [where for where, text in texts if not text.zh] == []


def test_danger_to_life_is_critical_and_answered_first(site: Site) -> None:
    for rule in site.rules:
        if rule.spec.life_safety:
            assert rule.spec.severity is Severity.CRITICAL, rule.id
            assert rule.spec.ticket is None or rule.spec.ticket.priority == "P1", rule.id


@pytest.mark.parametrize(
    ("profile", "payload", "values"),
    [
        (
            "elevator",
            '{"ts":1,"service_mode":1,"car_status":1,"direction":2,"floor":-1,"door_zone":false,"door_closed":true,'
            '"passenger_present":true,"speed":1.75,"mains_present":true,"fault_code":0,"run_count":7,"run_hours":1.5}',
            {
                "service_mode": "normal",
                "car_status": "running",
                "direction": "down",
                "floor": -1,
                "door_zone": False,
                "door_closed": True,
                "passenger_present": True,
                "speed": 1.75,
                "mains_present": True,
                "fault_code": 0,
                "run_count": 7,
                "run_hours": 1.5,
            },
        ),
        (
            "booster_pump",
            '{"ts":1,"running":true,"inlet_pressure":-0.02,"outlet_pressure":0.75,"flow":4,"vibration":1.4,"current":8,'
            '"bearing_temperature":48.5,"voltage":231,"water_temperature":16,"starts_last_hour":3}',
            {
                "running": True,
                "inlet_pressure": -0.02,
                "outlet_pressure": 0.75,
                "flow": 4.0,
                "vibration": 1.4,
                "current": 8.0,
                "bearing_temperature": 48.5,
                "voltage": 231.0,
                "water_temperature": 16.0,
                "starts_last_hour": 3,
            },
        ),
        (
            "smoke_detector",
            '{"battery":100,"voltage":3195,"linkquality":57,"last_seen":1573393389829,"smoke":true,"sensitivity":"high"}',
            {"battery": 100.0, "smoke": True},
        ),
        (
            "smoke_detector",
            '{"ts":1,"smoke":false,"test":true,"obscuration":0.01,"temperature":21.5,"contamination":"light",'
            '"tamper":null,"fault":false}',
            {
                "smoke": False,
                "test": True,
                "obscuration": 0.01,
                "temperature": 21.5,
                "contamination": "light",
                "fault": False,
            },
        ),
        ("nfc_reader", '{"ts":1,"uid":"04:a2:b3:c4:d5:e6:80","guard":"李", "battery":80}', None),
    ],
)
def test_a_profile_reads_what_its_devices_send(
    site: Site, profile: str, payload: str, values: Mapping[str, Value] | None
) -> None:
    decoded = FlatDecoder(site.profiles[profile], "ts", parse_device_time).decode(payload.encode())

    assert isinstance(decoded, Decoded)
    assert decoded.values == (values or {"uid": "04A2B3C4D5E680", "guard": "李", "battery": 80.0})
    assert decoded.rejected == []
