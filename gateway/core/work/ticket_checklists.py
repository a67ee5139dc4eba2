"""The checklists of tickets: attached to the work, to be complete when it is done, and what their failed items open."""

from __future__ import annotations

from gateway.core.checklists.events import ChecklistCompleted, FailedItem
from gateway.core.checklists.requests import AttachChecklist, NameOpenChecklists, WithdrawChecklists
from gateway.core.kernel.part import Seam
from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.core.kernel.times import Micros
from gateway.core.work.board import Board
from gateway.core.work.lifecycle import TicketState
from gateway.core.work.tickets import Ticket, TicketSource


class TicketChecklists:
    """Asks the part of checklists for them, and opens tickets for what was not good."""

    def __init__(self, board: Board, seam: Seam) -> None:
        self._board = board
        self._seam = seam

    def attach(self, ticket: Ticket, checklist: str, time: Micros, *, by: str | None = None) -> None:
        """Have a checklist answered with the work.

        Raises:
            UnknownChecklist: the site's files have none of this id; nothing has changed.
        """
        device = ticket.subject.device
        request = AttachChecklist(
            about=about(ticket), checklist=checklist, device=device, time=time, cause=ticket.event, by=by
        )
        self._seam.ask(request)

    def open_titles(self, ticket: Ticket) -> tuple[str, ...]:
        """The titles of those that are not complete."""
        found: list[tuple[str, ...]] = []
        self._seam.ask(NameOpenChecklists(about=about(ticket), answer=found.append))
        return found[0]

    def withdraw(self, ticket: Ticket, time: Micros, *, by: str | None) -> None:
        """Nobody needs those that are open any more."""
        why = f"ticket {ticket.number} is {ticket.state.value}"
        request = WithdrawChecklists(about=about(ticket), why=why, time=time, cause=ticket.event, by=by)
        self._seam.ask(request)

    def completed(self, event: ChecklistCompleted) -> None:
        """Enter it in its ticket, and open the tickets of its failed items."""
        if event.about.kind is not SubjectKind.TICKET:
            return
        ticket = self._board.find(int(event.about.id))
        if ticket is None:
            return
        cause = event.audit.number if event.audit is not None else None
        data: dict[str, object] = {
            "checklist": event.run,
            "title": event.title,
            "failed": [item.item for item in event.failed],
        }
        ticket = self._board.enter(ticket, "checklist", event.time, by=event.by, cause=cause, data=data)
        for item in event.failed:
            self._correct(ticket, event, item)

    def _correct(self, ticket: Ticket, event: ChecklistCompleted, item: FailedItem) -> None:
        corrective = item.corrective
        if corrective is None:
            return
        found = item.answer if item.note is None else f"{item.answer}: {item.note}"
        opened = Ticket(
            number=self._seam.counters.take("ticket"),
            source=TicketSource.CHECKLIST,
            alarm=None,
            faults=(),
            subject=ticket.subject,
            state=TicketState.NEW,
            category=corrective.category,
            priority=corrective.priority.value,
            team=corrective.team,
            title=f"{event.title}: {item.text}",
            guidance=None,
            opened_at=event.time,
            raised_at=None,
            raised_count=0,
            location=ticket.location,
            description=found,
            parent=ticket.number,
        )
        data: dict[str, object] = {"checklist": event.run, "item": item.item, "parent": ticket.number}
        opened = self._board.open(opened, event.time, by=event.by, cause=ticket.event, data=data)
        if corrective.checklist is not None:
            self.attach(opened, corrective.checklist, event.time)
        if item.photo is not None:
            shown: dict[str, object] = {"photo": item.photo, "public": False}
            self._board.enter(opened, "photo", event.time, by=event.by, data=shown)


def about(ticket: Ticket) -> Subject:
    """The ticket as a subject."""
    return Subject(SubjectKind.TICKET, str(ticket.number))
