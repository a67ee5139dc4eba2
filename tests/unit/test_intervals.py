"""How often a device reports, and delays that end before it does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from gateway.core.kernel.times import MINUTE, SECOND, Micros, written_duration
from gateway.core.profiles.profile import Profile
from gateway.core.rules.compiling import compile_rule
from gateway.core.rules.rule import RuleSpec
from gateway.core.rules.syntax import parse
from gateway.core.site.site import DeviceSpec
from gateway.site_files.catalogue import Entry
from gateway.site_files.documents import Document, read_document
from gateway.site_files.intervals import interval_of
from gateway.site_files.rule_checks import Checked, short_delays
from tests.unit.core.sites import PUMP, rule_spec


@dataclass
class Files:
    """A device and its profile as files that say how often it reports."""

    device: Entry[DeviceSpec]
    profile: Entry[Profile]


def document(home: Path, name: str, text: str) -> Document:
    (home / name).write_text(text, encoding="utf-8")
    found, problems = read_document(home / name)
    assert found is not None
    assert problems == []
    return found


def files(
    home: Path, *, device: str = "id: p1\n", profile: str = "profile: pump\n", dialect: str | None = None
) -> Files:
    spec = DeviceSpec(id="p1", profile="pump", dialect=dialect)
    return Files(
        Entry(spec, document(home, "device.yaml", device), ()), Entry(PUMP, document(home, "profile.yaml", profile), ())
    )


EVERY = "profile: pump\nexpect_every: 1m\ndialects: {maker: {expect_every: 10s}, other: {}}\n"


@pytest.mark.parametrize(
    ("device", "profile", "dialect", "interval"),
    [
        ("id: p1\n", "profile: pump\n", None, None),
        ("id: p1\n", EVERY, None, MINUTE),
        ("id: p1\n", EVERY, "maker", 10 * SECOND),
        ("id: p1\n", EVERY, "other", None),
        ("id: p1\nexpect_every: 30s\n", EVERY, "maker", 30 * SECOND),
        ("id: p1\nexpect_every: never\n", EVERY, "maker", None),
    ],
)
def test_the_device_comes_first_and_the_profile_speaks_for_devices_without_a_dialect(
    tmp_path: Path, device: str, profile: str, dialect: str | None, interval: Micros | None
) -> None:
    found = files(tmp_path, device=device, profile=profile, dialect=dialect)

    assert interval_of(found.device, found.profile) == interval


def checked(home: Path, spec: RuleSpec, *, every: str, is_own: bool = True) -> Checked:
    found = files(home, device=f"id: p1\nexpect_every: {every}\n")
    entry = Entry(spec, document(home, "rule.yaml", "for: 5s\nclear_for: 5s\n"), ())
    rule = compile_rule(spec, PUMP)
    return Checked(entry, rule, found.profile, parse(rule.when.text, PUMP), None, (found.device,), is_own)


def test_a_delay_shorter_than_the_interval_is_told(tmp_path: Path) -> None:
    rule = checked(tmp_path, rule_spec(**{"for": "5s", "clear_for": "10s"}), every="1m30s")

    assert [(each.gravity, each.line, each.what, each.hint) for each in short_delays(rule)] == [
        (
            "warning",
            1,
            "for of low-pressure, 5s, is shorter than the 1m30s in which p1 reports:"
            " the alarm is raised by one reading",
            "write 1m30s or more, or leave it out",
        ),
        (
            "warning",
            2,
            "clear_for of low-pressure, 10s, is shorter than the 1m30s in which p1 reports:"
            " the alarm is ended by one reading",
            "write 1m30s or more, or leave it out",
        ),
    ]
    assert [each.gravity for each in short_delays(replace(rule, is_own=False))] == ["note", "note"]


def test_no_delay_and_one_as_long_as_the_interval_are_fine(tmp_path: Path) -> None:
    assert list(short_delays(checked(tmp_path, rule_spec(), every="1m"))) == []
    assert list(short_delays(checked(tmp_path, rule_spec(**{"for": "1m"}), every="1m"))) == []
    assert list(short_delays(checked(tmp_path, rule_spec(**{"for": "5s"}), every="never"))) == []


@pytest.mark.parametrize(
    ("duration", "text"), [(90 * SECOND, "1m30s"), (26 * 60 * MINUTE, "1d2h"), (250_000, "250ms"), (0, "0s")]
)
def test_a_duration_is_written_as_in_files(duration: Micros, text: str) -> None:
    assert written_duration(duration) == text
