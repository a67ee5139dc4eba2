"""Active hours: a rule is evaluated in them alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway import parts
from gateway.core.alarms.actions import Acknowledge
from gateway.core.configuration import Configuration
from gateway.core.kernel.times import HOUR, MINUTE
from gateway.core.rules.active_hours import compile_hours_of
from gateway.core.rules.compiling import rules_of
from gateway.core.rules.evaluator import Evaluator
from gateway.core.rules.rule import RuleSpec
from gateway.core.site.calendars import CalendarSpec, compile_calendar
from gateway.store.checkpoint import load_checkpoint
from gateway.store.database import Database
from gateway.store.writer import Writer
from tests.unit.core.sites import PUMP, READER, Bench, Seen, at, checkpoint_after, rule_spec, site

LOW, FINE = 0.01, 0.5
HOURS = "16:10-16:20"
"""In Shanghai, where tests begin at 16:00: from 600 to 1,200 s, every day."""
DAY_S = 24 * 3600


def files(active: object = None, **fields: object) -> Configuration:
    """Pumps whose low pressure is an alarm in these hours alone."""
    given = {"for": "30s", **fields, "active": {"hours": HOURS} if active is None else active}
    made = site(rule_spec(**given))
    spec = CalendarSpec.model_validate({"hours": HOURS})
    calendar = compile_calendar(spec, made.site.zone, holidays={}, calendars={})
    return replace(made, site=replace(made.site, calendars={"shift": calendar}))


def bench(active: object = None, *, start_s: float = 0, **fields: object) -> Bench:
    return Bench(configuration=files(active, **fields), start_s=start_s)


def told(*steps: Seen) -> list[tuple[str, str]]:
    """Step and state of each event of the rule that was published."""
    events = [json.loads(each.payload) for seen in steps for each in seen.announced]
    return [(event["step"], event["state"]) for event in events if event["rule"] == "low-pressure"]


RAISED, RETURNED = ("raise", "unacknowledged"), ("return", "returned")


@pytest.mark.parametrize("active", [{"hours": HOURS}, "shift", {"calendar": "shift"}, {"days": "fri", "hours": HOURS}])
def test_outside_its_hours_a_rule_breaches_nothing_and_in_them_it_does(active: object) -> None:
    pumps = bench(active)
    assert told(pumps.pump(0, pressure=LOW), pumps.tick(500), pumps.pump(510, pressure=FINE), pumps.tick(600)) == []
    assert told(pumps.pump(700, pressure=LOW), pumps.tick(729.9)) == []
    assert told(pumps.tick(730)) == [RAISED]


def test_a_rule_may_be_active_outside_a_calendar() -> None:
    pumps = bench({"outside": "shift"})
    assert told(pumps.pump(0, pressure=LOW), pumps.tick(30)) == [RAISED]
    assert told(pumps.tick(600)) == [RETURNED]
    assert told(pumps.tick(1200), pumps.tick(1230)) == [RAISED]


def test_when_its_hours_begin_while_it_is_breached_the_delay_runs_from_then() -> None:
    pumps = bench()
    pumps.pump(0, pressure=LOW)
    assert told(pumps.tick(600), pumps.tick(629.9)) == []
    seen = pumps.tick(630)
    assert told(seen) == [RAISED]
    (alarm,) = seen.alarms
    assert alarm.evidence is not None
    assert (alarm.evidence.message, alarm.evidence.values, alarm.evidence.time) == (0, {"pressure": LOW}, at(0))
    assert [event.kind for event in seen.events] == ["reading", "alarm", "ticket"]


def test_a_rule_without_a_delay_is_told_as_its_hours_begin() -> None:
    no_delay: dict[str, Any] = {"for": "0s"}
    pumps = bench(**no_delay)
    pumps.pump(0, pressure=LOW)
    assert told(pumps.tick(600)) == [RAISED]


def test_when_its_hours_begin_while_all_is_well_nothing_is_told() -> None:
    pumps = bench()
    pumps.pump(0, pressure=FINE)
    seen = pumps.tick(600)
    assert (told(seen), seen.evaluations, seen.events) == ([], {}, [])


def test_a_condition_that_is_over_before_the_delay_is_told_of_nobody() -> None:
    pumps = bench()
    pumps.pump(0, pressure=LOW)
    assert told(pumps.tick(600), pumps.pump(610, pressure=FINE), pumps.tick(700)) == []


def test_when_its_hours_end_during_the_delay_nothing_is_told() -> None:
    pumps = bench()
    pumps.tick(600)
    assert told(pumps.pump(1190, pressure=LOW), pumps.tick(1200), pumps.tick(1300)) == []
    assert pumps.engine.next_due() == at(600 + DAY_S)


def test_when_its_hours_end_an_alarm_returns_and_the_audit_trail_says_why() -> None:
    pumps = bench()
    pumps.tick(600)
    pumps.pump(700, pressure=LOW)
    pumps.tick(730)
    pumps.act(Acknowledge(alarm=1, by="Li Wei"), 800)
    seen = pumps.tick(1200)
    assert told(seen) == [("return", "normal")]
    (record,) = [event for event in seen.events if event.kind == "alarm"]
    assert record.data["note"] == "its rule is outside its active hours"


def test_the_next_day_what_still_holds_is_told_again() -> None:
    pumps = bench()
    pumps.tick(600)
    pumps.pump(700, pressure=LOW)
    assert told(pumps.tick(730), pumps.tick(1200)) == [RAISED, RETURNED]
    assert told(pumps.tick(600 + DAY_S), pumps.tick(630 + DAY_S)) == [RAISED]


def test_what_a_rule_derives_is_judged_in_its_hours_alone() -> None:
    pumps = bench(let={"mean": {"mean": "pressure", "over": "1h"}}, when="mean < 0.1")
    assert told(pumps.pump(0, pressure=LOW), pumps.pump(300, pressure=LOW), pumps.tick(599)) == []

    assert told(pumps.tick(600), pumps.tick(629)) == []
    seen = pumps.tick(630)

    assert told(seen) == [RAISED]
    assert seen.alarms[0].evidence is not None
    assert seen.alarms[0].evidence.values == {"pressure": LOW, "mean": LOW}
    assert told(pumps.tick(1200)) == [RETURNED]


def test_what_time_alone_moves_breaches_nothing_outside_the_hours() -> None:
    pumps = bench(let={"idle": {"since": "running"}}, when="idle > 60")
    pumps.pump(0, running=False)
    outside = [pumps.tick(second) for second in range(10, 600, 10)]

    assert told(*outside) == []
    assert told(pumps.tick(600), pumps.tick(629)) == []
    assert told(pumps.tick(630)) == [RAISED]


def test_other_rules_and_devices_are_not_concerned() -> None:
    made = files()
    other = site(rule_spec(id="always", severity="info")).rules
    pumps = Bench(configuration=replace(made, rules=(*made.rules, *other)))
    seen = pumps.pump(0, "p2", pressure=LOW)
    assert [alarm.rule for alarm in seen.alarms] == ["always"]
    pumps.tick(600)
    assert [alarm.rule for alarm in pumps.tick(630).alarms] == ["low-pressure"]
    ended = pumps.tick(1200)
    assert [(alarm.rule, alarm.state.value) for alarm in ended.alarms] == [("low-pressure", "returned")]


def test_an_event_from_before_its_hours_is_no_news_when_they_begin() -> None:
    spec = rule_spec(id="call", applies_to={"profile": "reader"}, when="call", active={"hours": HOURS})
    gate = Bench(configuration=replace(files(), rules=rules_of(spec, READER)))
    gate.send(0, "site/s1/reader/r1", b'{"call": true}')
    assert gate.tick(600).alarms == []
    assert [alarm.rule for alarm in gate.send(700, "site/s1/reader/r1", b'{"call": true}').alarms] == ["call"]


def test_all_levels_of_an_alarm_end_as_one_return() -> None:
    levels = [
        {"severity": severity, "when": f"pressure < {limit}", "for": "30s"}
        for severity, limit in (("warning", 0.2), ("critical", 0.1))
    ]
    spec = RuleSpec.model_validate(
        {
            "id": "low-pressure",
            "applies_to": {"profile": "pump"},
            "levels": levels,
            "title": {"en": "Low pressure"},
            "active": {"hours": HOURS},
        }
    )
    made = files()
    pumps = Bench(configuration=replace(made, rules=rules_of(spec, PUMP)))
    pumps.pump(0, pressure=LOW)
    pumps.tick(600)
    assert told(pumps.tick(630)) == [RAISED]
    assert told(pumps.tick(1200)) == [RETURNED]


def test_outside_its_hours_a_rule_says_so_when_it_is_asked_why() -> None:
    pumps = bench()
    pumps.pump(0, pressure=LOW)
    (outside,) = pumps.engine.part(Evaluator).explain("low-pressure", "p1")
    pumps.tick(600)
    (inside,) = pumps.engine.part(Evaluator).explain("low-pressure", "p1")
    assert [(each.is_outside_hours, each.when, each.delay is None) for each in (outside, inside)] == [
        (True, True, True),
        (False, True, False),
    ]


# Blindness, restarts and clocks -------------------------------------------------------------------------------------


def test_hours_that_begin_in_blindness_tell_of_what_the_device_says_afterwards() -> None:
    pumps = bench()
    pumps.pump(0, pressure=LOW)
    pumps.engine.set_blind(at(500))
    assert told(pumps.tick(600), pumps.tick(900)) == []
    assert told(Seen(pumps.engine.set_hearing(at(900))), pumps.tick(920)) == []
    assert told(pumps.pump(931, pressure=LOW)) == [RAISED]


def test_hours_that_begin_in_blindness_tell_nothing_where_all_is_well_afterwards() -> None:
    pumps = bench()
    pumps.pump(0, pressure=LOW)
    pumps.engine.set_blind(at(500))
    pumps.tick(600)
    assert told(Seen(pumps.engine.set_hearing(at(900))), pumps.pump(901, pressure=FINE), pumps.tick(1100)) == []


def test_a_restart_in_its_hours_tells_the_same() -> None:
    first = bench()
    steps = [first.pump(0, pressure=LOW), first.tick(600), first.tick(630)]
    second = Bench(configuration=files(), checkpoint=checkpoint_after(*steps), start_s=700)
    assert told(second.beginning, second.pump(710, pressure=LOW), second.tick(1199)) == []
    assert told(second.tick(1200)) == [RETURNED]


def test_a_restart_outside_its_hours_returns_what_stood_when_they_ended() -> None:
    first = bench()
    steps = [first.pump(0, pressure=LOW), first.tick(600), first.tick(630)]
    second = Bench(configuration=files(), checkpoint=checkpoint_after(*steps), start_s=1300)
    assert told(second.beginning) == [RETURNED]
    assert told(second.pump(1310, pressure=LOW), second.tick(1400)) == []


def test_a_restart_in_the_hours_of_the_next_day_tells_of_it_anew() -> None:
    first = bench()
    steps = [first.pump(0, pressure=LOW), first.tick(600), first.tick(630)]
    second = Bench(configuration=files(), checkpoint=checkpoint_after(*steps), start_s=650 + DAY_S)
    assert told(second.beginning) == [RETURNED]
    assert told(second.pump(660 + DAY_S, pressure=LOW), second.tick(681 + DAY_S)) == [RAISED]


def test_a_restart_over_the_beginning_of_its_hours_tells_after_the_delay() -> None:
    first = bench()
    steps = [first.pump(0, pressure=LOW)]
    second = Bench(configuration=files(), checkpoint=checkpoint_after(*steps), start_s=650)
    assert told(second.beginning, second.pump(651, pressure=LOW)) == []
    assert told(second.pump(681, pressure=LOW), second.tick(682)) == [RAISED]


def test_a_first_start_outside_its_hours_waits_for_them() -> None:
    pumps = bench(start_s=1300)
    assert told(pumps.pump(1310, pressure=LOW), pumps.tick(1400)) == []
    assert pumps.engine.next_due() == at(600 + DAY_S)


def test_while_the_time_is_in_doubt_every_rule_is_active() -> None:
    pumps = Bench(configuration=files(), knows_time=False)
    assert told(pumps.pump(0, pressure=LOW), pumps.tick(30)) == [RAISED]
    pumps.engine.clock_set(0)
    assert told(pumps.tick(31)) == [RETURNED]


def test_a_clock_that_proves_wrong_puts_the_rule_into_its_hours() -> None:
    pumps = Bench(configuration=files(), knows_time=False)
    pumps.engine.clock_set(11 * MINUTE)
    assert told(pumps.pump(661, pressure=LOW), pumps.tick(700)) == [RAISED]
    assert told(pumps.tick(1200)) == [RETURNED]


def test_hours_follow_a_clock_that_is_set() -> None:
    pumps = bench()
    pumps.tick(600)
    pumps.pump(610, pressure=LOW)
    pumps.tick(640)
    pumps.engine.clock_set(HOUR)
    assert told(pumps.tick(650 + 3600)) == [RETURNED]
    pumps.engine.clock_set(-HOUR)
    assert told(pumps.tick(660), pumps.tick(690)) == [RAISED]


def test_a_clock_set_by_a_second_within_the_hours_ends_nothing() -> None:
    pumps = bench()
    pumps.tick(600)
    pumps.pump(610, pressure=LOW)
    pumps.tick(640)
    for step in (1, -1):
        pumps.engine.clock_set(step * 1_000_000)
        assert told(pumps.tick(650 + step)) == []


STEP_S, BEGIN, END = 20, 30, 60
"""The pump reports so often; the steps at whose ticks its hours begin and end."""


def expected(is_low: Sequence[bool]) -> list[tuple[int, tuple[str, str]]]:
    """What people are told, reckoned step by step: a delay of 30 s is over at the second tick after it began."""
    found, since, is_raised = list[tuple[int, tuple[str, str]]](), None, False
    for step, low in enumerate(is_low):
        if since is not None and step - since >= 2 and not is_raised:
            found.append((step, RAISED))
            is_raised = True
        if step == BEGIN and is_low[step - 1]:
            since = step
        is_over = step == END or not low
        if is_over:
            found += [(step, RETURNED)] if is_raised else []
            since, is_raised = None, False
        elif BEGIN <= step < END and since is None:
            since = step
    return found


@given(is_low=st.lists(st.booleans(), min_size=70, max_size=70))
def test_people_are_told_what_a_simple_reckoning_says(is_low: list[bool]) -> None:
    pumps, found = bench(), list[tuple[int, tuple[str, str]]]()
    for step, low in enumerate(is_low):
        seen = pumps.tick(step * STEP_S), pumps.pump(step * STEP_S, pressure=LOW if low else FINE)
        found += [(step, event) for event in told(*seen)]
    assert found == expected(is_low)


# What may be written ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("active", "why"),
    [
        ({}, "this says no hours"),
        ({"calendar": "shift", "hours": HOURS}, "calendar: stands alone: remove hours"),
        ({"outside": "shift", "calendar": "shift"}, "calendar: stands alone: remove outside"),
    ],
)
def test_hours_that_contradict_themselves_are_an_error(active: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        rule_spec(active=active)


def test_a_life_safety_rule_is_active_at_any_time() -> None:
    with pytest.raises(ValidationError, match="a life-safety rule is active at any time: remove `active`"):
        rule_spec(active="shift", life_safety=True)


def test_a_calendar_that_is_not_there_cannot_be_compiled() -> None:
    active = rule_spec(active="nights").active
    assert active is not None
    with pytest.raises(KeyError):
        compile_hours_of(active, files().site.zone, {})


TWICE = {"hours": ["15:00-16:20", "16:30-18:00"]}


def next_run(database: Database, start_s: float, *steps: Seen, knows_time: bool = True) -> Bench:
    """The next run, after these steps were stored."""
    Writer(database, parts.tables()).commit([seen.changes for seen in steps])
    before = load_checkpoint(database, parts.tables())
    given: dict[str, Any] = {"for": "0s"}
    return Bench(
        configuration=files(TWICE, **given), checkpoint=before, start_s=start_s, hears=False, knows_time=knows_time
    )


def test_a_clock_that_was_set_over_the_end_of_its_hours_before_a_restart_ends_nothing(database: Database) -> None:
    first = next_run(database, 0)
    steps = [first.beginning, Seen(first.engine.set_hearing(at(0))), first.pump(1, pressure=LOW)]
    assert told(*steps) == [RAISED]
    steps.append(Seen(first.engine.clock_set(HOUR)))  # it is 17:00 now: nobody has seen 16:20 go by

    second = next_run(database, 3620, *steps)
    assert told(second.beginning, Seen(second.engine.set_hearing(at(3620))), second.tick(3700)) == []


def test_hours_that_ended_while_the_gateway_was_away_return_the_alarm_and_it_is_told_anew(database: Database) -> None:
    first = next_run(database, 0)
    steps = [first.beginning, Seen(first.engine.set_hearing(at(0))), first.pump(1, pressure=LOW)]

    second = next_run(database, 1900, *steps)
    assert told(second.beginning) == [RETURNED]
    assert told(Seen(second.engine.set_hearing(at(1900))), second.tick(1960)) == [RAISED]


def test_a_doubted_clock_that_was_a_day_late_returns_the_alarm_of_yesterday(database: Database) -> None:
    first = next_run(database, 0)
    steps = [first.beginning, Seen(first.engine.set_hearing(at(0))), first.pump(1, pressure=LOW)]

    second = next_run(database, 10, *steps, knows_time=False)
    assert told(second.beginning, Seen(second.engine.set_hearing(at(10))), second.tick(20)) == []
    seen = [Seen(second.engine.clock_set(24 * HOUR, knows_time=True)), second.tick(20 + DAY_S)]
    assert told(*seen)[0] == RETURNED
    assert told(second.tick(90 + DAY_S)) == [RAISED] or told(*seen) == [RETURNED, RAISED]


def test_an_alarm_of_this_run_stands_when_its_doubted_clock_was_a_day_late(database: Database) -> None:
    first = next_run(database, 0)
    second = next_run(database, 10, first.beginning, Seen(first.engine.set_hearing(at(0))), knows_time=False)
    seen = [second.beginning, Seen(second.engine.set_hearing(at(10))), second.pump(12, pressure=LOW)]
    assert told(*seen) == [RAISED]

    corrected = [Seen(second.engine.clock_set(24 * HOUR, knows_time=True)), second.tick(20 + DAY_S)]
    assert told(*corrected, second.tick(90 + DAY_S)) == []
