"""The clocks of a ticket, step by step, and against a plain model that keeps every stretch of time."""

from __future__ import annotations

from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gateway.core.kernel.times import DAY, HOUR, MINUTE, SECOND, Micros
from gateway.core.site.calendars import CalendarSpec, compile_calendar
from gateway.core.site.working_time import EVERY_HOUR, Hours, hours_of
from gateway.core.work.clocks import Clock, ClockKind, counted_at, due_at, next_due
from gateway.core.work.ticket_clocks import Clocks, TrailStep, folded, pauses_data, stepped, targets_data
from tests.unit.core.managed.twins import histories_of

RESPOND, ON_SITE, RESOLVE = ClockKind
TARGETS = {RESPOND: 15 * MINUTE, ON_SITE: 2 * HOUR, RESOLVE: 24 * HOUR}
BERLIN = ZoneInfo("Europe/Berlin")
CALENDARS = {
    "day": compile_calendar(
        CalendarSpec.model_validate({"days": "mon-sat", "hours": ["08:30-12:00", "13:00-17:00"]}),
        BERLIN,
        holidays={},
        calendars={},
    ),
    "night": compile_calendar(CalendarSpec.model_validate({"hours": "22:00-06:00"}), BERLIN, holidays={}, calendars={}),
}
BEFORE_CLOCKS_ARE_SET: Micros = 1_774_612_800 * SECOND
"""Noon (UTC) of Friday before the last Sunday in March 2026."""


def of(calendar: str | None) -> Hours:
    return hours_of(calendar, CALENDARS)


def trail(*steps: tuple[str, Micros] | tuple[str, Micros, dict[str, Any]]) -> Clocks:
    opened = TrailStep("open", 0, targets_data(TARGETS, None))
    return folded([opened, *(TrailStep(step[0], step[1], step[2] if len(step) > 2 else {}) for step in steps)], of)


def met(clocks: Clocks) -> dict[str, Micros]:
    return {each.kind.value: each.met_at for each in clocks if each.met_at is not None}


def running(clocks: Clocks) -> list[ClockKind]:
    return [each.kind for each in clocks if each.runs]


def test_opening_begins_all_three_and_each_is_due_by_its_target() -> None:
    clocks = trail()
    assert {each.kind: due_at(each, EVERY_HOUR) for each in clocks} == TARGETS


def test_accepting_meets_the_response_arriving_the_presence_and_resolving_the_rest() -> None:
    clocks = trail(("accept", MINUTE), ("arrive", HOUR), ("resolve", 3 * HOUR))
    assert met(clocks) == {"respond": MINUTE, "on_site": HOUR, "resolve": 3 * HOUR}
    assert all(each.breached_at is None for each in clocks)


def test_arriving_without_accepting_is_a_response() -> None:
    assert met(trail(("arrive", MINUTE))) == {"respond": MINUTE, "on_site": MINUTE}


def test_resolving_from_afar_meets_whatever_is_left() -> None:
    assert met(trail(("resolve", MINUTE))) == {"respond": MINUTE, "on_site": MINUTE, "resolve": MINUTE}


def test_an_answer_and_a_hold_in_one_moment_meet_the_response_and_pause_the_resolution() -> None:
    hold = pauses_data([RESPOND, RESOLVE])
    clocks = trail(("accept", MINUTE), ("hold", MINUTE, hold))
    assert met(clocks) == {"respond": MINUTE}
    assert running(clocks) == [ON_SITE]


def test_assigning_declining_handing_over_and_remarks_change_no_clock() -> None:
    others = [(step, HOUR) for step in ("assign", "decline", "hand_over", "comment", "confirm")]
    assert trail(("accept", MINUTE), *others) == trail(("accept", MINUTE))


def test_what_was_accepted_declined_and_accepted_again_was_responded_to_once() -> None:
    assert met(trail(("accept", MINUTE), ("decline", HOUR), ("accept", DAY))) == {"respond": MINUTE}


@pytest.mark.parametrize("step", ["cancel", "merge", "close"])
def test_a_ticket_that_ends_without_its_work_is_due_no_more(step: str) -> None:
    clocks = trail((step, HOUR))
    assert met(clocks) == {}
    assert [next_due(each, EVERY_HOUR) for each in clocks] == [None, None, None]
    assert clocks[0].breached_at == 15 * MINUTE  # that was so before


def test_reopening_begins_anew_whatever_was_paused_or_met() -> None:
    hold = pauses_data(ClockKind)
    again = ("reopen", DAY, targets_data(TARGETS, None))
    clocks = trail(("accept", MINUTE), ("hold", HOUR, hold), ("resolve", 2 * HOUR), again)
    assert [each.began_at for each in clocks] == [DAY] * 3
    assert [counted_at(each, DAY + MINUTE, EVERY_HOUR) for each in clocks] == [MINUTE] * 3


def test_an_alarm_that_is_raised_again_begins_new_clocks_only_with_new_targets() -> None:
    assert trail(("raised again", HOUR)) == trail()
    renewed = trail(("raised again", HOUR, targets_data({RESPOND: MINUTE}, "day")))
    assert renewed == (Clock(RESPOND, MINUTE, "day", HOUR, 0, HOUR),)


def test_another_priority_in_a_hold_keeps_the_pause() -> None:
    hold, other = pauses_data([RESOLVE]), targets_data({RESPOND: HOUR, RESOLVE: 48 * HOUR}, None)
    clocks = trail(("accept", MINUTE), ("arrive", MINUTE), ("hold", HOUR, hold), ("retarget", 2 * HOUR, other | hold))
    assert [(each.kind, each.runs) for each in clocks] == [(RESPOND, False), (ON_SITE, False), (RESOLVE, False)]
    assert due_at(stepped(clocks, TrailStep("resume", DAY, {}), of)[2], EVERY_HOUR) == DAY + 47 * HOUR


def test_what_waits_for_a_key_does_not_wait_any_more_once_it_is_an_emergency() -> None:
    targets = targets_data(TARGETS, None)
    clocks = trail(
        ("hold", MINUTE, pauses_data([ON_SITE, RESOLVE])),
        ("retarget", HOUR, targets_data({**TARGETS, ON_SITE: 30 * MINUTE}, None) | pauses_data([RESOLVE])),
    )
    assert running(clocks) == [RESPOND, ON_SITE]
    assert due_at(clocks[1], EVERY_HOUR) == HOUR + 29 * MINUTE
    back = TrailStep("retarget", HOUR + MINUTE, targets | pauses_data([ON_SITE, RESOLVE]))
    assert running(stepped(clocks, back, of)) == [RESPOND]


def test_a_target_that_is_taken_away_is_due_no_more_and_a_new_one_begins_then() -> None:
    fewer = trail(("retarget", HOUR, targets_data({RESOLVE: DAY}, None)))
    assert [each.kind for each in fewer] == [RESOLVE]
    more = TrailStep("retarget", 2 * HOUR, targets_data({ON_SITE: HOUR, RESOLVE: DAY}, None))
    assert [due_at(each, EVERY_HOUR) for each in stepped(fewer, more, of)] == [3 * HOUR, DAY]
    held = TrailStep("retarget", 2 * HOUR, dict(more.data) | pauses_data([ON_SITE]))
    assert [due_at(each, EVERY_HOUR) for each in stepped(fewer, held, of)] == [None, DAY]


def test_a_calendar_that_is_gone_from_the_files_is_named() -> None:
    opened = TrailStep("open", 0, targets_data(TARGETS, "gone"))
    with pytest.raises(KeyError, match="gone"):
        folded([opened, TrailStep("accept", MINUTE, {})], of)


@cache
def _holds(calendar: str, at: Micros) -> bool:
    return CALENDARS[calendar].is_active(at)


class _Stretch:
    """One clock of the model: every stretch of time in which it ran, and by which calendar."""

    def __init__(self, target: Micros, calendar: str | None, at: Micros) -> None:
        self.target = target
        self.calendar = calendar
        self.stretches: list[tuple[Micros, Micros | None, str | None]] = [(at, None, calendar)]
        self.met_at: Micros | None = None

    @property
    def runs(self) -> bool:
        return bool(self.stretches) and self.stretches[-1][1] is None

    def stop(self, now: Micros) -> None:
        if self.runs:
            start, _, calendar = self.stretches[-1]
            self.stretches[-1] = (start, now, calendar)

    def counted(self, now: Micros) -> Micros:
        """Each minute of each stretch is looked up."""
        total = 0
        for start, end, calendar in self.stretches:
            last = now if end is None else end
            if calendar is None:
                total += last - start
            else:
                total += MINUTE * sum(_holds(calendar, each) for each in range(start, last, MINUTE))
        return total


class TicketHistory(RuleBasedStateMachine):
    """Random histories of a ticket, in whole minutes. What is kept, what the trail tells and the model agree."""

    def __init__(self) -> None:
        super().__init__()
        self.now: Micros = BEFORE_CLOCKS_ARE_SET
        self.trail: list[TrailStep] = []
        self.kept: Clocks = ()
        self.model: dict[ClockKind, _Stretch] = {}
        self.ended = True
        self.held: set[ClockKind] | None = None
        """While it is on hold: what that pauses."""
        self.told: dict[ClockKind, Micros] = {}

    def step(self, name: str, data: dict[str, Any] | None = None) -> None:
        each = TrailStep(name, self.now, data or {})
        self.trail.append(each)
        before = {clock.kind: clock for clock in self.kept}
        self.kept = stepped(self.kept, each, of)
        for clock in self.kept:
            known = before.get(clock.kind)
            if clock.breached_at is not None and (known is None or known.breached_at is None):
                self.told[clock.kind] = clock.breached_at

    @rule(minutes=st.one_of(st.integers(0, 90), st.integers(0, 3 * 24 * 60)))
    def time_passes(self, minutes: int) -> None:
        self.tell_until(self.now + minutes * MINUTE)

    def tell_until(self, until: Micros) -> None:
        """As the timers of a gateway do: tell of each due moment in that moment."""
        while True:
            due = [
                (moment, clock) for clock in self.kept if (moment := next_due(clock, of(clock.calendar))) is not None
            ]
            moment, clock = min(due, key=lambda each: each[0], default=(until + 1, None))
            if clock is None or moment > until:
                break
            self.now = max(self.now, moment)
            self.step("clock warned" if clock.warned_at is None else "clock breached", {"clock": clock.kind.value})
        self.now = until

    @precondition(lambda self: self.ended)
    @rule(calendar=st.sampled_from([None, "day", "night"]), anew=st.booleans())
    def opens(self, calendar: str | None, anew: bool) -> None:
        self.step("reopen" if anew else "open", targets_data(TARGETS, calendar))
        self.model = {kind: _Stretch(target, calendar, self.now) for kind, target in TARGETS.items()}
        self.ended, self.held, self.told = False, None, {}

    @precondition(lambda self: not self.ended)
    @rule(step=st.sampled_from(["accept", "arrive", "resolve"]))
    def goes_on(self, step: str) -> None:
        self.step(step)
        for kind in {"accept": [RESPOND], "arrive": [RESPOND, ON_SITE], "resolve": [*ClockKind]}[step]:
            clock = self.model[kind]
            clock.stop(self.now)
            clock.met_at = self.now if clock.met_at is None else clock.met_at
        self.ended = step == "resolve"

    @precondition(lambda self: not self.ended)
    @rule(kinds=st.sets(st.sampled_from(ClockKind)))
    def is_put_on_hold(self, kinds: set[ClockKind]) -> None:
        self.step("hold", pauses_data(kinds))
        self.held = kinds
        for kind in kinds:
            self.model[kind].stop(self.now)

    @precondition(lambda self: not self.ended)
    @rule()
    def is_resumed(self) -> None:
        self.step("resume")
        for clock in self.model.values():
            if not clock.runs and clock.met_at is None:
                clock.stretches.append((self.now, None, clock.calendar))
        self.held = None
        self.tell_until(self.now)

    @precondition(lambda self: not self.ended)
    @rule(calendar=st.sampled_from([None, "day", "night"]), share=st.sampled_from([0.25, 0.5, 3]))
    def has_another_priority(self, calendar: str | None, share: float) -> None:
        targets = {kind: round(target * share) for kind, target in TARGETS.items()}
        held = {} if self.held is None else pauses_data(self.held)
        self.step("retarget", targets_data(targets, calendar) | held)
        for kind, clock in self.model.items():
            if clock.met_at is None:
                if clock.runs and clock.calendar != calendar:
                    clock.stop(self.now)
                    clock.stretches.append((self.now, None, calendar))
                clock.target, clock.calendar = targets[kind], calendar
                if self.held is not None and kind in self.held:
                    clock.stop(self.now)
                elif self.held is not None and not clock.runs:
                    clock.stretches.append((self.now, None, calendar))
        self.tell_until(self.now)

    @precondition(lambda self: not self.ended)
    @rule(step=st.sampled_from(["assign", "decline", "hand_over", "comment"]))
    def is_remarked_on(self, step: str) -> None:
        self.step(step)

    @precondition(lambda self: not self.ended)
    @rule(step=st.sampled_from(["cancel", "merge", "close"]))
    def ends(self, step: str) -> None:
        self.step(step)
        for clock in self.model.values():
            clock.stop(self.now)
        self.ended = True

    @invariant()
    def the_trail_tells_the_clocks_that_are_kept(self) -> None:
        assert folded(self.trail, of) == self.kept

    @invariant()
    def what_has_counted_is_what_the_model_counts(self) -> None:
        for clock in self.kept:
            expected = self.model[clock.kind]
            counted = counted_at(clock, self.now, of(clock.calendar))
            assert counted == expected.counted(self.now) >= 0
            assert (clock.runs, clock.met_at) == (expected.runs, expected.met_at)

    @invariant()
    def a_clock_is_breached_once_its_target_has_counted_and_people_were_told(self) -> None:
        for clock in self.kept:
            expected = self.model[clock.kind]
            if clock.runs:
                assert (clock.breached_at is not None) == (expected.counted(self.now) >= expected.target)
            assert (clock.breached_at is None) or self.told[clock.kind] == clock.breached_at <= self.now

    @invariant()
    def a_due_time_is_the_first_moment_by_which_the_target_has_counted(self) -> None:
        for clock in self.kept:
            due = due_at(clock, of(clock.calendar))
            if clock.runs and clock.breached_at is None:
                assert due is not None
                assert counted_at(clock, due, of(clock.calendar)) == clock.target
                assert counted_at(clock, due - 1, of(clock.calendar)) == clock.target - 1


TestTicketHistory = histories_of(TicketHistory, 100)
