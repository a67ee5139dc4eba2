"""Nobody is left unpaged by a wrong clock, a slow message, a used-up packet identifier or a restart."""

from __future__ import annotations

import msgspec
import pytest

from gateway import parts
from gateway.core.alarms.actions import Acknowledge, Reset
from gateway.core.kernel.times import HOUR, SECOND
from gateway.core.rules.rule import RuleSpec
from gateway.store.checkpoint import load_checkpoint
from gateway.store.database import Database
from gateway.store.writer import Writer
from tests.unit.core.sites import Bench, Seen, at, checkpoint, checkpoint_after, rule_spec, states


def commit(database: Database, *steps: Seen) -> None:
    Writer(database, parts.tables()).commit([seen.changes for seen in steps])


def restarted(database: Database, rule: RuleSpec, now_s: float) -> Bench:
    bench = Bench(rule, checkpoint=load_checkpoint(database, parts.tables()), start_s=now_s)
    commit(database, bench.beginning)
    return bench


def test_json_nested_however_deep_is_rejected_and_never_raises() -> None:
    bench = Bench(rule_spec())
    for depth in (*range(900, 1100, 7), 100_000):
        seen = bench.send(1, "site/s1/pump/p1/telemetry", b'{"pressure":' + b"[" * depth + b"]" * depth + b"}")
        assert seen.rejections


def test_latest_values_survive_two_restarts(database: Database) -> None:
    rule = rule_spec(when="running && pressure < 0.1")
    commit(database, restarted(database, rule, 0).pump(1, running=True))  # killed before a snapshot
    second = restarted(database, rule, 10)
    commit(database, second.pump(11, "p2", pressure=0.5))
    commit(database, second.snapshot())
    third = restarted(database, rule, 20)
    assert states(third.pump(21, pressure=0.01)) == ["unacknowledged"]


def test_a_restart_restores_the_latest_values_also_after_a_clock_was_set_back(database: Database) -> None:
    bench = Bench(rule_spec())
    commit(database, bench.pump(0, stamp_s=50, running=True), bench.pump(1, stamp_s=0.5, running=False))
    assert bench.devices["p1"].facts["running"] is False
    assert restarted(database, rule_spec(), 2).devices["p1"].facts["running"] is False


def test_readings_stay_fresh_when_a_clock_is_set_back_far_long_after_a_reconnection() -> None:
    bench = Bench(rule_spec(), checkpoint=checkpoint(reached=at(-10)))
    for second in range(0, 7200, 10):
        bench.pump(second, pressure=0.5)
    assert states(bench.pump(7200, stamp_s=3600, pressure=0.01)) == ["unacknowledged"]


def test_readings_are_fresh_from_the_second_message_on_when_a_clock_is_set_back_a_little() -> None:
    bench = Bench(rule_spec())
    bench.pump(0, pressure=0.5)
    assert bench.pump(1, stamp_s=-119, pressure=0.01).late == 1
    assert states(bench.pump(2, stamp_s=-118, pressure=0.01)) == ["unacknowledged"]


def test_a_burst_of_held_up_readings_is_no_clock_set_back() -> None:
    bench = Bench(rule_spec())
    bench.pump(100, pressure=0.5)
    burst = [bench.message("p1", 100 + n / 100, stamp_s=40 + n, pressure=0.01) for n in range(50)]
    seen = bench.step(burst)
    assert (seen.late, seen.alarms) == (50, [])


def test_a_slow_message_updates_metrics_without_a_newer_value() -> None:
    bench = Bench(rule_spec())
    bench.pump(10, stamp_s=10, starts=1, running=True)
    seen = bench.pump(12, stamp_s=9, pressure=0.01, running=False)
    assert states(seen) == ["unacknowledged"]
    assert bench.devices["p1"].values == {"starts": 1, "running": True, "pressure": 0.01}


def test_unstamped_messages_do_not_make_stamped_ones_late() -> None:
    bench = Bench(rule_spec())
    bench.send(0, "site/s1/pump/p1/telemetry", b'{"starts": 1, "pressure": 0.5}')
    assert states(bench.pump(5, stamp_s=-25, pressure=0.01)) == ["unacknowledged"]


def test_readings_of_a_stopped_clock_are_fresh() -> None:
    bench, year = Bench(rule_spec()), -86_400.0 * 365
    bench.pump(1, stamp_s=year, pressure=0.01)
    bench.pump(2, stamp_s=year, pressure=0.5)
    bench.act(Acknowledge(alarm=1, by="Li Wei"), 3)
    assert states(bench.pump(4, stamp_s=year, pressure=0.01)) == ["unacknowledged"]


def test_a_new_message_with_a_reused_packet_identifier_is_no_duplicate() -> None:
    bench, topic = Bench(), "site/s1/reader/r1"
    bench.send(1, topic, b'{"uid": "04A2B3C4"}', packet_id=1)
    bench.send(2, topic, b'{"uid": "04FFFFFF"}', packet_id=1)
    again = bench.send(3600, topic, b'{"uid": "04A2B3C4"}', packet_id=1, redelivered=True)
    assert len(again.scans) == 1


def test_a_redelivery_is_recognised_when_its_stamp_is_believed_only_now_or_no_longer() -> None:
    bench = Bench()
    message = bench.message("p1", 0, pressure=1)
    bench.step([message])
    late = msgspec.structs.replace(message, received=at(7200), redelivered=True)  # beyond the clock's bounds by now
    assert bench.step([late]).counts.duplicate == 1


def test_a_backlog_keeps_its_times_when_a_device_without_stamps_is_in_it() -> None:
    first = Bench(checkpoint=checkpoint(reached=at(-3600)), hears=False)
    first.pump(0, stamp_s=-3500, pressure=0.5)
    reached = first.send(0.1, "site/s1/reader/r1", b'{"battery": 5}').reached
    second = Bench(checkpoint=checkpoint(reached=reached), hears=False)  # killed in the middle of the backlog
    assert second.pump(1, stamp_s=-3490, pressure=0.5).readings[0].time == at(-3490)


def test_a_delay_confirmed_after_a_restart_ends_in_time() -> None:
    rule = rule_spec(**{"for": "5s"})
    bench = Bench(rule, checkpoint=checkpoint_after(Bench(rule).pump(0, pressure=0.01)), start_s=2)
    bench.pump(3, pressure=0.01)
    assert bench.engine.next_due() == at(7)  # the two seconds of the restart do not count
    assert states(bench.tick(7)) == ["unacknowledged"]


def test_a_delay_shortened_in_the_files_does_not_open_a_ticket_at_each_restart(database: Database) -> None:
    tickets = set[int]()
    commit(database, restarted(database, rule_spec(**{"for": "5m"}), 0).pump(1, pressure=0.01))
    for begin in (10, 1000, 2000, 3000):
        bench = restarted(database, rule_spec(), begin)
        for seen in (bench.pump(begin + 1, pressure=0.01), bench.tick(begin + 100)):
            commit(database, seen)
            tickets |= {ticket.number for ticket in seen.tickets}
    assert tickets == {1}


def test_the_grace_after_a_restart_holds_when_an_operator_resets_in_it() -> None:
    rule = rule_spec(**{"for": "5m"}, latched=True)
    bench = Bench(rule)
    steps = [
        bench.pump(0, pressure=0.01),
        bench.tick(300),
        bench.act(Acknowledge(alarm=1, by="Li Wei"), 300),
        bench.pump(301, pressure=0.5),
        bench.pump(400, pressure=0.01),
    ]
    assert states(steps[3]) == ["latched"]
    again = Bench(rule, checkpoint=checkpoint_after(*steps), start_s=5000)
    again.act(Reset(alarm=1, by="Li Wei"), 5001)
    assert states(again.tick(5002)) == []


def test_the_gateways_clock_set_back_does_not_stop_delays() -> None:
    bench = Bench(rule_spec(**{"for": "5s"}))
    bench.pump(8 * 3600, stamp_s=0, pressure=0.01)  # its clock was in local time; then it was set right
    bench.pump(1, pressure=0.01)
    assert states(bench.pump(7, pressure=0.01)) == ["unacknowledged"]


@pytest.mark.parametrize("by", [8 * HOUR, -8 * HOUR])
def test_a_delay_keeps_its_remaining_time_when_the_gateways_clock_is_set(by: int) -> None:
    bench = Bench(rule_spec(**{"for": "5m"}))
    bench.pump(0, pressure=0.01)
    assert Seen(bench.engine.clock_set(by)).delays == [at(0) + by]
    assert bench.tick(299 + by / SECOND).is_empty
    assert states(bench.tick(300 + by / SECOND)) == ["unacknowledged"]


@pytest.mark.parametrize("by", [HOUR, -HOUR])
def test_a_delay_keeps_its_remaining_time_when_the_clock_is_set_before_a_restart(database: Database, by: int) -> None:
    rule, set_s = rule_spec(**{"for": "5m"}), by / SECOND
    bench = Bench(rule)
    commit(database, bench.pump(0, pressure=0.01), bench.pump(100, pressure=0.01))
    commit(database, Seen(bench.engine.clock_set(by)))
    again = restarted(database, rule, 200 + set_s)
    assert states(again.pump(201 + set_s, pressure=0.01)) == []
    assert states(again.tick(399 + set_s)) == []
    assert states(again.tick(400 + set_s)) == ["unacknowledged"]


@pytest.mark.parametrize("by", [HOUR, -HOUR])
@pytest.mark.parametrize("restarts", [False, True])
def test_the_pace_of_a_device_is_known_after_the_gateways_clock_was_set(
    database: Database, by: int, restarts: bool
) -> None:
    """The device's clock was set back a little: it is no longer late from the second message on."""
    bench = Bench(rule_spec())
    commit(database, bench.pump(0, pressure=0.5), bench.pump(1, stamp_s=-100, pressure=0.5))
    commit(database, Seen(bench.engine.clock_set(by)), Seen(bench.engine.clock_set(-by)))
    if restarts:
        bench = restarted(database, rule_spec(), 2)
    assert states(bench.pump(3, stamp_s=-98, pressure=0.01)) == ["unacknowledged"]


def test_the_pace_of_a_device_is_known_when_a_clock_that_started_in_the_past_is_set_right(database: Database) -> None:
    bench = Bench(rule_spec())
    commit(database, bench.pump(0, pressure=0.5), bench.pump(1, stamp_s=-100, pressure=0.5))
    again = Bench(rule_spec(), checkpoint=load_checkpoint(database, parts.tables()), start_s=2, knows_time=False)
    again.engine.clock_set(8 * HOUR)
    assert again.engine.devices["p1"].pace == (at(-100), at(1))
    again.pump(8 * 3_600 + 3, pressure=0.5)
    again.engine.clock_set(HOUR)
    assert again.engine.devices["p1"].pace == (at(8 * 3_600 + 3), at(9 * 3_600 + 3))


def test_an_alarm_of_an_earlier_run_keeps_its_times_when_a_doubted_clock_is_set_back_and_forward(
    database: Database,
) -> None:
    bench = Bench(rule_spec())
    commit(database, bench.pump(0, pressure=0.01))
    again = Bench(rule_spec(), checkpoint=load_checkpoint(database, parts.tables()), start_s=360, knows_time=False)
    commit(database, again.pump(361, "p2", pressure=0.01))
    for by in (-HOUR, HOUR):
        commit(database, Seen(again.engine.clock_set(by, knows_time=False)))
    commit(database, Seen(again.engine.clock_set(2 * HOUR)))
    raised = {alarm.subject.id: alarm.raised_at for alarm in load_checkpoint(database, parts.tables()).rows["alarms"]}
    assert raised == {"p1": at(0), "p2": at(361) + 2 * HOUR}


def test_when_the_time_is_known_at_last_and_the_clock_was_right_nothing_is_stored(database: Database) -> None:
    bench = Bench(rule_spec(**{"for": "5m"}), rule_spec(id="at-once"), knows_time=False)
    bench.pump(1, pressure=0.01)
    assert bench.engine.clock_set(0).is_empty


def test_when_a_device_was_heard_last_moves_along_with_the_gateways_clock() -> None:
    bench = Bench(rule_spec())
    bench.pump(0, pressure=0.5)
    bench.engine.clock_set(HOUR)
    assert bench.devices["p1"].received == at(3_600)
    assert bench.devices["p2"].received == 0


def test_a_delay_keeps_what_it_has_counted_when_the_clock_is_set_back_while_the_gateway_is_stopped(
    database: Database,
) -> None:
    rule = rule_spec(**{"for": "5m"})
    bench = Bench(rule)
    commit(database, bench.pump(0, pressure=0.01), bench.pump(200, pressure=0.01))
    again = restarted(database, rule, 205 - 3_600)
    again.pump(206 - 3_600, pressure=0.01)
    assert again.engine.next_due() == at(305 - 3_600)


def test_an_unusable_value_does_not_make_the_good_values_of_its_message_late() -> None:
    bench = Bench(rule_spec(when="running && pressure < 0.1", life_safety=True))
    bench.pump(0, running=True, pressure=0.5)
    bench.pump(1, stamp_s=-100, pressure=0.5)  # the device's clock was set back
    assert states(bench.pump(3, stamp_s=-98, running="?", pressure=0.01)) == ["unacknowledged"]


def test_flapping_does_not_pile_up_timers() -> None:
    bench = Bench(rule_spec(**{"for": "24h"}))
    for second in range(2_000):
        bench.pump(second, pressure=0.01 if second % 2 else 0.5)
    bench.tick(2_000)
    assert len(bench.engine._timers) == 1
