"""The checklists of tickets: attached to the work, to be complete when it is done, and what their failed items open."""

from __future__ import annotations

from gateway.core.checklists.events import ChecklistCompleted, ChecklistEnded, FailedItem
from gateway.core.checklists.items import Corrective
from gateway.core.checklists.requests import AttachChecklist, MoveChecklists, NameOpenChecklists, WithdrawChecklists
from gateway.core.kernel.errors import UnknownChecklist
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

    def attach_named(self, ticket: Ticket, checklist: str | None, time: Micros) -> Ticket:
        """Have the checklist answered that a rule or an item names, if it names one.

        The files may have it no more, where the item is of before: the work is done all the same, and it is told.
        """
        if checklist is None:
            return ticket
        try:
            self.attach(ticket, checklist, time)
        except UnknownChecklist:
            note = f"it names the checklist {checklist!r}, which the site's files have no more: none is attached"
            return self._board.enter(ticket, "comment", time, data={"note": note, "public": False})
        return ticket

    def open_titles(self, ticket: Ticket) -> tuple[str, ...]:
        """The titles of those that are not complete."""
        found: list[tuple[str, ...]] = []
        self._seam.ask(NameOpenChecklists(about=about(ticket), answer=found.append))
        return found[0]

    def end(self, ticket: Ticket, time: Micros, *, by: str | None) -> None:
        """A ticket has ended: its open checklists go on with the one into which it is merged, or nobody needs them."""
        why = f"ticket {ticket.number} is {ticket.state.value}"
        into = self._board.find(ticket.merged_into)
        if into is not None:
            why = f"{why} into ticket {into.number}"
            move = MoveChecklists(about=about(ticket), to=about(into), why=why, time=time, cause=ticket.event, by=by)
            self._seam.ask(move)
        else:
            self._seam.ask(WithdrawChecklists(about=about(ticket), why=why, time=time, cause=ticket.event, by=by))

    def ended(self, event: ChecklistEnded) -> None:
        """Enter one that is complete in its ticket, and open the tickets of what failed."""
        if event.run.about.kind is not SubjectKind.TICKET:
            return
        ticket = self._board.find(int(event.run.about.id))
        if ticket is None:
            return
        cause = event.audit.number if event.audit is not None else None
        if isinstance(event, ChecklistCompleted):
            data: dict[str, object] = {
                "checklist": event.run.number,
                "title": event.run.title,
                "failed": [item.item for item in event.failed],
                "not_applicable": [*event.not_applicable],
            }
            ticket = self._board.enter(ticket, "checklist", event.time, by=event.by, cause=cause, data=data)
            cause = ticket.event
        for item in event.failed:
            if item.corrective is not None:
                self._correct(ticket, event, item, item.corrective, cause)

    def _correct(
        self, ticket: Ticket, event: ChecklistEnded, item: FailedItem, corrective: Corrective, cause: int | None
    ) -> None:
        """Open its ticket; what is not repaired yet has one already."""
        fault = f"{event.run.checklist}.{item.item}/{ticket.subject}"
        found = item.answer if item.note is None else f"{item.answer}: {item.note}"
        same = next((each for each in self._board.about(fault) if each.is_at_work), None)
        if same is not None:
            note = f"not good again, {event.run.title}: {found}"
            entry: dict[str, object] = {"note": note, "public": False}
            same = self._board.enter(same, "comment", event.time, by=event.by, cause=cause, data=entry)
            self._add_photo(same, event, item)
            return
        opened = Ticket(
            number=self._seam.counters.take("ticket"),
            source=TicketSource.CHECKLIST,
            alarm=None,
            faults=(fault,),
            subject=ticket.subject,
            state=TicketState.NEW,
            category=corrective.category,
            priority=corrective.priority.value,
            team=corrective.team,
            title=f"{event.run.title}: {item.text}",
            guidance=None,
            opened_at=event.time,
            raised_at=None,
            raised_count=0,
            location=ticket.location,
            description=found,
            parent=ticket.merged_into or ticket.number,
        )
        data: dict[str, object] = {"checklist": event.run.number, "item": item.item, "parent": opened.parent}
        opened = self._board.open(opened, event.time, by=event.by, cause=cause, data=data)
        opened = self.attach_named(opened, corrective.checklist, event.time)
        self._add_photo(opened, event, item)

    def _add_photo(self, ticket: Ticket, event: ChecklistEnded, item: FailedItem) -> None:
        if item.photo is not None:
            shown: dict[str, object] = {"photo": item.photo, "public": False}
            self._board.enter(ticket, "photo", event.time, by=event.by, data=shown)


def about(ticket: Ticket) -> Subject:
    """The ticket as a subject."""
    return Subject(SubjectKind.TICKET, str(ticket.number))
