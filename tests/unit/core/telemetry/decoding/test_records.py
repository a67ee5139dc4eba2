"""Records of one length in the bytes of a message: the log of a device."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.kernel.times import MINUTE, SECOND
from gateway.core.telemetry.decoding.messages import Decoded
from gateway.core.telemetry.quarantine import Reason, Rejected
from tests.unit.core.telemetry.decoding.probes import Probe

T0 = 1_767_225_600
"""Seconds since 1970: the start of 2026."""

LOG: dict[str, Any] = {
    "at": 2,
    "time": {"at": 2, "type": "u32"},
    "values": {"level": {"type": "u16", "unit": "mm"}},
}
APART: dict[str, Any] = {"values": {"level": {"type": "u8"}}, "every": "10m"}


def log(records: dict[str, Any] = LOG, values: dict[str, Any] | None = None) -> Probe:
    return Probe(format="bytes", records=records, values=values)


def record(level_mm: int, seconds: int) -> bytes:
    return struct.pack(">HI", level_mm, seconds)


def readings(probe: Probe, message: object) -> list[Decoded]:
    found = probe.fragment(message)
    assert isinstance(found, list), found
    return found


def test_each_record_is_a_reading_of_the_past_with_its_own_time() -> None:
    found = readings(log(), b"\x01\x02" + record(1500, T0) + record(1600, T0 + 600))

    assert [(each.time, each.values, each.historical) for each in found] == [
        (T0 * SECOND, {"level": 1.5}, True),
        ((T0 + 600) * SECOND, {"level": 1.6}, True),
    ]


def test_beside_the_records_the_message_has_values_of_now() -> None:
    probe = log(values={"count": {"at": 0, "type": "u16"}})

    past, present = readings(probe, b"\x01\x02" + record(1500, T0))

    assert (past.values, past.historical) == ({"level": 1.5}, True)
    assert (present.values, present.historical) == ({"count": 258}, False)


def test_a_record_without_a_time_was_never_written() -> None:
    (found,) = readings(log(), b"\0\0" + record(1500, T0) + bytes(6) + bytes(6))

    assert found.values == {"level": 1.5}


def test_a_record_that_is_cut_off_is_told_and_those_before_it_are_read() -> None:
    past, present = readings(log(), b"\0\0" + record(1500, T0) + b"\x06")

    assert past.values == {"level": 1.5}
    assert [each.reason for each in present.rejected] == [Reason.MALFORMED]
    assert "record at byte 8" in present.rejected[0].detail


def test_a_value_out_of_range_costs_its_record_alone() -> None:
    probe = log({**LOG, "values": {"level": {"type": "u16"}}})

    first, second = readings(probe, b"\0\0" + record(60_000, T0) + record(7, T0 + 60))

    assert [each.reason for each in first.rejected] == [Reason.OUT_OF_RANGE]
    assert second.values == {"level": 7.0}


@pytest.mark.parametrize(("newest", "data"), [("first", "030201"), ("last", "010203")])
def test_records_without_a_time_count_back_from_the_message(newest: str, data: str) -> None:
    probe = Probe(format="bytes", data="d", encoding="hex", time="ts", records={**APART, "newest": newest})

    found = readings(probe, {"d": data, "ts": T0})

    assert [(each.age, each.values, each.historical) for each in found] == [
        (20 * MINUTE, {"level": 1.0}, True),
        (10 * MINUTE, {"level": 2.0}, True),
        (0, {"level": 3.0}, False),
    ]
    assert found[-1].time == T0 * SECOND
    assert not found[0].timed  # or each would count as a stamp that was not believed


def test_in_lorawan_they_count_back_from_the_uplink() -> None:
    probe = Probe(format="lorawan", port=6, records={**APART, "newest": "last"})
    uplink = {"deviceInfo": {"devEui": "00"}, "time": "2026-01-01T00:00:00Z", "fPort": 6, "data": "AQI="}

    past, present = readings(probe, uplink)

    assert (past.age, past.values) == (10 * MINUTE, {"level": 1.0})
    assert (present.time, present.values, present.by_server) == (T0 * SECOND, {"level": 2.0}, True)


@pytest.mark.parametrize(("newest", "data"), [("last", "0001000200"), ("first", "0001000200"), ("last", "00")])
def test_of_records_without_times_that_are_cut_off_nobody_knows_the_newest(newest: str, data: str) -> None:
    records = {"values": {"level": {"type": "u16"}}, "every": "10m", "newest": newest}
    probe = Probe(format="bytes", data="d", encoding="hex", time="ts", records=records)

    (present,) = readings(probe, {"d": data, "ts": T0})

    assert present.values == {}
    assert present.unread == {"level"}
    assert [each.reason for each in present.rejected] == [Reason.MALFORMED]


def test_more_records_than_a_message_may_have_are_not_read() -> None:
    (present,) = readings(log({**LOG, "at": 0}), record(1, T0) * 2_001)

    assert [each.reason for each in present.rejected] == [Reason.OVERSIZED]


@given(st.binary(max_size=60))
def test_no_bytes_make_reading_fail(data: bytes) -> None:
    found = log(values={"count": {"at": 0, "type": "u8", "optional": True}}).fragment(data)

    assert isinstance(found, list | Rejected)
