"""An alarm that comes and goes is told once, counted, and over when it is quiet."""

from __future__ import annotations

import pytest

from gateway.core.alarms.actions import Acknowledge, Comment
from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.annunciator import Annunciator
from gateway.core.alarms.shelf import EndShelf, ShelveRule
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import HOUR
from gateway.core.rules.rule import RuleSpec
from tests.unit.core.devices.fleet import Fleet
from tests.unit.core.sites import Bench, Seen, at, checkpoint_after, rule_spec, told

LEVELS = RuleSpec.model_validate(
    {
        "id": "pressure",
        "applies_to": {"profile": "pump"},
        "title": {"en": "Pressure"},
        "levels": [{"severity": "warning", "when": "pressure > 1"}, {"severity": "critical", "when": "pressure > 2"}],
    }
)


def flap(bench: Bench, start: int, times: int, step: int = 10) -> list[Seen]:
    """The pressure falls and is good again, so many times, each for half of the step."""
    steps = []
    for index in range(times):
        steps.append(bench.pump(start + index * step, pressure=0.01))
        steps.append(bench.pump(start + index * step + step / 2, pressure=0.5))
    return steps


def the_alarm(*steps: Seen) -> AlarmRecord:
    """As it was stored last."""
    return [record for seen in steps for record in seen.alarms][-1]


def test_the_third_raise_in_a_minute_is_told_as_chattering_and_nothing_more_until_it_is_quiet() -> None:
    bench = Bench(rule_spec())
    steps = flap(bench, 0, 20)
    assert told(*steps) == [
        "raise unacknowledged",
        "return returned",
        "raise unacknowledged",
        "return returned",
        "raise unacknowledged",
    ]
    alarm = the_alarm(*steps)
    assert (alarm.number, alarm.is_chattering, alarm.raised_count) == (1, True, 20)
    assert {ticket.number for seen in steps for ticket in seen.tickets} == {1}
    assert told(bench.tick(195 + 59)) == []
    over = bench.tick(195 + 60)
    assert told(over) == ["return returned"]
    assert (the_alarm(over).is_chattering, the_alarm(over).raised_count) == (False, 20)


def test_three_raises_in_more_than_a_minute_are_three_raises() -> None:
    bench = Bench(rule_spec(ticket=None))
    assert told(*flap(bench, 0, 3, step=31)).count("raise unacknowledged") == 3
    assert not bench.engine.next_due()


def test_an_alarm_that_chatters_is_acknowledged_by_people_alone_and_then_stays_so() -> None:
    bench = Bench(rule_spec())
    flap(bench, 0, 5)
    assert told(bench.act(Acknowledge(alarm=1, by="Li Wei"), 50)) == ["acknowledge acknowledged"]
    assert told(*flap(bench, 51, 5)) == []
    assert told(bench.tick(96 + 60)) == ["return normal"]


def test_a_note_is_kept_when_the_alarm_is_raised_again() -> None:
    bench = Bench(rule_spec())
    bench.pump(0, pressure=0.01)
    noted = bench.act(Comment(alarm=1, by="Li Wei", note="The valve leaks"), 5)
    again = [bench.pump(10, pressure=0.5), bench.pump(100, pressure=0.01)]
    assert told(*again) == ["return returned", "raise unacknowledged"]
    assert {record.number for seen in (noted, *again) for record in seen.alarms} <= {1}
    (comment,) = [event for event in noted.events if event.data.get("note") == "The valve leaks"]
    raised = next(event for event in again[1].events if event.data.get("step") == "raise")
    assert (comment.subject, comment.data["alarm"]) == (raised.subject, raised.data["alarm"])


def test_acknowledging_each_raise_does_not_make_an_alarm_of_each() -> None:
    bench = Bench(rule_spec())
    steps = []
    for start in (0, 10, 20, 30):
        steps.append(bench.pump(start, pressure=0.01))
        if start < 30:
            steps.append(bench.act(Acknowledge(alarm=start // 10 + 1, by="Li Wei"), start + 1))
        steps.append(bench.pump(start + 5, pressure=0.5))
    assert [record.number for seen in steps for record in seen.alarms][-1] == 3
    assert told(*steps).count("raise unacknowledged") == 3


def test_one_that_then_stands_for_a_minute_chatters_no_more_and_its_end_is_told_at_once() -> None:
    bench = Bench(rule_spec())
    flap(bench, 0, 4)
    bench.pump(40, pressure=0.01)
    quiet = bench.tick(100)
    assert (told(quiet), the_alarm(quiet).is_chattering) == ([], False)
    assert told(bench.pump(200, pressure=0.5)) == ["return returned"]


def test_a_life_safety_alarm_is_told_each_time() -> None:
    bench = Bench(rule_spec(life_safety=True))
    assert told(*flap(bench, 0, 10)).count("raise unacknowledged") == 10


def test_a_rule_says_how_often_is_chattering_or_that_it_never_is() -> None:
    bench = Bench(rule_spec(chatter={"count": 2, "within": "10s"}), rule_spec(id="other", chatter="never"))
    seen = flap(bench, 0, 6, step=8)
    rules = [record.rule for each in seen for record in each.alarms if record.state == "returned"]
    assert (rules.count("low-pressure"), rules.count("other")) == (1, 6)
    assert told(bench.tick(44 + 10)) == ["return returned"]


@pytest.mark.parametrize("cut", [1, 2, 3, 4, 5, 6, 7, 8, 9])
def test_people_are_told_the_same_over_a_restart_at_any_point(cut: int) -> None:
    whole = Bench(rule_spec())
    expected = told(*flap(whole, 0, 5), whole.tick(200))

    first = Bench(rule_spec())
    steps = flap(first, 0, 5)[:cut]
    again = Bench(rule_spec(), checkpoint=checkpoint_after(*steps), start_s=cut * 5 - 3)
    after = [again.beginning, again.tick(cut * 5 - 2)]
    after += [again.pump(index * 5, pressure=0.5 if index % 2 else 0.01) for index in range(cut, 10)]
    assert told(*steps, *after, again.tick(200)) == expected


def test_a_restart_after_each_acknowledged_raise_still_counts_them() -> None:
    bench = Bench(rule_spec())
    steps = []
    for start in (0, 10):
        steps += [bench.pump(start, pressure=0.01), bench.act(Acknowledge(alarm=start // 10 + 1, by="Li"), start + 1)]
        steps.append(bench.pump(start + 5, pressure=0.5))
    again = Bench(rule_spec(), checkpoint=checkpoint_after(*steps), start_s=18)
    assert the_alarm(again.pump(20, pressure=0.01)).is_chattering


@pytest.mark.parametrize("restarts", [False, True])
def test_raises_that_were_acknowledged_after_their_end_are_counted_as_well(restarts: bool) -> None:
    bench = Bench(rule_spec())
    steps = []
    for start in (0, 10):
        steps += [bench.pump(start, pressure=0.01), bench.pump(start + 5, pressure=0.5)]
        steps.append(bench.act(Acknowledge(alarm=start // 10 + 1, by="Li"), start + 6))
    if restarts:
        bench = Bench(rule_spec(), checkpoint=checkpoint_after(*steps), start_s=18)
    assert the_alarm(bench.pump(20, pressure=0.01)).is_chattering


def test_an_alarm_that_is_over_chatters_no_more() -> None:
    bench = Bench(rule_spec())
    steps = flap(bench, 0, 5)
    over = Bench(rule_spec(id="other"), checkpoint=checkpoint_after(*steps), start_s=60).beginning
    assert [(record.state.value, record.is_chattering) for record in over.alarms] == [("normal", False)]


@pytest.mark.parametrize("restarts", [False, True])
def test_the_time_in_which_nothing_is_heard_does_not_count_as_quiet(restarts: bool) -> None:
    bench = Bench(rule_spec())
    steps = [bench.beginning, bench.hearing, *flap(bench, 0, 4)]
    steps.append(Seen(bench.engine.snapshot(at(60))))
    if restarts:
        bench = Bench(rule_spec(), checkpoint=checkpoint_after(*steps), start_s=500, hears=False)
    else:
        bench.engine.set_blind(at(60))
        assert told(bench.tick(500)) == ["raise unacknowledged"], "the gateway is blind"
    bench.engine.set_hearing(at(500))
    left = 60 - (60 - 35)
    assert told(bench.tick(499 + left)) == []
    assert told(bench.tick(500 + left)) == ["return returned"]


def test_a_link_that_drops_every_minute_does_not_put_off_the_end_for_ever() -> None:
    bench = Bench(rule_spec())
    flap(bench, 0, 4)
    seen = []
    for start in range(60, 300, 60):
        seen += [Seen(bench.engine.set_hearing(at(start))), bench.tick(start + 50)]
        seen.append(Seen(bench.engine.set_blind(at(start + 50))))
    assert "return returned" in told(*seen)


def test_a_silent_alarm_that_comes_and_goes_is_held_as_well() -> None:
    fleet = Fleet("d1", expect_every="5s")
    for second in range(0, 400, 20):
        fleet.say(second, "d1", value=1.0)
    raises = [each for each in fleet.told if each.step == "raise"]
    assert len(raises) == 3


def test_a_clock_that_is_set_changes_nothing() -> None:
    bench = Bench(rule_spec())
    flap(bench, 0, 4)
    bench.engine.clock_set(HOUR)
    assert told(bench.tick(3600 + 94)) == []
    assert told(bench.tick(3600 + 95)) == ["return returned"]


def test_a_shelved_alarm_that_chatters_is_one_alarm_and_not_told_where_it_is_just_over() -> None:
    bench = Bench(rule_spec())
    shelve = ShelveRule(rule="low-pressure", subject=Subject.of_device("p1"), by="Li", why="x", duration=HOUR)
    bench.act(shelve, 0)
    steps = flap(bench, 1, 6)
    assert {record.number for seen in steps for record in seen.alarms} == {1, 2, 3}
    assert told(bench.act(EndShelf(shelf=1, by="Li"), 57)) == ["return normal"]
    assert bench.engine.part(Annunciator).standing() == []


def test_a_shelved_alarm_that_chatters_and_just_holds_is_told_when_the_shelf_ends() -> None:
    bench = Bench(rule_spec())
    bench.act(ShelveRule(rule="low-pressure", subject=Subject.of_device("p1"), by="Li", why="x", duration=HOUR), 0)
    flap(bench, 1, 6)
    bench.pump(61, pressure=0.01)
    assert told(bench.act(EndShelf(shelf=1, by="Li"), 62)) == ["raise unacknowledged"]


def test_levels_that_come_and_go_are_held_at_the_worst() -> None:
    bench = Bench(LEVELS)
    steps = [bench.pump(0, pressure=1.5)]
    for start in (5, 15, 25, 35):
        steps += [bench.pump(start, pressure=2.4), bench.pump(start + 5, pressure=1.5)]
    assert told(*steps)[-3:] == ["raise unacknowledged", "fall unacknowledged", "raise unacknowledged"]
    assert the_alarm(*steps).severity == "critical"
    assert told(bench.tick(99)) == []
    assert told(bench.tick(100)) == ["fall unacknowledged"]
    assert told(bench.pump(101, pressure=0.5)) == ["return returned"]


def test_a_worse_level_is_told_of_an_alarm_that_chatters() -> None:
    bench = Bench(LEVELS)
    for start in (0, 10, 20, 30):
        bench.pump(start, pressure=1.5)
        bench.pump(start + 5, pressure=0.5)
    assert told(bench.pump(40, pressure=2.4)) == ["raise unacknowledged"]
    assert told(bench.pump(45, pressure=0.5), bench.tick(104)) == []
    assert told(bench.tick(105)) == ["return returned"]
