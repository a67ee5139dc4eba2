"""Maintenance windows in the files of a site."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.core.kernel.times import HOUR, from_datetime
from gateway.site_files import load_configuration
from gateway.site_files.review import review_site
from tests.unit.site_files import HEADER, said, without_limits, write

NOW = from_datetime(datetime(2026, 11, 30, 4, tzinfo=UTC))
"""Monday noon in Shanghai."""
SITE = f"""\
{HEADER}
locations: [{{id: b1}}, {{id: b1.roof, parent: b1}}, {{id: b2}}]
devices:
  - {{id: pump-1, profile: booster_pump, location: b1}}
  - {{id: pump-2, profile: booster_pump, location: b2}}
  - {{id: lift-1, profile: elevator, location: b1.roof}}
calendars: {{nights: {{hours: 22:00-06:00}}}}
"""
ONCE = "from: 2026-12-01T09:00, to: 2026-12-01T12:00"


def checked(home: Path, *windows: str) -> list[str]:
    text = SITE + "maintenance:\n" + "".join(f"  - {{{window}, reason: {{en: Inspection}}}}\n" for window in windows)
    return without_limits(review_site(write(home, {"site.yaml": text}), now=NOW).problems, home)


@pytest.mark.parametrize(
    ("scope", "devices"),
    [
        ("devices: [pump-2, pump-1]", {"pump-1", "pump-2"}),
        ("locations: [b1]", {"pump-1", "lift-1"}),
        ("profiles: [booster_pump]", {"pump-1", "pump-2"}),
        ("locations: [b1], profiles: [booster_pump]", {"pump-1"}),
    ],
)
def test_a_window_is_about_devices_or_those_of_locations_and_profiles(
    tmp_path: Path, scope: str, devices: set[str]
) -> None:
    checked(tmp_path, f"{scope}, {ONCE}")
    (window,) = load_configuration(tmp_path / "site.yaml").site.maintenance
    assert window.devices == devices
    stretch = window.stretch(NOW)
    assert stretch is not None
    assert (stretch.start - NOW, stretch.end - stretch.start) == (21 * HOUR, 3 * HOUR)


def test_the_life_safety_alarms_that_it_does_not_stop_are_a_note(tmp_path: Path) -> None:
    (note,) = checked(tmp_path, f"devices: [lift-1], {ONCE}", f"devices: [pump-1], {ONCE}")
    assert note == (
        "site.yaml:10:5: note: this maintenance does not stop the life-safety alarms of its devices: "
        "elevator-entrapment, elevator-alarm-button, elevator-unintended-movement, "
        "elevator-doors-open-off-landing, elevator-overspeed and 5 more; they are told at any time; "
        "two people together can shelve one"
    )


def test_a_window_that_is_over_is_a_note(tmp_path: Path) -> None:
    assert checked(tmp_path, "devices: [pump-1], from: 2026-11-01T09:00, to: 2026-11-01T12:00") == [
        "site.yaml:10:5: note: this maintenance is over; remove it"
    ]


@pytest.mark.parametrize(
    ("window", "problem"),
    [
        (f"devices: [pump-3], {ONCE}", "10:16: there is no device 'pump-3'; did you mean 'pump-"),
        (f"locations: [b3], {ONCE}", "10:18: there is no location 'b3'; known locations: b1, b1.roof, b2"),
        (f"profiles: [pump], {ONCE}", "10:17: there is no profile 'pump'; did you mean '"),
        ("devices: [pump-1], calendar: days", "10:35: there is no calendar 'days'; known calendars: nights"),
        (ONCE, "10:5: nothing says what is worked on: write devices, locations or profiles"),
        (f"devices: [], {ONCE}", "10:6: devices: there are none: name at least one"),
        (f"devices: [pump-1], locations: [b1], {ONCE}", "10:25: devices: stands alone"),
        ("devices: [pump-1]", "10:5: nothing says when it takes place: write from and to, or every or calendar"),
        ("devices: [pump-1], from: 2026-12-01T09:00", "10:25: from: to is missing: write both"),
        ("devices: [pump-1], to: 2026-12-01T09:00", "10:25: to: from is missing: write both"),
        (f"devices: [pump-1], {ONCE}, calendar: nights", "10:71: calendar: from says already when it takes place"),
        ("devices: [pump-1], from: 2026-12-01T09:00, to: 2026-12-01T08:00", "10:53: to: this is not after from"),
        ("devices: [pump-1], every: {days: mon-sun}", "10:5: this maintenance never ends: nobody would ever be told"),
        (f"profiles: [booster_pump], locations: [b1.roof], {ONCE}", "10:5: no device is worked on in this maintenance"),
    ],
)
def test_mistakes_are_told_at_their_place_with_what_to_write(tmp_path: Path, window: str, problem: str) -> None:
    (found,) = checked(tmp_path, window)
    assert found.startswith(f"site.yaml:{problem}")


def test_a_list_is_needed(tmp_path: Path) -> None:
    found = said(
        review_site(write(tmp_path, {"site.yaml": SITE + "maintenance: {devices: [pump-1]}\n"}), now=NOW).problems,
        tmp_path,
    )
    assert found == ["site.yaml:9:14: maintenance: this is not a list; write one item a line, each after a dash"]


def test_a_year_with_which_nothing_can_be_computed_is_named_with_its_place(tmp_path: Path) -> None:
    (problem,) = checked(tmp_path, "devices: [pump-1], from: 2026-12-01T09:00, to: 9999-12-31T23:59")
    assert "'9999-12-31T23:59': write a year from 1970 to 2999" in problem
    assert problem.startswith("site.yaml:")
