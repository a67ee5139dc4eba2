"""What check says of rules that read another device by its role."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.site_files.review import review_site
from tests.unit.site_files import HEADER, problems_of, said, write

SITE = (
    HEADER
    + """\
locations:
  - {id: room}
  - {id: attic}
devices:
  - {id: pump-1, profile: booster_pump, location: room, role: duty}
  - {id: pump-2, profile: booster_pump, location: room, role: standby}
rules:
  - id: standby-idle
    applies_to: {profile: booster_pump, devices: [pump-2]}
    when: "!running && duty.outlet_pressure < 0.2"
    severity: warning
    title: {en: Standby does not start}
"""
)
CONDITION = '"!running && duty.outlet_pressure < 0.2"'

MISTAKES = {
    "duty.outlet_presure < 0.2": (
        "booster_pump, the profile of a device whose role is duty, has no metric 'outlet_presure'"
    ),
    "dutty.outlet_pressure < 0.2": "no device of the site has the role 'dutty'; did you mean 'duty'?",
    "duty.flow < 0.2 && duty < 3": "duty is the role of a device, and a condition reads its metrics; write duty.METRIC",
    "duty.running > 3": "true or false",
}


def remarks(home: Path, site: str) -> list[str]:
    """The warnings of check about `standby-idle`."""
    review = review_site(write(home, {"site.yaml": site}))
    return [each for each in said(review.problems, home) if "standby-idle" in each]


def test_a_rule_that_reads_the_device_of_a_role_is_right(tmp_path: Path) -> None:
    assert problems_of(tmp_path, SITE) == []
    assert remarks(tmp_path, SITE) == []


@pytest.mark.parametrize("condition", MISTAKES)
def test_a_mistake_in_what_is_read_by_role_is_told_with_its_place(condition: str, tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, SITE.replace(CONDITION, condition))

    assert problem.startswith("site.yaml:11:11: when of standby-idle: ")
    assert MISTAKES[condition] in problem
    assert problem.rstrip().endswith("^")


def test_a_role_that_two_devices_of_one_place_have_is_an_error_where_a_rule_reads_it(tmp_path: Path) -> None:
    site = SITE.replace("role: standby", "role: duty")

    (problem,) = problems_of(tmp_path, site)

    assert problem == (
        "site.yaml:7:63: standby-idle reads the device whose role is duty, and at one place these have it:"
        " pump-1, pump-2; leave the role to one of them, or give them different locations"
    )


def test_a_role_that_two_devices_have_and_no_rule_reads_is_none(tmp_path: Path) -> None:
    site = SITE.replace("role: duty", "role: standby").replace(CONDITION, "outlet_pressure < 0.2")

    assert problems_of(tmp_path, site) == []


def test_a_life_safety_rule_cannot_read_another_device(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, SITE.replace("severity: warning", "severity: critical\n    life_safety: true"))

    assert "a life-safety rule reads its own device alone, and duty.outlet_pressure is of another" in problem


def test_a_place_without_a_device_of_the_role_is_a_warning(tmp_path: Path) -> None:
    (remark,) = remarks(tmp_path, SITE.replace("location: room, role: duty", "location: attic, role: duty"))

    assert "warning: standby-idle: duty.outlet_pressure is unknown for pump-2, as no device at the place" in remark


def test_a_metric_that_the_device_of_the_role_never_sends_is_a_warning(tmp_path: Path) -> None:
    profile = """\
profile: switch
title: {en: Switch}
metrics: {running: {type: bool}, flow: {type: float}}
dialects:
  small:
    messages: [{topic: "switch/{device}", values: {running: on}}]
"""
    duty = "{id: pump-1, profile: switch, dialect: small, location: room, role: duty}"
    site = SITE.replace("{id: pump-1, profile: booster_pump, location: room, role: duty}", duty)
    site = site.replace("duty.outlet_pressure < 0.2", "duty.flow < 0.2") + "include: [switch.yaml]\n"
    write(tmp_path, {"switch.yaml": profile})

    (remark,) = remarks(tmp_path, site)

    assert "standby-idle: duty.flow is unknown, as the messages of pump-1 never have it" in remark
