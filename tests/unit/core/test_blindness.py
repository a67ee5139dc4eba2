"""While the gateway cannot hear, no alarm is raised or returned by time alone; then the backlog says what happened."""

from __future__ import annotations

import msgspec
import pytest

from gateway import parts
from gateway.core.kernel.times import HOUR, SECOND, Micros
from gateway.core.rules.evaluation import CONFIRM_WITHIN
from gateway.store.checkpoint import load_checkpoint
from gateway.store.database import Database
from gateway.store.writer import Writer
from tests.unit.core.sites import Bench, Seen, at, checkpoint, checkpoint_after, rule_spec, states

BREACH, FINE = 0.01, 0.5
GRACE_S = CONFIRM_WITHIN / SECOND
FIVE_MINUTES = rule_spec(**{"for": "5m"})
RETURNS_LATE = rule_spec(clear_for="5m")


def blind(bench: Bench, since_s: float) -> Seen:
    return Seen(bench.engine.set_blind(at(since_s)))


def hearing(bench: Bench, now_s: float) -> Seen:
    return Seen(bench.engine.set_hearing(at(now_s)))


def told(seen: Seen) -> list[str]:
    """The state of each alarm of a device that has moved."""
    return [alarm.state.value for alarm in seen.alarms if alarm.subject.device]


def test_a_delay_does_not_end_while_the_link_is_lost_and_the_backlog_says_it_was_over() -> None:
    bench = Bench(FIVE_MINUTES)
    bench.pump(0, pressure=BREACH)
    blind(bench, 10)
    assert told(bench.tick(300)) == []
    assert states(bench.pump(400, stamp_s=20, pressure=FINE)) == []
    hearing(bench, 401)
    assert bench.tick(1_000).is_empty


def test_an_alarm_does_not_return_unseen_while_the_link_is_lost() -> None:
    bench = Bench(RETURNS_LATE)
    assert len(bench.pump(0, pressure=BREACH).tickets) == 1
    bench.pump(5, pressure=FINE)
    blind(bench, 10)
    assert told(bench.tick(305)) == []
    again = bench.pump(400, stamp_s=20, pressure=BREACH)
    assert (states(again), again.tickets) == ([], [])


def test_the_stamps_of_a_backlog_satisfy_a_delay_among_themselves() -> None:
    bench = Bench(FIVE_MINUTES)
    blind(bench, 0)
    raised = [states(bench.pump(1_000, stamp_s=stamp, pressure=BREACH)) for stamp in range(10, 320, 10)]
    assert raised == [*[[]] * 30, ["unacknowledged"]]


def test_a_backlog_without_stamps_counts_no_time() -> None:
    bench = Bench(FIVE_MINUTES)
    blind(bench, 0)
    for second in range(1_000, 1_010):
        assert states(bench.send(second, "site/s1/pump/p1/telemetry", b'{"pressure": 0.01}')) == []
    hearing(bench, 1_010)
    assert bench.engine.next_due() == at(1_310)


def test_blind_time_without_readings_counts_nothing_and_what_was_counted_before_is_kept() -> None:
    bench = Bench(FIVE_MINUTES)
    bench.pump(0, pressure=BREACH)
    blind(bench, 10)
    hearing(bench, 400)
    assert states(bench.pump(401, pressure=BREACH)) == []
    assert bench.tick(689).is_empty
    assert states(bench.tick(690)) == ["unacknowledged"]


def test_the_grace_of_a_silent_device_counts_from_the_first_hearing() -> None:
    bench = Bench(FIVE_MINUTES)
    bench.pump(0, pressure=BREACH)
    blind(bench, 299)
    assert told(bench.tick(500)) == []
    hearing(bench, 1_000)
    assert bench.tick(1_000 + GRACE_S - 1).is_empty
    assert states(bench.tick(1_000 + GRACE_S)) == ["unacknowledged"]


def test_a_link_that_comes_and_goes_does_not_put_off_an_alarm_for_ever() -> None:
    """A detector that reports a change once: each hearing is too short for its turn, but not all together."""
    bench = Bench(rule_spec(**{"for": "30s"}))
    bench.pump(0, pressure=BREACH)
    raised = []
    for second in range(10, 1_000, 25):
        blind(bench, second)
        hearing(bench, second + 5)
        raised += [second] * len(told(bench.tick(second + 24.9)))
    assert raised[:1] == [85]


@pytest.mark.parametrize("restarts", [False, True])
def test_a_device_that_spoke_has_a_whole_turn_after_the_next_blindness(database: Database, restarts: bool) -> None:
    rule = rule_spec(clear_when="pressure > 0.3", clear_for="1s")
    bench = Bench(rule)
    steps = [bench.pump(0, pressure=BREACH), bench.pump(10, pressure=FINE), blind(bench, 10.5), hearing(bench, 20)]
    steps += [bench.pump(40, pressure=BREACH), bench.pump(40.5, pressure=FINE), blind(bench, 41)]
    if restarts:
        Writer(database, parts.tables()).commit([step.changes for step in steps])
        bench = Bench(rule, checkpoint=load_checkpoint(database, parts.tables()), start_s=45, hears=False)
    hearing(bench, 50)
    assert bench.engine.next_due() == at(50 + GRACE_S)


@pytest.mark.parametrize("restarts", [False, True])
def test_what_a_silent_device_had_of_its_turn_counts_after_the_next_blindness(
    database: Database, restarts: bool
) -> None:
    bench = Bench(FIVE_MINUTES)
    steps = [bench.pump(0, pressure=BREACH), blind(bench, 295), hearing(bench, 300), blind(bench, 340)]
    if restarts:
        Writer(database, parts.tables()).commit([step.changes for step in steps])
        bench = Bench(FIVE_MINUTES, checkpoint=load_checkpoint(database, parts.tables()), start_s=345, hears=False)
    hearing(bench, 350)
    assert bench.engine.next_due() == at(350 + GRACE_S - 40)


def test_stamps_that_overtake_each_other_in_a_backlog_count_no_time_twice() -> None:
    """Two messages of a device, of which one comes five seconds later than the other."""
    bench = Bench(rule_spec(when="running && pressure < 0.1", **{"for": "5m"}))
    bench.pump(0, running=True, pressure=FINE)
    blind(bench, 10)
    raised = []
    for stamp in range(20, 600, 10):
        seen = [*states(bench.pump(1_000, stamp_s=stamp, pressure=BREACH))]
        seen += states(bench.pump(1_000, stamp_s=stamp - 5, running=True))
        raised += [stamp] * len(seen)
    assert raised == [320]


def test_a_start_without_a_broker_raises_no_alarm_of_a_device() -> None:
    before = checkpoint_after(Bench(FIVE_MINUTES).pump(0, pressure=BREACH))
    bench = Bench(FIVE_MINUTES, checkpoint=before, start_s=10, hears=False)
    assert told(bench.tick(100_000)) == []


def test_a_breach_in_the_backlog_is_raised_while_the_backlog_is_being_read() -> None:
    bench = Bench(rule_spec())
    blind(bench, 0)
    assert states(bench.pump(1_000, stamp_s=20, pressure=BREACH)) == ["unacknowledged"]
    assert states(bench.pump(1_001, stamp_s=30, pressure=FINE)) == ["returned"]


@pytest.mark.parametrize(
    ("said", "raised"), [(15, ["unacknowledged"]), (5, [])], ids=["while it was blind", "before it was blind"]
)
def test_a_retained_state_of_a_slow_clock_is_news_if_it_was_said_in_blindness(said: float, raised: list[str]) -> None:
    """The device is 30 s slow, and its message at QoS 0 went by: what the broker has retained is all that is left."""
    bench = Bench(rule_spec())
    bench.pump(0, stamp_s=-30, pressure=FINE)
    blind(bench, 10)
    state = bench.message("p1", 60, stamp_s=said - 30, pressure=BREACH)
    assert states(bench.step([msgspec.structs.replace(state, retained=True)])) == raised


def test_old_stamps_are_no_longer_believed_once_the_backlog_is_read() -> None:
    bench = Bench()
    blind(bench, 0)
    assert bench.pump(1_000, stamp_s=600, pressure=FINE).readings[0].time == at(600)
    hearing(bench, 1_001)
    assert bench.pump(1_002, stamp_s=602, pressure=FINE).readings[0].time == at(1_002)


def test_an_off_delay_in_a_backlog_counts_from_the_reading_with_which_it_began() -> None:
    bench = Bench(rule_spec(clear_for="60s"))
    blind(bench, 0)
    told = [
        states(bench.pump(1_000, stamp_s=stamp, pressure=value))
        for stamp, value in ((10, BREACH), (100, FINE), (159, FINE), (160, FINE))
    ]
    assert told == [["unacknowledged"], [], [], ["returned"]]


def test_a_first_start_that_hears_nothing_begins_the_blindness_of_the_next_start() -> None:
    first = Bench(start_s=0, hears=False)
    again = Bench(checkpoint=checkpoint_after(first.beginning), start_s=3_600, hears=False)
    assert again.engine.blind_since == at(0)


@pytest.mark.parametrize("by", [HOUR, -HOUR])
def test_a_blindness_keeps_its_length_when_the_gateways_clock_is_set(by: Micros) -> None:
    bench = Bench(rule_spec(), hears=False)
    saved = Seen(bench.engine.clock_set(by)).reached
    assert bench.engine.blind_since == saved == at(0) + by


def test_a_blindness_that_is_told_again_begins_no_second_time() -> None:
    bench = Bench()
    blind(bench, 10)
    blind(bench, 20)
    assert bench.engine.blind_since == at(10)


def test_a_restart_tells_people_the_same_as_a_blind_gap_of_its_length(database: Database) -> None:
    def commit(*steps: Seen) -> None:
        Writer(database, parts.tables()).commit([seen.changes for seen in steps])

    gap, first = Bench(FIVE_MINUTES), Bench(FIVE_MINUTES)
    for bench in (gap, first):
        commit(bench.pump(0, pressure=BREACH)) if bench is first else bench.pump(0, pressure=BREACH)
    commit(Seen(first.engine.snapshot(at(100))))
    blind(gap, 100)
    again = Bench(FIVE_MINUTES, checkpoint=load_checkpoint(database, parts.tables()), start_s=200, hears=False)
    for bench in (gap, again):
        assert bench.engine.blind_since == at(100)
        bench.pump(201, stamp_s=110, pressure=BREACH)
        bench.pump(202, stamp_s=160, pressure=BREACH)
        hearing(bench, 210)
    assert gap.engine.next_due() == again.engine.next_due() == at(360)


def test_a_restart_in_the_middle_of_a_backlog_goes_on_counting_between_its_stamps(database: Database) -> None:
    first = Bench(FIVE_MINUTES, hears=False)
    Writer(database, parts.tables()).commit(
        [first.pump(1_000, stamp_s=stamp, pressure=BREACH).changes for stamp in (10, 200)]
    )
    again = Bench(FIVE_MINUTES, checkpoint=load_checkpoint(database, parts.tables()), start_s=1_001, hears=False)
    assert states(again.pump(1_002, stamp_s=309, pressure=BREACH)) == []
    assert states(again.pump(1_002, stamp_s=310, pressure=BREACH)) == ["unacknowledged"]


@pytest.mark.parametrize("payload", [b'{"pressure": 0.01}', b'{"running": true, "pressure": 0.01}'])
def test_a_restart_in_the_middle_of_a_backlog_knows_who_has_had_its_turn(database: Database, payload: bytes) -> None:
    first = Bench(FIVE_MINUTES)
    steps = [first.pump(0, pressure=BREACH), Seen(first.engine.snapshot(at(299))), blind(first, 299)]
    steps.append(first.send(300, "site/s1/pump/p1/telemetry", payload))
    Writer(database, parts.tables()).commit([step.changes for step in steps])
    again = Bench(FIVE_MINUTES, checkpoint=load_checkpoint(database, parts.tables()), start_s=310, hears=False)
    hearing(again, 320)
    assert again.engine.next_due() == at(321)


def test_a_reading_that_comes_a_minute_late_is_late_after_a_restart_too(database: Database) -> None:
    bench = Bench(rule_spec())
    for second in range(0, 100, 10):
        bench.pump(second, pressure=FINE)
    Writer(database, parts.tables()).commit([bench.snapshot().changes])
    again = Bench(rule_spec(), checkpoint=load_checkpoint(database, parts.tables()), start_s=100)
    for run in (bench, again):
        seen = run.pump(150, stamp_s=85, pressure=BREACH)
        assert (seen.late, states(seen)) == (1, [])


@pytest.mark.parametrize("by_s", [3_600, -3_600])
def test_blindness_keeps_its_length_when_the_clock_is_set(by_s: int) -> None:
    bench = Bench()
    bench.engine.set_blind(at(10))
    bench.engine.clock_set(by_s * SECOND)
    assert bench.engine.blind_since == at(10 + by_s)


def test_a_blindness_does_not_begin_in_the_future_when_the_clock_of_the_earlier_run_was_wrong() -> None:
    bench = Bench(checkpoint=checkpoint(reached=at(0)), start_s=5, hears=False, knows_time=False)
    bench.engine.clock_set(-10 * HOUR)
    assert bench.engine.blind_since == at(0) - 10 * HOUR


def test_since_when_an_earlier_run_has_not_heard_was_told_by_a_clock_that_was_right() -> None:
    bench = Bench(checkpoint=checkpoint(reached=at(0)), start_s=5, hears=False, knows_time=False)
    bench.engine.clock_set(10 * HOUR)
    assert bench.engine.blind_since == at(0)
