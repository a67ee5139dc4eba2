"""Which alarms make work, and when it is due."""

from __future__ import annotations

import msgspec

from gateway.core.alarms.actions import LinkTicket
from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.definition import AlarmDefinition
from gateway.core.alarms.events import AlarmMoved
from gateway.core.alarms.lifecycle import State, Step
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import HOUR, MINUTE
from gateway.core.rules.evidence import Evidence
from gateway.core.work.desk import ServiceDesk
from gateway.core.work.events import TicketOpened, TicketRaisedAgain
from gateway.core.work.tickets import TicketSource, TicketState
from tests.unit.core.seams import LoneSeam
from tests.unit.core.sites import at, rule_spec, site

EVIDENCE = Evidence(7, "t", "{}", at(0), at(0), {"pressure": 0.01})


def moved(
    step: Step, *, count: int = 1, ticket: bool = True, at_s: float = 0, state: State = State.UNACKNOWLEDGED
) -> AlarmMoved:
    """An alarm of pump 1 that has made this step."""
    changes = {} if ticket else {"ticket": None}
    (rule,) = site(rule_spec(guidance={"en": "Stop it.", "zh": "停泵。"}, **changes)).rules
    alarm = AlarmRecord(
        number=3,
        rule=rule.id,
        subject=Subject.of_device("p1"),
        state=state,
        severity="critical",
        title="压力低",
        raised_at=at(at_s),
        first_raised_at=at(0),
        raised_count=count,
        returned_at=None,
        acknowledged_at=None,
        acknowledged_by=None,
        closed_at=None,
        ticket=None,
        evidence=EVIDENCE,
        first_raise=9,
        latest_raise=9,
        event=9,
    )
    return AlarmMoved(step=step, alarm=alarm, definition=AlarmDefinition.of(rule), time=at(at_s), by=None)


def desk() -> tuple[ServiceDesk, LoneSeam]:
    seam = LoneSeam(ServiceDesk.name, ticket=12, event=10)
    return ServiceDesk("zh", site().sla, seam), seam


def test_a_new_alarm_opens_a_ticket_that_names_it_and_is_due_as_its_priority_says() -> None:
    work, seam = desk()
    work.on(moved(Step.RAISE))
    (ticket,) = work.finish() or []
    assert (ticket.number, ticket.source, ticket.alarm, ticket.state) == (12, TicketSource.ALARM, 3, TicketState.OPEN)
    assert (str(ticket.subject), ticket.title, ticket.guidance) == ("device:p1", "压力低", "停泵。")
    due = (ticket.respond_by, ticket.on_site_by, ticket.resolve_by)
    assert due == (at(0) + 5 * MINUTE, at(0) + 30 * MINUTE, at(0) + 24 * HOUR)
    assert seam.asked == [LinkTicket(alarm=3, ticket=12)]
    (opened,) = seam.taken()
    assert isinstance(opened, TicketOpened)
    assert opened.audit is not None
    assert (opened.audit.number, opened.audit.kind, opened.audit.subject, opened.audit.cause) == (10, "ticket", "12", 9)


def test_a_suppressed_alarm_opens_its_ticket_when_people_are_told() -> None:
    work, _ = desk()
    work.on(moved(Step.SUPPRESS, count=0, state=State.SUPPRESSED))
    assert work.finish() is None
    work.on(moved(Step.RAISE, at_s=600))
    (ticket,) = work.finish() or []
    assert (ticket.opened_at, ticket.respond_by) == (at(600), at(600) + 5 * MINUTE)


def test_a_suppressed_alarm_that_is_over_opens_no_ticket() -> None:
    work, _ = desk()
    work.on(moved(Step.SUPPRESS, count=0, state=State.SUPPRESSED))
    work.on(moved(Step.RETURN, count=0, state=State.NORMAL))
    assert work.finish() is None


def test_a_ticket_is_told_that_its_alarm_is_raised_again_and_its_deadlines_count_from_then() -> None:
    work, seam = desk()
    work.on(moved(Step.RAISE))
    (before,) = work.finish() or []
    seam.taken()
    work.on(moved(Step.RETURN, at_s=10, state=State.RETURNED))
    assert work.finish() is None
    work.on(moved(Step.RAISE, count=2, at_s=3600))
    (ticket,) = work.finish() or []
    assert (before.raised_at, before.raised_count) == (at(0), 1)
    assert (ticket.number, ticket.opened_at, ticket.raised_at, ticket.raised_count) == (12, at(0), at(3600), 2)
    due = (ticket.respond_by, ticket.on_site_by, ticket.resolve_by)
    assert due == (at(3600) + 5 * MINUTE, at(3600) + 30 * MINUTE, at(3600) + 24 * HOUR)
    (told,) = seam.taken()
    assert isinstance(told, TicketRaisedAgain)
    assert told.audit is not None
    assert (told.audit.subject, told.audit.cause, told.audit.data["step"]) == ("12", 9, "raised again")
    assert told.audit.data["respond_by"] == "2027-01-15T09:05:00.000Z"


def test_a_ticket_is_told_after_a_restart_as_well() -> None:
    work, _ = desk()
    work.on(moved(Step.RAISE))
    tickets = work.finish() or []
    restarted, _ = desk()
    restarted.restore(tickets, at(30))
    restarted.on(moved(Step.RAISE, count=2, at_s=60))
    assert [(ticket.number, ticket.raised_at) for ticket in restarted.finish() or []] == [(12, at(60))]


def test_the_ticket_of_an_alarm_that_is_over_changes_no_more() -> None:
    work, _ = desk()
    work.on(moved(Step.RAISE))
    work.on(moved(Step.ACKNOWLEDGE, state=State.NORMAL))
    work.finish()
    work.on(moved(Step.RAISE, count=2))
    assert [ticket.number for ticket in work.finish() or []] == [13]


def test_the_ticket_of_a_removed_alarm_is_told_why_and_stays_open() -> None:
    work, seam = desk()
    work.on(moved(Step.RAISE))
    work.finish()
    seam.taken()
    why = "the device p1 is no longer in the site's files"
    work.on(msgspec.structs.replace(moved(Step.REMOVE, at_s=60, state=State.NORMAL), note=why))
    (told,) = seam.taken()
    assert told.audit is not None
    assert (told.audit.subject, told.audit.time, told.audit.cause) == ("12", at(60), 9)
    assert (told.audit.data["step"], told.audit.data["note"]) == ("alarm removed", why)
    assert work.finish() is None, "the ticket itself is as it was: open"


def test_a_removed_alarm_without_a_ticket_tells_no_ticket() -> None:
    work, seam = desk()
    work.on(moved(Step.REMOVE, ticket=False, state=State.NORMAL))
    assert (work.finish(), seam.taken()) == (None, [])


def test_an_alarm_whose_rule_asks_for_a_ticket_since_its_first_raise_gets_one_when_it_is_raised_again() -> None:
    work, seam = desk()
    work.on(moved(Step.RAISE, ticket=False))
    work.on(moved(Step.RETURN, ticket=False, state=State.RETURNED))
    work.on(moved(Step.RAISE, count=2, at_s=60))
    (ticket,) = work.finish() or []
    assert (ticket.priority, ticket.opened_at, ticket.raised_count) == ("P1", at(60), 2)
    assert seam.asked == [LinkTicket(alarm=3, ticket=12)]


def test_a_raise_without_a_ticket_and_a_return_open_nothing() -> None:
    work, seam = desk()
    for event in (
        moved(Step.RAISE, ticket=False),
        moved(Step.RETURN, ticket=False),
        moved(Step.RAISE, ticket=False, count=2),
    ):
        work.on(event)
    assert (work.finish(), seam.asked, seam.taken()) == (None, [], [])
