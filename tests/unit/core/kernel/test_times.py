"""Durations, and time stamps as devices send them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.kernel.times import (
    DAY,
    HOUR,
    MILLISECOND,
    MINUTE,
    SECOND,
    from_datetime,
    isoformat,
    parse_device_time,
    parse_duration,
    to_datetime,
    written_duration,
)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("90s", 90 * SECOND),
        ("5m", 5 * MINUTE),
        ("5min", 5 * MINUTE),
        ("2h", 2 * HOUR),
        ("1d", DAY),
        ("250ms", 250 * MILLISECOND),
        ("1.5s", 1500 * MILLISECOND),
        ("1h30m", 90 * MINUTE),
        ("0s", 0),
    ],
)
def test_a_duration_is_a_number_with_its_unit(text: str, duration: int) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize("text", ["", " ", "5", 5, None, "5 weeks", "-5s", "s", True, "5s later"])
def test_anything_else_is_rejected_with_a_hint(text: object) -> None:
    with pytest.raises(ValueError, match="such as 90s"):
        parse_duration(text)


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_time_survives_the_way_to_a_datetime_and_back(time: datetime) -> None:
    assert to_datetime(from_datetime(time)) == time


def test_a_time_is_written_in_utc_with_milliseconds() -> None:
    assert isoformat(1_800_000_000_123_456) == "2027-01-15T08:00:00.123Z"


@pytest.mark.parametrize(
    "stamp",
    [1_800_000_000, 1_800_000_000.0, 1_800_000_000_000, "2027-01-15T08:00:00Z", "2027-01-15T16:00:00+08:00"],
)
def test_devices_may_stamp_in_seconds_milliseconds_or_iso_8601(stamp: object) -> None:
    assert parse_device_time(stamp) == 1_800_000_000 * SECOND


@pytest.mark.parametrize("stamp", [None, True, 0, -1, 1e300, float("nan"), "yesterday", "2027-01-15T08:00:00", [], {}])
def test_a_stamp_that_cannot_be_read_is_none(stamp: object) -> None:
    assert parse_device_time(stamp) is None


@given(st.one_of(st.integers(), st.floats(), st.text()))
def test_no_stamp_raises_and_what_is_read_can_be_shown(stamp: object) -> None:
    time = parse_device_time(stamp)
    if time is not None:
        isoformat(time)


@given(st.one_of(st.integers(0, 3 * SECOND), st.integers(0, 4_000 * DAY)))
def test_a_written_duration_reads_back_as_the_same_to_the_microsecond(duration: int) -> None:
    assert parse_duration(written_duration(duration)) == duration
