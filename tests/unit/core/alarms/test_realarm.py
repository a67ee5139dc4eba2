"""People are reminded of an alarm that was acknowledged long ago and still stands."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from gateway.core.alarms.actions import Acknowledge
from gateway.core.alarms.shelf import ShelveAlarm
from gateway.core.kernel.times import HOUR, MINUTE
from tests.unit.core.sites import Bench, Seen, at, checkpoint_after, rule_spec, told

RULE = rule_spec(realarm="30m")
ACKNOWLEDGE = Acknowledge(alarm=1, by="Li Wei")


def test_an_alarm_that_still_stands_so_long_after_its_acknowledgement_is_raised_again() -> None:
    bench = Bench(RULE)
    raised = bench.pump(0, pressure=0.01)
    bench.act(ACKNOWLEDGE, 60)
    assert told(bench.tick(60 + 1799)) == []
    again = bench.tick(60 + 1800)
    assert told(again) == ["raise unacknowledged"]
    (alarm,) = again.alarms
    assert (alarm.number, alarm.raised_count, alarm.acknowledged_by) == (1, 1, None), "nothing has happened"
    assert again.events[-1].data["note"] == "still stands 30m after Li Wei acknowledged it"
    assert (again.tickets, len(raised.tickets)) == ([], 1), "its ticket keeps its deadlines"
    assert told(bench.tick(9999)) == [], "nobody has acknowledged it since"
    bench.act(ACKNOWLEDGE, 10_000)
    assert told(bench.tick(11_800)) == ["raise unacknowledged"]


def test_an_alarm_that_is_over_by_then_is_not_raised_again() -> None:
    bench = Bench(rule_spec(realarm="30m", ticket=None))
    bench.pump(0, pressure=0.01)
    bench.act(ACKNOWLEDGE, 60)
    bench.pump(120, pressure=0.5)
    assert bench.engine.next_due() is None


def test_nobody_is_reminded_of_one_whose_end_is_held_back_as_it_chatters() -> None:
    bench = Bench(rule_spec(realarm="1m"))
    for second in (0, 10, 20):
        bench.pump(second, pressure=0.01)
        bench.pump(second + 1, pressure=0.5)
    bench.pump(21.5, pressure=0.01)
    bench.act(ACKNOWLEDGE, 22)
    bench.pump(25, pressure=0.5)
    seen = [bench.tick(second) for second in range(26, 200)]
    assert told(*seen) == ["return normal"]


def test_a_rule_without_it_reminds_nobody() -> None:
    bench = Bench(rule_spec(ticket=None))
    bench.pump(0, pressure=0.01)
    bench.act(ACKNOWLEDGE, 60)
    assert bench.engine.next_due() is None


def test_the_reminder_comes_at_the_same_time_over_a_restart() -> None:
    bench = Bench(RULE)
    steps = [bench.pump(0, pressure=0.01), bench.act(ACKNOWLEDGE, 60)]
    again = Bench(RULE, checkpoint=checkpoint_after(*steps), start_s=600)
    assert told(again.beginning, again.tick(1859)) == []
    assert told(again.tick(1860)) == ["raise unacknowledged"]


def test_a_set_clock_neither_hastens_nor_delays_the_reminder() -> None:
    bench = Bench(RULE)
    bench.pump(0, pressure=0.01)
    bench.act(ACKNOWLEDGE, 60)
    bench.engine.clock_set(HOUR)
    assert told(bench.tick(3600 + 1859)) == []
    assert told(bench.tick(3600 + 1860)) == ["raise unacknowledged"]


def test_a_blind_gateway_reminds_when_it_hears_again_and_the_alarm_still_stands() -> None:
    bench = Bench(RULE)
    bench.pump(0, pressure=0.01)
    bench.pump(0, "p2", pressure=0.01)
    bench.act(ACKNOWLEDGE, 60)
    bench.act(Acknowledge(alarm=2, by="Li Wei"), 60)
    bench.engine.set_blind(at(1800))
    assert "low-pressure" not in [alarm.rule for alarm in bench.tick(2000).alarms]
    assert told(bench.pump(2000, stamp_s=1900, pressure=0.5)) == ["return normal"]
    heard = Seen(bench.engine.set_hearing(at(2010)))
    assert told(heard, bench.tick(2010))[-1:] == ["raise unacknowledged"]


def test_nobody_is_reminded_of_an_alarm_that_is_shelved() -> None:
    bench = Bench(RULE)
    bench.pump(0, pressure=0.01)
    bench.act(ACKNOWLEDGE, 60)
    bench.act(ShelveAlarm(alarm=1, by="Li Wei", why="known", duration=HOUR), 120)
    assert told(bench.tick(1860)) == []
    assert told(bench.tick(3720)) == ["raise unacknowledged"]


@pytest.mark.parametrize("realarm", ["1ms", "0s", "59s"])
def test_nobody_is_reminded_sooner_than_a_minute_after_an_acknowledgement(realarm: str) -> None:
    with pytest.raises(ValidationError, match="write at least 1m"):
        rule_spec(realarm=realarm)
    assert rule_spec(realarm="1m").realarm == MINUTE
