"""The work that alarms ask for: which ticket an alarm opens, joins or reopens, and what its ticket is told of it."""

from __future__ import annotations

from typing import Any

from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.definition import AlarmDefinition
from gateway.core.alarms.events import AlarmMoved, AlarmStands
from gateway.core.alarms.lifecycle import Step
from gateway.core.kernel.part import Seam
from gateway.core.kernel.times import Micros
from gateway.core.rules.rule import TicketTemplate
from gateway.core.site.site import Site
from gateway.core.work.board import Board
from gateway.core.work.lifecycle import DONE, TicketState, TicketStep
from gateway.core.work.linked_alarms import LinkedAlarms
from gateway.core.work.ticket_checklists import TicketChecklists
from gateway.core.work.tickets import Ticket, TicketSource

_ENTRIES = {Step.RETURN: "alarm returned", Step.REMOVE: "alarm removed"}


class AlarmWork:
    """Follows alarms, and does with tickets what they ask for."""

    def __init__(
        self,
        board: Board,
        checklists: TicketChecklists,
        seam: Seam,
        *,
        site: Site,
        reopen_within: Micros,
    ) -> None:
        self._board = board
        self._checklists = checklists
        self._seam = seam
        self._language = site.header.language
        self._location_of = site.location_of
        self._reopen_within = reopen_within
        self._linked = LinkedAlarms(seam)

    def stands(self, ticket: int) -> bool:
        """Whether the condition of an alarm holds that hangs on this ticket."""
        return self._linked.stands(ticket)

    def restore(self, event: AlarmStands) -> None:
        """Go on with an alarm of an earlier run."""
        self._linked.restore(event.alarm)

    def follow(self, event: AlarmMoved) -> None:
        """Open, join or reopen a ticket with a raise; tell the ticket of a raise, a return or a removal."""
        alarm = event.alarm
        if event.step is Step.RAISE and not event.is_reminder:
            self._raised(event)
        elif event.step is Step.SUPPRESS:
            self._suppressed(event)
        ticket = self._current(alarm)
        self._linked.note(alarm)
        if ticket is not None and event.step in _ENTRIES:
            self._enter(ticket, _ENTRIES[event.step], event)

    def merge(self, number: int, into: int) -> None:
        """The alarms of one ticket hang on another from now on."""
        self._linked.merge(number, into)

    def _raised(self, event: AlarmMoved) -> None:
        alarm, definition = event.alarm, event.definition
        ticket = self._current(alarm)
        if ticket is not None and ticket.is_at_work:
            self._raise_again(ticket, event)
            return
        template = definition.ticket if definition is not None else None
        if definition is None or template is None:
            return
        if (same := self._same_fault(alarm)) is not None:
            self._join(same, event, template)
        elif (ended := self._lately_done(ticket, event)) is not None:
            self._reopen(ended, event, template)
        elif (other := self._same_visit(alarm, template)) is not None:
            self._join(other, event, template)
        else:
            self._open(event, definition, template)

    def _suppressed(self, event: AlarmMoved) -> None:
        """Nobody is told of the fault, so it opens no ticket; but work on it is not done while it stands."""
        ticket, alarm = self._current(event.alarm), event.alarm
        if ticket is not None and ticket.is_at_work:
            return
        if (same := self._same_fault(alarm)) is not None:
            self._link(alarm, same.number)
            data: dict[str, object] = {"alarm": alarm.number, "title": alarm.title}
            self._board.enter(same, "alarm joined", event.time, cause=alarm.event, data=data)

    def _current(self, alarm: AlarmRecord) -> Ticket | None:
        return self._board.find(self._linked.ticket_of(alarm))

    def _may_reopen(self, ticket: Ticket, time: Micros) -> bool:
        resolved_at = ticket.resolved_at
        return ticket.state in DONE and resolved_at is not None and time - resolved_at <= self._reopen_within

    def _same_fault(self, alarm: AlarmRecord) -> Ticket | None:
        """Work that is not done on the same fault, such as what a person has reopened."""
        return next((ticket for ticket in self._board.about(fault_of(alarm)) if ticket.is_at_work), None)

    def _lately_done(self, own: Ticket | None, event: AlarmMoved) -> Ticket | None:
        """The ticket of the alarm, else the latest of the same fault, that was done so lately that it turns out not to
        be done."""
        if own is not None and self._may_reopen(own, event.time):
            return own
        same = self._board.about(fault_of(event.alarm))
        found = (ticket for ticket in same if self._may_reopen(ticket, event.time))
        return max(found, key=lambda ticket: ticket.number, default=None)

    def _same_visit(self, alarm: AlarmRecord, template: TicketTemplate) -> Ticket | None:
        """Work under way on the same thing for the same team and at least as urgent: one visit does both.

        It is none that waits: nobody would look at another fault until that goes on.
        """
        found = (
            ticket
            for ticket in self._board.about(str(alarm.subject))
            if ticket.is_at_work
            and ticket.state is not TicketState.ON_HOLD
            and (ticket.category, ticket.team) == (template.category, template.team)
            and ticket.priority <= template.priority.value
        )
        return next(found, None)

    def _open(self, event: AlarmMoved, definition: AlarmDefinition, template: TicketTemplate) -> None:
        alarm = event.alarm
        ticket = Ticket(
            number=self._seam.counters.take("ticket"),
            source=TicketSource.ALARM,
            alarm=alarm.number,
            faults=(fault_of(alarm),),
            subject=alarm.subject,
            state=TicketState.NEW,
            category=template.category,
            priority=template.priority.value,
            team=template.team,
            title=alarm.title,
            guidance=self._guidance_of(definition),
            opened_at=event.time,
            raised_at=event.time,
            raised_count=alarm.raised_count,
            location=self._location_of(alarm.subject, alarm.members),
        )
        self._link(alarm, ticket.number)
        ticket = self._board.open(ticket, event.time, by=None, cause=alarm.event, data={"alarm": alarm.number})
        self._checklists.attach_named(ticket, template.checklist, event.time)

    def _join(self, ticket: Ticket, event: AlarmMoved, template: TicketTemplate) -> None:
        alarm = event.alarm
        self._link(alarm, ticket.number)
        ticket = self._board.enter(
            ticket,
            "alarm joined",
            event.time,
            cause=alarm.event,
            data={"alarm": alarm.number, "title": alarm.title},
            raised_at=event.time,
            faults=tuple(dict.fromkeys((*ticket.faults, fault_of(alarm)))),
        )
        ticket = self._checklists.attach_named(ticket, template.checklist, event.time)
        self._press(ticket, template, event.time)

    def _reopen(self, ticket: Ticket, event: AlarmMoved, template: TicketTemplate) -> None:
        alarm = event.alarm
        self._link(alarm, ticket.number)
        ticket = self._board.move(
            ticket,
            TicketStep.REOPEN,
            event.time,
            cause=alarm.event,
            data={"alarm": alarm.number, "title": alarm.title},
            raised_at=event.time,
            priority=min(ticket.priority, template.priority.value),
            **self._as_raised(ticket, alarm, is_named=ticket.source is TicketSource.ALARM),
        )
        self._checklists.attach_named(ticket, template.checklist, event.time)  # to be complete once more

    def _raise_again(self, ticket: Ticket, event: AlarmMoved) -> None:
        """The work goes on, and its clocks run on: it was not done. It may be more urgent than it was."""
        alarm, definition = event.alarm, event.definition
        template = definition.ticket if definition is not None else None
        ticket = self._board.enter(
            ticket,
            "alarm raised",
            event.time,
            cause=alarm.event,
            data={"alarm": alarm.number},
            raised_at=event.time,
            **self._as_raised(ticket, alarm, is_named=ticket.alarm == alarm.number),
            **self._as_now(event, ticket),
        )
        if template is not None:
            self._press(ticket, template, event.time)

    def _as_raised(self, ticket: Ticket, alarm: AlarmRecord, *, is_named: bool) -> dict[str, Any]:
        """What a raise changes of what the ticket says: of an alarm about something else, whose ticket was merged into
        it, nothing. `is_named` says whether the ticket has its title from such an alarm, and not from a person."""
        if alarm.subject != ticket.subject:
            return {}
        location = self._location_of(alarm.subject, alarm.members)
        named = {"title": alarm.title, "raised_count": alarm.raised_count} if is_named else {}
        return {"location": location} | named

    def _as_now(self, event: AlarmMoved, ticket: Ticket) -> dict[str, Any]:
        """What is different of a ticket that nobody has, where its rule has changed since."""
        definition = event.definition
        if ticket.state is not TicketState.NEW or ticket.alarm != event.alarm.number or definition is None:
            return {}
        template = definition.ticket
        if template is None:
            return {}
        return {"category": template.category, "team": template.team, "guidance": self._guidance_of(definition)}

    def _press(self, ticket: Ticket, template: TicketTemplate, time: Micros) -> None:
        """It is more urgent than it was, if the rule says so."""
        if template.priority.value < ticket.priority:
            self._board.change_priority(ticket, template.priority, time, cause=ticket.event)

    def _guidance_of(self, definition: AlarmDefinition) -> str | None:
        return definition.guidance.in_language(self._language) if definition.guidance else None

    def _enter(self, ticket: Ticket, entry: str, event: AlarmMoved) -> None:
        data: dict[str, object] = {"alarm": event.alarm.number}
        if event.note is not None:
            data["note"] = event.note
        self._board.enter(ticket, entry, event.time, cause=event.alarm.event, data=data)

    def _link(self, alarm: AlarmRecord, ticket: int) -> None:
        before = self._board.find(self._linked.link(alarm, ticket))
        if before is not None:
            self._board.keep(before)  # it may have waited for this alarm to return, to be closed


def fault_of(alarm: AlarmRecord) -> str:
    """What is wrong, by the same name each time that it is: the rule and the subject."""
    return f"{alarm.rule}/{alarm.subject}"
