"""The clock: at its speed, and aware of being set."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from gateway.clock import EARLIEST, Clock, is_kept_by_battery, is_synchronised
from gateway.core.kernel.times import HOUR, SECOND


class Hands:
    """The time of day and the time since boot, as the test sets them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall, self.monotonic = 1_800_000_000.0, 100.0
        monkeypatch.setattr(time, "time_ns", lambda: round(self.wall * 1e9))
        monkeypatch.setattr("gateway.clock.steady_s", lambda: self.monotonic)

    def turn(self, seconds: float, *, set_by: float = 0.0) -> None:
        self.wall += seconds + set_by
        self.monotonic += seconds


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    return Hands(monkeypatch)


def test_it_tells_the_time_of_day(hands: Hands) -> None:
    assert Clock().now() == 1_800_000_000 * SECOND
    hands.turn(1.5)
    assert Clock().now() == 1_800_000_001_500_000


@pytest.mark.skipif(not hasattr(time, "CLOCK_BOOTTIME"), reason="not Linux")
def test_the_steady_instant_goes_on_while_the_machine_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the time of day jumps at the end of the sleep, and the gateway is blind from then on only."""
    clocks = {time.CLOCK_BOOTTIME: 3_700.0, time.CLOCK_MONOTONIC: 100.0}
    monkeypatch.setattr(time, "clock_gettime", clocks.__getitem__)
    assert Clock().moment().steady == 3_700 * SECOND


def test_at_another_speed_it_sets_out_from_the_time_of_day(hands: Hands) -> None:
    clock = Clock(speed=10)
    hands.turn(6)
    assert clock.now() == (1_800_000_000 + 60) * SECOND


def test_the_steady_instant_goes_on_when_the_clock_is_set(hands: Hands) -> None:
    clock = Clock()
    before = clock.moment()
    hands.turn(1.5, set_by=-3600.0)
    after = clock.moment()
    assert after.steady - before.steady == 1_500_000
    assert after.wall - before.wall == 1_500_000 - HOUR
    assert after.wall == clock.now()


def test_at_another_speed_both_clocks_run_faster(hands: Hands) -> None:
    clock = Clock(speed=10)
    before = clock.moment()
    hands.turn(6)
    after = clock.moment()
    assert after.steady - before.steady == after.wall - before.wall == 60 * SECOND


@pytest.mark.parametrize("hours", [-8, 8])
def test_it_says_once_by_how_much_it_was_set(hands: Hands, hours: int) -> None:
    clock = Clock()
    assert clock.set_by() == 0
    hands.turn(0.2)
    assert clock.set_by() == 0
    hands.turn(0.2, set_by=hours * 3600.0)
    assert abs(clock.set_by() - hours * HOUR) < SECOND // 1000
    hands.turn(0.2)
    assert clock.set_by() == 0


def test_a_clock_that_ntp_slews_was_not_set(hands: Hands) -> None:
    clock = Clock()
    for _ in range(100):
        hands.turn(0.2, set_by=0.05)
        assert clock.set_by() == 0


LAST = 1_800_000_000 * SECOND


@pytest.fixture
def no_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("gateway.clock.is_synchronised", lambda: False)
    monkeypatch.setattr("gateway.clock.is_kept_by_battery", lambda _shown: False)


def test_a_clock_that_starts_in_the_past_counts_on_from_the_latest_that_was_stored(
    hands: Hands, no_server: None
) -> None:
    hands.wall = 20.0
    clock = Clock()
    clock.begin(LAST)
    assert clock.now() == LAST
    assert "the clock showed 1970-01-01T00:00:20.000Z" in clock.doubt
    hands.turn(5)
    assert (clock.now(), clock.set_by()) == (LAST + 5 * SECOND, 0)
    assert clock.moment().wall == clock.now()


def test_a_new_store_is_no_reason_to_believe_the_year_1970(hands: Hands, no_server: None) -> None:
    hands.wall = 20.0
    clock = Clock()
    clock.begin(0)
    assert clock.now() == EARLIEST


def test_it_is_believed_again_when_it_is_set_and_not_to_a_time_that_cannot_be(hands: Hands, no_server: None) -> None:
    hands.wall = 20.0
    clock = Clock()
    clock.begin(LAST)
    hands.turn(5, set_by=1_700_000_000.0)  # the year 2023
    assert (clock.set_by(), clock.now()) == (0, LAST + 5 * SECOND)
    assert clock.doubt
    hands.turn(5)
    hands.wall = 1_800_036_000.0
    assert clock.set_by() == 36_000 * SECOND - 10 * SECOND
    assert (clock.doubt, clock.now()) == ("", 1_800_036_000 * SECOND)


def test_a_time_server_is_believed_also_where_an_earlier_run_had_stored_a_later_time(
    hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_synchronised = False
    monkeypatch.setattr("gateway.clock.is_synchronised", lambda: is_synchronised)
    clock = Clock()
    clock.begin(LAST + 1_000 * HOUR)
    assert clock.doubt
    is_synchronised = True
    hands.turn(2)
    assert clock.set_by() == -1_000 * HOUR
    assert (clock.doubt, clock.now()) == ("", LAST + 2 * SECOND)
    known = Clock()
    known.begin(LAST + 1_000 * HOUR)
    assert known.doubt == ""


@pytest.mark.parametrize("set_by", [0.0, 60.0])
def test_it_is_believed_again_when_somebody_sets_it_or_nobody_does_for_an_hour(
    hands: Hands, no_server: None, set_by: float
) -> None:
    clock = Clock()
    clock.begin(LAST + 24 * HOUR)
    hands.turn(3_599, set_by=set_by)
    assert clock.set_by() == (-24 * HOUR + 60 * SECOND if set_by else 0)
    hands.turn(2)
    assert clock.set_by() == (0 if set_by else -24 * HOUR)
    assert (clock.doubt, clock.now()) == ("", LAST + 3_601 * SECOND + round(set_by) * SECOND)


def test_a_clock_that_was_corrected_by_seconds_between_two_runs_is_believed(hands: Hands, no_server: None) -> None:
    clock = Clock()
    clock.begin(LAST + 59 * SECOND)
    assert (clock.doubt, clock.now()) == ("", LAST)


def test_a_clock_that_shows_a_later_time_than_the_store_is_believed(hands: Hands, no_server: None) -> None:
    clock = Clock()
    clock.begin(LAST)
    assert (clock.doubt, clock.now()) == ("", LAST)


def test_a_clock_without_battery_that_starts_at_the_last_shutdown_may_still_be_set_more_than_once(
    hands: Hands, monkeypatch: pytest.MonkeyPatch, no_server: None
) -> None:
    clock = Clock()
    clock.begin(LAST - 20 * SECOND)
    for set_by in (8 * 3_600.0, 0.0, -1_800.0, 0.0):
        assert (clock.doubt, clock.is_certain) == ("", False)
        hands.turn(60, set_by=set_by)
        assert clock.set_by() == round(set_by) * SECOND
    monkeypatch.setattr("gateway.clock.is_synchronised", lambda: True)
    hands.turn(2)
    assert (clock.set_by(), clock.is_certain) == (0, True)


def test_a_clock_that_nobody_sets_for_a_day_is_certain(hands: Hands, no_server: None) -> None:
    clock = Clock()
    clock.begin(LAST)
    hands.turn(86_399, set_by=3_600)
    clock.set_by()
    hands.turn(86_399)
    assert (clock.set_by(), clock.is_certain) == (0, False)
    hands.turn(2)
    assert (clock.set_by(), clock.is_certain) == (0, True)


@pytest.mark.parametrize("battery", [True, False])
def test_a_clock_that_a_battery_keeps_is_certain(
    hands: Hands, monkeypatch: pytest.MonkeyPatch, no_server: None, battery: bool
) -> None:
    monkeypatch.setattr("gateway.clock.is_kept_by_battery", lambda _shown: battery)
    clock = Clock()
    clock.begin(LAST)
    assert clock.is_certain is battery


def test_a_clock_that_the_operator_vouches_for_is_certain_at_once(hands: Hands, no_server: None) -> None:
    clock = Clock()
    clock.begin(LAST, is_vouched_for=True)
    assert (clock.doubt, clock.is_certain) == ("", True)
    hands.turn(60, set_by=3_600)  # as a hypervisor does when it wakes its guest
    assert (clock.set_by(), clock.is_certain) == (HOUR, True)


@pytest.mark.parametrize(("shows", "latest"), [(20.0, 0), (1_800_000_000.0, LAST + 2 * HOUR)])
def test_a_clock_that_shows_what_cannot_be_is_doubted_whoever_vouches_for_it(
    hands: Hands, no_server: None, shows: float, latest: int
) -> None:
    hands.wall = shows
    clock = Clock()
    clock.begin(latest, is_vouched_for=True)
    assert (clock.now(), clock.is_certain) == (max(latest, EARLIEST), False)
    assert "which is past" in clock.doubt
    hands.turn(60)
    hands.wall = 1_800_000_060.0
    assert clock.set_by() == (0 if latest else round((1_800_000_000 - EARLIEST / SECOND) * SECOND))
    assert clock.is_certain is (latest == 0)


@pytest.mark.parametrize(
    ("shows", "is_kept"), [("1800000001\n", True), ("1799999000\n", False), ("37\n", False), ("", False), (None, False)]
)
def test_a_clock_with_a_battery_is_one_that_shows_the_time(tmp_path: Path, shows: str | None, is_kept: bool) -> None:
    (tmp_path / "rtc0").mkdir()
    if shows is not None:
        (tmp_path / "rtc0" / "since_epoch").write_text(shows)
    assert is_kept_by_battery(LAST, tmp_path) is is_kept


def test_the_kernel_is_asked_and_nothing_is_set() -> None:
    before = time.time()
    assert is_synchronised() in (True, False)
    assert abs(time.time() - before) < 60
