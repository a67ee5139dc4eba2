"""The part that opens tickets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from gateway.core.alarms.actions import LinkTicket
from gateway.core.alarms.events import AlarmMoved
from gateway.core.kernel.events import Event
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.texts import Language
from gateway.core.kernel.urgency import Priority
from gateway.core.work.events import TicketOpened
from gateway.core.work.sla import Deadlines
from gateway.core.work.tickets import Ticket, TicketSource, TicketState


class ServiceDesk(Part):
    """Opens a ticket for each new alarm whose rule asks for one, with the deadlines of the site's service levels."""

    name: ClassVar[str] = "work"

    def __init__(self, language: Language, sla: Mapping[Priority, Deadlines], seam: Seam) -> None:
        self._language = language
        self._sla = sla
        self._seam = seam
        self._opened: list[Ticket] = []

    def on(self, event: Event) -> None:
        """Open a ticket for a new alarm if its rule asks for one."""
        if isinstance(event, AlarmMoved) and event.is_new:
            self._open_for_alarm(event)

    def finish(self) -> list[Ticket] | None:
        """The tickets opened in this step."""
        opened = self._opened
        if not opened:
            return None
        self._opened = []
        return opened

    def _open_for_alarm(self, raised: AlarmMoved) -> None:
        template = raised.rule.spec.ticket if raised.rule else None
        if raised.rule is None or template is None:
            return
        alarm, guidance = raised.alarm, raised.rule.spec.guidance
        respond_by, on_site_by, resolve_by = self._sla[template.priority].from_opening(raised.time)
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
            guidance=guidance.in_language(self._language) if guidance else None,
            opened_at=raised.time,
            respond_by=respond_by,
            on_site_by=on_site_by,
            resolve_by=resolve_by,
        )
        self._opened.append(ticket)
        self._seam.ask(LinkTicket(alarm=alarm.number, ticket=ticket.number))
        data: dict[str, object] = {"ticket": ticket.number, "step": "open", "priority": ticket.priority}
        audit = self._seam.record("ticket", str(ticket.number), raised.time, data, cause=alarm.event)
        self._seam.emit(TicketOpened(audit=audit, ticket=ticket))
