"""When the readings of one message happened, and which of them are the past."""

from __future__ import annotations

import pytest

from gateway.core.kernel.times import MINUTE, Micros
from gateway.core.kernel.values import Value
from gateway.core.telemetry.decoding.messages import Decoded
from gateway.core.telemetry.placing import Placed, place
from gateway.core.telemetry.readings import PAST, RECEIVED, STALE, STAMPED
from gateway.core.telemetry.senders import Sender, senders_of
from tests.unit.core.sites import at, site

RECEIVED_AT = at(7200)
AGE = 10 * MINUTE
PUMP = senders_of(site().site, site().profiles)["p1"]


def within_five_minutes(_sender: Sender, newest: Decoded, received: Micros) -> int:
    return STAMPED if newest.time is not None and abs(received - newest.time) <= 300_000_000 else RECEIVED


def reading(at_s: float | None, *, historical: bool = False, **values: Value) -> tuple[Sender, Decoded]:
    time = None if at_s is None else at(at_s)
    return PUMP, Decoded(dict(values), [], time, timed=time is not None, historical=historical)


def readings_of(*readings: tuple[Sender, Decoded]) -> list[tuple[Micros | None, int]]:
    placed: list[Placed] = place(readings, RECEIVED_AT, within_five_minutes)
    return [(each.time, each.origin) for each in placed]


def test_a_value_without_a_newer_one_is_of_the_present_however_old_it_is() -> None:
    """A birth of an edge node gives each metric with the time of its last change."""
    assert readings_of(reading(7200, running=True), reading(60, fault=True)) == [(at(60), STAMPED), (at(7200), STAMPED)]


def test_a_value_with_a_newer_one_is_of_the_past_if_older_than_the_tolerance() -> None:
    assert readings_of(reading(60, p=1.0), reading(7100, p=1.1), reading(7190, p=1.2)) == [
        (at(60), PAST),
        (at(7100), STAMPED),
        (at(7190), STAMPED),
    ]


def test_a_buffer_of_a_clock_that_is_not_believed_keeps_its_distances_and_ends_now() -> None:
    assert readings_of(reading(0, p=1.0), reading(60, p=1.1)) == [(at(7140), RECEIVED), (at(7200), RECEIVED)]


@pytest.mark.parametrize(
    ("newest", "times"),
    [
        (7200.0, [6000, 6600, 7200]),
        (7100.0, [5900, 6500, 7100]),
        (0.0, [6000, 6600, 7200]),  # a clock that is not believed
        (None, [6000, 6600, 7200]),
    ],
)
def test_records_without_times_count_back_from_the_time_of_their_message(
    newest: float | None, times: list[float]
) -> None:
    sender, present = reading(newest, p=3.0)
    past = [
        (sender, Decoded({"p": p}, [], timed=True, historical=True, age=age)) for p, age in [(1.0, AGE * 2), (2.0, AGE)]
    ]

    assert [time for time, _ in readings_of(*past, (sender, present))] == [at(each) for each in times]


def test_a_stamp_months_before_the_newest_is_ignored() -> None:
    wild = 100 * 86_400.0
    assert readings_of(reading(0, p=1.0), reading(wild, p=1.1)) == [(at(7200), RECEIVED), (at(7200), RECEIVED)]


@pytest.mark.parametrize("second", [7199, 60])
def test_readings_with_one_stamp_keep_their_order_whether_or_not_it_is_believed(second: float) -> None:
    placed = place([reading(second, n=n) for n in range(3)], RECEIVED_AT, within_five_minutes)

    assert [each.decoded.values["n"] for each in placed] == [0, 1, 2]


def test_readings_without_a_stamp_get_distinct_times_in_their_order() -> None:
    assert readings_of(reading(None, p=1.0), reading(None, p=1.1)) == [(at(7200) - 1, RECEIVED), (at(7200), RECEIVED)]


def test_a_record_of_the_past_keeps_its_time_if_that_is_possible() -> None:
    year_1 = -62_135_596_800 - 1_800_000_000
    assert readings_of(
        reading(60, historical=True, p=1.0), reading(year_1, historical=True, p=2.0), reading(7200, p=3.0)
    ) == [
        (at(60), PAST),
        (at(7200), STAMPED),
        (None, PAST),
    ]


def test_of_an_old_reading_only_metrics_with_a_newer_value_are_of_the_past() -> None:
    placed = place(
        [reading(60, smoke=True, battery=80.0), reading(7190, smoke=False)], RECEIVED_AT, within_five_minutes
    )

    assert [(each.decoded.values, each.origin) for each in placed] == [
        ({"smoke": True}, PAST),
        ({"battery": 80.0}, STAMPED),
        ({"smoke": False}, STAMPED),
    ]


def test_a_message_of_a_server_is_of_earlier_as_a_whole() -> None:
    """A bridge that starts tells what it has kept: nothing in it is of now, whether or not a newer value is with it."""
    stale: list[Placed] = place(
        [reading(60, smoke=True), reading(120, smoke=False), reading(None, battery=5.0)],
        RECEIVED_AT,
        lambda _sender, _newest, _received: STALE,
    )

    assert [(each.time, each.origin) for each in stale] == [
        (at(60), STALE),
        (at(120), STALE),
        (RECEIVED_AT, RECEIVED),
    ]
