"""Which alarms make work, and when it is due."""

from __future__ import annotations

from gateway.core.alarms.actions import LinkTicket
from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.events import AlarmMoved
from gateway.core.alarms.lifecycle import State, Step
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import HOUR, MINUTE
from gateway.core.rules.evidence import Evidence
from gateway.core.work.desk import ServiceDesk
from gateway.core.work.events import TicketOpened
from gateway.core.work.tickets import TicketSource, TicketState
from tests.unit.core.seams import LoneSeam
from tests.unit.core.sites import at, rule_spec, site

EVIDENCE = Evidence(7, "t", "{}", at(0), at(0), {"pressure": 0.01})


def moved(step: Step, *, count: int = 1, ticket: bool = True) -> AlarmMoved:
    """An alarm of pump 1 that has made this step."""
    changes = {} if ticket else {"ticket": None}
    (rule,) = site(rule_spec(guidance={"en": "Stop it.", "zh": "停泵。"}, **changes)).rules
    alarm = AlarmRecord(
        number=3,
        rule=rule.id,
        subject=Subject.of_device("p1"),
        state=State.UNACKNOWLEDGED,
        severity="critical",
        title="压力低",
        raised_at=at(0),
        raised_count=count,
        returned_at=None,
        acknowledged_at=None,
        acknowledged_by=None,
        closed_at=None,
        ticket=None,
        evidence=EVIDENCE,
        event=9,
    )
    return AlarmMoved(step=step, alarm=alarm, rule=rule, time=at(0), by=None)


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


def test_a_repeated_raise_a_return_and_a_rule_without_a_ticket_open_nothing() -> None:
    work, seam = desk()
    for event in (moved(Step.RAISE, count=2), moved(Step.RETURN), moved(Step.RAISE, ticket=False)):
        work.on(event)
    assert (work.finish(), seam.asked, seam.taken()) == (None, [], [])
