"""What a change of priority does to clocks that have run, wait, or have nothing to wait for any more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import MINUTE
from gateway.core.kernel.urgency import Priority
from gateway.core.work.actions import (
    AcceptTicket,
    ArriveTicket,
    ChangePriority,
    HoldTicket,
    OpenTicket,
    ResumeTicket,
)
from gateway.core.work.clocks import WARN_SHARE, ClockKind
from gateway.core.work.holds import HoldReason
from gateway.core.work.level_spec import ServiceLevelSpec, WorkKind
from gateway.core.work.levels import SHIPPED_LEVELS, ServiceLevels
from gateway.core.work.tickets import Ticket
from tests.unit.core.sites import Bench, Seen, at, rule_spec
from tests.unit.core.work.staffed import Works, staffed

LI = "Li Wei"


def opened(priority: Priority, kind: WorkKind = WorkKind.FAULT) -> Bench:
    """Somebody has reported ticket 1 at 0 s."""
    made = Bench(rule_spec())
    made.act(
        OpenTicket(
            by=LI,
            subject=Subject.of_device("p1"),
            category="pump",
            priority=priority,
            kind=kind,
            team="engineering",
            title="Noise",
        ),
        0,
    )
    return made


def change(made: Bench, priority: Priority, second: float) -> Ticket:
    seen = made.act(ChangePriority(ticket=1, by=LI, priority=priority, note="It smokes"), second)
    return seen.tickets[-1]


def told(seen: Seen) -> list[tuple[object, object, int]]:
    return [
        (event.data["step"], event.data["clock"], event.time)
        for event in seen.events
        if event.kind == "ticket" and "clock" in event.data
    ]


def test_a_target_that_is_over_by_the_new_priority_is_told_at_once() -> None:
    made = opened(Priority.P4)
    seen = made.act(ChangePriority(ticket=1, by=LI, priority=Priority.P1, note="It smokes"), 600)
    assert told(seen) == [("clock warned", "respond", at(600)), ("clock breached", "respond", at(600))]
    assert told(made.tick(700)) == []


@pytest.mark.parametrize("reason", [HoldReason.ACCESS, HoldReason.WEATHER])
def test_an_emergency_does_not_wait_for_what_a_lesser_ticket_may_wait_for(reason: HoldReason) -> None:
    made = opened(Priority.P3)
    made.act(AcceptTicket(ticket=1, by=LI), 10)
    made.act(HoldTicket(ticket=1, by=LI, reason=reason, note="Nobody opens"), 60)
    urgent = change(made, Priority.P1, 600)
    running = [clock.kind for clock in urgent.clocks if clock.runs]
    assert running == [ClockKind.ON_SITE]
    assert (urgent.next_clock, urgent.next_due) == ("on_site", at(600) + 29 * MINUTE)


def test_a_target_that_is_over_while_the_work_waits_is_told_when_it_goes_on() -> None:
    made = opened(Priority.P4)
    made.act(AcceptTicket(ticket=1, by=LI), 10)
    made.act(HoldTicket(ticket=1, by=LI, reason=HoldReason.ACCESS, note="Nobody opens"), 9 * 3600)
    held = change(made, Priority.P2, 9 * 3600 + 1)
    assert held.next_due is None
    assert told(made.tick(20 * 3600)) == []
    seen = made.act(ResumeTicket(ticket=1, by=LI), 20 * 3600)
    assert [each for each in told(seen) if each[0] == "clock breached"] == [
        ("clock breached", "on_site", at(20 * 3600))
    ]


def test_who_is_on_site_already_is_not_waited_for_by_a_priority_that_times_it() -> None:
    made = opened(Priority.P2, WorkKind.COMPLAINT)  # for which nobody need be on site
    made.act(AcceptTicket(ticket=1, by=LI), 10)
    made.act(ArriveTicket(ticket=1, by=LI), 20)
    urgent = change(made, Priority.P1, 60)
    assert [clock.kind for clock in urgent.clocks] == [ClockKind.RESPOND, ClockKind.RESOLVE]
    assert told(made.tick(2 * 3600)) == []


def test_who_is_not_on_site_yet_is_waited_for_from_the_change_on() -> None:
    made = opened(Priority.P2, WorkKind.COMPLAINT)
    made.act(AcceptTicket(ticket=1, by=LI), 10)
    urgent = change(made, Priority.P1, 60)
    assert (urgent.next_clock, urgent.next_due) == ("on_site", at(60) + 30 * MINUTE)


def test_people_are_warned_at_the_share_that_the_new_priority_says() -> None:
    urgent = ServiceLevelSpec.model_validate({"priority": "P1", "warn_at": "50%"})
    made = Works(replace(staffed(dispatch=None), service_levels=ServiceLevels(levels=(urgent, *SHIPPED_LEVELS))))
    number = made.open(priority="P4")
    made.act(ChangePriority(ticket=number, priority=Priority.P1, by=LI, note="It smokes"))
    made.run(150)
    assert [at for _, _, at in made.told(number, "ticket warned")] == [150]
    made.act(ChangePriority(ticket=number, priority=Priority.P4, by=LI, note="It was steam"))
    assert made.tickets[number].warn_share == WARN_SHARE
