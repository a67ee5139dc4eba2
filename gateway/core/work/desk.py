"""The part that opens tickets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

import msgspec

from gateway.core.alarms.actions import LinkTicket
from gateway.core.alarms.definition import AlarmDefinition
from gateway.core.alarms.events import AlarmMoved
from gateway.core.alarms.lifecycle import State, Step
from gateway.core.kernel.doubt import ClockCorrected, ClockDoubted
from gateway.core.kernel.events import AuditRecord, Event
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.texts import Language
from gateway.core.kernel.times import Micros, isoformat
from gateway.core.kernel.urgency import Priority
from gateway.core.work.events import TicketOpened, TicketRaisedAgain
from gateway.core.work.sla import Deadlines
from gateway.core.work.tickets import Ticket, TicketSource, TicketState


class ServiceDesk(Part):
    """Opens a ticket for each alarm whose rule asks for one, with the deadlines of the site's service levels."""

    name: ClassVar[str] = "work"

    def __init__(
        self,
        language: Language,
        sla: Mapping[Priority, Deadlines],
        seam: Seam,
        *,
        location_of: Callable[[Subject, Sequence[str]], str | None] = lambda _subject, _members: None,
    ) -> None:
        """`location_of` says where a subject is: of a group, where the members are that count."""
        self._language = language
        self._sla = sla
        self._location_of = location_of
        self._seam = seam
        self._by_alarm: dict[int, Ticket] = {}
        """The tickets of standing alarms, by the alarm's number."""
        self._doubted: dict[int, Ticket] | None = None
        """While the time is not known: the tickets whose deadlines count from a wrong time, by number."""
        self._changed: list[Ticket] = []

    def restore(self, rows: Sequence[Ticket], now: Micros) -> None:
        """Restore the tickets of standing alarms."""
        self._by_alarm = {ticket.alarm: ticket for ticket in rows if ticket.alarm is not None}

    def on(self, event: Event) -> None:
        """Open a ticket for an alarm if its rule asks for one; tell the ticket of an alarm that is raised again.

        The ticket of an alarm that is removed, because its device or rule is gone, is told so and stays open: somebody
        must decide.

        Deadlines that count from a wrong time count from the right one as soon as that is known.
        """
        if isinstance(event, ClockDoubted):
            self._doubted = {}
        elif isinstance(event, ClockCorrected):
            self._correct(event)
        elif not isinstance(event, AlarmMoved):
            return
        elif event.step is Step.RAISE:
            before = self._by_alarm.get(event.alarm.number)
            if before is None:
                self._open_for_alarm(event)
            elif not event.is_reminder:
                self._raise_again(event, before)
        elif event.alarm.state is State.NORMAL:
            ticket = self._by_alarm.pop(event.alarm.number, None)
            if ticket is not None and event.step is Step.REMOVE:
                step = "alarm removed"
                audit = self._record(ticket, step, event.time, cause=event.alarm.event, note=event.note)
                self._seam.emit(Event(audit=audit))

    def finish(self) -> list[Ticket] | None:
        """The tickets that were opened or have changed in this step."""
        changed = self._changed
        if not changed:
            return None
        self._changed = []
        return changed

    def _open_for_alarm(self, raised: AlarmMoved) -> None:
        alarm, definition = raised.alarm, raised.definition
        template = definition.ticket if definition else None
        if definition is None or template is None:
            return
        respond_by, on_site_by, resolve_by = self._sla[template.priority].since(raised.time)
        ticket = Ticket(
            number=self._seam.counters.take("ticket"),
            source=TicketSource.ALARM,
            alarm=alarm.number,
            subject=alarm.subject,
            state=TicketState.OPEN,
            category=template.category,
            priority=template.priority.value,
            team=template.team,
            title=alarm.title,
            guidance=self._guidance_of(definition),
            opened_at=raised.time,
            raised_at=raised.time,
            raised_count=alarm.raised_count,
            respond_by=respond_by,
            on_site_by=on_site_by,
            resolve_by=resolve_by,
            location=self._location_of(alarm.subject, alarm.members),
        )
        self._seam.ask(LinkTicket(alarm=alarm.number, ticket=ticket.number))
        audit = self._change(ticket, "open", raised)
        self._seam.emit(TicketOpened(audit=audit, ticket=ticket))

    def _raise_again(self, raised: AlarmMoved, before: Ticket) -> None:
        """The work begins anew, as the rule asks for it now: the deadlines count from this raise.

        Further members of a group are no new work: its deadlines stay.
        """
        alarm, definition = raised.alarm, raised.definition
        if raised.is_further:
            location = self._location_of(alarm.subject, alarm.members)
            ticket = msgspec.structs.replace(before, raised_count=alarm.raised_count, location=location)
            audit = self._change(ticket, "raised again", raised)
            self._seam.emit(TicketRaisedAgain(audit=audit, ticket=ticket))
            return
        ticket = msgspec.structs.replace(
            before,
            raised_at=raised.time,
            raised_count=alarm.raised_count,
            location=self._location_of(alarm.subject, alarm.members),
        )
        if definition is not None and definition.ticket is not None:
            template = definition.ticket
            ticket = msgspec.structs.replace(
                ticket,
                category=template.category,
                priority=template.priority.value,
                team=template.team,
                title=alarm.title,
                guidance=self._guidance_of(definition),
            )
        respond_by, on_site_by, resolve_by = self._sla[Priority(ticket.priority)].since(raised.time)
        ticket = msgspec.structs.replace(ticket, respond_by=respond_by, on_site_by=on_site_by, resolve_by=resolve_by)
        audit = self._change(ticket, "raised again", raised)
        self._seam.emit(TicketRaisedAgain(audit=audit, ticket=ticket))

    def _guidance_of(self, definition: AlarmDefinition) -> str | None:
        return definition.guidance.in_language(self._language) if definition.guidance else None

    def _correct(self, correction: ClockCorrected) -> None:
        doubted = self._doubted or {}
        self._doubted = None if correction.is_certain else doubted
        for before in [*doubted.values()] if correction.by else ():
            ticket = msgspec.structs.replace(
                before,
                opened_at=correction.corrected(before.opened_at),
                raised_at=before.raised_at and correction.corrected(before.raised_at),
                respond_by=correction.corrected(before.respond_by),
                on_site_by=correction.corrected(before.on_site_by),
                resolve_by=correction.corrected(before.resolve_by),
            )
            doubted[ticket.number] = ticket
            if before.alarm in self._by_alarm:
                self._by_alarm[before.alarm] = ticket
            self._changed.append(ticket)
            audit = self._record(ticket, "clock set", ticket.raised_at or ticket.opened_at, cause=None)
            self._seam.emit(Event(audit=audit))

    def _change(self, ticket: Ticket, step: str, raised: AlarmMoved) -> AuditRecord:
        """Keep the ticket as it stands now; returns the audit record of the step."""
        self._by_alarm[raised.alarm.number] = ticket
        if self._doubted is not None:
            self._doubted[ticket.number] = ticket
        self._changed.append(ticket)
        return self._record(ticket, step, raised.time, cause=raised.alarm.event)

    def _record(
        self, ticket: Ticket, step: str, time: Micros, *, cause: int | None, note: str | None = None
    ) -> AuditRecord:
        data: dict[str, object] = {
            "ticket": ticket.number,
            "step": step,
            "priority": ticket.priority,
            "respond_by": isoformat(ticket.respond_by),
            "on_site_by": isoformat(ticket.on_site_by),
            "resolve_by": isoformat(ticket.resolve_by),
        }
        if note is not None:
            data["note"] = note
        return self._seam.record("ticket", str(ticket.number), time, data, cause=cause)
