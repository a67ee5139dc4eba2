"""A gateway that cannot hear for long says so; after a short interruption, a restart or a standstill it does not."""

from __future__ import annotations

from gateway import parts
from gateway.core.alarms.blindness_watch import BLIND_FOR
from gateway.core.alarms.builtin import BuiltinRule
from gateway.core.engine import Engine
from gateway.core.kernel.times import HOUR, SECOND
from tests.unit.core.sites import Bench, Seen, at, checkpoint, checkpoint_after, site, states

LONG_S = BLIND_FOR / SECOND


def blind(bench: Bench, since_s: float, now_s: float | None = None) -> Seen:
    return Seen(bench.engine.set_blind(at(since_s), at(since_s if now_s is None else now_s)))


def hear(bench: Bench, at_s: float) -> Seen:
    return Seen(bench.engine.set_hearing(at(at_s)))


def test_blindness_that_lasts_is_an_alarm_until_the_gateway_hears() -> None:
    bench = Bench()
    blind(bench, 10)
    assert bench.tick(10 + LONG_S - 1).is_empty
    (alarm,) = bench.tick(10 + LONG_S).alarms
    assert (alarm.rule, alarm.severity, alarm.raised_at) == ("gateway-blind", "critical", at(10 + LONG_S))
    assert alarm.detail == "no message of any device has been received since 2027-01-15T08:00:10.000Z"
    assert bench.tick(100_000).is_empty
    assert states(hear(bench, 100_001)) == ["returned"]


def test_a_broker_that_restarts_in_time_pages_nobody() -> None:
    bench = Bench()
    for second in range(0, 1_000, 100):
        blind(bench, second)
        assert bench.tick(second + LONG_S - 1).is_empty
        assert hear(bench, second + LONG_S - 1).alarms == []
    assert bench.engine.next_due() is None


def test_a_start_without_a_broker_is_an_alarm_too() -> None:
    bench = Bench(hears=False, start_s=5)
    assert bench.tick(5 + LONG_S - 1).is_empty
    assert states(bench.tick(5 + LONG_S)) == ["unacknowledged"]


def test_a_machine_that_was_off_for_an_hour_has_its_time_to_connect() -> None:
    bench = Bench(checkpoint=checkpoint(reached=at(0)), start_s=3600, hears=False)
    assert bench.engine.blind_since == at(0)
    assert bench.tick(3600 + LONG_S - 1).is_empty
    (alarm,) = bench.tick(3600 + LONG_S).alarms
    assert alarm.detail is not None
    assert "08:00:00" in alarm.detail


def test_a_process_that_stood_still_counts_from_when_it_went_on() -> None:
    bench = Bench()
    blind(bench, 10, 610)
    assert bench.tick(610 + LONG_S - 1).is_empty
    assert states(bench.tick(610 + LONG_S)) == ["unacknowledged"]


def test_setting_the_clock_neither_shortens_nor_lengthens_the_delay() -> None:
    for by_s in (3600, -3600):
        bench = Bench()
        blind(bench, 10)
        Seen(bench.engine.clock_set(by_s * SECOND))
        assert bench.tick(by_s + 10 + LONG_S - 1).is_empty
        assert states(bench.tick(by_s + 10 + LONG_S)) == ["unacknowledged"]


def test_a_clock_that_is_set_while_the_gateway_hears_sets_no_timer() -> None:
    bench = Bench()
    bench.engine.clock_set(HOUR)
    assert bench.engine.next_due() is None


def test_an_alarm_that_stood_before_a_restart_returns_with_the_first_hearing() -> None:
    first = Bench()
    blind(first, 10)
    raised = first.tick(10 + LONG_S)
    again = Bench(checkpoint=checkpoint_after(raised), start_s=200, hears=False)
    assert again.tick(200 + LONG_S).alarms[0].number == raised.alarms[0].number, "it stands: only its detail is new"
    assert states(hear(again, 300)) == ["returned"]


def test_a_lost_session_is_over_with_hearing_and_stays_until_somebody_has_seen_it() -> None:
    bench = Bench(hears=False)
    bench.report(1, BuiltinRule.SESSION_LOST, "what devices sent from 07:00 to 08:00 is gone")
    assert states(hear(bench, 2)) == ["returned"]
    blind(bench, 3)
    assert states(hear(bench, 4)) == []


def test_a_time_that_runs_faster_may_have_a_longer_delay() -> None:
    engine = Engine(site(), parts.makers(blind_for=HOUR), now=at(0))
    assert engine.tick(at(3599)).is_empty
    assert states(Seen(engine.tick(at(3600)))) == ["unacknowledged"]


def test_a_lost_session_is_recorded_with_the_gap_and_is_the_cause_of_its_alarm() -> None:
    bench = Bench()
    blind(bench, 10)
    seen = Seen(bench.engine.session_lost(at(10), at(40)))
    gap, step = seen.events
    assert (gap.kind, gap.subject) == ("session", "gateway:self")
    assert gap.data == {"lost_from": "2027-01-15T08:00:10.000Z", "lost_to": "2027-01-15T08:00:40.000Z"}
    assert (step.kind, step.cause) == ("alarm", gap.number)
    again = Seen(bench.engine.session_lost(at(10), at(50)))
    assert [event.kind for event in again.events] == ["session"], "each gap is recorded; the alarm stands already"
    assert states(hear(bench, 60)) == ["returned"]
