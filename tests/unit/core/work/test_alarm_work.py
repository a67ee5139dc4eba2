"""On which ticket an alarm hangs, and what that ticket knows of it, whatever people have done with tickets since."""

from __future__ import annotations

import pytest

from gateway.core.alarms.actions import Acknowledge
from gateway.core.kernel.errors import TicketRefused
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import HOUR, SECOND
from gateway.core.kernel.urgency import Priority
from gateway.core.rules.rule import RuleSpec
from gateway.core.work.actions import (
    AcceptTicket,
    ArriveTicket,
    CancelTicket,
    CloseTicket,
    HoldTicket,
    MergeTicket,
    OpenTicket,
    ReopenTicket,
    ResolveTicket,
)
from gateway.core.work.holds import HoldReason
from gateway.core.work.lifecycle import TicketState
from gateway.core.work.tickets import Ticket
from tests.unit.core.sites import TICKET, Bench, Seen, at, checkpoint_after, rule_spec, told

LI = "Li Wei"
LATER = 25 * HOUR // SECOND
"""Seconds after which an alarm opens another ticket."""
STUCK = rule_spec(
    id="stuck",
    when="starts > 9",
    severity="warning",
    title={"en": "Stuck"},
    ticket=TICKET | {"priority": "P2"},
)
LEVELS = RuleSpec.model_validate(
    {
        "id": "low-pressure",
        "applies_to": {"profile": "pump"},
        "levels": [
            {"severity": "warning", "when": "pressure < lowest"},
            {"severity": "critical", "when": "pressure < 0.02"},
        ],
        "title": {"en": "Low pressure"},
        "ticket": TICKET,
    }
)


def bench() -> Bench:
    return Bench(rule_spec(), STUCK)


def latest(seen: Seen) -> Ticket:
    return seen.tickets[-1]


def steps(seen: Seen) -> list[tuple[str, object]]:
    """Of each ticket, what has become of it, in order."""
    return [(event.subject, event.data["step"]) for event in seen.events if event.kind == "ticket"]


def resolve(made: Bench, ticket: int, at_s: float, despite: str | None = None) -> None:
    made.act(AcceptTicket(ticket=ticket, by=LI), at_s)
    made.act(ResolveTicket(ticket=ticket, by=LI, note="Valve opened", despite=despite), at_s + 1)


def test_a_raise_goes_to_the_work_on_its_fault_before_another_ticket_is_reopened() -> None:
    made = bench()
    made.pump(0, pressure=0.01)
    made.act(Acknowledge(alarm=1, by=LI), 1)
    made.pump(2, pressure=0.5)
    resolve(made, 1, 3)
    made.pump(LATER, pressure=0.01)
    made.act(Acknowledge(alarm=2, by=LI), LATER + 1)
    made.pump(LATER + 2, pressure=0.5)
    resolve(made, 2, LATER + 3)
    made.act(ReopenTicket(ticket=1, by=LI, note="It was the first valve after all"), LATER + 10)
    again = made.pump(LATER + 20, pressure=0.01)
    assert (steps(again), again.alarms[-1].ticket) == ([("1", "alarm joined")], 1)


def test_an_alarm_whose_ticket_is_cancelled_goes_to_the_work_on_its_device() -> None:
    made = bench()
    made.pump(0, pressure=0.01)
    made.act(CancelTicket(ticket=1, by=LI, note="Test by the maker"), 1)
    made.pump(2, pressure=0.5)
    made.act(
        OpenTicket(
            by=LI,
            subject=Subject.of_device("p1"),
            category="pump",
            priority=Priority.P1,
            team="engineering",
            title="Noise",
        ),
        3,
    )
    again = made.pump(4, pressure=0.01)
    assert (steps(again), again.alarms[-1].ticket) == ([("2", "alarm joined")], 2)


def test_the_return_of_an_alarm_is_noted_once_though_another_on_the_ticket_stands() -> None:
    made = bench()
    made.pump(0, pressure=0.01, starts=1)
    made.pump(1, starts=10)
    assert steps(made.pump(2, starts=1)) == [("1", "alarm returned")]
    assert steps(made.act(Acknowledge(alarm=2, by=LI), 3)) == []


def test_a_ticket_that_was_closed_while_its_alarm_stood_is_told_of_its_return_days_later() -> None:
    made = bench()
    made.pump(0, pressure=0.01)
    resolve(made, 1, 1, despite="sensor")
    made.act(CloseTicket(ticket=1, by=LI, despite="sensor"), 3)
    made.tick(LATER)
    assert steps(made.pump(LATER + 1, pressure=0.5)) == [("1", "alarm returned")]
    made.tick(LATER + 2)


@pytest.mark.parametrize("restarts", [False, True])
def test_a_ticket_that_is_reopened_after_its_alarm_is_over_is_done_without_saying_why(*, restarts: bool) -> None:
    made = bench()
    seen = [made.pump(0, pressure=0.01)]
    seen.append(made.act(AcceptTicket(ticket=1, by=LI), 1))
    seen.append(made.act(ResolveTicket(ticket=1, by=LI, note="x", despite="sensor"), 2))
    seen.append(made.act(CloseTicket(ticket=1, by=LI, despite="sensor"), 3))
    closed = latest(seen[-1])
    seen.append(made.tick(LATER))
    if restarts:
        made = Bench(rule_spec(), STUCK, checkpoint=checkpoint_after(*seen), start_s=LATER)
    made.pump(LATER + 1, pressure=0.5)
    made.tick(LATER + 2)
    made.act(ReopenTicket(ticket=1, by=LI, note="Leaks", over=closed), LATER + 3)
    resolve(made, 1, LATER + 4)


def test_a_ticket_whose_alarm_hangs_on_another_by_now_does_not_wait_for_it() -> None:
    made = Bench(LEVELS)
    made.pump(0, pressure=0.05)
    resolve(made, 1, 1, despite="sensor")
    made.tick(LATER)
    worse = made.pump(LATER + 1, pressure=0.01)
    assert (latest(worse).number, worse.alarms[-1].ticket) == (2, 2)
    assert latest(made.act(CloseTicket(ticket=1, by=LI), LATER + 2)).state is TicketState.CLOSED


def test_a_ticket_that_waits_to_be_closed_until_its_alarm_is_over_is_closed_once_that_hangs_on_another() -> None:
    made = Bench(LEVELS)
    made.pump(0, pressure=0.05)
    resolve(made, 1, 1, despite="sensor")
    week = 8 * 24 * 3600
    assert steps(made.tick(week)) == []
    made.pump(week + 1, pressure=0.01)
    assert ("1", "close") in steps(made.tick(week + 2))


def test_the_alarm_of_another_device_leaves_the_ticket_that_it_hangs_on_where_it_is() -> None:
    made = bench()
    made.pump(0, "p2", starts=10)
    made.pump(1, pressure=0.01)
    made.act(MergeTicket(ticket=1, into=2, by=LI), 2)
    made.pump(3, "p2", starts=1)
    made.pump(3.5, pressure=0.5)
    resolve(made, 2, 4)
    reopened = latest(made.pump(6, "p2", starts=10))
    assert (reopened.state, reopened.title, reopened.subject.device) == (TicketState.ASSIGNED, "Low pressure", "p1")


def test_a_merged_ticket_brings_when_its_alarm_was_raised() -> None:
    made = bench()
    report = OpenTicket(
        by=LI, subject=Subject.of_device("p2"), category="x", priority=Priority.P1, team="engineering", title="Noise"
    )
    made.act(report, 0)
    made.pump(1, pressure=0.01)
    merged = made.act(MergeTicket(ticket=2, into=1, by=LI), 2)
    assert {each.number: each.raised_at for each in merged.tickets}[1] == at(1)


def test_what_a_person_has_reported_keeps_its_title_when_an_alarm_reopens_it() -> None:
    made = bench()
    report = OpenTicket(
        by=LI, subject=Subject.of_device("p1"), category="pump", priority=Priority.P1, team="engineering", title="Noise"
    )
    made.act(report, 0)
    made.pump(1, pressure=0.01)
    made.pump(2, pressure=0.5)
    resolve(made, 1, 3)
    reopened = latest(made.pump(5, pressure=0.01))
    assert (reopened.state, reopened.title, reopened.raised_count) == (TicketState.ASSIGNED, "Noise", 0)


def test_work_is_not_done_while_its_fault_stands_again_out_of_service() -> None:
    made = bench()
    made.pump(0, pressure=0.01)
    made.act(Acknowledge(alarm=1, by=LI), 1)
    made.act(AcceptTicket(ticket=1, by=LI), 2)
    made.act(ArriveTicket(ticket=1, by=LI, out_of_service_for=HOUR), 3)
    made.pump(4, pressure=0.5)
    silent = made.pump(5, pressure=0.01)
    assert told(silent) == ["suppress suppressed"]
    assert (steps(silent), latest(silent).raised_at) == ([("1", "alarm joined")], at(0))
    with pytest.raises(TicketRefused, match="its alarm still stands"):
        made.act(ResolveTicket(ticket=1, by=LI, note="Valve opened"), 6)
    made.pump(7, pressure=0.5)
    resolved = latest(made.act(ResolveTicket(ticket=1, by=LI, note="Valve opened"), 8))
    assert (resolved.state, resolved.reopened_count) == (TicketState.RESOLVED, 0)
    assert told(made.pump(9, pressure=0.01)) == ["raise unacknowledged"]


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("closes", [False, True])
@pytest.mark.parametrize(("late", "step"), [(0, "reopen"), (0.001, "open")])
def test_a_ticket_is_reopened_up_to_the_very_end_of_the_time_for_it(
    late: float, step: str, *, closes: bool, restarts: bool
) -> None:
    made = bench()
    seen = [made.pump(0, pressure=0.01), made.act(Acknowledge(alarm=1, by=LI), 1), made.pump(2, pressure=0.5)]
    seen.append(made.act(AcceptTicket(ticket=1, by=LI), 3))
    seen.append(made.act(ResolveTicket(ticket=1, by=LI, note="Valve opened"), 4))
    if closes:
        seen.append(made.act(CloseTicket(ticket=1, by=LI), 5))
    end = 4 + 24 * HOUR / SECOND + late
    if restarts:
        made = Bench(rule_spec(), STUCK, checkpoint=checkpoint_after(*seen), start_s=end - 1)
    made.tick(end)
    assert [each for _, each in steps(made.pump(end, pressure=0.01))] == [step]


def test_an_alarm_that_is_over_while_work_waits_is_noted_and_the_work_waits_on() -> None:
    made = bench()
    made.pump(0, pressure=0.01)
    made.act(HoldTicket(ticket=1, by=LI, reason=HoldReason.PARTS), 1)
    over = made.pump(2, pressure=0.5)
    assert (steps(over), latest(over).state) == ([("1", "alarm returned")], TicketState.ON_HOLD)
    again = made.pump(3, pressure=0.01)
    assert (steps(again), latest(again).state) == ([("1", "alarm raised")], TicketState.ON_HOLD)


@pytest.mark.parametrize("finish", ["cancel", "close"])
def test_an_alarm_that_stood_at_the_end_of_its_ticket_and_is_raised_again_has_work_that_goes_on(finish: str) -> None:
    made = Bench(LEVELS)
    made.pump(0, pressure=0.05)
    if finish == "cancel":
        made.act(CancelTicket(ticket=1, by=LI, note="Test by the maker"), 1)
    else:
        resolve(made, 1, 1, despite="sensor")
        made.act(CloseTicket(ticket=1, by=LI, despite="sensor"), 3)
    worse = made.pump(4, pressure=0.01)
    number = {"cancel": 2, "close": 1}[finish]
    assert (latest(worse).number, latest(worse).is_at_work, worse.alarms[-1].ticket) == (number, True, number)
