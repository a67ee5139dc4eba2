"""What only the site can know, and nobody has written: `check` notes limits, and warns of detectors without a zone."""

from __future__ import annotations

from pathlib import Path

from gateway.site_files.problems import Gravity
from gateway.site_files.review import review_site
from tests.unit.site_files import HEADER, said, write


def notes(home: Path, devices: str, rest: str = "") -> list[str]:
    problems = review_site(
        write(home, {"site.yaml": f"{HEADER}locations: [{{id: hall}}]\ndevices:\n{devices}{rest}"})
    ).problems
    assert [each for each in problems if each.gravity is not Gravity.NOTE] == []
    return [each for each in said(problems, home) if "nobody has set" in each]


def test_devices_that_lack_the_same_limits_share_a_note(tmp_path: Path) -> None:
    (note,) = notes(
        tmp_path,
        "  - {id: lift-1, profile: elevator, location: hall}\n  - {id: lift-2, profile: elevator, location: hall}\n",
    )

    assert "lift-1, lift-2: nobody has set rated_speed" in note
    assert "elevator-overspeed" in note


_TANK = "  - {id: tank-1, profile: water_tank_level, location: hall, attributes: {%s}}\n"


def test_a_limit_that_is_set_is_not_noted(tmp_path: Path) -> None:
    (note,) = notes(
        tmp_path,
        _TANK % "level_high: 4, moves_within: 0, sensor_height: 5"
        + "  - {id: lift-1, profile: elevator, location: hall, attributes: {rated_speed: 2.5}}\n",
    )

    assert "tank-1: nobody has set level_low; " in note


def test_a_limit_that_no_rule_of_the_site_reads_is_not_noted(tmp_path: Path) -> None:
    tank = _TANK % "level_high: 4, moves_within: 0, sensor_height: 5"

    assert notes(tmp_path, tank, "disable_rules: [tank-level-low]\n") == []


def test_a_rule_of_a_group_reads_limits_too(tmp_path: Path) -> None:
    disabled = "pump-burst-pipe, pump-outlet-pressure-low, pump-idle-without-pressure, pump-no-flow"
    pumps = "".join(f"  - {{id: pump-{number}, profile: booster_pump, location: hall}}\n" for number in (1, 2))
    (note,) = notes(tmp_path, pumps, f"disable_rules: [{disabled}]\n")

    assert "outlet_pressure_low" in note


def test_detectors_without_a_zone_are_a_warning_as_no_fire_is_confirmed(tmp_path: Path) -> None:
    detectors = "".join(f"  - {{id: s-{number}, profile: smoke_detector}}\n" for number in (1, 2))
    site = f"site: {{id: test, name: {{en: Test}}}}\ndevices:\n{detectors}"
    found = review_site(write(tmp_path, {"site.yaml": site})).problems

    (warning,) = [each for each in found if each.what.startswith("fire-confirmed has no group")]
    assert str(warning.gravity) == "warning"
